"""All protocols of a schedules folder, and which version of each is in force."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from notifier.core.allowing import Allow
from notifier.core.model import Clinic, Protocol
from notifier.core.problems import Problem, Spot
from notifier.intake.clinic import ClinicInForce
from notifier.intake.protocol import ProtocolFile
from notifier.intake.source import file_problem, given_twice, has_errors
from notifier.intake.versions import Version, wrong_by_both

Check = Callable[[ProtocolFile, Clinic], tuple[Problem, ...]]
ByName = Mapping[str, ProtocolFile | None]  # by the protocol's name; None where two files have one name


@dataclass(frozen=True, slots=True)
class Protocols:
    """All protocols of a folder."""

    usable: Mapping[str, Protocol]
    in_force: ByName  # those that cannot be used too: their patients are not to seem wrong
    written: ByName  # those in force too, where nothing of the name is written
    versions: Mapping[str, Version]  # by file
    are_all_named: bool  # no protocol's name is hidden by a mistake in its file
    problems: Sequence[Problem]
    places: Mapping[tuple[str, ...], Spot]
    allows: Sequence[Allow]


@dataclass(frozen=True, slots=True)
class Candidates:
    """What there is to choose from."""

    files: Sequence[ProtocolFile | Problem]  # a problem where one cannot be read
    names: AbstractSet[str]  # of these files
    last_good: Sequence[ProtocolFile]
    is_needed: Callable[[str], bool]  # whether a patient's entry names a protocol: all of them are read to tell
    clinic: ClinicInForce
    check: Check

    def is_good(self, file: ProtocolFile) -> bool:
        """Say whether texts can be planned by this version."""
        return file.protocol is not None and not has_errors(self.check(file, self.clinic.clinic))


def choose_protocols(candidates: Candidates) -> Protocols:
    """Return the protocols in force (contract, section 5).

    A file with an error leaves its last good version in force. So does one that is gone, as long
    as a patient's entry names its protocol and no other file holds it: a file lost by mistake
    takes nobody's texts away, and one deleted on purpose is named by nobody.
    """
    present = [file for file in candidates.files if isinstance(file, ProtocolFile)]
    namesakes: defaultdict[str, list[ProtocolFile]] = defaultdict(list)
    for file in present:
        if file.name is not None:
            namesakes[file.name.text].append(file)
    written: ByName = {name: files[0] if len(files) == 1 else None for name, files in namesakes.items()}
    current = {name: file for name, file in written.items() if file is not None and candidates.is_good(file)}
    older = _last_good(candidates, current)
    chosen = {name: files[0] for name, files in older.items() if len(files) == 1}
    unclear: ByName = dict.fromkeys(older.keys() - chosen.keys())
    lost = [file for files in older.values() for file in files if file.source.file not in candidates.names]
    in_force = {**chosen, **current}
    return Protocols(
        usable={name: file.protocol for name, file in in_force.items() if file.protocol is not None},
        in_force={**unclear, **written, **chosen},
        written={**unclear, **chosen, **written},
        versions={
            **{file.source.file: Version.LAST_GOOD for file in chosen.values()},
            **{file.source.file: Version.CURRENT for file in current.values()},
        },
        are_all_named=0 < len(candidates.files) == sum(map(len, namesakes.values())),
        problems=[*_problems(candidates, namesakes), *(_is_lost(file) for file in lost if _name(file) not in written)],
        places={
            **{path: Spot(spot.file, 1, 1) for file in chosen.values() for path, spot in file.places.items()},
            **{path: spot for file in present for path, spot in file.places.items()},
        },
        allows=[allow for file in present for allow in file.allows],
    )


def _last_good(candidates: Candidates, current: Mapping[str, ProtocolFile]) -> Mapping[str, Sequence[ProtocolFile]]:
    """Return by protocol the last good versions of files that have an error now; where there are none, of lost ones.

    Two for one protocol: nobody can tell which of them was in force, so that neither is.
    """
    are_current = {file.source.file for file in current.values()}
    found: defaultdict[bool, defaultdict[str, list[ProtocolFile]]] = defaultdict(lambda: defaultdict(list))
    for file in candidates.last_good:
        protocol, name = _name(file), file.source.file
        if name not in are_current and protocol not in current and candidates.is_good(file):
            found[name in candidates.names][protocol].append(file)
    lost = {protocol: files for protocol, files in found[False].items() if candidates.is_needed(protocol)}
    return {**lost, **found[True]}


def _name(file: ProtocolFile) -> str:
    return "" if file.name is None else file.name.text


def _problems(candidates: Candidates, namesakes: Mapping[str, Sequence[ProtocolFile]]) -> Iterator[Problem]:
    """Yield what is wrong in the files as they are now."""
    clinic = candidates.clinic
    for file in candidates.files:
        if isinstance(file, Problem):
            yield file
        else:
            yield from file.problems
    for name, files in namesakes.items():
        yield from _same_names(name, files)
        for file in files:
            yield from wrong_by_both(candidates.check(file, clinic.clinic), candidates.check(file, clinic.written))


def _same_names(name: str, files: Sequence[ProtocolFile]) -> Iterable[Problem]:
    """Return a problem in each of several files that hold a protocol of one name."""
    spots = [file.source.spot(file.name.start) for file in files if file.name is not None]
    hint = "Rename one of them, or delete it."
    return given_twice(spots, "duplicate-protocol", f"There are two protocols “{name}”", hint)


def _is_lost(file: ProtocolFile) -> Problem:
    message = f"This file is gone, but patients' entries still name its protocol “{_name(file)}”."
    hint = "Put it back, or give those patients another protocol; until then they are texted by what it said last."
    return file_problem(file.source.file, "missing-protocol-file", message, hint)
