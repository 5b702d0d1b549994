"""What every patient is promised, checked after every step of the stateful machine: nobody is left astray."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from notifier.core.delivery import Record
from notifier.core.lifecycle import GONE_OUT, UNSENT, State
from notifier.core.notices import CANCELLED, MOVED, MOVED_CALL, NOTICES
from notifier.core.reconcile import ALREADY_SENT, OPTED_OUT
from notifier.ledger.calling import PROGRAM
from tests.laws.machine_truth import OFF, date_in, moments, procedure_of
from tests.laws.machine_world import Entry, Scene


def check_promises(scene: Scene) -> None:
    """Check all promises."""
    nobody_is_left_with_a_wrong_time(scene)
    nobody_is_left_believing_in_a_cancelled_procedure(scene)
    nobody_is_left_believing_that_it_is_off(scene)
    whoever_was_texted_and_is_gone_is_called(scene)
    a_critical_text_that_failed_is_on_the_call_list(scene)


def nobody_is_left_with_a_wrong_time(scene: Scene) -> None:
    """What was last told of each step is right; or it comes again, or a notice or a person says so."""
    for patient, entry in scene.in_force.entries.items():
        if entry.booking.status != "booked" or procedure_of(entry) <= scene.now:
            continue
        own = scene.of_patient(patient)
        for step, records in own.items():
            told = _last_told(records)
            if told is None or not _is_wrong(told, entry):
                continue
            is_coming = records[-1].state in UNSENT
            assert (
                is_coming
                or _is_called(scene, patient)
                or (not told.draft.critical and _has_notice(own, entry))
                or (step in NOTICES and _has_notice(own, entry))
            ), f"{told.key} is wrong, and nobody says so"


def nobody_is_left_believing_in_a_cancelled_procedure(scene: Scene) -> None:
    """Who was texted of a procedure that is off is told so, or called."""
    for patient, entry in scene.in_force.entries.items():
        if entry.booking.status not in OFF or procedure_of(entry) <= scene.now or not entry.booking.has_consent:
            continue
        own = scene.of_patient(patient)
        told = [record for records in own.values() if (record := _last_told(records))]
        is_known = CANCELLED in own and own[CANCELLED][-1].state in UNSENT | GONE_OUT
        assert not told or is_known or _is_called(scene, patient) or _is_silent(scene, entry), f"{patient} was not told"


def nobody_is_left_believing_that_it_is_off(scene: Scene) -> None:
    """Who was told last that it is off, and is booked again, is told so, or called."""
    for patient, entry in scene.in_force.entries.items():
        if entry.booking.status != "booked" or procedure_of(entry) <= scene.now or not entry.booking.has_consent:
            continue
        own = scene.of_patient(patient)
        # Whoever had the number that was wrong is not the patient.
        notices = [one for step in NOTICES for one in own.get(step, ()) if one.draft.to == entry.booking.phone]
        last = max((one for one in notices if one.state in GONE_OUT), key=_sent_at, default=None)
        is_wrong = last is not None and last.draft.step == CANCELLED
        is_coming = any(own[step][-1].state in UNSENT for step in (MOVED, MOVED_CALL) if step in own)
        assert not is_wrong or is_coming or _is_called(scene, patient) or _is_silent(scene, entry), (
            f"{patient}: not told"
        )


def whoever_was_texted_and_is_gone_is_called(scene: Scene) -> None:
    """Whoever critical texts spoke to of a procedure ahead, and whose booking is in no file, by another id neither."""
    here = {*scene.in_force.entries, *scene.in_force.broken}
    for patient in {record.draft.patient for record in scene.messages.values()} - here:
        found = (_last_told(records) for records in scene.of_patient(patient).values())
        told = [record for record in found if record and record.draft.critical]
        if all(record.draft.step in NOTICES for record in told):
            continue
        heard = max(told, key=_sent_at).draft
        is_elsewhere = any(
            one.booking.phone == heard.to and abs(procedure_of(one) - heard.procedure) < timedelta(minutes=30)
            for one in scene.in_force.entries.values()
        )
        assert heard.procedure <= scene.now or is_elsewhere or _is_called(scene, patient), f"{patient} is gone"


def _is_silent(scene: Scene, entry: Entry) -> bool:
    """Say whether a text that is not critical is all that was told, to a phone that wants no more."""
    return entry.booking.phone in scene.opted_out


def _is_wrong(told: Record, entry: Entry) -> bool:
    """Say whether a text prints an instant that the files have elsewhere by now."""
    truth = moments(entry)
    for name, printed in told.draft.moments.items():
        if name in told.draft.dates_only:
            if date_in(told.draft.quiet.zone, printed) != date_in(entry.house.zone, truth[name]):
                return True
        elif abs(truth[name] - printed) >= timedelta(minutes=max(entry.house.resend_after, 1)):
            return True
    return False


def _has_notice(own: Mapping[str, Sequence[Record]], entry: Entry) -> bool:
    """Say whether a notice of the present time is in the line, or went out."""
    notices = [record for step in NOTICES for record in own.get(step, ())]
    last = max((one for one in notices if one.state in GONE_OUT), key=_sent_at, default=None)
    waiting = [one for one in notices if one.state in UNSENT]
    return any(one.draft.step != CANCELLED and not _is_wrong(one, entry) for one in [*waiting, *filter(None, [last])])


def _sent_at(record: Record) -> datetime:
    """Return when a text was sent; what went out under another id came before all else."""
    return record.sent_at or datetime.min.replace(tzinfo=UTC)


def _is_called(scene: Scene, patient: str) -> bool:
    """Say whether somebody has to call, or has called: not what the program has ended itself."""
    return any(
        call.closed_at is None or (call.is_wanted and call.closed_by != PROGRAM)
        for call in scene.calls
        if call.patient == patient
    )


def a_critical_text_that_failed_is_on_the_call_list(scene: Scene) -> None:
    reasons = {(call.patient, call.about) for call in scene.calls}
    off = {patient for patient, entry in scene.in_force.entries.items() if entry.booking.status in OFF}
    failed = (State.FAILED, State.UNDELIVERED, State.REFUSED, State.UNCONFIRMED)
    for own in scene.by_message().values():
        last = own[-1]
        is_failed = last.draft.critical and last.state in failed and last.reason != OPTED_OUT
        if is_failed and last.draft.patient not in off and not scene.is_waiting:
            assert (last.draft.patient, last.key) in reasons, f"{last.key} is {last.state}, and nobody calls"


def _last_told(records: Sequence[Record]) -> Record | None:
    """Return the last revision that went out, perhaps under another id."""
    return next(_told(records), None)


def _told(records: Sequence[Record]) -> Iterator[Record]:
    return (one for one in reversed(records) if one.state in GONE_OUT or one.reason == ALREADY_SENT)
