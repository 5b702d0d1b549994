"""What holds of reconciling, however an admin edits, whatever time does, and whatever becomes of texts."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.delivery import Record
from notifier.core.lifecycle import UNSENT, State
from notifier.core.model import Duration, Patient, PatientStatus, Protocol, Schedules, Template, Unit
from notifier.core.notices import NOTICES
from notifier.core.reconcile import Standing
from tests.core.clinics import a_patient, denver, local
from tests.core.desk import Desk
from tests.core.mild import MILD
from tests.laws.strategies import schedules

pytestmark = pytest.mark.timeout(900)  # a nightly run takes minutes
OUTCOMES = (*5 * (State.DELIVERED,), State.FAILED, State.UNDELIVERED, State.REFUSED, State.IN_DOUBT, State.SENT)
MOVES = (-7 * 24 * 60, -24 * 60, -180, -10, 10, 15, 180, 29 * 60 + 30, 7 * 24 * 60)  # minutes
WORDS: Template = ("Other words.",)


@dataclass(frozen=True)
class Files:
    """What an admin edits: entries in any number of files, some of them with an error, and a protocol."""

    schedules: Schedules
    broken: frozenset[str] = frozenset()
    gone: tuple[Patient, ...] = ()

    def lay_on(self, desk: Desk) -> None:
        patients = tuple(patient for patient in self.schedules.patients if patient.id not in self.broken)
        desk.files, desk.standing = replace(self.schedules, patients=patients), Standing(broken=self.broken)


Edit = Callable[[Files], Files]


def of_entry(index: int, **fields: object) -> Edit:
    """Return the edit that gives one of the entries other values."""

    def edit(files: Files) -> Files:
        return _with_entry(files, index, lambda patient: replace(patient, **fields))  # type: ignore[arg-type]

    return edit


def move(index: int, minutes: int) -> Edit:
    by = timedelta(minutes=minutes)

    def edit(files: Files) -> Files:
        def moved(patient: Patient) -> Patient:
            return replace(patient, procedure=patient.procedure + by, arrival=patient.arrival + by)

        return _with_entry(files, index, moved)

    return edit


def correct_phone(index: int, number: int) -> Edit:
    """Return the edit that gives an entry one of two phones that are nobody else's."""

    def edit(files: Files) -> Files:
        def corrected(patient: Patient) -> Patient:
            return replace(patient, phone=f"+17205550{number + int(patient.id.strip('P-x'))}")

        return _with_entry(files, index, corrected)

    return edit


def retime(index: int, order: str, hours: int) -> Edit:
    def edit(files: Files) -> Files:
        def ordered(patient: Patient) -> Patient:
            return replace(patient, orders={**patient.orders, order: Duration(hours, Unit.HOURS) if hours else None})

        return _with_entry(files, index, ordered)

    return edit


def _with_entry(files: Files, index: int, change: Callable[[Patient], Patient]) -> Files:
    patients = list(files.schedules.patients)
    if patients:
        patients[index % len(patients)] = change(patients[index % len(patients)])
    return replace(files, schedules=replace(files.schedules, patients=tuple(patients)))


def rephrase(index: int) -> Edit:
    return _of_protocol(
        lambda protocol: replace(
            protocol,
            steps=tuple(
                replace(step, text=dict.fromkeys(step.text, WORDS)) if n == index % len(protocol.steps) else step
                for n, step in enumerate(protocol.steps)
            ),
        )
    )


def drop_step(index: int) -> Edit:
    return _of_protocol(
        lambda protocol: (
            replace(
                protocol, steps=tuple(step for n, step in enumerate(protocol.steps) if n != index % len(protocol.steps))
            )
            if len(protocol.steps) > 1
            else protocol
        )
    )


def _of_protocol(change: Callable[[Protocol], Protocol]) -> Edit:
    def edit(files: Files) -> Files:
        protocols = {name: change(protocol) for name, protocol in files.schedules.protocols.items()}
        return replace(files, schedules=replace(files.schedules, protocols=protocols))

    return edit


def delete(index: int) -> Edit:
    def edit(files: Files) -> Files:
        patients = files.schedules.patients
        gone = patients[index % len(patients)] if patients else None
        kept = tuple(patient for patient in patients if patient is not gone)
        return replace(
            files,
            schedules=replace(files.schedules, patients=kept),
            gone=(*files.gone, gone) if gone is not None else files.gone,
        )

    return edit


