"""The request by which a text is sent, made as the twilio library makes it, thousands of times a second.

The library builds each anew: headers, address, a form of 26 fields, and from the answer a message of which we need
the name alone. That took a third of all the time that sending takes, and gave the same but for a few fields. So it
is asked once what it would send, and the rest is done here.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from notifier.gateway.messages_resource import messages_of
from notifier.gateway.transport import Transport


class _Listener(HttpClient):  # type: ignore[misc]  # twilio carries no types
    """An HTTP client that sends nothing, and knows what it was asked to send."""

    uri: str
    headers: dict[str, str]

    def request(
        self,
        _method: str,
        uri: str,
        *,
        headers: Mapping[str, str],
        auth: tuple[str, str],
        **_more: Any,  # noqa: ANN401 (the library's signature)
    ) -> Response:
        self.uri = uri
        self.headers = {**headers, "Authorization": aiohttp.encode_basic_auth(*auth)}
        return Response(HTTPStatus.CREATED, "{}")


class Creation:
    """Creates messages of one account."""

    def __init__(self, transport: Transport, *, username: str, password: str, account_sid: str) -> None:
        listener = _Listener(transport.logger, is_async=False)
        messages_of(Client(username, password, account_sid, http_client=listener)).create(to="", body="")
        self._post = transport.posting(listener.uri, listener.headers)

    async def create(self, form: Mapping[str, str]) -> object:
        """Return the name that the provider has given to a new message, None where it has not.

        Raises as `Transport.request` does, and where the answer is not JSON as the provider speaks it.
        """
        answer: dict[str, object] = json.loads(await self._post(form))
        return answer.get("sid")
