"""A service on a folder and a ledger of its own, and a stand-in for Twilio."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.provider import Provider, running_provider
from tests.service import lives
from tests.service.rig import Service


@pytest.fixture(scope="session", autouse=True)
def _server() -> Iterator[None]:
    with lives.running_server():
        yield


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that is not started yet; whatever is started of it is ended with the test."""
    service = Service(tmp_path)
    yield service
    service.end()


@pytest.fixture
def provider(service: Service) -> Iterator[Provider]:
    """A stand-in for Twilio that the service sends to."""
    with running_provider() as provider:
        service.use(provider)
        yield provider
