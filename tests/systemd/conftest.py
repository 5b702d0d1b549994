"""One machine for all tests under a real systemd: it is booted once, and the package is built and installed once."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fakes.provider import Provider, running_provider
from tests.fakes.staff_webhook import StaffWebhook, running_staff_webhook
from tests.systemd.container import booted_container, debian_release, why_impossible
from tests.systemd.machine import Machine, build, network_of


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each of them more time: the first one waits until the package is built and installed."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(400))


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .deb for the release that the tests run on."""
    reason = why_impossible()
    if reason is not None and "CI" in os.environ:
        pytest.fail(f"CI needs a machine on which a container boots: {reason}", pytrace=False)
    if reason is not None:
        pytest.skip(reason)
    return build(debian_release(), tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def installed_machine(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A booted machine on which apt-get has installed the package."""
    with booted_container(tmp_path_factory.mktemp("machine")) as container:
        shutil.copy(package, container.root / "root/notifier.deb")
        yield Machine(container)


@pytest.fixture
def machine(installed_machine: Machine, tmp_path: Path) -> Machine:
    """That machine, with nothing of an earlier test on it."""
    installed_machine.reset(tmp_path)
    return installed_machine


@pytest.fixture
def provider(machine: Machine) -> Iterator[Provider]:
    """A stand-in for Twilio that the machine's service sends to."""
    with ExitStack() as stack:
        with network_of(machine.container):
            provider = stack.enter_context(running_provider())
        machine.use(provider)
        yield provider


@pytest.fixture
def staff(machine: Machine) -> Iterator[StaffWebhook]:
    """A webhook of the staff's, which is in the machine's settings."""
    with ExitStack() as stack:
        with network_of(machine.container):
            webhook = stack.enter_context(running_staff_webhook())
        machine.keep_secret("alerts_channels", webhook.url)
        yield webhook
