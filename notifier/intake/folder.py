"""A whole schedules folder: what its files say, as far as they can be read, and every mistake in them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from notifier.core.model import Protocol, Schedules
from notifier.core.problems import Problem, Severity, Spot
from notifier.intake.clinic import STAND_IN, ClinicFile, read_clinic
from notifier.intake.files import CLINIC, find_files, is_folder, read_source
from notifier.intake.forms import PatientsFile
from notifier.intake.nearest import did_you_mean
from notifier.intake.patient import Context, Entry, read_patient
from notifier.intake.patients_csv import read_csv_patients
from notifier.intake.patients_yaml import read_yaml_patients
from notifier.intake.protocol import ProtocolFile, read_protocol
from notifier.intake.source import Findings, Source, has_errors


@dataclass(frozen=True, slots=True)
class Reading:
    """What a schedules folder says."""

    schedules: Schedules | None  # None where clinic.yaml cannot be used
    problems: tuple[Problem, ...]  # by file, line, column
    broken: frozenset[str]  # ids of entries with an error, as far as an id can be read
    kept: frozenset[
        str
    ]  # ids of good entries that a mistake above them, such as in their protocol, keeps from planning
    whole: bool  # every patients file and every id could be read: only then an absent entry counts as gone
    spots: Mapping[tuple[str, ...], Spot]  # where later findings belong, such as ("text", protocol, step, language)


def read_schedules(folder: Path, now: datetime) -> Reading:
    """Return what the files of a schedules folder say at `now` (contract, section 2).

    A file that cannot be read spoils no other; those that need it are checked as far as can be
    without it.
    """
    found = find_files(folder)
    problems = list(found.problems)
    if not is_folder(folder):
        return Reading(None, tuple(problems), frozenset(), frozenset(), whole=False, spots={})
    clinic = _read_clinic(folder)
    problems += clinic.problems

    protocols = _Protocols.of(_sources(folder, found.protocols, problems), len(found.protocols), clinic)
    problems += protocols.problems

    context = Context(
        clinic=clinic.clinic,
        protocols=protocols.by_name,
        are_all_named=protocols.are_all_named,
        today=now.astimezone(clinic.clinic.time_zone).date(),
    )
    sources = _sources(folder, found.patients, problems)
    patients = _Patients.of([_read_patients(source) for source in sources], context)
    problems += patients.problems

    planned = [
        entry.patient
        for entry in patients.good
        if entry.patient is not None and clinic.is_usable and entry.patient.protocol in protocols.usable
    ]
    return Reading(
        schedules=Schedules(clinic.clinic, protocols.usable, tuple(planned)) if clinic.is_usable else None,
        problems=tuple(sorted(problems, key=lambda problem: (problem.spot, problem.code, problem.message))),
        broken=patients.broken,
        kept=frozenset(patients.readable) - patients.broken - {patient.id for patient in planned},
        whole=found.is_whole and len(sources) == len(found.patients) and patients.is_whole,
        spots={**protocols.places, **patients.places},
    )


def read_clinic_zone(folder: Path) -> ZoneInfo | None:
    """Return the clinic's time zone; None where clinic.yaml cannot be used."""
    clinic = _read_clinic(folder)
    return clinic.clinic.time_zone if clinic.is_usable else None


def _read_clinic(folder: Path) -> ClinicFile:
    source = read_source(folder, folder / CLINIC)
    return ClinicFile(STAND_IN, (source,)) if isinstance(source, Problem) else read_clinic(source)


def _sources(folder: Path, paths: Sequence[Path], problems: list[Problem]) -> list[Source]:
    """Return the files that can be read, and note the problems of the others."""
    sources = []
    for path in paths:
        source = read_source(folder, path)
        if isinstance(source, Problem):
            problems.append(source)
        else:
            sources.append(source)
    return sources


def _read_patients(source: Source) -> PatientsFile:
    return read_csv_patients(source) if source.file.lower().endswith(".csv") else read_yaml_patients(source)


