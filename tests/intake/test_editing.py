"""An edit of a patients file: what a file says before, and what it says after."""

from pathlib import Path

import pytest

from notifier.intake.editing import OWNED, PatientsPage, add_entry, edit_entry, read_pages
from notifier.intake.patients import read_patients_file
from notifier.intake.splices import EditError
from tests.intake.desk import Desk

BLOCK = """\
patients:
  - id: P-1            # Maria's second
    name: "Maria"
    phone: '+1 720 555 0134'
    consent: 2026-11-20   # the day she agreed
    protocol: mild
    procedure: 2026-12-03 07:30
    arrival:           # not known yet
    skip:
      - welcome
      - recovery
"""

FLOW = """\
patients:
  - { id: P-1, name: Ana, phone: +1 720 555 0134, protocol: mild, procedure: "2026-12-03 07:30" }  # by hand
  - {
      id: P-2,
      "name": Bo,
      orders: {},
      consent: ,
    }
"""

TABLE = """\
id,name,phone,protocol,procedure,order:lifting
P-1,Maria,"+1 720 555 0134", mild ,12/3/2026 7:30,
P-2,"Lee, Ann",303-555-0112,mild,2026-12-04 08:00,24 hours
"""


def a_page(text: str) -> PatientsPage:
    data, name = text.encode(), "patients/a.yaml" if "patients:" in text else "patients/a.csv"
    return PatientsPage(Path(name), data, read_patients_file(name, data))


def by_field(values: dict[str, str]) -> dict[str, str]:
    """Return values by field: `order_lifting` is the order lifting."""
    return {field.replace("order_", "order:"): value for field, value in values.items()}


def edited(text: str, place: int = 0, **values: str) -> str:
    """Return a file after an edit of one of its entries."""
    page = a_page(text)
    return edit_entry(page, page.file.forms[place], by_field(values)).decode()


def added(text: str, **values: str) -> str:
    """Return a file with one entry more."""
    return add_entry(a_page(text), by_field(values)).decode()


def test_a_value_changes_where_it_stands_and_its_comment_stays() -> None:
    after = edited(BLOCK, consent="2026-11-22")
    assert after == BLOCK.replace("2026-11-20   # the", "2026-11-22   # the")


def test_a_value_keeps_its_quotes() -> None:
    after = edited(BLOCK, name='Ann "Nan" O\'Dell', phone="+1 720 555 0177")
    assert after == BLOCK.replace('"Maria"', r'"Ann \"Nan\" O' + "'Dell\"").replace("0134", "0177")
    assert edited(BLOCK, phone="it's") == BLOCK.replace("'+1 720 555 0134'", "'it''s'")


def test_a_plain_value_gets_quotes_where_it_needs_them() -> None:
    assert edited(BLOCK, protocol="a: b") == BLOCK.replace("protocol: mild", 'protocol: "a: b"')
    assert edited(BLOCK, protocol="[a") == BLOCK.replace("protocol: mild", 'protocol: "[a"')


def test_a_value_comes_after_its_colon_where_there_was_none() -> None:
    assert edited(BLOCK, arrival="2026-12-03 06:30") == BLOCK.replace("arrival:  ", "arrival: 2026-12-03 06:30  ")


def test_a_value_is_taken_out_and_its_comment_stays() -> None:
    assert edited(BLOCK, consent="") == BLOCK.replace("consent: 2026-11-20", "consent:")
    assert edited(BLOCK, arrival="") == BLOCK
    assert edited(BLOCK, language="") == BLOCK


def test_a_new_field_finds_its_place_by_custom() -> None:
    line = "    arrival:           # not known yet\n"
    assert edited(BLOCK, status="on-hold") == BLOCK.replace(line, line + "    status: on-hold\n")


def test_a_new_field_comes_below_the_last_line_of_a_file_that_has_no_line_end() -> None:
    without_end = BLOCK.rstrip("\n")
    after = without_end.replace("    skip:", "    orders: { lifting: 24 hours }\n    skip:")
    assert edited(without_end, order_lifting="24 hours") == after
    short = BLOCK.partition("    skip")[0].rstrip("\n")
    assert edited(short, skip="welcome") == short + "\n    skip: [welcome]"


def test_line_ends_and_a_byte_order_mark_stay() -> None:
    before = "\ufeff" + BLOCK.replace("\n", "\r\n")
    after = edited(before, status="on-hold", name="Ana")
    assert after.replace("    status: on-hold\r\n", "") == before.replace('"Maria"', '"Ana"')


