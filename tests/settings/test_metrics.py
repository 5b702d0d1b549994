"""The metrics: what each thing that happens adds to, how things stand, and that nobody's name or phone is in them."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from notifier.actions.check_schedules import check_schedules
from notifier.actions.take_turn import Dispatch
from notifier.actions.take_vitals import Vitals
from notifier.actions.try_attempts import Sent
from notifier.actions.update_plan import Update
from notifier.core.calls import CallReason
from notifier.core.delivery import NOT_BEGUN, Answer, AnswerKind, Attempt
from notifier.core.lifecycle import State
from notifier.core.replies import ReplyKind
from notifier.gateway.timed_sender import Operation
from notifier.ledger.looking import Standing
from notifier.ledger.receipts import Taken
from notifier.ledger.rows import Switch, Turned
from notifier.metrics import Metrics
from tests.actions.steps import denver
from tests.builders import NOON
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients

Series = Mapping[str, float]
ATTEMPT = Attempt(1, "P-1042/last-meal/1", "+17205550134", "A text.", NOON + timedelta(hours=1), 1)
TURNED = Turned(Switch.PAUSE, is_on=True, at=NOON, by="Ann", why=None)
MORNING = denver("2026-11-22 09:00")


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("1.2.3", {"transport": "sandbox"})


def a_vitals(**overrides: object) -> Vitals:
    """Return the vital signs of an empty ledger at noon."""
    fields: dict[str, object] = {
        "at": NOON,
        "standing": Standing(None, None, None),
        "counts": {},
        "line": (),
        "in_doubt": (),
        "open_calls": {},
        "kept_at": {},
        "paused": None,
        "stopped": None,
        "size": 0,
    }
    return Vitals(**{**fields, **overrides})  # type: ignore[arg-type]  # any field, by its name


def series(metrics: Metrics, vitals: Vitals | None = None, progress_age: float = 0) -> Series:
    """Return every series by its name and label values, as a scraper reads them."""
    text = metrics.exposition(vitals, progress_age).decode()
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def sent(*answers: Answer) -> Dispatch:
    return Dispatch(sent=tuple(Sent(ATTEMPT, answer) for answer in answers))


def test_attempts_are_counted_by_answer_and_failures_by_class(metrics: Metrics) -> None:
    metrics.count_dispatch(
        sent(
            Answer(AnswerKind.ACCEPTED, sid="SM1"),
            Answer(AnswerKind.IN_DOUBT, code="time-out"),
            Answer(AnswerKind.REFUSED, code="30006"),
            Answer(AnswerKind.REFUSED, code="21211"),
        )
    )
    metrics.count_dispatch(Dispatch(expired=("P-1042/last-meal/1",)))
    found = series(metrics)
    assert found["notifier_attempts_total accepted"] == 1
    assert found["notifier_attempts_total in-doubt"] == 1
    assert found["notifier_attempts_total refused"] == 2
    assert found["notifier_provider_errors_total time-out"] == 1
    assert found["notifier_provider_errors_total answer"] == 2
    assert found["notifier_texts_expired_total"] == 1


def test_what_the_provider_has_not_heard_of_is_no_attempt(metrics: Metrics) -> None:
    metrics.count_dispatch(sent(NOT_BEGUN, NOT_BEGUN, Answer(AnswerKind.TEMPORARY, code="503")))
    found = series(metrics)
    assert found["notifier_attempts_total temporary"] == 1
    assert found["notifier_provider_errors_total answer"] == 1
    assert sum(value for name, value in found.items() if name.startswith("notifier_provider_errors_total")) == 1


def test_what_comes_in_is_counted_by_what_it_is(metrics: Metrics) -> None:
    metrics.count_receipt(Taken("P-1042/last-meal/1", State.DELIVERED))
    metrics.count_receipt(None)
    metrics.count_reply(ReplyKind.STOP)
    metrics.count_hook(403)
    metrics.count_tick_failure("receipts")
    metrics.count_beat("well")
    metrics.time_request(Operation.SEND, 0.3)
    found = series(metrics)
    assert found["notifier_receipts_total delivered"] == 1
    assert found["notifier_receipts_total unchanged"] == 1
    assert found["notifier_replies_total stop"] == 1
    assert found["notifier_hook_responses_total 403"] == 1
    assert found["notifier_tick_failures_total receipts"] == 1
    assert found["notifier_heartbeats_total well"] == 1
    assert found["notifier_provider_request_duration_seconds_sum send"] == 0.3


def test_a_series_is_there_before_anything_happens(metrics: Metrics) -> None:
    found = series(metrics)
    assert found["notifier_attempts_total in-doubt"] == 0
    assert found["notifier_receipts_total undelivered"] == 0
    assert found["notifier_provider_request_duration_seconds_count find"] == 0


def test_how_the_ledger_stands_is_measured(metrics: Metrics) -> None:
    standing = Standing(NOON + timedelta(hours=1), NOON - timedelta(minutes=4), None)
    calls, counts = {CallReason.REFUSED: 2}, {State.IN_DOUBT: 3}
    found = series(metrics, a_vitals(standing=standing, counts=counts, open_calls=calls, paused=TURNED, size=4096), 7)
    assert found["notifier_ledger_up"] == 1
    assert found["notifier_oldest_due_text_lag_seconds"] == 240
    assert found["notifier_next_due_timestamp_seconds"] == (NOON + timedelta(hours=1)).timestamp()
    assert found["notifier_texts in-doubt"] == 3
    assert found["notifier_texts delivered"] == 0
    assert found["notifier_calls_open text refused"] == 2
    assert found["notifier_ledger_size_bytes"] == 4096
    assert (found["notifier_paused"], found["notifier_stopped"]) == (1, 0)
    assert found["notifier_dispatch_progress_age_seconds"] == 7


def test_a_ledger_that_cannot_be_read_is_down_and_the_last_numbers_stay(metrics: Metrics) -> None:
    series(metrics, a_vitals(size=4096))
    found = series(metrics)
    assert (found["notifier_ledger_up"], found["notifier_ledger_size_bytes"]) == (0, 4096)


def test_it_says_which_program_runs_and_how_it_is_set_up(metrics: Metrics) -> None:
    assert series(metrics)["notifier_build_info 1.2.3"] == 1
    assert series(metrics)["notifier_config_info sandbox"] == 1


def read(metrics: Metrics, folder: Path, **update: object) -> None:
    checked = check_schedules(folder, MORNING)
    metrics.note_reading(Update(checked, **update), 0.25)  # type: ignore[arg-type]  # any field, by its name


def test_a_reading_of_good_files_dates_each_and_the_patients_as_one(metrics: Metrics, tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry(), file="Maria Gonzalez.yaml")
    read(metrics, folder)
    found = series(metrics, a_vitals())
    files = {name.split(" ", 1)[1]: at for name, at in found.items() if "last_good_load" in name}
    assert files == dict.fromkeys(("clinic.yaml", "protocols/mild.yaml", "patients"), MORNING.timestamp())
    assert found["notifier_schedule_readings_total in force"] == 1
    assert found["notifier_schedule_reading_duration_seconds"] == 0.25
    assert found["notifier_problems error"] == 0
    assert b"Maria" not in metrics.exposition(None, 0)


def test_a_file_with_an_error_keeps_the_date_on_which_it_was_last_good(metrics: Metrics, tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry(phone="nonsense"))
    good = (folder / "clinic.yaml").read_bytes()
    (folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    checked = check_schedules(folder, MORNING, {"clinic.yaml": good})
    metrics.note_reading(Update(checked, waits=("Too much at once.",)), 0.25)
    found = series(metrics, a_vitals(kept_at={"clinic.yaml": NOON, "protocols/gone.yaml": NOON}))
    assert found["notifier_file_last_good_load_timestamp_seconds clinic.yaml"] == NOON.timestamp()
    assert "notifier_file_last_good_load_timestamp_seconds patients" not in found
    assert "notifier_file_last_good_load_timestamp_seconds protocols/gone.yaml" not in found
    assert found["notifier_problems error"] == 2
    assert (found["notifier_files_last_good"], found["notifier_changes_waiting"]) == (1, 1)
    assert found["notifier_schedule_readings_total waits"] == 1


def test_readings_that_come_to_nothing_are_counted(metrics: Metrics, tmp_path: Path) -> None:
    read(metrics, tmp_path / "nowhere")
    metrics.note_failed_reading()
    found = series(metrics)
    assert found["notifier_schedule_readings_total unusable"] == 1
    assert found["notifier_schedule_readings_total failed"] == 1
