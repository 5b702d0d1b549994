"""What every failure at the provider means for the message: the gateway's error classes, all in one place.

The codes are Twilio's (https://www.twilio.com/docs/api/errors); the classes are ours, and answer
one question: may the message be sent again? Doubt is the careful answer wherever the request may
have reached the provider.
"""

from http import HTTPStatus

import aiohttp

from notifier.core.delivery import AnswerKind

_CODES: dict[AnswerKind, tuple[int, ...]] = {
    AnswerKind.TEMPORARY: (
        *(20429, 21611, 21730, 35125),  # never processed: a rate limit, a full queue
        *(30001, 30003, 30008, 30017, 30020, 30021, 30022, 30047, 30450, 30500),  # a carrier's bad moment
    ),
    AnswerKind.IN_DOUBT: (20500, 20503),
    AnswerKind.REFUSED: (
        *(21211, 21214, 21217, 21612, 21614, 21635, 30004, 30005, 30006),  # this recipient, for good
        *(21602, 21617, 30007, 30019),  # this text
        30409,  # a cancel came too late
    ),
    AnswerKind.OPTED_OUT: (21610,),
    AnswerKind.STALE: (30036,),
    AnswerKind.CONFIGURATION: (
        *(20003, 20005, 20006, 20403, 20404),  # the account
        *(21212, 21408, 21603, 21606, 21608, 21609, 21624, 21701, 21702, 21703, 21704, 21705),  # the sender
        *(30002, 30018, 30024, 30032, 30033, 30034, 30035),  # its registration
        *(35111, 35114, 35115, 35118),  # scheduling, which we do not ask for
    ),
}
_BY_CODE = {code: kind for kind, codes in _CODES.items() for code in codes}

# An answer without a code is not Twilio's own: a proxy, or a wrong base URL. What every message
# would meet must not burn them one by one.
_WITHOUT_CODE: dict[int, AnswerKind] = {
    HTTPStatus.FORBIDDEN: AnswerKind.CONFIGURATION,
    HTTPStatus.NOT_FOUND: AnswerKind.CONFIGURATION,
    HTTPStatus.METHOD_NOT_ALLOWED: AnswerKind.CONFIGURATION,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: AnswerKind.CONFIGURATION,
    HTTPStatus.REQUEST_TIMEOUT: AnswerKind.IN_DOUBT,  # a proxy that tired of waiting, perhaps for the provider
}

# In order: a class stands before those it is derived from. Only what fails before the request is
# written is known not to have been processed.
_FAILURES: tuple[tuple[type[Exception], AnswerKind, str], ...] = (
    (aiohttp.ConnectionTimeoutError, AnswerKind.TEMPORARY, "connect-time-out"),
    (aiohttp.ClientConnectorDNSError, AnswerKind.TEMPORARY, "dns"),
    (aiohttp.ClientSSLError, AnswerKind.TEMPORARY, "tls"),
    (aiohttp.ClientConnectorError, AnswerKind.TEMPORARY, "no-connection"),
    (TimeoutError, AnswerKind.IN_DOUBT, "time-out"),
    (aiohttp.ClientPayloadError, AnswerKind.IN_DOUBT, "cut-off"),
    (aiohttp.ClientConnectionError, AnswerKind.IN_DOUBT, "reset"),
    (Exception, AnswerKind.IN_DOUBT, "unreadable"),
)


def verdict(http_status: int, code: int | None) -> AnswerKind:
    """Return what an answer with `http_status` (300 and above) and Twilio's error `code`, if it has one, means.

    A code that nobody has classed is REFUSED: it goes to a person, not round in circles.
    """
    if http_status == HTTPStatus.TOO_MANY_REQUESTS:  # never processed, whatever the code
        return AnswerKind.TEMPORARY
    if http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:  # it may have failed after it took the message
        return AnswerKind.IN_DOUBT
    if http_status < HTTPStatus.BAD_REQUEST:  # a redirect, which is not followed: the base URL is wrong
        return AnswerKind.CONFIGURATION
    if http_status == HTTPStatus.UNAUTHORIZED:  # every text would meet it, whatever the code
        return AnswerKind.CONFIGURATION
    if code is None:
        return _WITHOUT_CODE.get(http_status, AnswerKind.REFUSED)
    return _BY_CODE.get(code, AnswerKind.REFUSED)


def verdict_on_receipt(code: int | None) -> AnswerKind:
    """Return what it means that a message which was taken has failed, for the reason `code`.

    Without a code, or with one that nobody has classed, it is REFUSED: it goes to a person. So do
    the codes of doubt, since Twilio has just said what became of the message.
    """
    kind = _BY_CODE.get(code, AnswerKind.REFUSED) if code is not None else AnswerKind.REFUSED
    return AnswerKind.REFUSED if kind is AnswerKind.IN_DOUBT else kind


def verdict_on_failure(error: Exception) -> tuple[AnswerKind, str]:
    """Return what it means that no readable answer came, and our word for why: TEMPORARY or IN_DOUBT."""
    return next((kind, word) for failure, kind, word in _FAILURES if isinstance(error, failure))


def class_of(code: str | None) -> str:
    """Return the class of a failed attempt by the code that was recorded: few words, for counting.

    Our own word where no readable answer came, "answer" where the provider has answered with a code of its own.
    """
    return "answer" if code is None or code.isdecimal() else code.partition(":")[0]
