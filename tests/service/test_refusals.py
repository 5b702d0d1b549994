"""A service that cannot start says why in one sentence, with exit code 2."""

import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from notifier.ledger.sqlite_file import opened
from tests.fakes.clinic_folder import write_reminders
from tests.service.rig import Service, environment, now

ACCOUNT = {"TRANSPORT": "twilio", "TWILIO__ACCOUNT_SID": f"AC{1:032}"}
SECRET = "s3cret-t0ken"
WHOLE = {**ACCOUNT, "TWILIO__AUTH_TOKEN": SECRET, "TWILIO__FROM_NUMBER": "+13035550100"}


@pytest.fixture
def port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def refusal(service: Service, settings: dict[str, str]) -> str:
    """Return what a service with these settings says before it ends."""
    write_reminders(service.schedules, now())
    service.settings |= settings
    service.start()
    assert service.wait() == 2, service.said
    return service.said


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"TRANSPORT": "twilio"}, "The transport “twilio” needs an account: set twilio.account_sid "),
        ({**ACCOUNT, "TWILIO__API_KEY_SECRET": SECRET}, "An API key is twilio.api_key_sid and twilio.api_key_secret: "),
        (
            {**WHOLE, "TWILIO__MESSAGING_SERVICE_SID": "MG1"},
            "The transport “twilio” sends from a service or ",
        ),
        (
            {**WHOLE, "TWILIO__API_BASE_URL": f"https://me:{SECRET}@host"},
            "The setting twilio.api_base_url is not ",
        ),
        ({**WHOLE, "DISPATCH__LEASE": "10"}, "The setting dispatch.lease must be at least 30 seconds longer than "),
        (
            {"ALERTS__CHANNELS": f"json://127.0.0.1:9 slakc://{SECRET}"},
            "The setting alerts.channels is not right: number 2, which begins with slakc://, ",
        ),
        ({"TRANSPROT": "twilio"}, "There is no setting NOTIFIER_TRANSPROT; did you mean NOTIFIER_TRANSPORT?"),
        ({"LEDGER": "sqlite:////dev/null/ledger.db"}, "The ledger /dev/null/ledger.db cannot be opened for writing: "),
        ({"LEDGER": f"mysql://me:{SECRET}@host/db"}, "The ledger's URL begins with 'mysql': "),
    ],
)
def test_settings_that_cannot_be_are_one_sentence(service: Service, settings: dict[str, str], sentence: str) -> None:
    said = refusal(service, settings)
    assert said.startswith(f"Error: {sentence}")
    assert said.count("\n") == 1
    assert SECRET not in said


def test_a_port_in_use_is_one_sentence(service: Service, port: int) -> None:
    _, said = refusal(service, {"WEB__LISTEN": f"127.0.0.1:{port}"}).splitlines()  # after that of the new ledger
    assert said.startswith(f"Error: web.listen: 127.0.0.1:{port} cannot be used: ")
    assert "address already in use" in said


def test_a_damaged_ledger_is_refused_with_what_to_do_and_left_as_it_is(service: Service) -> None:
    service.have_due("P-1")
    with opened(service.ledger) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'events_of_a_patient'")
    before = service.ledger.read_bytes()
    service.start()
    assert service.wait() == 2
    assert service.said.startswith(f"Error: The ledger {service.ledger} is damaged (")
    assert service.said.endswith("“notifier db restore BACKUP” puts the newest good backup in its place.\n")
    assert service.ledger.read_bytes() == before


def test_a_ledger_that_is_something_else_is_one_sentence(service: Service) -> None:
    service.ledger.parent.mkdir()
    service.ledger.write_text("not a database at all, but a letter to the editor\n" * 10, encoding="utf-8")
    said = refusal(service, {})
    assert said == f"Error: The ledger {service.ledger} cannot be used: file is not a database.\n"


def test_a_ledger_without_room_is_one_sentence_and_an_exit_after_which_it_is_tried_again(service: Service) -> None:
    write_reminders(service.schedules, now())
    command = f"ulimit -f 40; exec {shlex.quote(sys.executable)} -m notifier run"  # no file grows beyond 20 KB
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={**environment(**service.settings), "COVERAGE_PROCESS_CONFIG": ""},  # it would need more room than there is
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: The ledger {service.ledger} cannot be used: ")
    assert done.stderr.count("\n") == 1
