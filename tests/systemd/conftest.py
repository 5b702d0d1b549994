"""One machine for all tests under a real systemd: it is booted once, and the package is built and installed once."""

import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.provider import Provider
from tests.systemd.container import booted_container, why_impossible
from tests.systemd.machine import Machine, build, provider_in


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep them in one process: each would boot a machine of its own. The first of them waits until it is there."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.xdist_group("systemd"))
            item.add_marker(pytest.mark.timeout(400))


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .deb for the release that the tests run on."""
    reason = why_impossible()
    if reason is not None and "CI" not in os.environ:
        pytest.skip(reason)
    assert reason is None, reason
    return build(platform.freedesktop_os_release()["VERSION_ID"], tmp_path_factory.mktemp("dist"))


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
    with provider_in(machine.container) as provider:
        machine.use(provider)
        yield provider
