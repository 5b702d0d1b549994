"""Finding and reading the files of a schedules folder: kinds, limits, encodings."""

import codecs
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from notifier.core.problems import Problem, Severity
from notifier.intake.source import Source, file_problem

MIB = 1024 * 1024
LIMITS = {".yaml": 2 * MIB, ".csv": 8 * MIB}  # a week's patients are a few KiB: what is larger is another file
CLINIC, PROTOCOLS, PATIENTS = "clinic.yaml", "protocols", "patients"
MISSING_FOLDER = "missing-folder"

_WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
_MEANT = frozenset({*LIMITS, ".yml", *_WORKBOOKS})  # what somebody may take for a schedule file
_TEMPORARY = (".", "#", "~$")  # hidden files, and what editors and Excel keep beside an open file
# What YAML refuses, and what no editor shows: U+2028 and U+0085 would also be line ends to some programs only.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_VISIBLE = bytes(range(0x20, 0x7F))
# What git leaves where two people changed the same lines, each at the head of a line.
_MARK_LENGTH = 7
_CONFLICT = re.compile(r"^(?:(?:<{7}|\|{7}|>{7})(?: .*)?|={7})$", re.MULTILINE)
_SAVE_AS_UTF8 = "Save the file as UTF-8: in Excel “Save As”, type “CSV UTF-8”; in an editor “Save with encoding”."


@dataclass(frozen=True, slots=True)
class Found:
    """The files of a schedules folder, in the order of their names."""

    protocols: tuple[Path, ...]
    patients: tuple[Path, ...]
    problems: tuple[Problem, ...]
    is_whole: bool  # no patients file can have been overlooked
    is_bare: bool  # no folder, or nothing in it that may be meant as a schedule file


def find_files(folder: Path) -> Found:
    """Return the files under `folder` that are schedules, and problems of those that look like it.

    Hidden and temporary files are left out, and so is every other kind. What cannot be read is
    for `read_bytes` to say. A bare folder is whole: it says that there is nobody, and whether to
    believe it is for the guard (contract, section 5).
    """
    if (problem := _folder_problem(folder)) is not None:
        is_missing = problem.code == MISSING_FOLDER
        return Found((), (), (problem,), is_whole=is_missing, is_bare=is_missing)
    problems: list[Problem] = []
    problems += _strays(folder, _children(folder, folder, problems))
    if any(problem.severity is Severity.ERROR for problem in problems):
        return Found((), (), tuple(problems), is_whole=False, is_bare=False)
    protocols = _listed(folder, PROTOCOLS, (".yaml",), problems, deep=False)
    if not protocols:
        hint = f"Put a protocol into the folder “{PROTOCOLS}”, such as “{PROTOCOLS}/mild.yaml”."
        problems.append(file_problem(PROTOCOLS, "no-protocols", "There is no protocol.", hint))
    before = len(problems)
    patients = _listed(folder, PATIENTS, (".yaml", ".csv"), problems, deep=True)
    hides_patients = any(problem.code != "workbook" for problem in problems[before:])
    if not is_folder(folder / PATIENTS):
        hint = f"Put the patients' files into a folder of the name “{PATIENTS}”."
        message = f"There is no folder “{PATIENTS}”."
        problems.append(file_problem(PATIENTS, "no-patients", message, hint, Severity.WARNING))
        hides_patients = True
    is_bare = not (protocols or patients or _holds_schedules(folder))
    return Found(protocols, patients, tuple(problems), is_whole=is_bare or not hides_patients, is_bare=is_bare)


def _folder_problem(folder: Path) -> Problem | None:
    """Return why there is no folder to look into; one that cannot be looked at is not said to be missing."""
    try:
        is_there = folder.is_dir()
    except OSError as error:
        return _unreadable(".", error)
    if is_there:
        return None
    hint = "Check the path, or make one with “notifier init”."
    return file_problem(".", MISSING_FOLDER, "There is no schedules folder here.", hint)


