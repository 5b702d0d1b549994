"""The page for ops: what it says first, what it lists, and what it never shows."""

from datetime import timedelta
from pathlib import Path

import pytest

from notifier.actions.check_schedules import check_schedules
from notifier.actions.take_vitals import Overview, Vitals
from notifier.actions.update_plan import Update
from notifier.core.calls import CallReason
from notifier.core.lifecycle import State
from notifier.ledger.looking import Standing
from notifier.ledger.rows import Switch, Turned
from notifier.web.page import page_of
from tests.actions.steps import denver
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients
from tests.settings.test_metrics import a_vitals

NOW = denver("2026-12-02 13:00")
STOPPED = Turned(Switch.STOP, is_on=True, at=NOW - timedelta(hours=1), by="notifier", why="20003")
PAUSED = Turned(Switch.PAUSE, is_on=True, at=NOW - timedelta(hours=1), by="Ann <b>", why="fire drill")
WELL = "Texts go out as they should. Nothing needs a person."


def an_update(folder: Path, *entries: str, waits: tuple[str, ...] = (), file: str = "patients.yaml") -> Update:
    copy_shipped(folder)
    write_patients(folder, *entries, file=file)
    return Update(check_schedules(folder, NOW), waits=waits)


def page(vitals: Vitals | None = None, update: Update | None = None, why_ill: str | None = None) -> str:
    return page_of(Overview(NOW, vitals, update, why_ill))


def said(text: str) -> str:
    """Return the page's first sentence."""
    return text.partition('role="status">')[2].partition("</p>")[0]


@pytest.mark.parametrize(
    ("vitals", "why_ill", "sentence"),
    [
        (a_vitals(), None, WELL),
        (a_vitals(stopped=STOPPED), "x", "No text goes out: the provider refuses our settings (code 20003)."),
        (a_vitals(paused=PAUSED), "x", "No text goes out: paused by Ann &lt;b&gt;."),
        (None, "The ledger cannot be read.", "The ledger cannot be read."),
        (a_vitals(open_calls={CallReason.REFUSED: 1}), None, "Texts go out as they should. Somebody has to be called."),
    ],
)
def test_what_matters_most_comes_first(vitals: Vitals | None, why_ill: str | None, sentence: str) -> None:
    assert said(page(vitals, why_ill=why_ill)) == sentence


def test_it_shows_what_is_next_what_is_late_and_what_is_in_doubt_by_the_clinics_clock(tmp_path: Path) -> None:
    standing = Standing(denver("2026-12-02 13:30"), NOW - timedelta(minutes=75), None)
    vitals = a_vitals(
        at=NOW,
        standing=standing,
        counts={State.PLANNED: 1234, State.IN_DOUBT: 1},
        line=(("P-1042/last-meal/1", denver("2026-12-02 13:30")),),
        in_doubt=("P-7/welcome/1",),
        open_calls={CallReason.REFUSED: 2},
    )
    shown = page(vitals, an_update(tmp_path / "schedules", an_entry()))
    assert "<td>Wed 2026-12-02 13:30</td><td>P-1042/last-meal/1</td>" in shown
    assert "<h2>overdue</h2><b>1 h 15 min</b>" in shown
    assert "<td>P-7/welcome/1</td>" in shown
    assert "<td>text refused</td><td>2</td>" in shown
    assert "<td>planned</td><td>1,234</td>" in shown
    assert "America/Denver" in shown


def test_problems_are_shown_by_their_place_without_the_name_of_a_patients_file(tmp_path: Path) -> None:
    update = an_update(tmp_path / "schedules", an_entry(phone="nonsense"), file="Maria Gonzalez.yaml")
    shown = page(a_vitals(), update)
    assert "<td>error</td><td>a patients file, line 4</td>" in shown
    assert "Maria" not in shown
    assert "nonsense" not in shown
    assert said(shown) == "Texts go out as they should. The schedule files need a person."


def test_many_problems_are_counted_and_the_errors_come_first(tmp_path: Path) -> None:
    bad = [an_entry(f"P-{number}", phone="nonsense") for number in range(25)]
    shown = page(a_vitals(), an_update(tmp_path / "schedules", *bad))
    assert shown.count("<td>error</td>") == 20
    assert "more: see notifier check." in shown


def test_a_change_that_waits_and_a_last_good_version_are_told(tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry())
    good = (folder / "clinic.yaml").read_bytes()
    (folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    update = Update(check_schedules(folder, NOW, {"clinic.yaml": good}), waits=("12 patients & more.",))
    shown = page(a_vitals(), update)
    assert "A change waits for a person: 12 patients &amp; more." in shown
    assert "The last good version of clinic.yaml is in force." in shown


def test_before_the_files_were_read_it_says_so_in_utc() -> None:
    assert "They were not read yet." in page(a_vitals())
    assert "2026-12-02 20:00:00, UTC" in page(a_vitals())


def test_it_loads_itself_anew_and_nothing_else() -> None:
    shown = page(a_vitals())
    assert '<meta http-equiv="refresh" content="15">' in shown
    assert "http" not in shown.replace("http-equiv", "")
    assert "<script" not in shown