@dataclass(frozen=True, slots=True)
class _Protocols:
    """All protocols of a folder."""

    usable: Mapping[str, Protocol]
    by_name: Mapping[str, ProtocolFile | None]  # those with errors too; None where two have one name
    are_all_named: bool  # no protocol's name is hidden by a mistake in its file
    problems: Sequence[Problem]
    places: Mapping[tuple[str, ...], Spot]

    @classmethod
    def of(cls, sources: Sequence[Source], count: int, clinic: ClinicFile) -> "_Protocols":
        """Return the protocols that are in `count` files, of which `sources` could be opened."""
        files = [read_protocol(source) for source in sources]
        problems = [problem for file in files for problem in file.problems]
        by_name: defaultdict[str, list[ProtocolFile]] = defaultdict(list)
        for file in files:
            if file.name is not None:
                by_name[file.name.text].append(file)
        usable = {}
        for name, namesakes in by_name.items():
            problems += _namesakes(name, namesakes)
            for file in namesakes:
                found = file.check(clinic.clinic)
                problems += found
                if file.protocol is not None and len(namesakes) == 1 and not has_errors(found):
                    usable[name] = file.protocol
        return cls(
            usable=usable,
            by_name={name: namesakes[0] if len(namesakes) == 1 else None for name, namesakes in by_name.items()},
            are_all_named=0 < count == sum(map(len, by_name.values())),
            problems=problems,
            places={path: spot for file in files for path, spot in file.places.items()},
        )


def _namesakes(name: str, files: Sequence[ProtocolFile]) -> Iterable[Problem]:
    """Return a problem in each of several files that hold a protocol of one name."""
    spots = [file.source.spot(file.name.start) for file in files if file.name is not None]
    hint = "Rename one of them, or delete it."
    return _given_twice(spots, "duplicate-protocol", f"There are two protocols “{name}”", hint)


def _given_twice(spots: Sequence[Spot], code: str, message: str, hint: str) -> Iterable[Problem]:
    """Return a problem at each spot that names the first of the others; none where there is only one."""
    for spot in spots if len(spots) > 1 else ():
        other = spots[0] if spot != spots[0] else spots[1]
        sentence = f"{message}: the other is in {other.file}, line {other.line}."
        yield Problem(spot, Severity.ERROR, code, sentence, hint)


@dataclass(frozen=True, slots=True)
class _Patients:
    """All patients' entries of a folder."""

    good: Sequence[Entry]  # without a mistake in the entry, or above it in its file
    readable: AbstractSet[str]  # ids
    broken: frozenset[str]
    is_whole: bool
    problems: Sequence[Problem]
    places: Mapping[tuple[str, ...], Spot]

    @classmethod
    def of(cls, files: Sequence[PatientsFile], context: Context) -> "_Patients":
        problems: list[Problem] = []
        entries: list[Entry] = []
        good: list[Entry] = []
        for file in files:
            found, strange = _check_order_columns(file, context)
            read = [read_patient(form, context, strange) for form in file.forms]
            problems += (*file.problems, *found, *(problem for entry in read for problem in entry.problems))
            entries += read
            if file.is_sound and not strange:
                good += read
        spots = _spots_by_id(entries)
        for booking, places in spots.items():
            hint = "Give each booking an id of its own, or delete one of the two entries."
            problems += _given_twice(places, "duplicate-id", f"The id “{booking}” is given twice", hint)
        broken = frozenset(entry.id for entry in entries if entry.id is not None and has_errors(entry.problems))
        broken |= {booking for booking, places in spots.items() if len(places) > 1}
        return cls(
            good=[entry for entry in good if entry.id is not None and entry.id not in broken],
            readable=spots.keys(),
            broken=broken,
            is_whole=all(file.is_whole for file in files) and all(entry.id is not None for entry in entries),
            problems=problems,
            places={("patient", booking): places[0] for booking, places in spots.items()},
        )


def _spots_by_id(entries: Iterable[Entry]) -> Mapping[str, Sequence[Spot]]:
    spots: defaultdict[str, list[Spot]] = defaultdict(list)
    for entry in entries:
        if entry.id is not None:
            spots[entry.id].append(entry.form.source.spot(entry.form.start))
    return spots


def _check_order_columns(file: PatientsFile, context: Context) -> tuple[Sequence[Problem], AbstractSet[str]]:
    """Return problems of headings that name an order of no protocol at all, and those names."""
    known: set[str] = set()
    for protocol in context.protocols.values():
        if protocol is None:
            return (), frozenset()
        known |= protocol.orders.keys()
    if not context.are_all_named:
        return (), frozenset()
    findings = Findings(file.source)
    strange = file.order_columns.keys() - known
    for name in strange:
        at = file.order_columns[name]
        findings.error(at, "unknown-order", f"No protocol has an order “{name}”.", did_you_mean(name, known))
    return findings.problems, strange