def is_schedule_name(path: Path) -> bool:
    """Say whether a file of this name may be read as a schedule: a hidden or temporary one is not."""
    return path.suffix.lower() in LIMITS and not path.name.startswith(_TEMPORARY)


def is_folder(path: Path) -> bool:
    """Say whether `path` is a folder; where this program may not look, it is none, and `Path.is_dir` would raise."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _strays(folder: Path, paths: list[Path]) -> Iterator[Problem]:
    """Warn of schedule files that stand where nobody reads them."""
    for path in sorted(paths):
        if path.suffix.lower() in (*LIMITS, ".yml") and path.name != CLINIC and not is_folder(path):
            name = name_of(folder, path)
            hint = f"Only “{CLINIC}” stands here; move others into “{PROTOCOLS}” or “{PATIENTS}”."
            yield file_problem(name, "misplaced-file", f"“{name}” is not read.", hint, Severity.WARNING)


def _holds_schedules(folder: Path) -> bool:
    """Say whether anything below may be meant as a schedule file, by whatever name its folder goes.

    Patients in “patiens” are not gone, also while clinic.yaml and the protocols are away; nor is who
    lies where this program may not look, or behind a link that leads nowhere.
    """
    closed: list[Problem] = []
    for path in _walk(folder, folder, closed, deep=True):
        is_lost = not os.path.exists(path)  # noqa: PTH110 (`Path.exists` raises where this program may not look)
        if path.suffix.lower() in _MEANT or is_lost:
            return True
    return bool(closed)


def _listed(
    folder: Path, below: str, kinds: tuple[str, ...], problems: list[Problem], *, deep: bool
) -> tuple[Path, ...]:
    """Return the files of these kinds in a folder below, and note problems of those that look like it."""
    found = []
    for path in _walk(folder, folder / below, problems, deep=deep):
        kind = path.suffix.lower()
        name = name_of(folder, path)
        if kind in kinds:
            found.append(path)
        elif kind == ".yml":
            hint = "Rename it so that it ends in “.yaml”."
            message = f"“{name}” is not read, because it ends in “.yml”."
            problems.append(file_problem(name, "file-ending", message, hint, Severity.WARNING))
        elif kind in _WORKBOOKS and ".csv" in kinds:
            hint = "Save it as “CSV UTF-8”, beside this file."
            message = f"“{name}” is a workbook, and is not read."
            problems.append(file_problem(name, "workbook", message, hint, Severity.WARNING))
    return tuple(sorted(found))


def _walk(folder: Path, start: Path, problems: list[Problem], *, deep: bool) -> Iterator[Path]:
    """Yield what lies in a folder and, if `deep`, in those below it; each folder once, whatever links lead to it."""
    waiting, seen = [start], set[str]()
    while waiting:
        here = waiting.pop(0)
        if (real := os.path.realpath(here)) in seen or not is_folder(here):
            continue
        seen.add(real)
        for path in sorted(_children(folder, here, problems)):
            if is_folder(path) and path.suffix.lower() not in LIMITS:
                waiting += [path] if deep else []
            else:
                yield path


def _children(folder: Path, here: Path, problems: list[Problem]) -> list[Path]:
    try:
        return [path for path in here.iterdir() if not path.name.startswith(_TEMPORARY)]
    except OSError as error:
        problems.append(_unreadable(name_of(folder, here), error))
        return []


def name_of(folder: Path, path: Path) -> str:
    """Return the path relative to the folder; bytes that are no UTF-8 are shown as �, never as a crash."""
    return os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "replace")


def read_bytes(folder: Path, path: Path) -> bytes | Problem:
    """Return what a schedule file holds, or the problem that keeps it from being read."""
    name = name_of(folder, path)
    limit = LIMITS[path.suffix.lower()]
    try:
        mode = path.stat().st_mode  # looked at first: opening a pipe would wait for ever
        if not stat.S_ISREG(mode):
            return _no_file(name, is_folder=stat.S_ISDIR(mode))
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        return _nowhere(name, is_link=path.is_symlink())
    except OSError as error:
        return _unreadable(name, error)
    if len(data) > limit:
        message = f"“{name}” is larger than {limit // MIB} MiB."
        return file_problem(name, "too-large", message, "Check that it is a schedule file, or split it into several.")
    return data


def _no_file(name: str, *, is_folder: bool) -> Problem:
    if is_folder:
        hint = "Give the folder a name that does not look like a file's, or put the file itself here."
        return file_problem(name, "is-a-folder", f"“{name}” is a folder, not a file.", hint)
    return file_problem(name, "no-file", f"“{name}” is not an ordinary file.", "Put the file itself here.")


def _nowhere(name: str, *, is_link: bool) -> Problem:
    if is_link:
        message = f"“{name}” is a link to a file that is not there."
        return file_problem(name, "dangling-link", message, "Put the file itself here, or mend the link.")
    if name != CLINIC:  # it was found in its folder: somebody moves it, or saves it anew
        hint = "If it has been moved or is being saved, there is nothing to do."
        return file_problem(name, "vanished-file", f"“{name}” was here a moment ago and is gone.", hint)
    hint = f"Put a file “{name}” into the schedules folder; “notifier init” writes an example."
    return file_problem(name, "missing-file", f"There is no “{name}”.", hint)


def _unreadable(name: str, error: OSError) -> Problem:
    if isinstance(error, PermissionError):
        message = f"“{name}” may not be read by this program."
        return file_problem(name, "no-permission", message, "Give the account that runs notifier leave to read it.")
    message = f"“{name}” cannot be read: {(error.strerror or 'unknown reason').lower()}."
    return file_problem(name, "unreadable-file", message, "Check the disk or the network share that it lies on.")


def decode(name: str, data: bytes) -> Source | Problem:
    """Return the text that `data` is in UTF-8, with or without a BOM, or the first byte or character that is not."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:2]:
        return file_problem(name, "not-utf-8", "This file is saved as UTF-16, not as UTF-8.", _SAVE_AS_UTF8)
    if data.startswith(b"PK\x03\x04"):
        message = "This file is an Excel workbook, whatever its name says."
        return file_problem(name, "workbook-content", message, "Save it from Excel as “CSV UTF-8”.")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        source = Source(name, _with_line_feeds(data.decode()))
    except UnicodeDecodeError as error:
        before = Source(name, _with_line_feeds(data[: error.start].decode()))
        spot = before.spot(len(before.text))
        return Problem(spot, Severity.ERROR, "not-utf-8", "This character is not saved as UTF-8.", _SAVE_AS_UTF8)
    return _first_mark(source) or source


def _first_mark(source: Source) -> Problem | None:
    """Return the first thing in a file that nobody has written."""
    if not _is_plain(source.text) and (invisible := _INVISIBLE.search(source.text)) is not None:
        message = f"An invisible character stands here (U+{ord(invisible[0]):04X})."
        hint = "Delete it: put the cursor after it and press Backspace, or write the line anew."
        return Problem(source.spot(invisible.start()), Severity.ERROR, "invisible-character", message, hint)
    may_meet = any(mark * _MARK_LENGTH in source.text for mark in "<|>=")
    if may_meet and (conflict := _CONFLICT.search(source.text)) is not None:
        message = f"Two versions of this file meet here: git has left its mark “{conflict[0][:7]}”."
        hint = "Keep the lines that are right, and delete the others and every line that begins with such a mark."
        return Problem(source.spot(conflict.start()), Severity.ERROR, "conflict", message, hint)
    return None


def _is_plain(text: str) -> bool:
    """Say whether a text is surely without invisible characters: of megabytes, the pattern takes long to tell."""
    return text.isascii() and not text.encode().translate(None, _VISIBLE).strip(b"\t\n")


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
