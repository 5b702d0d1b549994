"""The service at work: from the files to the texts, asleep in between."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier.gateway.faults import HangUp, Refuse
from tests.fakes.clinic_folder import a_reminder, write_patients, write_reminders
from tests.fakes.provider import Provider, running_provider
from tests.service.rig import PATIENCE, Service, environment, now, until
from tests.service.test_health import get


def rests(pid: int) -> tuple[int, int]:
    """Return how often the process has gone to sleep, over all its threads, and its CPU time in hundredths."""
    switches = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        status = dict(line.split(":\t", 1) for line in (thread / "status").read_text().splitlines())
        switches += int(status["voluntary_ctxt_switches"])
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return switches, int(after_name[11]) + int(after_name[12])


def test_a_text_goes_from_the_file_to_the_sandbox_at_its_minute_and_nothing_stirs_before(service: Service) -> None:
    start = now()
    soon = (start + timedelta(seconds=70)).replace(second=0, microsecond=0)
    write_reminders(service.schedules, start)
    write_patients(service.schedules, a_reminder("P-1042", soon, skip="[ride]"))
    service.start()
    [planned] = service.wait_for("planned")
    assert planned["changes"] == {"new": 1}
    [(microseconds,)] = service.ask("SELECT send_at FROM messages")  # on a slow machine, the minute after
    due = datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    settled = now() + timedelta(seconds=2)
    until(lambda: now() > settled, "the start to be over")
    before = rests(service.pid)
    # Once a minute it looks at its files, which is no stirring.
    between = min(due - timedelta(seconds=1), settled + timedelta(seconds=45))
    until(lambda: now() > between, "the minute of the text", patience=70)
    after = rests(service.pid)
    assert after[0] - before[0] <= 30  # a look every 20 ms would be hundreds
    assert after[1] - before[1] <= 20
    [accepted] = service.wait_for("accepted")
    assert accepted["key"] == "P-1042/reminder/1"
    assert timedelta(0) <= now() - due < timedelta(seconds=10)
    service.stop()
    assert service.states["P-1042/reminder/1"] == "accepted"


def test_it_works_as_people_start_it(service: Service) -> None:
    """All other services of these tests are forked."""
    service.have_due("P-1")
    command = [sys.executable, "-m", "notifier", "run"]
    with subprocess.Popen(command, env=environment(**service.settings), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        heard = []
        while "accepted" not in heard:
            heard.append(json.loads(process.stderr.readline())["event"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert heard[0] == "started"
    assert service.states == {"P-1/reminder/1": "accepted"}


def test_what_was_due_during_a_restart_arrives_once_in_the_right_words(service: Service, provider: Provider) -> None:
    service.have_due("P-1", "P-2", "P-3")
    service.start_ready()
    service.wait_for("accepted", count=3)
    service.stop()
    assert set(provider.texts.values()) == {1}
    assert sorted(message.to for message in provider.messages) == ["+17205550100", "+17205550101", "+17205550102"]
    text = provider.messages[0].body
    assert text.startswith("Anchor Healthcare: Maria, please come on ")
    assert text.endswith("Questions? +1 303 555 0100. Reply STOP to end texts.")
    assert 3 * 3600 < provider.messages[0].validity_period < 4 * 3600
    assert set(service.states.values()) == {"accepted"}


def test_it_is_live_at_once_and_ready_when_the_plan_is_in_the_ledger(service: Service) -> None:
    service.have_due("P-1")
    service.start()
    address = service.wait_for("started")[0]["health"]
    assert get(f"{address}/live") == (200, "live")
    until(lambda: get(f"{address}/ready") == (200, "ready"), "readiness")
    assert service.events("planned") != []


def test_a_broken_clinic_file_at_start_keeps_nothing_from_going_out(service: Service, provider: Provider) -> None:
    service.have_due("P-1")
    (service.schedules / "clinic.yaml").write_text("clinic: {\n", encoding="utf-8")
    service.start_ready()
    assert {"file": "clinic.yaml", "level": "error"}.items() <= service.events("problem")[0].items()
    service.wait_for("accepted")
    assert len(provider.messages) == 1


def test_a_second_daemon_on_one_ledger_is_refused_with_a_sentence(service: Service, tmp_path: Path) -> None:
    service.have_due("P-1")
    service.start_ready()
    home = tmp_path / "second"
    home.mkdir()
    other = Service(home)
    other.settings = service.settings
    other.start()
    try:
        assert other.wait() == 2
    finally:
        other.end()
    assert other.said == (
        f"Error: Another notifier is already running on this ledger (process {service.pid}). Stop it first, "
        f"or give this one a ledger of its own; the lock is {service.ledger}.lock.\n"
    )
    service.stop()


def test_a_claim_that_a_crash_left_holds_up_its_phone_no_longer_than_its_lease(
    service: Service, provider: Provider
) -> None:
    service.have_due("P-1", "P-2")
    lease_until = int((now() + timedelta(seconds=4)).timestamp() * 1_000_000)
    claim = "UPDATE messages SET state = 'claimed', attempts = 1, lease_until = ? WHERE patient = 'P-1'"
    service.ask(claim, lease_until)
    service.ask("UPDATE messages SET \"to\" = '+17205550101' WHERE patient = 'P-1'")
    service.break_patients_file()  # so that no plan puts right what was just changed
    service.start_ready()
    service.wait_for("accepted", patience=15)
    assert service.states == {"P-1/reminder/1": "in-doubt", "P-2/reminder/1": "accepted"}
    assert len(provider.messages) == 1


def test_wrong_credentials_stop_the_sending_loudly_and_burn_nothing(service: Service) -> None:
    service.have_due("P-1", "P-2")
    with running_provider() as provider:
        service.use(provider)
        service.settings["TWILIO__AUTH_TOKEN"] = "another-token"
        service.start_ready()
        [stopped] = service.wait_for("dispatch stopped: the provider refuses our settings")
        service.stop()
        assert (stopped["level"], stopped["code"]) == ("error", "20003")
        assert provider.messages == ()
    assert set(service.states.values()) == {"planned"}
    assert "another-token" not in service.said


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_ledger_that_fails_for_a_while_stops_nothing_and_reveals_nobody(
    service: Service, provider: Provider, form: str
) -> None:
    service.settings["LOG__FORMAT"] = form
    service.have_due("P-1", ahead=timedelta(seconds=5), name="Xiomara")
    service.start()
    until(lambda: "planned" in service.said, "the plan")
    service.ask("ALTER TABLE phones RENAME TO elsewhere")
    until(lambda: "tick failed" in service.said, "the failure")
    service.ask("ALTER TABLE elsewhere RENAME TO phones")
    until(lambda: provider.messages, "the text")
    service.stop()
    assert "no such table" in service.said
    for secret in ("Xiomara", "7205550100", "please come on"):
        assert secret not in service.said


def test_its_log_names_a_message_by_its_key_and_never_a_person(service: Service, provider: Provider) -> None:
    provider.misbehave(Refuse(400, 21211), HangUp(taken=True))
    service.have_due("P-1", "P-2", "P-3", name='"Zoë {arrival} O\'Xylander"')
    service.settings["LOG__LEVEL"] = "debug"
    service.start_ready()
    told = [service.wait_for(what)[0] for what in ("refused", "in-doubt", "accepted")]
    service.stop()
    assert {event["key"] for event in told} == {f"P-{number}/reminder/1" for number in (1, 2, 3)}
    assert {event["code"] for event in told} == {"21211", "reset", None}
    assert all({"event", "level", "timestamp"} <= event.keys() for event in service.log)
    for secret in ("Xylander", "720555", "please come on", "a-token"):
        assert secret not in service.said


def test_what_an_outage_did_is_logged_text_by_text(service: Service, provider: Provider) -> None:
    service.have_due("P-1", "P-2", "P-3")
    service.ask("UPDATE messages SET latest = 0 WHERE patient = 'P-1'")
    all_around_now = f"{now() - timedelta(hours=1):%H:%M}", f"{now() + timedelta(hours=1):%H:%M}"
    quiet = {"zone": "Etc/UTC", "procedure_date": "2026-01-05", "hours": [all_around_now] * 2}
    asleep = "UPDATE messages SET send_at = send_at - 1200000000, quiet = ? WHERE patient = 'P-2'"
    service.ask(asleep, json.dumps(quiet))
    service.break_patients_file()  # so that no plan puts right what was just changed
    service.start_ready()
    assert service.wait_for("expired")[0]["key"] == "P-1/reminder/1"
    assert service.wait_for("placed again")[0]["key"] == "P-2/reminder/1"
    service.wait_for("accepted")
    service.stop()
    assert service.states == {"P-1/reminder/1": "expired", "P-2/reminder/1": "planned", "P-3/reminder/1": "accepted"}
    assert len(provider.messages) == 1


def test_it_asks_what_became_of_the_texts_that_were_taken(service: Service, provider: Provider) -> None:
    service.have_due("P-1")
    service.start_ready()
    service.wait_for("accepted")
    service.stop()
    service.ask("UPDATE messages SET looked_at = 0")  # a minute and more passes
    service.start_ready()
    [receipt] = service.wait_for("receipt")
    service.stop()
    assert (receipt["key"], receipt["state"]) == ("P-1/reminder/1", "delivered")
    assert len(provider.messages) == 1
