"""Patients' files in YAML: entries as forms."""

from collections.abc import Container, Iterator, Sequence
from functools import partial

from notifier.core.problems import Problem
from notifier.intake.allow import ALLOW, allowed_in
from notifier.intake.forms import FIELDS, ORDER, ORDER_NAME, REQUIRED, SKIP, Form, PatientsFile, PlacedForm, unreadable
from notifier.intake.section import Section, is_blank, top_section
from notifier.intake.source import Findings, Source
from notifier.intake.yaml_tree import Map, Node, Scalar, Seq, compose

KEYS = (*FIELDS, "orders", "skip", ALLOW)


def read_yaml_patients(source: Source) -> PatientsFile:
    """Return the entries of a YAML file (contract, section 2)."""
    findings = Findings(source)
    root = compose(source)
    if isinstance(root, Problem):
        return unreadable(source, root)
    top = top_section(root, findings, "A file of patients", ("patients",))
    entries = None if top is None else _entries(top)
    if entries is None:
        return unreadable(source, *findings.problems)
    maps = [item for item in entries if isinstance(item, Map)]
    for item in entries:
        if not isinstance(item, Map):
            hint = "Write “- id: …” and the other fields on lines below, indented."
            findings.error(item.start, "wrong-type", "This is not an entry of a patient.", hint)
    is_whole = len(maps) == len(entries) and not findings.has_errors
    read = partial(_read_entries, maps, source)
    return PatientsFile(source, read, {}, tuple(findings.problems), is_whole, is_sound=True)


def _read_entries(maps: Sequence[Map], source: Source, _: Container[str]) -> Iterator[PlacedForm]:
    return (PlacedForm(0, _form(item, source)) for item in maps)


def _entries(top: Section) -> tuple[Node, ...] | None:
    """Return the list of entries, which may be empty; None where there is no list."""
    if "patients" not in top.keys:
        top.require(("patients",))
        return None
    value = top.given("patients")
    if value is None:
        return ()
    if isinstance(value, Seq):
        return tuple(item for item in value.items if not is_blank(item))
    top.wrong_type("patients", "a list of entries", "Begin each entry with “- id: …”.")
    return None


def _form(item: Map, source: Source) -> Form:
    findings = Findings(source)
    section = Section(item, findings, "This entry", KEYS)
    texts = {field: word.text for field in FIELDS if (word := section.word(field)) is not None}
    orders = section.section("orders", "“orders”")
    if orders is not None:
        texts |= {ORDER + name: word.text for name in orders.keys if (word := orders.word(name)) is not None}
    skip = section.words("skip")
    allows = tuple(allowed_in(section))
    return Form(
        source=source,
        start=section.start,
        texts=texts,
        skip=tuple(word.text.strip() for word in skip),
        place_of=partial(_place_of, section, orders, skip),
        required=tuple(field for field in REQUIRED if field in texts or section.given(field) is None),
        problems=tuple(findings.problems),
        is_table=False,
        allows=allows,
    )


def _place_of(section: Section, orders: Section | None, skip: Sequence[Scalar], field: str) -> int:
    if field.startswith(ORDER_NAME) and orders is not None:
        return orders.keys[field.removeprefix(ORDER_NAME)].start
    if field.startswith(ORDER) and orders is not None:
        return orders.place_of(field.removeprefix(ORDER))
    if field.startswith(SKIP):
        return skip[int(field.removeprefix(SKIP))].start
    return section.place_of(field)