def restore(files: Files) -> Files:
    patients = (*files.schedules.patients, *files.gone)
    return replace(files, schedules=replace(files.schedules, patients=patients), gone=())


def break_entry(index: int) -> Edit:
    def edit(files: Files) -> Files:
        ids = [patient.id for patient in files.schedules.patients]
        return replace(files, broken=files.broken | {ids[index % len(ids)]}) if ids else files

    return edit


def mend(files: Files) -> Files:
    return replace(files, broken=frozenset())


def rename(index: int) -> Edit:
    def edit(files: Files) -> Files:
        return _with_entry(files, index, lambda patient: replace(patient, id=f"{patient.id}x"))

    return edit


def rename_back(files: Files) -> Files:
    patients = tuple(replace(patient, id=patient.id.rstrip("x")) for patient in files.schedules.patients)
    return replace(files, schedules=replace(files.schedules, patients=patients))


entries = st.integers(0, 2)
statuses = st.sampled_from([PatientStatus.BOOKED] * 4 + list(PatientStatus))
edits: st.SearchStrategy[Edit] = st.one_of(
    st.builds(move, entries, st.sampled_from(MOVES)),
    st.builds(lambda index, status: of_entry(index, status=status), entries, statuses),
    st.builds(
        lambda index, day: of_entry(index, consent=day), entries, st.sampled_from([None, *2 * [date(2026, 1, 1)]])
    ),
    st.builds(correct_phone, entries, st.sampled_from([160, 170])),
    st.builds(retime, entries, st.sampled_from(["fasting", "lifting", "blood-thinner"]), st.sampled_from([0, 12, 24])),
    st.builds(rephrase, st.integers(0, 12)),
    st.builds(drop_step, st.integers(0, 12)),
    st.builds(delete, entries),
    st.just(restore),
    st.builds(break_entry, entries),
    st.just(mend),
    st.builds(rename, entries),
    st.just(rename_back),
)


@st.composite
def folders(draw: st.DrawFn) -> tuple[Files, datetime]:
    """Return files and an instant at which they are first seen: MILD as shipped, or any protocol."""
    if draw(st.booleans()):
        people = [
            a_patient(
                f"P-{n}", phone=f"+1720555013{4 + n % 2}", procedure="2026-12-03 07:30", arrival="2026-12-03 06:30"
            )
            for n in range(draw(st.integers(1, 3)))
        ]
        found = Schedules(denver(), {"mild": MILD}, tuple(people))
    else:
        found = draw(schedules())
        wordy = {name: replace(protocol, notices=MILD.notices) for name, protocol in found.protocols.items()}
        languages = tuple(sorted(found.clinic.languages))  # notices and stop-lines need not be in all of them
        found = replace(found, protocols=wordy, clinic=replace(found.clinic, languages=languages))
    procedure = found.patients[0].procedure
    return Files(found), procedure - timedelta(minutes=draw(st.integers(0, 40 * 24 * 60)))


def open_desk(files: Files, now: datetime) -> Desk:
    desk = Desk(opening=now)
    files.lay_on(desk)
    desk.look(now)
    return desk


def pass_time(data: st.DataObject, desk: Desk, now: datetime) -> datetime:
    """Let time pass, and something become of all that is due."""
    later = now + timedelta(minutes=data.draw(st.sampled_from([0, 1, 3, 60, 12 * 60, 3 * 24 * 60, 20 * 24 * 60])))
    desk.pass_until(later)
    for key, record in list(desk.records.items()):
        if record.sent_at is not None and record.sent_at > now:
            desk.records[key] = record._replace(state=data.draw(st.sampled_from(OUTCOMES)))
    return later


def unsent(desk: Desk) -> list[Record]:
    return [record for record in desk.records.values() if record.state in UNSENT]


