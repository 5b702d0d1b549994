"""Last good versions: what is in force while a clinic or protocol file has an error (contract, section 5)."""

from datetime import UTC, datetime

import pytest

from notifier.core.problems import Severity
from notifier.intake.folder import Reading
from notifier.intake.versions import Version
from tests.intake.desk import CLINIC, PATIENTS, PROTOCOL, Desk

CURRENT, LAST_GOOD = Version.CURRENT, Version.LAST_GOOD
MILD = "protocols/mild.yaml"
BROKEN_CLINIC = CLINIC.replace("America/Denver", "America/Denwer")
BROKEN_PROTOCOL = PROTOCOL.replace("by {last-meal}.", "by {last-mael}.")
OTHER = PATIENTS.replace("P-1", "P-2").replace("0134", "0112")
SPANISH = PATIENTS + "    language: es\n"
AT_HALF_PAST_SEVEN_IN_DENVER = datetime(2026, 12, 3, 14, 30, tzinfo=UTC)


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """Return a desk with one patient, whose files have all been good."""
    desk.write("patients/a.yaml", PATIENTS)
    desk.keep()
    return desk


def told(desk: Desk) -> list[str]:
    return [line.partition(": ")[0] for line in desk.says()]


def standing(reading: Reading) -> tuple[set[str], set[str]]:
    """Return who is broken, and who is kept."""
    return set(reading.broken), set(reading.kept)


def ids(desk: Desk) -> list[str]:
    return [patient.id for patient in desk.patients()]


def test_while_all_is_good_the_current_files_are_in_force_and_are_kept(kept: Desk) -> None:
    assert kept.read().in_force == {"clinic.yaml": CURRENT, MILD: CURRENT}
    assert kept.good_files == {"clinic.yaml": CLINIC.encode(), MILD: PROTOCOL.encode()}


def test_a_clinic_with_an_error_leaves_its_last_good_version_in_force_and_is_told(kept: Desk) -> None:
    kept.write("clinic.yaml", BROKEN_CLINIC.replace("Anchor Healthcare", "Anchor"))
    reading = kept.read()
    assert told(kept) == ["clinic.yaml:4:14 unknown-time-zone"]
    assert reading.in_force == {"clinic.yaml": LAST_GOOD, MILD: CURRENT}
    assert reading.schedules is not None
    assert (reading.schedules.clinic.name, ids(kept)) == ("Anchor Healthcare", ["P-1"])
    assert kept.patients()[0].procedure == AT_HALF_PAST_SEVEN_IN_DENVER
    assert (reading.broken, reading.kept, reading.whole) == (frozenset(), frozenset(), True)


def test_a_broken_version_is_never_kept(kept: Desk) -> None:
    kept.write("clinic.yaml", BROKEN_CLINIC)
    kept.write(MILD, BROKEN_PROTOCOL)
    assert kept.read().good_files == {}


def test_a_clinic_broken_for_an_hour_keeps_the_plan_and_patients_can_still_be_moved(kept: Desk) -> None:
    kept.write("clinic.yaml", BROKEN_CLINIC)
    kept.edit("patients/a.yaml", "07:30", "13:00")
    kept.write("patients/b.yaml", OTHER)
    kept.keep()
    assert ids(kept) == ["P-1", "P-2"]
    assert kept.patients()[0].procedure == datetime(2026, 12, 3, 20, 0, tzinfo=UTC)
    kept.write("clinic.yaml", CLINIC.replace("Denver", "Chicago"))
    kept.keep()
    assert kept.read().in_force == {"clinic.yaml": CURRENT, MILD: CURRENT}
    assert kept.patients()[0].procedure == datetime(2026, 12, 3, 19, 0, tzinfo=UTC)
    assert told(kept) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty-file"), (b"clinic: [", "unclosed-bracket"), (b"\xff\xfe", "not-utf-8"), (None, "missing-file")],
)
def test_a_clinic_of_which_nothing_can_be_read_is_replaced_whole(kept: Desk, data: bytes | None, code: str) -> None:
    if data is None:
        (kept.folder / "clinic.yaml").unlink()
    else:
        kept.write("clinic.yaml", data)
    kept.write("patients/b.yaml", OTHER + "    language: fr\n")
    reading = kept.read()
    assert [name.partition(" ")[2] for name in told(kept)] == [code, "unknown-language"]
    assert reading.in_force["clinic.yaml"] is LAST_GOOD
    assert (ids(kept), standing(reading)) == (["P-1"], ({"P-2"}, set()))


def test_without_a_last_good_clinic_nobody_is_planned_and_everybody_kept(kept: Desk) -> None:
    kept.write("clinic.yaml", BROKEN_CLINIC)
    kept.good_files = {}
    reading = kept.read()
    assert (reading.schedules, standing(reading)) == (None, (set(), {"P-1"}))
    assert "clinic.yaml" not in reading.in_force


