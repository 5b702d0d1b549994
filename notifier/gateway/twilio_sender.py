"""Sends texts through the `twilio` library, and turns whatever happens into an answer."""

import re
from asyncio import Semaphore
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from twilio.rest import Client

from notifier.core.delivery import Answer, AnswerKind, Attempt, Receipt
from notifier.gateway.callbacks import callback_url
from notifier.gateway.creation import Creation
from notifier.gateway.messages_resource import PRODUCTION, messages_of
from notifier.gateway.receipts import receipt
from notifier.gateway.transport import ProviderError, Transport
from notifier.gateway.verdicts import verdict, verdict_on_failure

if TYPE_CHECKING:  # see messages_resource
    from twilio.rest.api.v2010.account.message import MessageInstance

LONGEST_VALIDITY = 36_000  # seconds; Twilio takes 1 to 36000
MOST_LISTED = 1_000  # messages looked through for one: far more than a phone gets
LOOK_UPS = 10  # under way at once, on connections of their own: no text waits behind them
_ATTRIBUTES = {"From": "from_", "MessagingServiceSid": "messaging_service_sid"}  # of a listed message, by their fields
_PAGE = 100  # messages; each page is read in one go, while the event loop waits


class TwilioSender:
    """A Sender that speaks to Twilio, or to whatever answers like it at `base_url`.

    `username` and `password` are the account's sid and auth token, or an API key's sid and
    secret. Texts go out from a messaging service or from a number. `status_url`, where given, is
    our address that Twilio reports to. `timeout` in seconds bounds each request as a whole;
    `pool_size` is the most texts in flight, and one more waits for a connection. Raises
    ValueError for a base URL or a time-out that cannot be used.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        username: str,
        password: str,
        messaging_service_sid: str | None = None,
        from_number: str | None = None,
        status_url: str | None = None,
        base_url: str = PRODUCTION,
        timeout: float,
        pool_size: int,
    ) -> None:
        self._transport = Transport(base_url=base_url, timeout=timeout, pool_size=pool_size)
        self._creation = Creation(self._transport, username=username, password=password, account_sid=account_sid)
        self._look_up_transport = Transport(base_url=base_url, timeout=timeout, pool_size=LOOK_UPS)
        client = Client(username, password, account_sid, http_client=self._look_up_transport)
        self._sent_messages = messages_of(client)
        self._turn_to_look = Semaphore(LOOK_UPS)
        sender = {"From": from_number, "MessagingServiceSid": messaging_service_sid}
        self._sender = {name: value for name, value in sender.items() if value is not None}
        self._status_url = status_url

    async def send(self, attempt: Attempt, now: datetime) -> Answer:
        """Return what became of one try; STALE, without trying, where `now` is not before its L.

        The provider is told of L as well, in whole seconds from `now` (contract, section 3). The
        answer's code is Twilio's number or a short word of ours, never a wording: that may quote
        the phone.
        """
        left = (attempt.latest - now).total_seconds()
        if left <= 0:
            return Answer(AnswerKind.STALE, code="after-latest")
        try:
            sid = await self._creation.create(self._form(attempt, left))
        except ProviderError as error:
            return _answer_to(error, now)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the text may be on its way: that must be recorded
            kind, word = verdict_on_failure(error)
            return Answer(kind, code=word)
        if not isinstance(sid, str) or not sid:
            return Answer(AnswerKind.IN_DOUBT, code="no-sid")
        return Answer(AnswerKind.ACCEPTED, sid=sid)

    async def fetch(self, sid: str) -> Receipt | None:
        """Return what Twilio says of the message `sid`; None where that cannot be learned now."""
        try:
            async with self._turn_to_look:
                return _receipt(await self._sent_messages(sid).fetch_async())
        except Exception:  # noqa: BLE001 - a look-up changes nothing: whatever went wrong, it is asked again
            return None

    async def find(self, to: str, text: str, since: datetime) -> tuple[Receipt, ...] | None:
        """Return what Twilio says of the messages with exactly `text` that it took for `to` from `since` on.

        Oldest first; those that it tells were sent by others than us do not count. None where
        that cannot be learned now: also where not all can be seen, since one may be among those
        whose text has been redacted, or beyond the first 1,000. Asked for by recipient alone: a
        message that is accepted and not yet sent has no date and no number to be filtered by.
        """
        try:
            async with self._turn_to_look:
                listed = await self._sent_messages.list_async(to=to, limit=MOST_LISTED, page_size=_PAGE)
            # Twilio's dates are whole seconds. A message that comes twice is one: a page may shift while it is read.
            ours = {
                message.sid: message
                for message in sorted(listed, key=lambda message: message.date_created)
                if message.date_created >= since.replace(microsecond=0) and self._may_be_ours(message)
            }
            if len(listed) == MOST_LISTED or not all(message.body for message in ours.values()):
                return None
            return tuple(_receipt(message) for message in ours.values() if message.body == text)
        except Exception:  # noqa: BLE001 - a look-up changes nothing: whatever went wrong, it is asked again
            return None

    async def close(self) -> None:
        """Close all connections; requests in flight end in doubt."""
        await self._transport.close()
        await self._look_up_transport.close()

    def _form(self, attempt: Attempt, left: float) -> dict[str, str]:
        """Return what Twilio is told of `attempt`, whose L is `left` seconds ahead, in the library's order."""
        form = {"To": attempt.to}
        if self._status_url is not None:
            form["StatusCallback"] = callback_url(self._status_url, attempt.key, attempt.ordinal)
        form["ValidityPeriod"] = str(min(max(int(left), 1), LONGEST_VALIDITY))
        form["SmartEncoded"] = "false"  # `find` knows a text by its very characters
        return {**form, **self._sender, "Body": attempt.text}

    def _may_be_ours(self, message: "MessageInstance") -> bool:
        """Return whether nothing says that a listed message was sent by another service or number than ours."""
        return all(getattr(message, _ATTRIBUTES[name]) in (None, value) for name, value in self._sender.items())


def _receipt(message: "MessageInstance") -> Receipt:
    """Return what a look-up says; raises TypeError where the answer is no message of Twilio's."""
    sid, status, code = message.sid, message.status, message.error_code
    if not isinstance(sid, str) or not isinstance(status, str):
        raise TypeError
    return receipt(sid, status, code if isinstance(code, int) else None)


def _answer_to(error: ProviderError, now: datetime) -> Answer:
    """Return the answer that an error of the provider's amounts to."""
    kind = verdict(error.status, error.code)
    retry_after = _seconds(error.retry_after, now) if kind is AnswerKind.TEMPORARY else None
    return Answer(kind, code=str(error.code or error.status), retry_after=retry_after)


def _seconds(retry_after: str | None, now: datetime) -> float | None:
    """Return the wait that a Retry-After header asks for: seconds or an HTTP date (RFC 9110, 10.2.3)."""
    if retry_after is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", retry_after):
        return float(retry_after)
    try:
        instant = parsedate_to_datetime(retry_after)
    except (OverflowError, ValueError):
        return None
    # The parser leaves "-0000" without a zone; it means UTC as "GMT" does.
    return max(0.0, (instant.replace(tzinfo=instant.tzinfo or UTC) - now).total_seconds())