def check_queue(desk: Desk, before: dict[str, Record]) -> None:
    """Hold the laws of what stands in the ledger after a look."""
    for key, record in before.items():
        assert record.state in UNSENT or desk.records[key] == record, "what is over is never touched"
    waiting = unsent(desk)
    assert len({(record.draft.patient, record.draft.step) for record in waiting}) == len(waiting)
    people = {patient.id: patient for patient in desk.files.patients}
    for record in waiting:
        if record.state is not State.PLANNED:
            continue
        patient = people[record.draft.patient]  # nothing is queued for who is in error, or gone
        assert patient.consent is not None
        assert patient.status is not PatientStatus.ON_HOLD
        if record.draft.step != "procedure-cancelled":
            assert patient.status not in (PatientStatus.CANCELLED, PatientStatus.NO_SHOW)
        assert record.draft.to == patient.phone
        assert record.draft.to not in desk.opted_out
        assert record.draft.earliest is not None
        assert record.draft.latest is not None
        assert record.send_at is not None
        assert record.draft.earliest <= record.send_at <= record.draft.latest


@given(folder=folders(), data=st.data())
def test_the_queue_is_lawful_whatever_is_edited_and_whenever(
    folder: tuple[Files, datetime], data: st.DataObject
) -> None:
    files, now = folder
    desk = open_desk(files, now)
    check_queue(desk, {})
    for _ in range(data.draw(st.integers(1, 8))):
        now = pass_time(data, desk, now)
        for edit in data.draw(st.lists(edits, max_size=3)):
            files = edit(files)
        if data.draw(st.integers(0, 5)) == 0:
            desk.opted_out ^= {"+17205550134"}
        files.lay_on(desk)
        before = dict(desk.records)
        desk.look(now)  # and looks again: nothing is left to do
        check_queue(desk, before)


def end_state(desk: Desk) -> dict[tuple[str, str], tuple[object, ...]]:
    """Return the unsent texts by patient and step: all but their revisions, and when they go.

    A text that waits for a notice goes when that does, and a notice's grace begins when its change was first seen;
    one that is held goes when it is released.
    """
    notified = {record.draft.patient for record in unsent(desk) if record.draft.step in NOTICES}
    return {
        (record.draft.patient, record.draft.step): (
            record.draft,
            record.state,
            record.send_at if record.state is State.PLANNED and record.draft.patient not in notified else None,
        )
        for record in unsent(desk)
        if record.draft.step not in NOTICES
    }


@given(folder=folders(), data=st.data())
def test_files_that_end_the_same_end_in_the_same_queue(folder: tuple[Files, datetime], data: st.DataObject) -> None:
    files, now = folder
    desk = open_desk(files, now)
    for _ in range(data.draw(st.integers(0, 3))):
        now = pass_time(data, desk, now)
        for edit in data.draw(st.lists(edits, max_size=2)):
            files = edit(files)
        files.lay_on(desk)
        desk.look(now)
    # Who is renamed and moved in one edit is somebody new, so both ways begin and end with the same ids.
    files = rename_back(restore(mend(files)))
    files.lay_on(desk)
    desk.look(now)
    now = pass_time(data, desk, now)
    desk.look(now)
    desk.pass_until(now)
    last = files
    for edit in data.draw(st.lists(edits, max_size=3)):
        last = edit(last)
    last = rename_back(restore(mend(last)))
    straight, winding = fork(desk), fork(desk)
    for edit in data.draw(st.lists(edits, min_size=1, max_size=4)):
        files = edit(files)
        files.lay_on(winding)
        winding.look(now)
    for each in (straight, winding):
        last.lay_on(each)
        each.look(now)
    assert end_state(winding) == end_state(straight)


def fork(desk: Desk) -> Desk:
    twin = copy(desk)
    twin.records = dict(desk.records)
    return twin


def test_a_text_held_and_released_in_one_minute_is_as_if_it_never_was() -> None:
    patient = a_patient(procedure="2026-12-03 07:30", arrival="2026-12-03 06:30")
    files, now = Files(Schedules(denver(), {"mild": MILD}, (patient,))), local("2026-12-01 15:00")
    desk = open_desk(files, local("2026-11-01 09:00"))
    desk.pass_until(now)
    later = move(0, 10 * 60)(files)
    for step in (later, of_entry(0, status=PatientStatus.ON_HOLD)(later), later):
        step.lay_on(desk)
        desk.look(now)
    straight = open_desk(files, local("2026-11-01 09:00"))
    straight.pass_until(now)
    later.lay_on(straight)
    straight.look(now)
    assert end_state(desk) == end_state(straight)
