"""Patients files as people and spreadsheets write them: the same entries in any indentation, quotes and line ends."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
_COMMENTS = st.sampled_from(["", "", "  # the day she agreed", "   # it's: {a} comment"])


@st.composite
def entries(draw: st.DrawFn, booking: str) -> Entry:
    """Draw an entry: what it must have, and some of the rest."""
    return {
        "id": booking,
        **{field: draw(value) for field, value in VALUES.items() if field in REQUIRED or draw(st.booleans())},
    }


bookings = st.integers(1, 4).flatmap(lambda count: st.tuples(*(entries(f"P-{number}") for number in range(count))))


@dataclass(frozen=True)
class Written:
    """A file, and what it says."""

    name: str
    data: bytes
    entries: Sequence[Entry]


@st.composite
def yaml_files(draw: st.DrawFn) -> Written:
    """Draw a patients file in YAML, in any manner."""
    people = draw(bookings)
    indent = " " * draw(st.integers(0, 4))
    lines = [*draw(_asides), "patients:" + draw(_COMMENTS)]
    are_apart = draw(st.booleans())
    for entry in people:
        lines += [indent + line for line in draw(_block(entry) if draw(st.booleans()) else _flow(entry))]
        lines += [""] if are_apart else draw(_asides)
    return Written("patients/a.yaml", _encoded(draw, lines), people)


_asides = st.lists(st.sampled_from(["", "# - id: P-9, an old one", "   # a note"]), max_size=2)


@st.composite
def _block(draw: st.DrawFn, entry: Entry) -> list[str]:
    gap = " " * draw(st.integers(1, 3))
    fields = draw(st.permutations([field for field in entry if not field.startswith("order:")]))
    lines = [line for field in fields for line in draw(_field(field, entry[field]))]
    orders = {field.removeprefix("order:"): value for field, value in entry.items() if field.startswith("order:")}
    if draw(st.booleans()) and orders:
        pairs = ", ".join(f"{name}: {draw(_value(value))}" for name, value in orders.items())
        lines += [f"orders: {{ {pairs} }}{draw(_COMMENTS)}"]
    elif orders:
        lines += ["orders:", *(f"   {name}: {draw(_value(value))}{draw(_COMMENTS)}" for name, value in orders.items())]
    return ["-" + gap + lines[0], *((" " + " " * len(gap) + line if line else "") for line in lines[1:])]


@st.composite
def _field(draw: st.DrawFn, field: str, value: str) -> list[str]:
    key = draw(st.sampled_from([field, f'"{field}"'])) + ":" + " " * draw(st.integers(1, 3))
    blank = draw(st.sampled_from([[], [], [""], ["# above"]]))
    if field != "skip":
        return (
            [*blank, key + draw(_value(value)) + draw(_COMMENTS)] if blank != [""] else [key + draw(_value(value)), ""]
        )
    if draw(st.booleans()):
        return [key + "[" + ", ".join(value.split()) + "]" + draw(_COMMENTS)]
    return [key.rstrip(), *(f"- {word}" for word in value.split())]


@st.composite
def _flow(draw: st.DrawFn, entry: Entry) -> list[str]:
    pad = draw(st.sampled_from(["", " "]))
    orders = {field.removeprefix("order:"): value for field, value in entry.items() if field.startswith("order:")}
    pairs = [
        f"{field}: [{', '.join(value.split())}]" if field == "skip" else f"{field}: {draw(_value(value))}"
        for field, value in entry.items()
        if not field.startswith("order:")
    ]
    if orders:
        pairs.append("orders: {" + ", ".join(f"{name}: {draw(_value(value))}" for name, value in orders.items()) + "}")
    if draw(st.booleans()):
        return ["- {" + pad + ", ".join(pairs) + pad + "}" + draw(_COMMENTS)]
    return ["- {", *(f"    {pair},{draw(_COMMENTS)}" for pair in pairs), "  }"]


@st.composite
def _value(draw: st.DrawFn, value: str) -> str:
    styles = ["'" + value.replace("'", "''") + "'", json.dumps(value, ensure_ascii=False)]
    return draw(st.sampled_from(styles if set(value) & set(",:#[]{}'\"") else [value, *styles]))


@st.composite
def csv_files(draw: st.DrawFn) -> Written:
    """Draw a patients file in CSV, in any manner."""
    people = draw(bookings)
    needed = {field for entry in people for field in entry}
    columns = draw(st.permutations([field for field in ("id", *VALUES) if field in needed or draw(st.booleans())]))
    lines = [",".join(draw(_cell(column)) for column in columns)]
    for entry in people:
        lines += [""] if draw(st.integers(0, 5)) == 0 else []
        lines.append(",".join(draw(_cell(entry.get(column, ""))) for column in columns))
    return Written("patients/a.csv", _encoded(draw, lines), people)


@st.composite
def _cell(draw: st.DrawFn, value: str) -> str:
    quoted = '"' + value.replace('"', '""') + '"'
    if set(value) & set(',"'):
        return quoted
    return draw(st.sampled_from([value, value, quoted, f" {value} "]))


def _encoded(draw: st.DrawFn, lines: Sequence[str]) -> bytes:
    end = draw(st.sampled_from(["\n", "\r\n"]))
    bom = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    return bom + (end.join(lines) + draw(st.sampled_from(["", end, end + end]))).encode()
