"""Asking Twilio whether it would take our texts, without sending one."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from twilio.http.response import Response

from notifier.gateway.transport import ProviderError, Transport
from notifier.gateway.verdicts import verdict_on_failure

MESSAGING = "https://messaging.twilio.com"
_ACCOUNTS = "https://api.twilio.com/2010-04-01/Accounts"


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether Twilio lets us in."""

    refusal: str | None  # Twilio's code, or our word for the failure ("time-out"); None where it does
    ahead: float | None = None  # seconds by which our clock is ahead of Twilio's, to about one; None where unknown


class TwilioCheck:
    """Asks with the credentials that texts are sent with; each call is tried once, within `timeout` seconds.

    Services are at another host than all else, `messaging_url`; where that is None they are not asked for. `clock`
    returns the present instant.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        username: str,
        password: str,
        base_url: str,
        messaging_url: str | None,
        timeout: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._account, self._auth, self._clock = f"{_ACCOUNTS}/{account_sid}", (username, password), clock
        self._transport = Transport(base_url=base_url, timeout=timeout, pool_size=1)
        self._messaging = (
            None if messaging_url is None else Transport(base_url=messaging_url, timeout=timeout, pool_size=1)
        )

    async def ask_admission(self) -> Admission:
        """Return whether Twilio lets us in, by a list of one message: any key that may send may see that."""
        began = self._clock()
        try:
            response = await self._get(self._transport, f"{self._account}/Messages.json", {"PageSize": "1"})
        except ProviderError as error:
            return Admission(str(error.code or error.status))
        except Exception as error:  # noqa: BLE001 - whatever went wrong, it is what ops want to know
            return Admission(verdict_on_failure(error)[1])
        between = began + (self._clock() - began) / 2
        told = _date(response.headers.get("Date"))
        return Admission(None, None if told is None else (between - told).total_seconds())

    async def has_number(self, number: str) -> bool | None:
        """Return whether the account has a number, in E.164; None where that cannot be learned."""
        try:
            uri = f"{self._account}/IncomingPhoneNumbers.json"
            found = json.loads((await self._get(self._transport, uri, {"PhoneNumber": number})).text)
            return bool(found["incoming_phone_numbers"])
        except Exception:  # noqa: BLE001 - some keys may send and not look; short codes are listed elsewhere
            return None

    async def has_service(self, sid: str) -> bool | None:
        """Return whether the account has a messaging service; None where that cannot be learned."""
        if self._messaging is None:
            return None
        try:
            await self._get(self._messaging, f"{MESSAGING}/v1/Services/{sid}", {})
        except ProviderError as error:
            return False if error.status == 404 else None  # noqa: PLR2004 - "not found", by HTTP
        except Exception:  # noqa: BLE001 - as above
            return None
        return True

    async def close(self) -> None:
        """Let go of all connections."""
        for transport in (self._transport, self._messaging):
            if transport is not None:
                await transport.close()

    async def _get(self, transport: Transport, uri: str, params: dict[str, str]) -> Response:
        return await transport.request("GET", uri, params=params, auth=self._auth)


def _date(header: str | None) -> datetime | None:
    try:
        told = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return told.replace(tzinfo=told.tzinfo or UTC)
