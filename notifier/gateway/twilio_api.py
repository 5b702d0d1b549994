"""Twilio's published API for the Messages resource, as far as the sandbox speaks it: what it takes and what it answers.

After https://www.twilio.com/docs/messaging/api/message-resource and Twilio's OpenAPI file
`twilio_api_v2010`; the error codes are those of https://www.twilio.com/docs/api/errors.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from urllib.parse import urlencode

from notifier.core.segments import measure
from notifier.gateway.sandbox_messages import EXPIRED, Progress, SandboxMessage

API_VERSION = "2010-04-01"
LONGEST_BODY = 1_600  # characters
LONGEST_VALIDITY = 36_000  # seconds
LARGEST_PAGE = 1_000
USUAL_PAGE = 50
SOONEST_SCHEDULE = timedelta(seconds=300)
LATEST_SCHEDULE = timedelta(days=35)
INVALID_PARAMETER = 20001
POOL_NUMBER = "+13035550100"  # that a messaging service sends from, and that replies are sent to
OPTED_OUT = 21610
UNKNOWN_HANDSET = 30005
_ERROR_MESSAGES = {
    OPTED_OUT: "Attempt to send to unsubscribed recipient",
    UNKNOWN_HANDSET: "Unknown destination handset",
    30003: "Unreachable destination handset",
    EXPIRED: "Validity Period Expired",
}
_PAGING = frozenset({"Page", "PageSize", "PageToken"})
_DATE_FILTERS: Mapping[str, Callable[[date, date], bool]] = {
    "DateSent": operator.eq,
    "DateSent<": operator.le,
    "DateSent>": operator.ge,
}


class ApiError(Exception):
    """A request that Twilio refuses: the HTTP status, Twilio's code, and a sentence without personal data."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def json(self) -> dict[str, object]:
        """The answer's body."""
        return {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def not_found(path: str) -> ApiError:
    """Return the error for something that is not there, or not this account's."""
    return ApiError(HTTPStatus.NOT_FOUND, 20404, f"The requested resource {path} was not found")


def opted_out() -> ApiError:
    """Return the error for a number that has opted out of texts from the sender."""
    return _bad(OPTED_OUT, _ERROR_MESSAGES[OPTED_OUT])


def read_message(form: Mapping[str, str], sid: str, now: datetime) -> SandboxMessage:
    """Return the message that a create call asks for; raises ApiError as Twilio refuses it."""
    to, body = form.get("To"), form.get("Body")
    from_number, service = form.get("From") or None, form.get("MessagingServiceSid") or None
    if not to:
        raise _bad(21604, "A 'To' phone number is required.")
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", to):
        raise _bad(21211, "The 'To' number is not a valid phone number.")
    if not (from_number or service):
        raise _bad(21603, "A 'From' phone number or a 'MessagingServiceSid' is required.")
    if not body:
        raise _bad(21602, "Message body is required.")
    if len(body) > LONGEST_BODY:
        raise _bad(21617, "The concatenated message body exceeds the 1600 character limit.")
    return SandboxMessage(
        sid=sid,
        to=to,
        body=body,
        from_number=from_number,
        messaging_service_sid=service,
        validity_period=_validity_period(form),
        date_created=now,
        send_at=_send_at(form, now),
        status_callback=_status_callback(form),
    )


def _bad(code: int, message: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, code, message)


def _validity_period(form: Mapping[str, str]) -> int:
    value = form.get("ValidityPeriod", str(LONGEST_VALIDITY))
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 1 <= int(value) <= LONGEST_VALIDITY:
        raise _bad(90007, "The validity period is not between 1 and 36000 seconds.")
    return int(value)


def _status_callback(form: Mapping[str, str]) -> str | None:
    url = form.get("StatusCallback") or None
    if url is not None and not re.fullmatch(r"https?://[!-~]+", url):
        raise _bad(21609, "The 'StatusCallback' URL is not a valid URL.")
    return url


def _send_at(form: Mapping[str, str], now: datetime) -> datetime | None:
    if form.get("ScheduleType") != "fixed":
        return None
    if not form.get("MessagingServiceSid"):
        raise _bad(35118, "A MessagingServiceSid is required to schedule a message.")
    if not form.get("SendAt"):
        raise _bad(35111, "The SendAt timestamp is missing.")
    send_at = _instant("SendAt", form["SendAt"])
    if not now + SOONEST_SCHEDULE <= send_at <= now + LATEST_SCHEDULE:
        raise _bad(35114, "SendAt is not between 300 seconds and 35 days in the future.")
    return send_at


def _instant(name: str, text: str) -> datetime:
    """Return an ISO 8601 date or time, in UTC where it does not say."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise _bad(INVALID_PARAMETER, f"Parameter '{name}' is not a date.") from None
    return instant.replace(tzinfo=instant.tzinfo or UTC)


def read_filter(query: Mapping[str, str]) -> Callable[[SandboxMessage, Progress], bool]:
    """Return the test that the filters of a list call make; raises ApiError for a date that is none.

    A message that is not sent yet has no date and fits no filter by date.
    """
    dates = [
        (compare, query[name], _instant(name, query[name])) for name, compare in _DATE_FILTERS.items() if name in query
    ]

    def is_wanted(message: SandboxMessage, progress: Progress) -> bool:
        return (
            query.get("To", message.to) == message.to
            and query.get("From", message.from_number) == message.from_number
            and all(_was_sent(progress, *condition) for condition in dates)
        )

    return is_wanted


def _was_sent(progress: Progress, compare: Callable[[date, date], bool], text: str, instant: datetime) -> bool:
    if progress.date_sent is None:
        return False
    is_day = compare is operator.eq or "T" not in text
    return compare(progress.date_sent.date(), instant.date()) if is_day else compare(progress.date_sent, instant)


def page_size(query: Mapping[str, str]) -> int:
    """Return how many messages a page holds; raises ApiError for a size that is no number from 1."""
    return min(_number(query, "PageSize", USUAL_PAGE, lowest=1), LARGEST_PAGE)


def _number(query: Mapping[str, str], name: str, default: int, *, lowest: int) -> int:
    value = query.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < lowest:
        raise _bad(INVALID_PARAMETER, f"Parameter '{name}' is not a number from {lowest}.")
    return int(value)


def message_uri(account_sid: str, sid: str) -> str:
    """Return the address of a message below the base URL, without its ending."""
    return f"/{API_VERSION}/Accounts/{account_sid}/Messages/{sid}"


def error_message(code: int | None) -> str | None:
    """Return Twilio's words for an error code."""
    return None if code is None else _ERROR_MESSAGES.get(code, "Unknown error")


def message_json(account_sid: str, message: SandboxMessage, progress: Progress) -> dict[str, object]:
    """Return the Message resource, with every documented property."""
    uri = message_uri(account_sid, message.sid)
    has_sender = message.from_number is not None or progress.date_sent is not None
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": format_datetime(message.date_created),
        "date_sent": format_datetime(progress.date_sent) if progress.date_sent else None,
        "date_updated": format_datetime(progress.date_sent or message.date_created),
        "direction": "outbound-api",
        "error_code": progress.error_code,
        "error_message": error_message(progress.error_code),
        "from": message.from_number,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": "0",
        "num_segments": str(measure(message.body).segments) if has_sender else "0",
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": progress.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def status_form(account_sid: str, message: SandboxMessage, progress: Progress, at: datetime) -> dict[str, str]:
    """Return what Twilio posts to the status callback of `message` when it has come so far, at `at`."""
    form = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "From": message.from_number or POOL_NUMBER,
        "MessageSid": message.sid,
        "MessageStatus": progress.status,
        "SmsSid": message.sid,
        "SmsStatus": progress.status,
        "To": message.to,
    }
    if message.messaging_service_sid is not None:
        form["MessagingServiceSid"] = message.messaging_service_sid
    if progress.error_code is not None:
        form["ErrorCode"] = str(progress.error_code)
    if progress.status in {"delivered", "undelivered"}:
        form["RawDlrDoneDate"] = at.strftime("%y%m%d%H%M")
    return form


