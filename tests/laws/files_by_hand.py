"""Patients files as people and spreadsheets write them: the same entries in any indentation, quotes and line ends."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from notifier.intake.forms import REQUIRED

Entry = dict[str, str]  # by field; an order's is `order:lifting`, and `skip` has words with spaces between them

NAMES = st.sampled_from(["Maria", "Ms. O'Dell", 'Ann "Nan" Lee', "Smith, John", "José", "李", "🙂 Joy", "no", "Al: a"])
DATES = st.dates().map(str)
WALLS = st.sampled_from(["2026-12-03 07:30", "2026-12-04T13:00", "2027-01-05 8:00"])
STEPS = st.lists(st.sampled_from(["welcome", "recovery", "last-meal", "prepare"]), min_size=1, max_size=3, unique=True)
VALUES: Mapping[str, st.SearchStrategy[str]] = {
    "name": NAMES,
    "phone": st.sampled_from(["+1 720 555 0134", "303-555-0112", "(720) 555-0177", "+17205550199"]),
    "language": st.sampled_from(["en", "es"]),
    "time_zone": st.just("America/Phoenix"),
    "consent": DATES,
    "protocol": st.sampled_from(["mild", "knee"]),
    "procedure": WALLS,
    "arrival": WALLS,
    "status": st.sampled_from(["booked", "on-hold", "cancelled"]),
    "order:lifting": st.sampled_from(["24 hours", "36 hours"]),
    "order:blood-thinner": st.sampled_from(["72 hours", "5 days", "none"]),
    "skip": STEPS.map(" ".join),
}
_COMMENTS = ("", "", "  # the day she agreed", "   # it's: {a} comment")
_ASIDES: Sequence[list[str]] = ([], [], [""], ["# - id: P-9, an old one"], ["", "   # a note"])


@st.composite
def entries(draw: st.DrawFn, booking: str) -> Entry:
    """Draw an entry: what it must have, and some of the rest."""
    given = draw(st.sets(st.sampled_from([field for field in VALUES if field not in REQUIRED])))
    return {
        "id": booking,
        **{field: draw(value) for field, value in VALUES.items() if field in REQUIRED or field in given},
    }


bookings = st.integers(1, 3).flatmap(lambda count: st.tuples(*(entries(f"P-{number}") for number in range(count))))
# Of how a file is written one draw decides: hundreds, one for each blank, would take a tenth of a second for each file.
dice = st.integers(0, 2**32).map(Random)


@dataclass(frozen=True)
class Written:
    """A file, and what it says."""

    name: str
    data: bytes
    entries: Sequence[Entry]


@st.composite
def yaml_files(draw: st.DrawFn) -> Written:
    """Draw a patients file in YAML, in any manner."""
    people, rolls = draw(bookings), draw(dice)
    indent = " " * rolls.randint(0, 4)
    lines = [*rolls.choice(_ASIDES), "patients:" + rolls.choice(_COMMENTS)]
    are_apart = _at_times(rolls)
    for entry in people:
        lines += [indent + line for line in rolls.choice([_block, _flow])(rolls, entry)]
        lines += [""] if are_apart else rolls.choice(_ASIDES)
    return Written("patients/a.yaml", _encoded(rolls, lines), people)


@st.composite
def csv_files(draw: st.DrawFn) -> Written:
    """Draw a patients file in CSV, in any manner."""
    people, rolls = draw(bookings), draw(dice)
    needed = {field for entry in people for field in entry}
    columns = [field for field in ("id", *VALUES) if field in needed or _at_times(rolls)]
    rolls.shuffle(columns)
    lines = [",".join(_cell(rolls, column) for column in columns)]
    for entry in people:
        lines += rolls.choice([[], [], [], [""]])
        lines.append(",".join(_cell(rolls, entry.get(column, "")) for column in columns))
    return Written("patients/a.csv", _encoded(rolls, lines), people)


def _at_times(rolls: Random) -> bool:
    return rolls.randint(0, 1) == 1


def _orders(entry: Entry) -> Entry:
    return {field.removeprefix("order:"): value for field, value in entry.items() if field.startswith("order:")}


def _block(rolls: Random, entry: Entry) -> list[str]:
    gap = " " * rolls.randint(1, 3)
    fields = [field for field in entry if not field.startswith("order:")]
    rolls.shuffle(fields)
    lines = [line for field in fields for line in _field(rolls, field, entry[field])]
    pairs = [f"{name}: {_value(rolls, value)}" for name, value in _orders(entry).items()]
    if pairs and _at_times(rolls):
        lines.append("orders: { " + ", ".join(pairs) + " }" + rolls.choice(_COMMENTS))
    elif pairs:
        lines += ["orders:", *("   " + pair + rolls.choice(_COMMENTS) for pair in pairs)]
    return ["-" + gap + lines[0], *((" " + gap + line if line else "") for line in lines[1:])]


def _field(rolls: Random, field: str, value: str) -> list[str]:
    key = rolls.choice([field, f'"{field}"']) + ":" + " " * rolls.randint(1, 3)
    after = rolls.choice([[], [], [""], ["# below"]])
    if field != "skip":
        return [key + _value(rolls, value) + rolls.choice(_COMMENTS), *after]
    if _at_times(rolls):
        return [key + "[" + ", ".join(value.split()) + "]" + rolls.choice(_COMMENTS), *after]
    return [key.rstrip(), *(f"- {word}" for word in value.split()), *after]


def _flow(rolls: Random, entry: Entry) -> list[str]:
    pad = rolls.choice(["", " "])
    pairs = [
        f"{field}: [{', '.join(value.split())}]" if field == "skip" else f"{field}: {_value(rolls, value)}"
        for field, value in entry.items()
        if not field.startswith("order:")
    ]
    orders = [f"{name}: {_value(rolls, value)}" for name, value in _orders(entry).items()]
    pairs += ["orders: {" + ", ".join(orders) + "}"] if orders else []
    if _at_times(rolls):
        return ["- {" + pad + ", ".join(pairs) + pad + "}" + rolls.choice(_COMMENTS)]
    return ["- {", *(f"    {pair},{rolls.choice(_COMMENTS)}" for pair in pairs), "  }"]


def _value(rolls: Random, value: str) -> str:
    styles = ["'" + value.replace("'", "''") + "'", json.dumps(value, ensure_ascii=False)]
    return rolls.choice(styles if set(value) & set(",:#[]{}'\"") else [value, *styles])


def _cell(rolls: Random, value: str) -> str:
    quoted = '"' + value.replace('"', '""') + '"'
    return quoted if set(value) & set(',"') else rolls.choice([value, value, quoted, f" {value} "])


def _encoded(rolls: Random, lines: Sequence[str]) -> bytes:
    end = rolls.choice(["\n", "\r\n"])
    return rolls.choice([b"", b"\xef\xbb\xbf"]) + (end.join(lines) + rolls.choice(["", end, end + end])).encode()
