"""The admin's desk of the stateful machine: what the schedule files say, how they are broken, and the files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from tests.fakes.clinic_folder import SHIPPED

PATIENT_FILES = ("2026-12.yaml", "2027-01.csv", "ward/friday.yaml")
HOUSE_FILES = ("clinic.yaml", "protocols/mild.yaml")
ORDERS = ("fasting", "lifting")
CONSENT = "2026-01-05"
_COLUMNS = ("id", "name", "phone", "language", "consent", "protocol", "procedure", "arrival", "status")


class Mistake(StrEnum):
    """What an admin may get wrong in one entry."""

    DATE = "date"
    PHONE = "phone"
    TWICE = "twice"  # the entry stands there two times


class FileState(StrEnum):
    """How a file stands in the folder."""

    GOOD = "good"
    GARBLED = "garbled"  # not to be parsed
    WRONG = "wrong"  # parsed, with a mistake: clinic and protocol files only
    AWAY = "away"


@dataclass(frozen=True)
class Booking:
    """One entry as its admin means it."""

    id: str
    name: str
    phone: str  # E.164
    procedure: datetime  # wall time at the clinic
    lead: timedelta = timedelta(0)  # arrival before procedure
    language: str = "en"
    has_consent: bool = True
    status: str = "booked"
    orders: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # hours
    mistake: Mistake | None = None
    file: str = PATIENT_FILES[0]


@dataclass(frozen=True)
class House:
    """What clinic.yaml and mild.yaml say, as far as the machine changes them."""

    zone: str = "America/Denver"
    quiet: tuple[str, str] = ("21:00 to 08:00", "21:00 to 05:00")  # every day, and the procedure's
    resend_after: int = 15  # minutes
    fasting: int = 8  # hours, where a patient's entry gives none
    is_retimed: bool = False
    is_rephrased: bool = False


_RETIMED = {
    "send: 10 hours before last-meal": "send: 11 hours before last-meal",
    "send: 2 days before procedure at 10:00": "send: 2 days before procedure at 09:30",
    "latest: 1 day before procedure at 22:00": "latest: 1 day before procedure at 21:45",
}
_REPHRASED = {"finish eating by": "please finish eating by", "Wear loose clothes and": "Wear comfortable clothes and"}


class Desk:
    """What the files are meant to say; `write` puts it into the folder, broken as it stands broken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bookings: dict[str, Booking] = {}
        self.house = House()
        self.files = dict.fromkeys((*HOUSE_FILES, *PATIENT_FILES), FileState.GOOD)
        self.is_mounted = True
        self.patients_folder = "patients"
        self._shipped = {name: (SHIPPED / name).read_text("utf-8") for name in HOUSE_FILES}
        self._written: dict[Path, bytes] = {}

    def change(self, booking: Booking, **fields: object) -> None:
        """Change an entry; as a new `id`, it is the old one no more."""
        changed = replace(booking, **fields)  # type: ignore[arg-type]  # fields of a Booking, by name
        self.bookings = {
            changed.id if key == booking.id else key: changed if key == booking.id else other
            for key, other in self.bookings.items()
        }

    def furnish(self, **fields: object) -> None:
        """Change what clinic.yaml or mild.yaml says."""
        self.house = replace(self.house, **fields)  # type: ignore[arg-type]  # fields of a House, by name

    def readable(self) -> dict[str, Booking]:
        """Return the entries in files that can be read, broken ones among them."""
        if not self.is_mounted or self.patients_folder != "patients":
            return {}
        return {key: one for key, one in self.bookings.items() if self.files[one.file] is FileState.GOOD}

    def is_whole(self) -> bool:
        """Say whether no entry can be hidden: only then is one that is in no file gone.

        Where there is no file at all none is hidden, whatever the empty folder is called; whether to believe
        it is for a person (contract, section 5).
        """
        is_garbled = any(self.files[name] is FileState.GARBLED for name in PATIENT_FILES)
        is_bare = not self.is_mounted or all(state is FileState.AWAY for state in self.files.values())
        return is_bare or (self.patients_folder == "patients" and not is_garbled)

    def write(self) -> None:
        """Bring the folder in line, one atomic replacement for each file that differs."""
        wanted = self._contents() if self.is_mounted else {}
        for path in self._written.keys() - wanted.keys():
            path.unlink()
        for path, content in wanted.items():
            if self._written.get(path) != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        for below in ("patients/ward", "patients", "patiens/ward", "patiens", "protocols"):
            if (here := self.folder / below).is_dir() and not any(here.iterdir()):
                here.rmdir()
        if self.is_mounted:
            (self.folder / self.patients_folder).mkdir(exist_ok=True)
        self._written = wanted

    def _contents(self) -> dict[Path, bytes]:
        texts = {
            "clinic.yaml": (self._clinic(), self.house.zone),
            "protocols/mild.yaml": (self._protocol(), "30 days before"),
        }
        contents = {}
        for name, (text, spoilt) in texts.items():
            match self.files[name]:
                case FileState.GOOD:
                    contents[self.folder / name] = text.encode()
                case FileState.GARBLED:
                    contents[self.folder / name] = f"{text}]\n".encode()
                case FileState.WRONG:
                    contents[self.folder / name] = text.replace(spoilt, "30 parsecs").encode()
        for name in PATIENT_FILES:
            if self.files[name] is not FileState.AWAY:
                contents[self.folder / self.patients_folder / name] = self._patients(name)
        return contents

    def _clinic(self) -> str:
        every_day, procedure_day = self.house.quiet
        replacements = {
            "America/Denver": self.house.zone,
            "every_day: 21:00 to 08:00": f"every_day: {every_day}",
            "procedure_day: 21:00 to 05:00": f"procedure_day: {procedure_day}",
            "resend_after: 15 minutes": f"resend_after: {self.house.resend_after} minutes",
        }
        return _replaced(self._shipped["clinic.yaml"], replacements)

    def _protocol(self) -> str:
        replacements = {"fasting: { default: 8 hours": f"fasting: {{ default: {self.house.fasting} hours"}
        replacements |= _RETIMED if self.house.is_retimed else {}
        replacements |= _REPHRASED if self.house.is_rephrased else {}
        return _replaced(self._shipped["protocols/mild.yaml"], replacements)

    def _patients(self, name: str) -> bytes:
        bookings = [booking for booking in self.bookings.values() if booking.file == name]
        bookings = [one for one in bookings for _ in range(2 if one.mistake is Mistake.TWICE else 1)]
        if name.endswith(".csv"):
            # What Excel calls “Unicode text” is UTF-16.
            return _csv(bookings).encode("utf-8-sig" if self.files[name] is FileState.GOOD else "utf-16")
        return (_yaml(bookings) if self.files[name] is FileState.GOOD else _yaml(bookings) + "  - id: [\n").encode()


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for old, new in replacements.items():
        text = text.replace(old, new)
    return text


