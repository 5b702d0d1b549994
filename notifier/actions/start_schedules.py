"""Write a folder of schedule files to start from: what is shipped, under the clinic's own name."""

import json
import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from notifier.intake.clinic import read_clinic
from notifier.intake.source import Source
from notifier.intake.values import write_hours

GUIDE = ("README.md", "timeline.svg")
FOLDERS = ("protocols", "examples", "pictures", ".schema")


class FolderError(Exception):
    """A folder that cannot be written to, in one sentence."""


@dataclass(frozen=True, slots=True)
class ClinicCard:
    """What a clinic says of itself, each as `clinic.yaml` writes it."""

    name: str
    country: str
    phone: str
    time_zone: str
    languages: tuple[str, ...]
    every_day: str  # quiet hours
    procedure_day: str


NO_PATIENTS = """\
# yaml-language-server: $schema=../.schema/patients.json
# One entry for each booking. Take the # away and change the words; “notifier check” finds mistakes.
patients: []
#  - id: P-1001                      # of the booking; each only once
#    name: Maria                     # how the texts address the person
#    phone: 720-555-0134             # a mobile phone
#    language: es                    # leave it out for the clinic's first language
#    consent: 2026-11-20             # the day the person agreed to texts; without it nothing is sent
#    protocol: mild
#    procedure: 2026-12-03 07:30     # by the clinic's clock
#    arrival: 2026-12-03 06:30
"""


def example_card(shipped: Path) -> ClinicCard:
    """Return what the example clinic in the folder of the shipped schedules says of itself."""
    clinic = read_clinic(Source("clinic.yaml", _read(shipped / "clinic.yaml"))).clinic
    return ClinicCard(
        name=clinic.name,
        country=clinic.country,
        phone=clinic.phone,
        time_zone=clinic.time_zone.key,
        languages=clinic.languages,
        every_day=write_hours(clinic.quiet_hours.every_day),
        procedure_day=write_hours(clinic.quiet_hours.procedure_day),
    )


def refuse_to_overwrite(folder: Path) -> None:
    """Raise FolderError where `folder` holds anything, or is something else."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise FolderError(f"{folder} is there already and is not empty; name another folder.")
    except OSError as error:
        raise _unwritable(folder, error) from error


def start_schedules(shipped: Path, folder: Path, clinic: ClinicCard) -> list[Path]:
    """Write clinic.yaml, the protocols, a patients file without patients and the guide; return the files.

    `shipped` is the folder of the shipped schedules. Their texts in languages that the clinic does
    not have are left out. Raises FolderError where `folder` already holds anything, which is never
    overwritten, or cannot be written: then no file is left of what was begun.
    """
    refuse_to_overwrite(folder)
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Below the folder itself, so that it lies on the same disk whatever is mounted there.
        with TemporaryDirectory(prefix=".notifier-init-", dir=folder) as staging:
            _write_all(shipped, Path(staging), clinic)
            move_up(Path(staging), folder)
    except OSError as error:
        if is_new and folder.is_dir():
            folder.rmdir()
        raise _unwritable(folder, error) from error
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _unwritable(folder: Path, error: OSError) -> FolderError:
    return FolderError(f"{folder} cannot be written: {error.strerror}.")


def _write_all(shipped: Path, folder: Path, clinic: ClinicCard) -> None:
    """Write everything into an empty folder."""
    example = example_card(shipped)
    for name in FOLDERS:
        shutil.copytree(shipped / name, folder / name)
    for name in GUIDE:
        shutil.copyfile(shipped / name, folder / name)
    lacking = set(example.languages) - set(clinic.languages)
    for file in [*(folder / "protocols").glob("*.yaml"), *(folder / "examples").glob("*.yaml")]:
        file.write_text(_without(lacking, _read(file)), encoding="utf-8")
    text = _with_card(_read(shipped / "clinic.yaml"), _lines(clinic), _lines(example))
    (folder / "clinic.yaml").write_text(text, encoding="utf-8")
    (folder / "patients").mkdir()
    (folder / "patients" / "patients.yaml").write_text(NO_PATIENTS, encoding="utf-8")


def move_up(staging: Path, folder: Path) -> None:
    """Move everything from `staging` into `folder`, or nothing."""
    paths = sorted(staging.iterdir())
    try:
        for path in paths:
            path.rename(folder / path.name)
    except OSError:
        for path in paths:
            if not path.exists():
                (folder / path.name).rename(path)
        raise


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _lines(card: ClinicCard) -> dict[str, str]:
    """Return by key what stands in `clinic.yaml`; double quotes keep whatever a name has in it."""
    return {
        **{key: json.dumps(getattr(card, key), ensure_ascii=False) for key in ("name", "phone", "time_zone")},
        "country": card.country,
        "languages": f"[{', '.join(card.languages)}]",
        "every_day": card.every_day,
        "procedure_day": card.procedure_day,
    }


_LINE = re.compile(r"(?P<key> +(?P<name>\w+): )(?P<value>[^#\n]*?)(?P<gap> *)(?P<remark>#.*)?$", re.MULTILINE)


def _with_card(text: str, lines: dict[str, str], before: dict[str, str]) -> str:
    """Put a clinic's own values into the text of the example's file, where they differ; its remarks stay."""

    def put(line: re.Match[str]) -> str:
        name = line["name"]
        if lines.get(name) == before.get(name):
            return line[0]
        written = f"{line['key']}{lines[name]}"
        return f"{written:<{line.start('remark') - line.start() - 1}} {line['remark']}" if line["remark"] else written

    return _LINE.sub(put, text)


def _without(languages: Collection[str], text: str) -> str:
    """Take the texts in some languages out of a shipped protocol: each with the deeper lines below it."""
    kept: list[str] = []
    depth: int | None = None  # of the text that is being left out
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip())
        if depth is not None and line.strip() and indent <= depth:
            depth = None
        if line.split(":")[0].strip() in languages:
            depth = indent
        if depth is None or not line.strip():
            kept.append(line)
    return "".join(kept)
