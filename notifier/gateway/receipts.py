"""What Twilio says of a message, as a receipt: look-ups, lists and callbacks are read alike."""

from notifier.core.delivery import Receipt
from notifier.gateway.verdicts import verdict_on_receipt

_FAILURES = frozenset({"undelivered", "failed", "canceled"})


def receipt(sid: str, status: str, code: int | None, *, key: str | None = None, ordinal: int | None = None) -> Receipt:
    """Return the receipt for a message of that `status` and error `code`; its verdict only where it has failed.

    `key` and `ordinal` are those of our callback URL, where the receipt came by one.
    """
    return Receipt(
        sid,
        status,
        code=None if code is None else str(code),
        verdict=verdict_on_receipt(code) if status in _FAILURES else None,
        key=key,
        ordinal=ordinal,
    )
