"""Whatever stands in a file, reading it gives problems and never an exception."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.core.problems import Problem
from notifier.intake.files import decode
from notifier.intake.yaml_tree import compose
from tests.intake.desk import CLINIC, PATIENTS, PROTOCOL, Desk

pytestmark = pytest.mark.untraced
CSV = """\
id,name,phone,language,time_zone,consent,protocol,procedure,arrival,status,order:fasting,skip
P-1,"O'Connor, Al",720 555 0134,es,US/Mountain,11/20/2026,mild,12/3/2026 7:30 AM,,booked,9 hours,last-meal thinner
"""
FULL_PATIENTS = PATIENTS + (
    "    orders: { fasting: 9 hours, thinner: none }\n    skip: [thinner]\n    arrival: 2026-12-03 06:30\n"
)
FULL_PROTOCOL = PROTOCOL + "notices:\n  procedure-moved: { text: { en: '{procedure}', es: '{arrival:time}' } }\n"
FILES = {
    "clinic.yaml": CLINIC + "  quiet_hours: { every_day: 21:00 to 08:00 }\n",
    "protocols/mild.yaml": FULL_PROTOCOL,
    "patients/a.yaml": FULL_PATIENTS,
    "patients/a.csv": CSV,
}
PIECES = [
    *"\n\t \"'{}[]:,#&*!|>%@`-?~\\/.;0é李\u202a\U0001f600",
    "\r\n", "\n  - ", ": ", " #", "---\n", "none", "999999999999999999999999", "{name:date}", "procedure end", "<<: *a",
    "1e400", "0000-00-00", "24:00", "America", "+", "days", " before ", " at ", "order:", '""', "null", "²", "٣",
]  # fmt: skip


def read(name: str, data: bytes) -> None:
    """Read a folder in which one file holds `data`, and check that every problem has a place and words."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder) / "schedules")
        desk.write("patients/z.yaml", PATIENTS.replace("P-1", "P-0"))
        desk.write(name, data)
        reading = desk.read()
        lines = data.decode("utf-8", "replace").count("\n") + data.count(b"\r") + 1
        for problem in reading.problems:
            assert problem.message.endswith((".", "…"))
            assert problem.hint
            assert problem.spot.line >= 1
            assert problem.spot.column >= 1
            assert problem.spot.file != name or problem.spot.line <= lines
        if name.startswith("patients"):
            assert "P-0" in [patient.id for patient in desk.patients()] or "P-0" in reading.broken


@pytest.mark.parametrize("name", FILES)
@given(data=st.binary(max_size=200))
@example(data=b"\xef\xbb\xbf")
@example(data=b"[" * 100_000)
@example(data=b"{a: " * 10_000)
def test_any_bytes_can_be_read(name: str, data: bytes) -> None:
    read(name, data)


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
def test_any_change_of_a_good_file_can_be_read(name: str, data: st.DataObject) -> None:
    text = FILES[name]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 8))
        text = text[:start] + data.draw(st.sampled_from(["", *PIECES])) + text[start + length :]
    read(name, text.encode())


def test_every_character_is_read_or_refused() -> None:
    for code in (*range(0x3000), *range(0xD7F0, 0xD800), *range(0xE000, 0xE010), *range(0xFDD0, 0x10010), 0x10FFFF):
        source = decode("a.yaml", f"a: x{chr(code)}y".encode())
        assert isinstance(source, Problem) or compose(source)