def test_a_list_is_written_as_it_was() -> None:
    assert edited(BLOCK, skip="prepare") == BLOCK.replace("- welcome\n      - recovery", "- prepare")
    assert edited(BLOCK, skip="") == BLOCK.replace("\n      - welcome\n      - recovery", "")
    flow = BLOCK.partition("    skip")[0] + "    skip: [ welcome ]  # by her wish\n"
    assert edited(flow, skip="prepare recovery") == flow.replace("[ welcome ]", "[prepare, recovery]")
    alone = flow.replace("[ welcome ]", "welcome")
    assert edited(alone, skip="recovery") == alone.replace("welcome", "[recovery]")


def test_a_list_with_comments_between_its_words_is_left_to_a_person() -> None:
    with pytest.raises(EditError, match=r"The list in line 10 has comments between its words"):
        edited(BLOCK.replace("- welcome", "- welcome  # her wish"), skip="recovery")


def test_an_entry_in_braces_is_edited_within_them() -> None:
    assert edited(FLOW, status="cancelled") == FLOW.replace('07:30" }', '07:30", status: "cancelled" }')
    assert edited(FLOW, place=1, consent="2026-11-20") == FLOW.replace("consent: ,", "consent: 2026-11-20,")
    assert edited(FLOW, name="") == FLOW.replace("name: Ana", 'name: ""')


def test_a_new_field_gets_a_line_where_each_has_its_own() -> None:
    after = edited(FLOW, place=1, phone="(720) 555-0134")
    assert after == FLOW.replace('"name": Bo,\n', '"name": Bo,\n      "phone": (720) 555-0134,\n')


def test_orders_are_put_among_those_that_are_there() -> None:
    assert edited(FLOW, place=1, order_lifting="24 hours") == FLOW.replace("{}", "{ lifting: 24 hours }")
    orders = BLOCK.replace("arrival:           # not known yet", "orders: { lifting: 24 hours }")
    after = orders.replace("24 hours", "36 hours, fasting: 9 hours")
    assert edited(orders, order_lifting="36 hours", order_fasting="9 hours") == after
    block = BLOCK.replace("arrival:           # not known yet", "orders:\n      lifting: 24 hours  # Dr. Moe")
    assert edited(block, order_lifting="") == block.replace("lifting: 24 hours", "lifting:")


def test_a_text_in_several_lines_becomes_one() -> None:
    folded = BLOCK.replace('"Maria"', ">\n      Maria\n      Anna\n")
    assert edited(folded, name="Ana") == BLOCK.replace('"Maria"', "Ana\n")


def test_what_is_so_already_changes_nothing() -> None:
    assert edited(BLOCK, name="Maria", skip="welcome recovery") == BLOCK
    assert edited(TABLE, name=" Maria ", protocol="mild") == TABLE


def test_a_cell_changes_within_its_quotes_or_blanks() -> None:
    after = edited(TABLE, phone="303-555-0112", protocol="knee", procedure="2026-12-05 08:00")
    row = 'P-1,Maria,"303-555-0112", knee ,2026-12-05 08:00,\n'
    assert after.splitlines(keepends=True) == [TABLE.splitlines()[0] + "\n", row, TABLE.splitlines()[2] + "\n"]


def test_a_cell_gets_quotes_where_it_needs_them() -> None:
    assert edited(TABLE, name='Ann "Nan", Dr.') == TABLE.replace("Maria", '"Ann ""Nan"", Dr."')
    assert edited(TABLE, protocol="a,b") == TABLE.replace(" mild ", '"a,b"')


def test_an_empty_cell_is_filled_and_a_full_one_emptied() -> None:
    assert edited(TABLE, order_lifting="36 hours") == TABLE.replace("7:30,", "7:30,36 hours")
    assert edited(TABLE, place=1, order_lifting="") == TABLE.replace("24 hours", "")
    assert edited(TABLE.replace("7:30,", "7:30,  "), order_lifting="none") == TABLE.replace("7:30,", "7:30,none")


def test_a_field_without_a_column_gets_one_and_every_row_a_comma() -> None:
    after = edited(TABLE, place=1, status="on-hold")
    assert after.splitlines() == [
        "id,name,phone,protocol,procedure,order:lifting,status",
        'P-1,Maria,"+1 720 555 0134", mild ,12/3/2026 7:30,,',
        'P-2,"Lee, Ann",303-555-0112,mild,2026-12-04 08:00,24 hours,on-hold',
    ]
    assert edited(TABLE, place=1, status="") == TABLE


