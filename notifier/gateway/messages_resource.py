"""The Messages resource of the twilio library, without the other ninety modules that stand beside it.

Each package of the library imports all that is below it. Of an account's forty resources we use one:
the others would cost every start 0.2 seconds and the service 6 MB.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import twilio
from twilio.base.domain import Domain
from twilio.base.version import Version
from twilio.rest import Client

from notifier.gateway.twilio_api import API_VERSION

if TYPE_CHECKING:  # see messages_of
    from twilio.rest.api.v2010.account.message import MessageList

PRODUCTION = "https://api.twilio.com"
_ABOVE = ("twilio.rest.api", "twilio.rest.api.v2010", "twilio.rest.api.v2010.account")


def messages_of(client: Client) -> "MessageList":
    """Return what `client.messages` is: the messages of the client's own account."""
    with _unopened(*_ABOVE):
        message = import_module(f"{_ABOVE[-1]}.message")
    return message.MessageList(Version(Domain(client, PRODUCTION), API_VERSION), client.account_sid)


@contextmanager
def _unopened(*packages: str) -> Iterator[None]:
    """While the block runs, have packages that nobody has imported be places to find modules in, and no more.

    Afterwards they are as unknown as before: who imports one gets all of it.
    """
    closed = [name for name in packages if name not in sys.modules]
    for name in closed:
        package = ModuleType(name)
        package.__path__ = [str(Path(twilio.__path__[0], *name.split(".")[1:]))]
        sys.modules[name] = package
    try:
        yield
    finally:
        for name in closed:
            del sys.modules[name]
