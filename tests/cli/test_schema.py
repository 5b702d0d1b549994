"""`notifier schema`: what it prints and writes, and that the shipped schemas are what it writes."""

from pathlib import Path

import pytest

from notifier.intake.schema import KINDS, schema_of
from tests.cli.rig import notifier
from tests.fakes.clinic_folder import SHIPPED


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_printed(kind: str) -> None:
    outcome = notifier("schema", kind)
    assert outcome.code == 0
    assert outcome.json == schema_of(kind)


def test_all_schemas_are_written_into_a_folder(tmp_path: Path) -> None:
    for _ in range(2):
        outcome = notifier("schema", "--out", tmp_path / "new" / "folder")
        assert outcome.code == 0
    assert outcome.out.splitlines() == [f"wrote {tmp_path}/new/folder/{kind}.json" for kind in KINDS]


def test_one_schema_is_written_alone(tmp_path: Path) -> None:
    assert notifier("schema", "patients", "--out", tmp_path / "out").code == 0
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["patients.json"]


def test_what_to_print_has_to_be_said() -> None:
    outcome = notifier("schema")
    assert outcome.code == 2
    assert "Name one of clinic, protocol and patients, or a folder with --out." in outcome.err


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = notifier("schema", "--out", tmp_path / "file" / "below")
    assert outcome.code == 2
    assert outcome.err == "Error: The output, or a file, cannot be used: Not a directory.\n"


def test_the_shipped_schemas_are_up_to_date(tmp_path: Path) -> None:
    notifier("schema", "--out", tmp_path / "out")
    fresh, shipped = (
        {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
        for folder in (tmp_path / "out", SHIPPED / ".schema")
    )
    assert shipped == fresh, "write them again: notifier schema --out schedules/.schema"
