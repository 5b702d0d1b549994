"""Of the twilio library's resources only Messages is loaded, and it works as with the whole library."""

import logging
import subprocess
import sys
from http import HTTPStatus

from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from notifier.gateway.messages_resource import messages_of
from tests.gateway.rig import ACCOUNT, PHONE, TEXT, TOKEN

ALONE = """
import sys
from twilio.rest import Client
from notifier.gateway.messages_resource import messages_of
client = Client("AC1", "a token")
messages_of(client)
print(sorted(name.removeprefix("twilio.rest.api.") for name in sys.modules if name.startswith("twilio.rest.api")))
print(type(client.calls).__name__)
"""


class Recorder(HttpClient):  # type: ignore[misc]  # twilio carries no types
    """An HTTP client that sends nothing, and keeps what it was asked to send."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger(), is_async=False)
        self.asked: list[tuple[object, ...]] = []

    def request(self, *request: object, **more: object) -> Response:
        self.asked.append((request, more))
        return Response(HTTPStatus.CREATED, "{}")


def test_a_text_is_created_as_the_librarys_own_client_creates_it() -> None:
    recorder = Recorder()
    client = Client(ACCOUNT, TOKEN, http_client=recorder)
    for messages in (messages_of(client), client.messages):
        messages.create(to=PHONE, body=TEXT)
    ours, theirs = recorder.asked
    assert ours == theirs


def test_no_other_resource_is_loaded_until_somebody_asks_for_it() -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    loaded, asked_for = done.stdout.splitlines()
    message = "v2010.account.message"
    assert loaded == str([message, f"{message}.feedback", f"{message}.media"])
    assert asked_for == "CallList"
