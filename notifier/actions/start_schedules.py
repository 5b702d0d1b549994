"""Write a folder of schedule files to start from: the shipped protocol, and the clinic's own name on it."""

import shutil
from dataclasses import dataclass
from pathlib import Path


class FolderError(Exception):
    """A folder that cannot be written to, in one sentence."""


@dataclass(frozen=True, slots=True)
class ClinicCard:
    """What a clinic is called and where it is."""

    name: str
    phone: str
    time_zone: str


NO_PATIENTS = """\
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


def start_schedules(shipped: Path, folder: Path, clinic: ClinicCard | None) -> list[Path]:
    """Write clinic.yaml, the protocols, a patients file without patients and the README; return the files.

    `shipped` is the folder of the shipped schedules; where `clinic` is None its example clinic
    stays. Raises FolderError where `folder` already holds anything, which is never overwritten.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise FolderError(f"{folder} is there already and is not empty; name another folder.")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "patients").mkdir()
        shutil.copytree(shipped / "protocols", folder / "protocols")
        for name in ("README.md", "timeline.svg"):
            shutil.copyfile(shipped / name, folder / name)
        text = (shipped / "clinic.yaml").read_text(encoding="utf-8")
        (folder / "clinic.yaml").write_text(_with_card(text, clinic) if clinic else text, encoding="utf-8")
        (folder / "patients" / "patients.yaml").write_text(NO_PATIENTS, encoding="utf-8")
    except OSError as error:
        raise FolderError(f"{folder} cannot be written: {error.strerror}.") from error
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _with_card(text: str, clinic: ClinicCard) -> str:
    """Put the clinic's own values into the shipped clinic.yaml, whose comments stay."""
    values = {"name": clinic.name, "phone": clinic.phone, "time_zone": clinic.time_zone}
    lines = text.splitlines()
    for number, line in enumerate(lines):
        key = line.strip().partition(":")[0]
        if key in values:
            escaped = values.pop(key).replace("\\", "\\\\").replace('"', '\\"')
            lines[number] = f'  {key}: "{escaped}"'
    return "\n".join(lines) + "\n"
