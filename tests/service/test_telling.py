"""What the service logs of its work."""

from pathlib import Path

from structlog.testing import capture_logs

from notifier.actions.check_schedules import check_schedules
from notifier.actions.take_turn import Dispatch
from notifier.actions.try_attempts import Sent
from notifier.actions.update_plan import Update
from notifier.core.delivery import NOT_BEGUN, Answer, AnswerKind, Attempt, ChangeKind
from notifier.daemon.telling import log_dispatch, log_update
from tests.builders import NOON
from tests.fakes.clinic_folder import copy_shipped


def test_a_mistake_of_the_program_is_told_once_for_all_texts_that_it_has_left_in_doubt() -> None:
    broken = Answer(AnswerKind.IN_DOUBT, code="broken: ValueError")
    attempts = [Attempt(number, f"P-{number}/ride/1", "+17205550134", "Hello", NOON, 1) for number in (1, 2)]
    with capture_logs() as said:
        log_dispatch(Dispatch(sent=tuple(Sent(attempt, broken) for attempt in attempts)))
    assert [(line["log_level"], line["event"], line.get("key"), line.get("texts"), line["code"]) for line in said] == [
        ("error", "in-doubt", "P-1/ride/1", None, "broken: ValueError"),
        ("error", "in-doubt", "P-2/ride/1", None, "broken: ValueError"),
        (
            "error",
            "a mistake of this program has left texts in doubt: please report it",
            None,
            2,
            "broken: ValueError",
        ),
    ]


def test_what_was_called_back_before_it_began_is_no_error() -> None:
    attempt = Attempt(1, "P-1/ride/1", "+17205550134", "Hello", NOON, 1)
    with capture_logs() as said:
        log_dispatch(Dispatch(sent=(Sent(attempt, NOT_BEGUN),)))
    assert [(line["log_level"], line["event"], line["code"]) for line in said] == [("info", "temporary", "not-begun")]


def test_nothing_is_told_as_planned_while_it_waits_for_a_person(tmp_path: Path) -> None:
    checked = check_schedules(copy_shipped(tmp_path / "schedules"), NOON)
    kinds = {ChangeKind.WITHDRAWN: 12}
    with capture_logs() as said:
        log_update(Update(checked, waits=("Too much at once.",), kinds=kinds))
        log_update(Update(checked, kinds=kinds))
    assert [line["event"] for line in said if line["log_level"] != "warning"] == [
        "the change waits for a person: notifier changes --accept",
        "planned",
    ]
