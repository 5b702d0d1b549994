"""What Twilio posts to our webhooks, as values: receipts for our messages, and what patients write.

After https://www.twilio.com/docs/messaging/guides/track-outbound-message-status and
https://www.twilio.com/docs/messaging/guides/webhook-request.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from notifier.core.delivery import Receipt
from notifier.core.replies import Inbound
from notifier.gateway.receipts import receipt

STATUS_PATH, INBOUND_PATH = "/twilio/status", "/twilio/inbound"  # below hooks.public_url
# Asks Twilio to try again five times, whatever went wrong; a host that restarts is back within
# seconds. The fragment is not part of the request, and not signed.
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
_TRY_AGAIN = "#rc=5&rp=all"


def callback_url(status_url: str, key: str, ordinal: int) -> str:
    """Return the address at which Twilio is to report on the `ordinal`-th attempt at the message `key`."""
    return f"{status_url}?{urlencode({'key': key, 'attempt': ordinal}, quote_via=quote, safe='')}{_TRY_AGAIN}"


def read_status(query: Mapping[str, str], form: Mapping[str, str]) -> Receipt | None:
    """Return the receipt that a status callback is; None where it names no message or no status.

    `query` is that of the address called, `form` the body's fields, both decoded.
    """
    sid, status = form.get("MessageSid"), form.get("MessageStatus")
    if not sid or not status:
        return None
    key, ordinal = query.get("key") or None, _number(query.get("attempt"))
    if key is None or ordinal is None:  # not our address, or not all of it: one without the other names no attempt
        key = ordinal = None
    return receipt(sid, status, _number(form.get("ErrorCode")), key=key, ordinal=ordinal)


def read_inbound(form: Mapping[str, str]) -> Inbound | None:
    """Return what a phone has written; None where the form names no message or no phone.

    A message without words, such as a picture, has an empty body.
    """
    sid, phone = form.get("MessageSid"), form.get("From")
    if not sid or not phone:
        return None
    return Inbound(sid=sid, phone=phone, body=form.get("Body", ""), opt_out_type=form.get("OptOutType") or None)


def _number(text: str | None) -> int | None:
    """Return a number from 1; None where there is none. Twilio's error code 0 means that there was no error."""
    return (int(text) or None) if text is not None and re.fullmatch(r"[0-9]{1,9}", text) else None
