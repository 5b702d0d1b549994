"""A whole schedules folder: what its files say, as far as they can be read, and every mistake in them."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from notifier.core.allowing import Allow
from notifier.core.model import Clinic, Schedules
from notifier.core.problems import Problem
from notifier.intake.clinic import STAND_IN, ClinicFile, ClinicInForce, choose_clinic, read_clinic
from notifier.intake.files import CLINIC, MISSING_FOLDER, Found, decode, name_of, read_bytes
from notifier.intake.forms import PlacedForm
from notifier.intake.look import Look, take_look
from notifier.intake.memory import Memory
from notifier.intake.patient import Context, Contexts
from notifier.intake.patients import Patients, PatientsDesk, Places, read_patients_file
from notifier.intake.protocol import ProtocolFile, read_protocol
from notifier.intake.protocols import ByName, Candidates, Protocols, choose_protocols
from notifier.intake.register import Register
from notifier.intake.source import Source
from notifier.intake.versions import Version

NO_FILES: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a schedules folder says."""

    schedules: Schedules | None  # None where neither clinic.yaml nor a last good version can be used
    problems: tuple[Problem, ...]  # by file, line, column
    broken: frozenset[str]  # ids of entries with an error, as far as an id can be read
    kept: frozenset[
        str
    ]  # ids of good entries that a mistake above them, such as in their protocol, keeps from planning
    whole: bool  # every patients file and every id could be read: only then an absent entry counts as gone
    register: Register = field(compare=False)  # of the patients
    spots: Places  # where later findings belong, such as ("text", protocol, step, language)
    good_files: Mapping[str, bytes]  # the clinic and protocol files that are without an error now: to be kept
    in_force: Mapping[str, Version]  # by file, of the clinic and the protocols that are
    is_bare: bool  # no folder, or nothing in it that may be meant as a schedule file
    signature: str  # of all the files: where it is the same, they say the same
    allows: tuple[Allow, ...]  # warnings that an admin has looked at, where they stand


@dataclass(frozen=True, slots=True)
class _Disk:
    """The files of a folder as they were read, with their names; a problem where one could not be.

    Not by name: two names that are no UTF-8 may look the same.
    """

    found: Found
    clinic: bytes | Problem
    protocols: Sequence[tuple[str, bytes | Problem]]
    patients: Sequence[tuple[str, bytes | Problem]]

    def signature(self) -> str:
        """Return what tells these files apart from others."""
        digest = sha256(repr([(problem.spot, problem.code) for problem in self.found.problems]).encode())
        for name, data in [(CLINIC, self.clinic), *self.protocols, *self.patients]:
            content = data.code if isinstance(data, Problem) else sha256(data).hexdigest()
            digest.update(repr((name, content)).encode())
        return digest.hexdigest()


class ScheduleReader:
    """Reads one schedules folder again and again.

    Files whose content is the same are not parsed again, and entries that say the same are not
    checked again, as long as the clinic, the protocols and the day are the same. For one thread
    at a time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._look: Look | None = None  # None: has to be read again, whatever it looks like
        self._clinics = Memory[ClinicFile]()
        self._protocols = Memory[ProtocolFile | Problem]()
        self._checks = Memory[tuple[Problem, ...]]()
        self._named = Memory[AbstractSet[str]]()
        self._desk = PatientsDesk()

    def may_have_changed(self) -> bool:
        """Say whether the files look different from when they were last read; no file is opened."""
        return self._look is None or take_look(self._folder) != self._look

    def read(
        self, now: datetime, good_files: Mapping[str, bytes] = NO_FILES, drafts: Mapping[str, bytes] = NO_FILES
    ) -> Reading:
        """Return what the files of the folder say at `now` (contract, section 2).

        A file that cannot be read spoils no other; those that need it are checked as far as can be
        without it. `good_files` are the last good versions of clinic and protocol files, by name:
        one stays in force while the present version has an error, or is gone and still needed
        (contract, section 5). What is wrong with the present versions is told all the same.
        `drafts` are patients files, by name, as they would be: they are read in place of what lies
        in the folder, or beside it.
        """
        for memory in (self._clinics, self._protocols, self._checks, self._named):
            memory.turn()
        self._look = None
        look = take_look(self._folder)  # before any file is read: what changes meanwhile is seen by the next look
        disk = _read_disk(self._folder, look.found, drafts)
        present = self._read_clinic(disk.clinic)
        clinic = choose_clinic(present, self._read_clinic(good_files[CLINIC]) if CLINIC in good_files else None)
        protocols = self._choose_protocols(disk, good_files, clinic)
        patients = self._desk.read(disk.patients, _contexts(now, clinic, protocols), present.allowed)
        self._look = None if look.is_young(now) else look
        problems = {*look.found.problems, *present.problems, *protocols.problems, *patients.problems}
        allows = (*present.allows, *protocols.allows, *patients.allows)
        return replace(_put_together(disk, clinic, protocols, patients, problems), allows=allows)

    def _read_clinic(self, data: bytes | Problem) -> ClinicFile:
        if isinstance(data, Problem):
            return ClinicFile(STAND_IN, (data,))
        return self._clinics.recall(sha256(data).digest(), partial(_read_clinic_file, data))

    def _read_protocol(self, name: str, data: bytes | Problem) -> ProtocolFile | Problem:
        if isinstance(data, Problem):
            return data
        return self._protocols.recall((name, sha256(data).digest()), partial(_read_protocol_file, name, data))

    def _choose_protocols(self, disk: _Disk, good_files: Mapping[str, bytes], clinic: ClinicInForce) -> Protocols:
        kept = [self._read_protocol(name, data) for name, data in good_files.items() if name != CLINIC]
        candidates = Candidates(
            files=[self._read_protocol(name, data) for name, data in disk.protocols],
            names={name for name, _ in disk.protocols},
            last_good=[file for file in kept if isinstance(file, ProtocolFile)],
            is_needed=lambda name: any(name in self._names_in(*file) for file in disk.patients),
            clinic=clinic,
            check=self._check,
        )
        return choose_protocols(candidates)

    def _check(self, file: ProtocolFile, clinic: Clinic) -> tuple[Problem, ...]:
        return self._checks.recall((file, clinic), partial(file.check, clinic))

    def _names_in(self, name: str, data: bytes | Problem) -> AbstractSet[str]:
        """Return the protocols that the entries of a patients file name."""
        if isinstance(data, Problem):
            return frozenset()
        return self._named.recall((name, sha256(data).digest()), partial(_protocols_in, name, data))


def read_schedules(
    folder: Path, now: datetime, good_files: Mapping[str, bytes] = NO_FILES, drafts: Mapping[str, bytes] = NO_FILES
) -> Reading:
    """Return what the files of a schedules folder say at `now`, as `ScheduleReader.read` does."""
    return ScheduleReader(folder).read(now, good_files, drafts)


def read_clinic_zone(folder: Path) -> ZoneInfo | None:
    """Return the clinic's time zone; None where clinic.yaml cannot be used."""
    data = read_bytes(folder, folder / CLINIC)
    if isinstance(data, Problem):
        return None
    clinic = _read_clinic_file(data)
    return clinic.clinic.time_zone if clinic.is_usable else None


