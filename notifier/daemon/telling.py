"""What the service says of its work, in the log and to systemd: keys of messages, codes and counts."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

from notifier.actions.alert_staff import Alerted
from notifier.actions.poll_receipts import Polled
from notifier.actions.settle_doubt import Settled
from notifier.actions.take_reply import Taken as TakenReply
from notifier.actions.take_turn import Dispatch
from notifier.actions.try_attempts import BROKEN
from notifier.actions.update_calls import CallsUpdate
from notifier.actions.update_plan import Update
from notifier.core.delivery import NOT_BEGUN, AnswerKind
from notifier.core.lifecycle import State
from notifier.core.problems import Severity
from notifier.ledger.receipts import Taken
from notifier.logs import get_logger

_CALL = "somebody has to be called: notifier calls"

_log = get_logger("notifier.daemon")


def log_update(update: Update) -> None:
    """Log what an update found and did: problems by their place and code, changes by their count."""
    for problem in update.checked.problems:
        say: Callable[..., object] = _log.error if problem.severity is Severity.ERROR else _log.warning
        say("problem", file=problem.spot.file, line=problem.spot.line, column=problem.spot.column, code=problem.code)
    for sentence in update.waits:
        _log.error("the change waits for a person: notifier changes --accept", why=sentence)
    for file in update.checked.last_good:
        _log.error("the last good version of a file is in force", file=file)
    for call in () if update.waits else update.new_calls:
        _log.warning(_CALL, patient=call.patient, why=call.reason)
    if not update.waits:
        _log.info("planned", patients=update.patients, changes=dict(update.kinds))


def log_dispatch(dispatch: Dispatch) -> None:
    """Log what one commit has recorded."""
    log = _log.bind()  # once for all: each use of the other one would set up a logger anew
    for one in dispatch.sent:
        say = log.info if one.answer.kind is AnswerKind.ACCEPTED or one.answer == NOT_BEGUN else log.error
        say(one.answer.kind.value, key=one.attempt.key, attempt=one.attempt.ordinal, code=one.answer.code)
    broken = Counter(code for one in dispatch.sent if (code := one.answer.code) and code.startswith(BROKEN))
    for code, texts in broken.items():
        _log.error("a mistake of this program has left texts in doubt: please report it", code=code, texts=texts)
    for key in dispatch.expired:
        _log.error("expired", key=key)
    for key in dispatch.replaced:
        _log.warning("placed again", key=key)
    if dispatch.abandoned:
        log_abandoned(dispatch.abandoned)
    _log_stop(dispatch)


def _log_stop(news: Dispatch | Taken) -> None:
    if news.stopped:
        _log.error("dispatch stopped: the provider refuses our settings", code=news.stopped)
    if news.resumed:
        _log.warning("dispatch resumed: the provider takes texts again")


def log_abandoned(messages: int) -> None:
    """Log that claims were left without an answer."""
    _log.error("in doubt after a crash", messages=messages)


def log_broken_off() -> None:
    """Log that requests hung when the service was told to stop; the ledger knows which texts are in doubt."""
    _log.error("broken off: requests hung for too long")


def log_settled(settled: Settled) -> None:
    """Log what became of texts in doubt."""
    for taken in settled.found:
        _log.info("doubt settled: the provider took it", key=taken.key, state=taken.state)
    for key in settled.not_taken:
        _log.warning("doubt settled: the provider did not take it, it goes again", key=key)


def log_receipt(taken: Taken) -> None:
    """Log what a receipt has changed."""
    if taken.is_repeated:
        _log.error("taken twice by the provider: more than one attempt arrived", key=taken.key)
    _log.info("receipt", key=taken.key, state=taken.state)
    _log_stop(taken)


def log_polled(polled: Polled) -> None:
    """Log what a look at the provider's receipts has changed."""
    for taken in polled.taken:
        log_receipt(taken)
    for key in polled.unconfirmed:
        _log.error("unconfirmed: no final receipt in 24 hours", key=key)


def log_reply(taken: TakenReply) -> None:
    """Log that a patient has written, and what for; never what, nor from where."""
    _log.info("reply", kind=taken.kind, patients=taken.patients, answered=taken.answer is not None)


def log_calls(update: CallsUpdate) -> None:
    """Log what has changed on the call list."""
    for key in update.expired:
        _log.error("expired", key=key)
    for entry in update.turned:
        if entry.closed_at is None:
            _log.warning(_CALL, patient=entry.patient, why=entry.reason)


def log_alerted(alerted: Alerted) -> None:
    """Log what the staff were told, and which channels did not take it, by their place in the settings."""
    for failure in alerted.failures:
        _log.error("a channel did not take an alert", channel=failure.channel, why=failure.why)
    if alerted.kinds:
        say = _log.info if alerted.is_told else _log.error
        say("alert" if alerted.is_told else "no channel took the alert", about=dict(Counter(alerted.kinds)))


def in_one_line(
    next_due: datetime | None, counts: Mapping[State, int], calls: int, zone: tzinfo, *, is_held: bool
) -> str:
    """Return how things stand, for `systemctl status`: the next text's time in `zone`, and counts."""
    due = f"next text {next_due.astimezone(zone):%a %Y-%m-%d %H:%M %Z}" if next_due else "no text ahead"
    numbers = f"{counts.get(State.PLANNED, 0)} planned, {counts.get(State.IN_DOUBT, 0)} in doubt, {calls} to call"
    return f"{'no text goes out: see notifier status; ' if is_held else ''}{due}; {numbers}"