def inbound_form(account_sid: str, sid: str, phone: str, body: str, opt_out_type: str | None) -> dict[str, str]:
    """Return what Twilio posts when `phone` has written `body`; where a phone is registered is often blank."""
    form = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "Body": body,
        "From": phone,
        "FromCity": "",
        "FromCountry": "US",
        "FromState": "CO",
        "FromZip": "",
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": str(measure(body).segments),
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": POOL_NUMBER,
        "ToCity": "",
        "ToCountry": "US",
        "ToState": "CO",
        "ToZip": "",
    }
    return form if opt_out_type is None else {**form, "OptOutType": opt_out_type}


def page_json(
    account_sid: str,
    query: Mapping[str, str],
    messages: Sequence[Mapping[str, object]],
    next_token: str | None,
) -> dict[str, object]:
    """Return one page of a list; pages lead forward only, by `next_token` where there are more."""
    size, number = page_size(query), _number(query, "Page", 0, lowest=0)
    filters = {name: value for name, value in query.items() if name not in _PAGING}

    def uri(page: int, token: str | None) -> str:
        paging = {"PageSize": size, "Page": page} | ({"PageToken": token} if token else {})
        return f"/{API_VERSION}/Accounts/{account_sid}/Messages.json?{urlencode(filters | paging)}"

    start = number * size
    return {
        "end": max(start, start + len(messages) - 1),
        "first_page_uri": uri(0, None),
        "messages": messages,
        "next_page_uri": uri(number + 1, next_token) if next_token else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": None,
        "start": start,
        "uri": uri(number, query.get("PageToken")),
    }