def test_a_last_good_clinic_that_this_program_no_longer_takes_is_no_help(kept: Desk) -> None:
    kept.write("clinic.yaml", BROKEN_CLINIC)
    kept.good_files["clinic.yaml"] = CLINIC.replace("+1 303", "+0 303").encode()
    assert kept.read().schedules is None


def test_what_only_the_last_good_clinic_finds_wrong_is_not_told_and_nobody_loses_a_text_by_it(kept: Desk) -> None:
    kept.write("clinic.yaml", BROKEN_CLINIC.replace("[en, es]", "[en, es, fr]"))
    kept.write("patients/b.yaml", OTHER + "    language: fr\n")
    kept.edit(MILD, '  es: "Responda', '  fr: "Répondez STOP."\n  es: "Responda')
    reading = kept.read()
    assert "patients/b.yaml:8:15 unknown-language" not in told(kept)
    assert not any("unused-language" in line for line in told(kept))
    assert (ids(kept), standing(reading)) == (["P-1"], (set(), {"P-2"}))


def test_what_is_wrong_by_both_clinics_is_told_once_and_in_the_words_of_the_new_one(kept: Desk) -> None:
    kept.write("clinic.yaml", BROKEN_CLINIC.replace("[en, es]", "[en, es, pt]"))
    kept.write("patients/b.yaml", OTHER + "    language: pr\n")
    line = next(line for line in kept.says() if line.startswith("patients/b.yaml"))
    assert line.endswith("Known here: “en”, “es”, “pt”.")
    assert kept.read().broken == {"P-2"}


def test_a_protocol_with_an_error_in_one_text_leaves_its_last_good_version_in_force(kept: Desk) -> None:
    before = kept.read().schedules
    kept.write(MILD, BROKEN_PROTOCOL.replace("10 hours before last-meal", "11 hours before last-meal"))
    reading = kept.read()
    assert told(kept) == [f"{MILD}:16:55 unknown-placeholder"]
    assert reading.in_force == {"clinic.yaml": CURRENT, MILD: LAST_GOOD}
    assert before is not None
    assert reading.schedules == before
    kept.write(MILD, PROTOCOL.replace("10 hours before last-meal", "11 hours before last-meal"))
    assert kept.read().in_force[MILD] is CURRENT
    assert kept.read().schedules != before


@pytest.mark.parametrize("data", [b"", b"protocol: [", b"\xff\xfe", b"protocol: other\ntitle: Another\n"])
def test_a_protocol_file_that_has_become_anything_else_is_still_in_force_as_it_was(kept: Desk, data: bytes) -> None:
    kept.write(MILD, data)
    reading = kept.read()
    assert {line.partition(":")[0] for line in told(kept)} == {MILD}
    assert (reading.in_force[MILD], ids(kept)) == (LAST_GOOD, ["P-1"])


def test_what_a_broken_protocol_newly_allows_is_not_told_and_waits_until_it_is_mended(kept: Desk) -> None:
    new = PROTOCOL.replace("  thinner: {", "  lifting: { default: 2 days, allowed: 1 day to 2 days }\n  thinner: {")
    kept.write(MILD, new.replace("by {last-meal}.", "by {last-mael}."))
    kept.write("patients/a.yaml", PATIENTS + "    orders: { lifting: 1 day }\n    skip: [thinner]\n")
    kept.write("patients/b.csv", "id,name,phone,protocol,procedure,order:lifting\nP-2,Al,,mild,,\n")
    reading = kept.read()
    assert not any("unknown-order" in line for line in told(kept))
    assert (ids(kept), standing(reading)) == ([], ({"P-2"}, {"P-1"}))
    kept.write(MILD, new)
    assert ids(kept) == ["P-1"]


def test_an_order_that_neither_version_knows_is_told_in_an_entry_and_in_a_heading(kept: Desk) -> None:
    kept.write(MILD, BROKEN_PROTOCOL)
    kept.write("patients/a.yaml", PATIENTS + "    orders: { lifting: 1 day }\n")
    row = "P-2,Al,720 555 0112,mild,2026-12-03 07:30,\n"
    kept.write("patients/b.csv", f"id,name,phone,protocol,procedure,order:liftin\n{row}")
    reading = kept.read()
    assert [line for line in told(kept) if "unknown-order" in line] == [
        "patients/a.yaml:8:15 unknown-order",
        "patients/b.csv:1:34 unknown-order",
    ]
    assert standing(reading) == ({"P-1"}, {"P-2"})


def test_a_protocol_file_that_patients_still_need_stays_in_force_when_it_is_lost(kept: Desk) -> None:
    kept.write("protocols/light.yaml", PROTOCOL.replace("protocol: mild", "protocol: light"))
    (kept.folder / MILD).unlink()
    assert kept.says() == [
        (
            f"{MILD}:1:1 missing-protocol-file: "
            "This file is gone, but patients' entries still name its protocol “mild”. "
            "Put it back, or give those patients another protocol; until then they are texted by what it said last."
        )
    ]
    reading = kept.read()
    assert reading.problems[0].severity is Severity.ERROR
    assert reading.in_force == {"clinic.yaml": CURRENT, MILD: LAST_GOOD, "protocols/light.yaml": CURRENT}
    assert (ids(kept), reading.broken, reading.whole) == (["P-1"], frozenset(), True)
    assert MILD not in reading.good_files