def _fields(booking: Booking) -> dict[str, str]:
    """Return the fields as they stand in a file, a mistake included; empty where not given."""
    fields = {
        "id": booking.id,
        "name": booking.name,
        "phone": booking.phone,
        "language": booking.language,
        "consent": CONSENT if booking.has_consent else "",
        "protocol": "mild",
        "procedure": f"{booking.procedure:%Y-%m-%d %H:%M}",
        "arrival": f"{booking.procedure - booking.lead:%Y-%m-%d %H:%M}" if booking.lead else "",
        "status": booking.status,
    }
    if booking.mistake is Mistake.DATE:
        fields["procedure"] = "2026-13-45 07:30"
    if booking.mistake is Mistake.PHONE:
        fields["phone"] = "+1 303 555"
    return fields


def _yaml(bookings: Iterable[Booking]) -> str:
    lines = []
    for booking in bookings:
        given = [f"{name}: {value}" for name, value in _fields(booking).items() if value]
        if booking.orders:
            given.append(
                "orders: { " + ", ".join(f"{name}: {hours} hours" for name, hours in booking.orders.items()) + " }"
            )
        lines += [f"  - {given[0]}", *(f"    {line}" for line in given[1:])]
    return "\n".join(["patients:" if lines else "patients: []", *lines]) + "\n"


def _csv(bookings: Iterable[Booking]) -> str:
    lines = [",".join((*_COLUMNS, *(f"order:{name}" for name in ORDERS)))]
    for booking in bookings:
        fields = _fields(booking)
        orders = [f"{booking.orders[name]} hours" if name in booking.orders else "" for name in ORDERS]
        lines.append(",".join([*(fields[name] for name in _COLUMNS), *orders]))
    return "\n".join(lines) + "\n"