def _read_disk(folder: Path, found: Found, drafts: Mapping[str, bytes]) -> _Disk:
    paths = [(name_of(folder, path), path) for path in found.patients]
    kept = [(name, read_bytes(folder, path)) for name, path in paths if name not in drafts]
    no_folder = next((problem for problem in found.problems if problem.code == MISSING_FOLDER), None)
    return _Disk(
        found=found,
        clinic=no_folder or read_bytes(folder, folder / CLINIC),
        protocols=[(name_of(folder, path), read_bytes(folder, path)) for path in found.protocols],
        patients=[*kept, *drafts.items()],
    )


def _read_clinic_file(data: bytes) -> ClinicFile:
    source = decode(CLINIC, data)
    return read_clinic(source) if isinstance(source, Source) else ClinicFile(STAND_IN, (source,))


def _read_protocol_file(name: str, data: bytes) -> ProtocolFile | Problem:
    source = decode(name, data)
    return read_protocol(source) if isinstance(source, Source) else source


def _protocols_in(name: str, data: bytes) -> AbstractSet[str]:
    entries = read_patients_file(name, data).read(())
    return {entry.form.texts.get("protocol", "").strip() for entry in entries if isinstance(entry, PlacedForm)}


def _contexts(now: datetime, clinic: ClinicInForce, protocols: Protocols) -> Contexts:
    return Contexts(
        in_force=_context(now, clinic.clinic, protocols.in_force, protocols),
        written=_context(now, clinic.written, protocols.written, protocols),
    )


def _context(now: datetime, clinic: Clinic, by_name: ByName, protocols: Protocols) -> Context:
    return Context(clinic, by_name, protocols.are_all_named, today=now.astimezone(clinic.time_zone).date())


def _put_together(
    disk: _Disk, clinic: ClinicInForce, protocols: Protocols, patients: Patients, problems: AbstractSet[Problem]
) -> Reading:
    usable = protocols.usable if clinic.version else {}
    planned = [patient for patient in patients.good if patient.protocol in usable]
    unplanned = (patient.id for patient in patients.good if patient.protocol not in usable)
    versions = {CLINIC: clinic.version} if clinic.version else {}
    versions |= protocols.versions
    good = {name: data for name, data in [(CLINIC, disk.clinic), *disk.protocols] if isinstance(data, bytes)}
    return Reading(
        schedules=Schedules(clinic.clinic, protocols.usable, tuple(planned)) if clinic.version else None,
        problems=tuple(sorted(problems, key=lambda problem: (problem.spot, problem.code, problem.message))),
        broken=patients.broken,
        kept=frozenset({*patients.others, *unplanned} - patients.broken),
        whole=disk.found.is_whole and patients.is_whole,
        register=Register(patients.files, usable.keys(), patients.broken, patients.calendars),
        spots=Places(protocols.places, patients.files),
        good_files={name: data for name, data in good.items() if versions.get(name) is Version.CURRENT},
        in_force=versions,
        is_bare=disk.found.is_bare,
        signature=disk.signature(),
        allows=(),
    )