def test_a_lost_protocol_that_nobody_needs_is_gone_on_purpose(kept: Desk) -> None:
    kept.write("protocols/light.yaml", PROTOCOL.replace("protocol: mild", "protocol: light"))
    kept.edit("patients/a.yaml", "protocol: mild", "protocol: light")
    (kept.folder / MILD).unlink()
    assert told(kept) == []
    assert kept.read().in_force == {"clinic.yaml": CURRENT, "protocols/light.yaml": CURRENT}


def test_all_protocols_can_be_lost_at_once(kept: Desk) -> None:
    (kept.folder / "protocols").rename(kept.folder / "protocol")
    assert told(kept) == ["protocols:1:1 no-protocols", f"{MILD}:1:1 missing-protocol-file"]
    assert ids(kept) == ["P-1"]


def test_a_protocol_file_that_got_another_name_is_not_missing(kept: Desk) -> None:
    (kept.folder / MILD).rename(kept.folder / "protocols/mild-2026.yaml")
    assert told(kept) == []
    assert kept.read().in_force == {"clinic.yaml": CURRENT, "protocols/mild-2026.yaml": CURRENT}


def test_a_protocol_that_got_another_file_and_an_error_at_once_is_in_force_as_it_was(kept: Desk) -> None:
    (kept.folder / MILD).unlink()
    kept.write("protocols/mild-2026.yaml", BROKEN_PROTOCOL)
    assert told(kept) == ["protocols/mild-2026.yaml:16:55 unknown-placeholder"]
    assert kept.read().in_force == {"clinic.yaml": CURRENT, MILD: LAST_GOOD}
    assert ids(kept) == ["P-1"]


def test_a_copy_of_a_protocol_is_told_and_the_one_that_was_there_stays_in_force(kept: Desk) -> None:
    kept.write("protocols/copy.yaml", PROTOCOL.replace("10 hours before last-meal", "11 hours before last-meal"))
    before = kept.patients()
    assert told(kept) == ["protocols/copy.yaml:1:11 duplicate-protocol", f"{MILD}:1:11 duplicate-protocol"]
    assert kept.read().in_force == {"clinic.yaml": CURRENT, MILD: LAST_GOOD}
    assert before


def test_of_two_lost_files_for_one_protocol_neither_is_in_force_and_its_patients_are_kept(kept: Desk) -> None:
    kept.good_files["protocols/older.yaml"] = PROTOCOL.replace("90 minutes", "60 minutes").encode()
    (kept.folder / MILD).unlink()
    reading = kept.read()
    assert [line.partition(" ")[2] for line in told(kept) if "no-protocols" not in line] == [
        "missing-protocol-file",
        "missing-protocol-file",
    ]
    assert (standing(reading), reading.in_force) == ((set(), {"P-1"}), {"clinic.yaml": CURRENT})


def test_a_version_that_the_clinic_of_now_cannot_use_does_not_come_into_force(kept: Desk) -> None:
    kept.edit("clinic.yaml", "[en, es]", "[fr, en]")
    reading = kept.read()
    assert MILD not in reading.in_force
    assert standing(reading) == (set(), {"P-1"})


def test_a_patients_file_that_cannot_be_read_keeps_its_patients_and_harms_no_others(kept: Desk) -> None:
    kept.write("patients/b.yaml", OTHER)
    kept.write("patients/a.yaml", "patients: [")
    reading = kept.read()
    assert (ids(kept), reading.whole) == (["P-2"], False)


@pytest.mark.parametrize("is_there", [True, False])
def test_an_empty_or_missing_folder_has_the_last_good_clinic_and_is_for_the_guard(
    kept: Desk, *, is_there: bool
) -> None:
    kept.folder.rename(kept.folder.parent / "away")
    if is_there:
        kept.folder.mkdir()
    reading = kept.read()
    assert reading.schedules is not None
    assert (reading.schedules.patients, reading.is_bare, reading.whole) == ((), True, True)
    assert reading.in_force == {"clinic.yaml": LAST_GOOD}
    assert reading.good_files == {}


def test_what_is_found_wrong_in_a_last_good_version_has_a_place_in_the_file_of_now(kept: Desk) -> None:
    kept.write(MILD, "protocol: [")
    spot = kept.read().spots["step", "mild", "last-meal"]
    assert (spot.file, spot.line, spot.column) == (MILD, 1, 1)


def test_a_patient_in_a_language_that_falls_away_by_a_broken_file_is_still_texted_in_it(kept: Desk) -> None:
    kept.write("patients/a.yaml", SPANISH)
    kept.write("clinic.yaml", BROKEN_CLINIC.replace("[en, es]", "[en]"))
    assert [patient.language for patient in kept.patients()] == ["es"]
    assert told(kept) == ["clinic.yaml:4:14 unknown-time-zone"]
