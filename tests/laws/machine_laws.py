"""What must hold after every step of the stateful machine: one small function for each law, with its sentence."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from notifier.core.delivery import AnswerKind, ChangeKind, Record
from notifier.core.lifecycle import GONE_OUT, UNSENT, State
from notifier.core.notices import CANCELLED, NOTICES
from notifier.core.reconcile import ALREADY_SENT, OPTED_OUT, Known, Standing, reconcile
from tests.laws.machine_truth import OFF, allowed, moments
from tests.laws.machine_world import PACE, Entry, Scene, Sent

_TOLERANCE = timedelta(minutes=10)  # past its place a text still goes without being placed again
_SETTLED = frozenset(State) - UNSENT - {State.CLAIMED}  # a claim may still turn out not to have been taken


def check_laws(before: Scene | None, after: Scene) -> None:
    """Check all laws of a scene, of the one before, and of the texts that went out in between."""
    new = after.sent[len(before.sent) if before else 0 :]
    if before is not None:
        what_was_sent_is_never_changed_nor_deleted(before, after)
        every_change_of_state_has_an_event_and_events_only_grow(before, after)
        whoever_cannot_be_read_keeps_the_last_good_plan(before, after)
    for law_of_texts in (
        nothing_goes_to_whom_nothing_may_go,
        every_text_goes_in_its_window,
        no_text_rings_in_quiet_hours_without_a_reason,
    ):
        law_of_texts(new)
    texts_to_one_phone_keep_their_distance(after.sent)
    for law in (
        revisions_count_up_and_only_the_last_is_unsent,
        nothing_is_queued_for_whom_nothing_may_go,
        what_is_queued_is_what_the_files_say,
        the_same_files_leave_the_same_unsent_texts,
        no_text_goes_twice,
        no_event_tells_who_or_what,
    ):
        law(after)


def what_was_sent_is_never_changed_nor_deleted(before: Scene, after: Scene) -> None:
    for key, record in before.messages.items():
        assert key in after.messages, f"{key} was deleted"
        if record.state in _SETTLED:
            assert after.messages[key].draft == record.draft, f"{key} was rewritten"
            assert after.messages[key].state not in UNSENT, f"{key} is in the line again"
    attempts = {one.attempt.id: one for one in after.attempts}
    for one in before.attempts:
        now = attempts[one.attempt.id]
        assert (now.started_at, now.attempt.to, now.attempt.text) == (one.started_at, one.attempt.to, one.attempt.text)


def whoever_cannot_be_read_keeps_the_last_good_plan(before: Scene, after: Scene) -> None:
    """An entry that a file hides which cannot be read, or a mistake above it, is not gone (contract, section 5)."""
    schedules = after.checked.reading.schedules
    hidden = after.in_force.entries.keys() - {patient.id for patient in (schedules.patients if schedules else ())}
    for key, record in before.messages.items():
        if record.state in UNSENT and record.draft.patient in hidden:
            assert after.messages[key].state is not State.WITHDRAWN, f"{key} was withdrawn, and its entry is hidden"


def revisions_count_up_and_only_the_last_is_unsent(scene: Scene) -> None:
    for key, own in scene.by_message().items():
        assert [record.revision for record in own] == list(range(1, len(own) + 1)), key
        assert not [record for record in own[:-1] if record.state in UNSENT], key


def nothing_is_queued_for_whom_nothing_may_go(scene: Scene) -> None:
    for record in scene.messages.values():
        if record.state is State.PLANNED:
            is_refused = record.draft.to in scene.opted_out and not scene.is_waiting
            assert not is_refused, f"{record.key} is in the line for a phone that has opted out"
            entry = scene.in_force.entries.get(record.draft.patient)
            assert entry is not None, f"{record.key}: its entry is gone, or in error"
            assert _may_go(record, entry), f"{record.key}: the patient is {entry.booking.status}, or without consent"
        if record.state is State.HELD:
            known = {*scene.in_force.entries, *scene.in_force.broken}
            assert record.draft.patient in known, f"{record.key} is held for a patient who is gone"


def nothing_goes_to_whom_nothing_may_go(sent: Sequence[Sent]) -> None:
    for one in sent:
        entry = one.in_force.entries.get(one.record.draft.patient)
        assert entry is not None, f"{one.record.key} went though its entry was gone, or in error"
        assert _may_go(one.record, entry), f"{one.record.key} went to a patient who was {entry.booking.status}"
        assert not one.is_opted_out, f"{one.record.key} went to a phone that had opted out"


def _may_go(record: Record, entry: Entry) -> bool:
    """Say whether a text may be in the line: by status, consent and, once it is over, whether it is for afterwards."""
    status, step = entry.booking.status, record.draft.step
    if not entry.booking.has_consent:
        return False
    if status in OFF:
        return step == CANCELLED
    if status == "completed":
        # Section 3 asks when a step is sent, and this one is sent at 06:30 even where the procedure is earlier.
        return step in _AFTERWARDS or (step == "morning-wash" and entry.booking.procedure.time() <= time(6, 30))
    return status == "booked" and step != CANCELLED


_AFTERWARDS = ("after-care", "keep-dry-ends", "lifting-ends", "recovery", "therapy-starts")


def every_text_goes_in_its_window(sent: Sequence[Sent]) -> None:
    for one in sent:
        assert one.record.draft.earliest is not None
        assert one.record.draft.earliest <= one.at <= one.attempt.latest, f"{one.record.key} went at {one.at}"


def no_text_rings_in_quiet_hours_without_a_reason(sent: Sequence[Sent]) -> None:
    for one in sent:
        draft, entry = one.record.draft, one.in_force.entries[one.record.draft.patient]
        if allowed(one.at, entry) or (one.record.send_at and _is_still_in_place(one, one.record.send_at, entry)):
            continue
        assert draft.critical, f"{one.record.key} went at {one.at}, in quiet hours"
        is_urgent = draft.step in NOTICES and draft.latest is not None and draft.latest - one.at <= timedelta(hours=24)
        assert is_urgent or not _has_allowed_minute(one, entry), f"{one.record.key} could have waited for the morning"


def _is_still_in_place(one: Sent, place: datetime, entry: Entry) -> bool:
    return one.at - place <= _TOLERANCE and allowed(place, entry)


def _has_allowed_minute(one: Sent, entry: Entry) -> bool:
    """Say whether a minute that is not quiet was left, five minutes before L at the latest."""
    minute = one.at
    last = one.attempt.latest - timedelta(minutes=5)
    while minute < last:
        if allowed(minute, entry):
            return True
        minute += timedelta(minutes=1)
    return False


def texts_to_one_phone_keep_their_distance(sent: Sequence[Sent]) -> None:
    last: dict[str, datetime] = {}
    for one in sent:
        if one.attempt.to in last:
            assert one.at - last[one.attempt.to] >= PACE.min_gap, (
                f"{one.record.key} came {one.at - last[one.attempt.to]} after"
            )
        last[one.attempt.to] = one.at


def no_text_goes_twice(scene: Scene) -> None:
    """Not to one phone in the same words for the same instants, unless other times, or another phone, came between.

    A time zone put right moves every instant, and no wall time that a text prints.
    """
    told: dict[tuple[str, str], tuple[object, ...]] = {}
    answers = {one.attempt.id: one.answer for one in scene.attempts}
    for one in scene.sent:
        answer, draft = answers[one.attempt.id], one.record.draft
        may_be_taken = answer is None or answer.kind in (AnswerKind.ACCEPTED, AnswerKind.IN_DOUBT)
        if not may_be_taken or scene.messages[one.record.key].state not in GONE_OUT:
            continue
        # A person has one history, by whatever id.
        person = one.in_force.entries[draft.patient].booking.name, draft.step
        what = draft.to, draft.body, dict(draft.moments)
        assert told.get(person) != what or draft.step in NOTICES, f"{one.record.key} went twice"
        told[person] = what


def what_is_queued_is_what_the_files_say(scene: Scene) -> None:
    """Every text in the line prints the times of its patient's entry, and goes to that entry's phone."""
    for record in scene.messages.values():
        entry = scene.in_force.entries.get(record.draft.patient)
        if record.state is State.PLANNED and entry is not None:
            truth = moments(entry)
            assert record.draft.to == entry.booking.phone, f"{record.key} goes to an old phone"
            assert entry.booking.name in (record.draft.body or ""), f"{record.key} has another name"
            for name, printed in record.draft.moments.items():
                assert printed == truth[name], f"{record.key} prints {printed} for {name}, not {truth[name]}"


def the_same_files_leave_the_same_unsent_texts(scene: Scene) -> None:
    """Whatever the edits before: apart from what was told, the line is as a new ledger would have it."""
    schedules, plan = scene.checked.reading.schedules, scene.checked.plan
    if schedules is None or scene.is_waiting:
        return
    own = scene.by_message()
    asked = {patient.id for patient in schedules.patients}
    untold = {
        key: records[-1] if records[-1].state in UNSENT else None
        for key, records in own.items()
        if key[0] in asked and key[1] not in NOTICES and not any(map(_was_tried, records))
    }
    fresh = {
        (change.after.draft.patient, change.after.draft.step): change.after
        for change in reconcile(schedules, plan, Known(opted_out=scene.opted_out), Standing())
        if change.kind is ChangeKind.NEW
    }
    # An id that was renamed while a file cannot be read still has its texts in the line, and one of two is enough.
    line = {_text_of(record) for record in scene.messages.values() if record.state is State.PLANNED}
    fresh = {key: record for key, record in fresh.items() if key in untold or _text_of(record) not in line}
    for key, record in untold.items():
        wanted = fresh.get(key)
        if record is None and wanted is not None and _text_of(wanted) in line:
            continue
        assert (record is None) == (wanted is None), f"{key}: the line has {record}, a new ledger {wanted}"
        if record is not None and wanted is not None:
            assert (record.state, record.draft) == (wanted.state, wanted.draft), f"{key}: unlike in a new ledger"
    assert fresh.keys() <= own.keys(), f"{fresh.keys() - own.keys()} are not in the line"


def _text_of(record: Record) -> tuple[str, str, str | None]:
    return record.draft.to, record.draft.step, record.draft.body


def every_change_of_state_has_an_event_and_events_only_grow(before: Scene, after: Scene) -> None:
    for patient in {event.patient for event in before.events}:
        old = [event for event in before.events if event.patient == patient]
        new = [event for event in after.events if event.patient == patient]
        assert new[: len(old)] == old, f"the story of {patient} was rewritten"
    known = len(before.events)
    told = defaultdict(list)
    for event in after.events:
        told[event.key].append(event)
    for event in before.events:
        told[event.key].remove(event)
    assert len(after.events) >= known
    for key, record in after.messages.items():
        if key not in before.messages or before.messages[key].state is not record.state:
            assert told[key], f"{key} became {record.state}, and no event says so"


def no_event_tells_who_or_what(scene: Scene) -> None:
    """No event, cause, reason or note of the guard holds a phone, a name or a text."""
    secrets = {record.draft.to for record in scene.messages.values()}
    secrets |= {record.draft.body for record in scene.messages.values() if record.draft.body}
    secrets |= {entry.booking.name for entry in scene.in_force.entries.values()}
    words = {word for event in scene.events for word in (event.what, event.why, event.cause, event.key) if word}
    words |= {record.reason for record in scene.messages.values() if record.reason}
    for word in words:
        assert not [secret for secret in secrets if secret in word or secret[2:] in word], word


def _was_tried(record: Record) -> bool:
    """Say whether the provider was asked, or would only have been asked for the same again."""
    is_failed = record.state in (State.FAILED, State.UNDELIVERED, State.REFUSED) and record.reason != OPTED_OUT
    return is_failed or record.state in GONE_OUT or record.reason == ALREADY_SENT