def test_a_new_column_is_quoted_as_the_others_are() -> None:
    before = '"id","name"\n"P-1","Maria"\n'
    assert edited(before, status="booked") == '"id","name","status"\n"P-1","Maria","booked"\n'


def test_no_column_is_added_beside_a_row_that_does_not_fit() -> None:
    with pytest.raises(EditError, match=r"needs a column “status”, and cannot get one while line 4 has a mistake"):
        edited(TABLE + "P-3,Bo\n", status="on-hold")
    assert edited(TABLE + "P-3,Bo\n", name="Ana") == TABLE.replace("Maria", "Ana") + "P-3,Bo\n"


def test_a_row_is_added_with_the_quotes_of_the_one_above() -> None:
    new = {"id": "P-3", "name": "Bo", "phone": "7205550134", "protocol": "mild", "procedure": "2026-12-05 08:00"}
    assert added(TABLE, **new) == TABLE + 'P-3,"Bo",7205550134,mild,2026-12-05 08:00,\n'
    alone = TABLE.splitlines()[0]
    assert added(alone, **new) == alone + "\nP-3,Bo,7205550134,mild,2026-12-05 08:00,"
    assert added(alone, **new, skip="a b") == alone + ",skip\nP-3,Bo,7205550134,mild,2026-12-05 08:00,,a b"


def test_an_entry_is_added_in_the_manner_of_the_last() -> None:
    after = added(BLOCK, id="P-2", name="Ana", phone="+1 720 555 0134", order_lifting="24 hours", skip="welcome")
    assert after == BLOCK + (
        "  - id: P-2\n    name: \"Ana\"\n    phone: '+1 720 555 0134'\n"
        "    orders: { lifting: 24 hours }\n    skip: [welcome]\n"
    )
    assert added(FLOW, id="P-3", skip="", name="Bo") == FLOW + "  - { id: P-3, name: Bo }\n"
    assert added("patients: [{id: P-1}]", id="P-2") == "patients: [{id: P-1}, {id: P-2}]"
    assert added("patients:\n-\n  # the first\n  id: P-1\n", id="P-2", name="Bo").endswith("\n- id: P-2\n  name: Bo\n")


def test_an_empty_line_parts_entries_where_it_does_above() -> None:
    before = "patients:\n- id: P-1\n\n- id: P-2\n# the end\n"
    assert added(before, id="P-3") == before.replace("P-2\n", "P-2\n\n- id: P-3\n")


@pytest.mark.parametrize("nobody", ["patients: []  # nobody yet", "patients:  # nobody yet", "patients:"])
def test_the_first_entry_is_put_below(nobody: str) -> None:
    after = added(nobody + "\n#  - id: P-1001\n", id="P-1", name="Ana")
    first = nobody.replace(" []", "")
    assert after == first + "\n  - id: P-1\n    name: Ana\n#  - id: P-1001\n"


def test_what_would_not_be_read_back_is_refused() -> None:
    with pytest.raises(EditError, match=r"a\.csv is written in a way that this program cannot edit safely\."):
        edited(TABLE, order_="24 hours")


def test_a_line_break_is_refused() -> None:
    with pytest.raises(EditError, match=r"There is a line break or an invisible character in “name”\."):
        edited(BLOCK, name="Ana\nMaria")


def test_the_pages_of_a_folder_are_its_patients_files(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write("patients/a.yaml", BLOCK)
    desk.write("patients/b.csv", TABLE)
    desk.write("patients/c.yaml", f"{OWNED}.\npatients: []\n")
    desk.write("patients/d.yaml", "patients: {")
    (tmp_path / "patients" / "e.csv").symlink_to("nowhere")
    pages, problems = read_pages(tmp_path)
    assert [(page.name, len(page.file.forms), page.is_owned) for page in pages] == [
        ("patients/a.yaml", 1, False),
        ("patients/b.csv", 2, False),
        ("patients/c.yaml", 0, True),
        ("patients/d.yaml", 0, False),
    ]
    assert [problem.spot.file for problem in problems] == ["patients/d.yaml", "patients/e.csv"]
    assert [page.line_of(page.file.forms[-1]) for page in pages[:2]] == [2, 3]
