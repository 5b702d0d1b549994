"""What editors are told of the schedule files is what `check` goes by."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest
import yaml
from jsonschema import Draft202012Validator

from notifier.core.problems import Severity
from notifier.intake import clinic, patients_yaml, protocol
from notifier.intake.schema import KINDS, schema_of
from notifier.intake.schema.words import group, like, written
from tests.fakes.clinic_folder import SHIPPED
from tests.intake.desk import Desk
from tests.intake.editor import load, refusals
from tests.intake.schema_cases import BAD, FILE_OF, GOOD, LEFT_TO_CHECK, Change

Fields = Mapping[str, object]


def codes(desk: Desk, change: Change) -> set[str]:
    """Return the codes of the errors that `check` finds in a file with a change."""
    desk.write(FILE_OF[change.kind], change.text)
    return {problem.code for problem in desk.read().problems if problem.severity is Severity.ERROR}


@pytest.mark.parametrize("change", GOOD, ids=str)
def test_what_check_reads_an_editor_leaves_alone(desk: Desk, change: Change) -> None:
    assert codes(desk, change) == set()
    assert refusals(change.kind, change.text) == []


@pytest.mark.parametrize(("change", "code"), BAD, ids=str)
def test_what_an_editor_underlines_check_refuses(desk: Desk, change: Change, code: str) -> None:
    assert code in codes(desk, change)
    assert refusals(change.kind, change.text) != []


@pytest.mark.parametrize(("change", "code", "why"), LEFT_TO_CHECK, ids=str)
def test_what_no_schema_can_say_is_left_to_check(desk: Desk, change: Change, code: str, why: str) -> None:
    assert code in codes(desk, change)
    assert refusals(change.kind, change.text) == [], f"it can be said now; no longer true: {why}"


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len(GOOD) >= 30
    assert len(BAD) >= 60


def shipped_files() -> list[tuple[str, Path]]:
    """Return the shipped YAML files, each with its kind."""
    found = [("clinic", SHIPPED / "clinic.yaml")]
    for kind, folder in (("protocol", "protocols"), ("protocol", "examples"), ("patients", "patients")):
        found += [(kind, path) for path in sorted((SHIPPED / folder).glob("*.yaml"))]
    return found


@pytest.mark.parametrize(("kind", "path"), shipped_files(), ids=lambda part: getattr(part, "name", part))
def test_a_shipped_file_tells_an_editor_its_schema_and_keeps_to_it(kind: str, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    modeline, _, name = text.splitlines()[0].partition("=")
    assert modeline == "# yaml-language-server: $schema"
    assert (path.parent / name).resolve() == SHIPPED / ".schema" / f"{kind}.json"
    assert refusals(kind, text) == []


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("kind", "path"), [case for case in shipped_files() if case[1].parent.name != "examples"], ids=KINDS
)
def test_a_line_that_is_lost_is_never_underlined_where_check_says_nothing(desk: Desk, kind: str, path: Path) -> None:
    """The schema is never stricter than `check`: every single line of the shipped files is taken out once."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    underlined = 0
    for number, line in enumerate(lines):
        text = "".join(lines[:number] + lines[number + 1 :])
        if line.lstrip().startswith("#") or not _is_yaml(text) or not refusals(kind, text):
            continue
        underlined += 1
        desk.write(FILE_OF[kind], text)
        assert any(
            problem.severity is Severity.ERROR and problem.spot.file == FILE_OF[kind]
            for problem in desk.read().problems
        ), line
    assert underlined > 2


def _is_yaml(text: str) -> bool:
    try:
        load(text)
    except yaml.YAMLError:
        return False
    return True


def described(schema: Fields, path: str = "") -> Iterator[tuple[str, Fields]]:
    """Yield every field of a schema, however deep, with its path."""
    for name, value in cast("Mapping[str, Fields]", schema.get("properties", {})).items():
        yield f"{path}.{name}", value
        yield from described(value, f"{path}.{name}")
    for key in ("additionalProperties", "items"):
        if isinstance(inner := schema.get(key), dict):
            if inner.get("type") != ["string"]:
                yield f"{path}.*", inner
            yield from described(inner, f"{path}.*")
    for choice in cast("list[Fields]", schema.get("anyOf", [])):
        yield from described(choice, path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_title_a_description_and_examples_that_are_right(kind: str) -> None:
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)
    fields = list(described(schema))
    assert len(fields) >= 8
    for path, field in fields:
        assert field["title"], path
        assert str(field["description"]).endswith("."), path
        examples = cast("list[object]", field["examples"])
        assert examples, path
        assert [
            error.message for example in examples for error in Draft202012Validator(field).iter_errors(example)
        ] == []


def test_a_schema_has_just_the_keys_that_intake_reads() -> None:
    fields = {kind: {path for path, _ in described(schema_of(kind))} for kind in KINDS}
    assert {f".clinic.{key}" for key in clinic.KEYS} <= fields["clinic"]
    assert {f".clinic.quiet_hours.{key}" for key in clinic.QUIET_KEYS} <= fields["clinic"]
    assert {f".{key}" for key in protocol.KEYS} <= fields["protocol"]
    assert {f".steps.*.{key}" for key in protocol.STEP_KEYS} <= fields["protocol"]
    assert {f".patients.*.{key}" for key in patients_yaml.KEYS} <= fields["patients"]


def test_a_key_that_intake_reads_cannot_be_forgotten() -> None:
    name = written(like("[a-z]+"), "Name", "Any.", "a")
    with pytest.raises(KeyError, match="colour"):
        group(("name", "colour"), {"name": name}, ())


def patterns(schema: object) -> Iterator[str]:
    """Yield every pattern of a schema."""
    if isinstance(schema, dict):
        yield from (value for key, value in schema.items() if key == "pattern" and isinstance(value, str))
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for value in inner:
        yield from patterns(value)


@pytest.mark.parametrize("kind", KINDS)
def test_javascript_reads_the_patterns_too(kind: str) -> None:
    """What it refuses: groups with a name of Python's kind, flags inside, and escapes of what needs none."""
    found = set(patterns(schema_of(kind)))
    assert len(found) >= 5
    for pattern in found:
        assert not re.search(r"\(\?[^:=!]", pattern)
        assert set(re.findall(r"\\(u[0-9a-f]{4}|.)", pattern)) <= set("sSdn.+{}") | _CONTROLS


_CONTROLS = {"u0000", "u001f", "u007f", "u009f", "u2028", "u2029"}


def test_an_editor_shows_how_a_value_is_written() -> None:
    steps = cast("Fields", cast("Fields", schema_of("protocol")["properties"])["steps"])
    send = dict(described(steps))[".*.send"]
    assert send["patternErrorMessage"] == (
        "Write it like “2 days before procedure at 10:00” or “8 hours after procedure end” or “last-meal”."
    )
