"""What the service logs of its work."""

from structlog.testing import capture_logs

from notifier.actions.take_turn import Dispatch
from notifier.actions.try_attempts import Sent
from notifier.core.delivery import Answer, AnswerKind, Attempt
from notifier.daemon.telling import log_dispatch
from tests.builders import NOON


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
