"""A clinic's bookings as months pass: new ones every day, some moved, some cancelled, the finished ones removed."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from string import ascii_lowercase

from tests.chaos.clinic import AREAS
from tests.fakes.clinic_folder import an_entry, copy_shipped

PER_DAY = 3
AHEAD = (5, 12)  # days from the booking to the procedure
KEPT = 38  # days after the procedure until an entry is removed: the last text's L is five weeks after it
DAY = timedelta(days=1)
_TIMES = (time(7, 30), time(9), time(10, 30), time(13, 15))
_EACH = 12  # texts of the shipped protocol that everybody gets
_PHONES = 100 * len(AREAS)


@dataclass(frozen=True, slots=True)
class Booking:
    """One patient's entry."""

    number: int
    procedure: datetime  # by the clinic's wall clock
    consent: date
    is_on_thinner: bool
    status: str = "booked"
    is_plain: bool = True  # nothing has happened to it: it is known what its patient gets

    @property
    def id(self) -> str:
        """Its id, unique over all months."""
        return f"P-{self.number:05}"

    @property
    def name(self) -> str:
        """Its patient's name, which nobody else has."""
        letters = "".join(ascii_lowercase[self.number // 26**place % 26] for place in range(3))
        return f"Maria Z{letters}"  # a digit in a name would be warned of

    @property
    def phone(self) -> str:
        """Its patient's phone; after half a year it is another's."""
        area, last = divmod(self.number % _PHONES, 100)
        return f"+1{AREAS[area]}55501{last:02}"

    @property
    def texts(self) -> int:
        """How many texts its patient gets where it stays as it is."""
        return _EACH + self.is_on_thinner

    @property
    def entry(self) -> str:
        """It as an admin writes it."""
        return an_entry(
            self.id,
            name=self.name,
            phone=f'"{self.phone}"',
            language="es" if self.number % 5 == 0 else "",
            consent=f"{self.consent}",
            procedure=f"{self.procedure:%Y-%m-%d %H:%M}",
            status=self.status,
            orders="{ blood-thinner: 72 hours }" if self.is_on_thinner else "",
        )


@dataclass
class Diary:
    """All bookings, and the folder of files in which an admin keeps those of today."""

    folder: Path
    random: Random
    bookings: dict[int, Booking] = field(default_factory=dict)  # those in the files, by number
    gone: list[Booking] = field(default_factory=list)  # removed from the files

    def begin(self, today: date) -> None:
        """Write the files of a clinic that has been at work for months: as many bookings as there will always be."""
        copy_shipped(self.folder)
        for back in range(KEPT + AHEAD[1], 0, -1):
            self._book(today - back * DAY, is_plain=False)
        self._complete(today)
        self._write()

    def pass_day(self, today: date) -> str:
        """Change the files as a day's work does; return the id of a booking that is new in them."""
        self._forget(today)
        self._complete(today)
        self._move(today)
        if today.toordinal() % 3 == 0:
            self._cancel(today)
        new = self._book(today)
        self._write()
        return new[-1].id

    def disturb(self, number: int) -> None:
        """Note that it is not known any longer what a patient gets."""
        self.bookings[number] = replace(self.bookings[number], is_plain=False)

    def ahead(self, today: date, days: int = 3) -> list[Booking]:
        """Return those booked for so many days from now or later."""
        end = today + days * DAY
        return [one for one in self.bookings.values() if one.status == "booked" and one.procedure.date() >= end]

    def _book(self, today: date, *, is_plain: bool = True) -> list[Booking]:
        new = []
        for _ in range(PER_DAY):
            number = len(self.bookings) + len(self.gone)
            on = today + self.random.randint(*AHEAD) * DAY
            at = datetime.combine(on, self.random.choice(_TIMES))
            new.append(Booking(number, at, today - DAY, number % 4 == 0, is_plain=is_plain))
            self.bookings[number] = new[-1]
        return new

    def _forget(self, today: date) -> None:
        for one in [*self.bookings.values()]:
            if one.procedure.date() + KEPT * DAY < today:
                self.gone.append(self.bookings.pop(one.number))

    def _complete(self, today: date) -> None:
        for one in self.bookings.values():
            if one.status == "booked" and one.procedure.date() < today:
                self.bookings[one.number] = replace(one, status="completed")

    def _move(self, today: date) -> None:
        one = self.random.choice(self.ahead(today))
        self.bookings[one.number] = replace(one, procedure=one.procedure + DAY, is_plain=False)

    def _cancel(self, today: date) -> None:
        one = self.random.choice(self.ahead(today))
        self.bookings[one.number] = replace(one, status="cancelled", is_plain=False)

    def _write(self) -> None:
        """Write a file for each month of procedures, each at one instant as good editors do."""
        months = defaultdict(list)
        for one in self.bookings.values():
            months[f"{one.procedure:%Y-%m}.yaml"].append(one.entry)
        folder = self.folder / "patients"
        folder.mkdir(exist_ok=True)
        for file in self._unneeded(set(months)):
            file.unlink()
        for name, entries in months.items():
            content = "patients:\n" + "".join(entries)
            draft = self.folder.with_name("draft")
            draft.write_text(content, encoding="utf-8")
            draft.replace(folder / name)

    def _unneeded(self, names: set[str]) -> Iterator[Path]:
        return (file for file in (self.folder / "patients").glob("2*.yaml") if file.name not in names)
