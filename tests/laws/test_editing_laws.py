"""Whatever a patients file looks like: an edit does what was asked, and touches nothing else."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from notifier.intake.editing import PatientsPage, add_entry, edit_entry
from notifier.intake.forms import REQUIRED
from notifier.intake.patients import read_patients_file
from notifier.intake.splices import EditError
from tests.laws.files_by_hand import VALUES, Entry, Written, csv_files, entries, yaml_files


def a_page(name: str, data: bytes) -> PatientsPage:
    return PatientsPage(Path(name), data, read_patients_file(name, data))


def says(page: PatientsPage) -> list[Entry]:
    """Return what a file's entries say."""
    found = []
    for placed in page.file.forms:
        texts = {field: text.strip() for field, text in placed.form.texts.items() if field != "skip"}
        found.append(texts | ({"skip": " ".join(placed.form.skip)} if placed.form.skip else {}))
    return found


@st.composite
def some_edits(draw: st.DrawFn) -> Mapping[str, str]:
    """Draw new values for a few fields; a field that may be missing may be taken out."""
    fields = draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=3, unique=True))
    return {field: draw(VALUES[field] if field in REQUIRED else VALUES[field] | st.just("")) for field in fields}


def lost_lines(before: bytes, after: bytes) -> list[str]:
    """Return the lines, with their ends, that are not there any more."""
    lost = Counter(before.splitlines(keepends=True)) - Counter(after.splitlines(keepends=True))
    return [line.decode() for line in lost.elements()]


def is_touched(line: str, entry: Entry, edits: Mapping[str, str]) -> bool:
    """Say whether a line holds an edited field, or a whole entry, or ends the file without a line end."""
    words = [field.removeprefix("order:") for field in edits]
    words += entry.get("skip", "").split() if "skip" in edits else []
    words += ["orders"] if any(field.startswith("order:") for field in edits) else []
    return any(word in line for word in words) or ("- {" in line and "}" in line) or not line.endswith(("\r", "\n"))


@given(st.data(), yaml_files())
def test_an_edit_of_yaml_changes_the_lines_of_its_fields_alone(data: st.DataObject, file: Written) -> None:
    page, people = a_page(file.name, file.data), [*map(dict, file.entries)]
    assert says(page) == people
    for _ in range(data.draw(st.integers(1, 4))):
        place, edits = data.draw(st.integers(0, len(people) - 1)), data.draw(some_edits())
        after = edit_entry(page, page.file.forms[place], edits)
        assert all(is_touched(line, people[place], edits) for line in lost_lines(page.data, after))
        people[place] = {field: value for field, value in {**people[place], **edits}.items() if value}
        page = a_page(file.name, after)
        assert says(page) == people


@given(st.data(), csv_files())
def test_an_edit_of_csv_changes_one_row_alone(data: st.DataObject, file: Written) -> None:
    page, people = a_page(file.name, file.data), [*map(dict, file.entries)]
    assert says(page) == people
    for _ in range(data.draw(st.integers(1, 4))):
        place, edits = data.draw(st.integers(0, len(people) - 1)), data.draw(some_edits())
        before, after = page.data.splitlines(keepends=True), edit_entry(page, page.file.forms[place], edits)
        touched = page.file.forms[place].above
        for number, (old, new) in enumerate(zip(before, after.splitlines(keepends=True), strict=True)):
            if number != touched:
                assert new.startswith(old.rstrip(b"\r\n"))
                assert new == old or page.file.heading != a_page(file.name, after).file.heading
        people[place] = {field: value for field, value in {**people[place], **edits}.items() if value}
        page = a_page(file.name, after)
        assert says(page) == people


@given(st.data(), yaml_files() | csv_files())
def test_a_patient_is_added_below_and_every_line_stays(data: st.DataObject, file: Written) -> None:
    page, people = a_page(file.name, file.data), [*map(dict, file.entries)]
    for number in range(data.draw(st.integers(1, 2))):
        entry = data.draw(entries(f"P-9{number}"))
        after = add_entry(page, entry)
        lost = lost_lines(page.data, after)
        is_table = file.name.endswith(".csv")
        assert is_table or not lost or lost == [page.data.splitlines()[-1].decode()]
        people.append(entry)
        page = a_page(file.name, after)
        assert says(page) == people


PIECES = [*"\n\t \"'{}[]:,#&*!|>-?0", "\n  ", "\r\n", ": ", " #", "- ", "? ", "patients:", "order:", "\n\n", "---\n"]
ODD = ["", "x", "a b", '"', "'", "#x", "a: b", "[a]", "- x", "{", "no", "| x", "🙂"]


@given(st.data(), yaml_files() | csv_files())
def test_a_file_with_any_mistake_is_edited_as_asked_or_refused(data: st.DataObject, file: Written) -> None:
    text = file.data.decode()
    for _ in range(data.draw(st.integers(1, 3))):
        start, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 3))
        text = text[:start] + data.draw(st.sampled_from(PIECES)) + text[start + length :]
    page = a_page(file.name, text.encode())
    people = says(page)
    edits = data.draw(st.dictionaries(st.sampled_from(list(VALUES)), st.sampled_from(ODD), min_size=1, max_size=3))
    for place, placed in enumerate(page.file.forms):
        try:
            after = edit_entry(page, placed, edits)
        except EditError:
            continue
        wanted = {field: value for field, value in {**people[place], **edits}.items() if value}
        assert says(a_page(file.name, after)) == [*people[:place], wanted, *people[place + 1 :]]
