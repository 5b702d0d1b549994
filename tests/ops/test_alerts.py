"""What ops load into Prometheus and Grafana: it is right, speaks of metrics that exist, and is explained."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from notifier.actions.check_schedules import check_schedules
from notifier.actions.take_turn import Dispatch
from notifier.actions.try_attempts import Sent
from notifier.actions.update_plan import Update
from notifier.core.delivery import Answer, AnswerKind
from notifier.metrics import Metrics
from tests.actions.steps import denver
from tests.ops.promtool import SORRY, find_promtool
from tests.settings.test_metrics import ATTEMPT, a_vitals

ROOT = Path(__file__).parents[2]
RULES = ROOT / "systemd" / "prometheus" / "notifier.rules.yml"
DASHBOARD = ROOT / "systemd" / "grafana" / "notifier.json"
RUNBOOK = ROOT / "systemd" / "README.md"
CASES = Path(__file__).parent / "alerts.test.yml"
_SELECTOR = re.compile(r"\b((?:notifier|process)_\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)(=~|=|!=|!~)"([^"]*)"')


def promtool(*arguments: object) -> str:
    program = find_promtool()
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(SORRY)
    done = subprocess.run([program, *map(str, arguments)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    """Yield where it stands and what it asks, of everything that Prometheus is asked."""
    yield from ((rule["alert"], rule["expr"]) for rule in rules())
    yield from ((panel["title"], target["expr"]) for panel in panels() for target in panel.get("targets", ()))


@pytest.fixture(scope="module")
def exposed() -> dict[str, list[dict[str, str]]]:
    """The labels of each series that the service exposes once each thing has happened, by the series' name."""
    metrics = Metrics("1.2.3", {"transport": "sandbox"})
    metrics.count_dispatch(Dispatch(sent=(Sent(ATTEMPT, Answer(AnswerKind.TEMPORARY, code="dns")),)))
    metrics.count_hook(403)
    metrics.count_tick_failure("receipts")
    metrics.note_reading(Update(check_schedules(ROOT / "schedules", denver("2026-11-22 09:00"))), 0.25)
    metrics.exposition(a_vitals(), 0)
    found: dict[str, list[dict[str, str]]] = {}
    for family in metrics.registry.collect():
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


def test_the_rules_are_right_by_prometheuss_own_checker() -> None:
    assert f"{len(rules())} rules found" in promtool("check", "rules", RULES)


def test_each_alert_is_silent_while_it_should_be_and_fires_when_it_should() -> None:
    assert "SUCCESS" in promtool("test", "rules", CASES)
    cases = {case["name"] for case in yaml.safe_load(CASES.read_text("utf-8"))["tests"]}
    assert {rule["alert"] for rule in rules()} <= cases


def test_what_the_service_exposes_keeps_to_prometheuss_conventions() -> None:
    program = find_promtool()
    if program is None:
        promtool()
    text = Metrics("1.2.3", {"transport": "sandbox"}).exposition(a_vitals(), 0)
    done = subprocess.run([str(program), "check", "metrics"], input=text, check=False, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_everything_that_the_dashboard_asks_can_be_asked(tmp_path: Path) -> None:
    asked = [
        {"record": f"asked:{number}", "expr": expr.replace("$__rate_interval", "5m")}
        for number, (_, expr) in enumerate(expressions())
    ]
    file = tmp_path / "asked.yml"
    file.write_text(json.dumps({"groups": [{"name": "asked", "rules": asked}]}), encoding="utf-8")
    assert f"{len(asked)} rules found" in promtool("check", "rules", file)


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_what_is_asked_for_exists(where: str, expression: str, exposed: dict[str, list[dict[str, str]]]) -> None:
    for name, matchers in _SELECTOR.findall(expression):
        assert name in exposed, f"{where}: there is no {name}"
        for label, _, value in _MATCHER.findall(matchers):
            given = {labels.get(label) for labels in exposed[name]}
            known = any(re.fullmatch(value, one) for one in given if one is not None)
            assert known or label == "job", f"{where}: no {name} has {label} {value}"


def test_every_metric_of_ours_is_on_the_dashboard(exposed: dict[str, list[dict[str, str]]]) -> None:
    shown = {name.removesuffix("_bucket") for _, expr in expressions() for name, _ in _SELECTOR.findall(expr)}
    ours = {re.sub("_(bucket|sum|count)$", "", name) for name in exposed if name.startswith("notifier_")}
    assert ours - shown == set()


def test_panels_of_the_dashboard_lie_side_by_side_and_have_a_number_each() -> None:
    taken = [
        (place["x"] + column, place["y"] + row)
        for place in (panel["gridPos"] for panel in panels())
        for column in range(place["w"])
        for row in range(place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(column for column, _ in taken) == 23
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_every_alert_has_its_place_in_the_runbook_and_points_there() -> None:
    entries = re.findall(r"^### (Notifier\w+)$", RUNBOOK.read_text("utf-8"), re.MULTILINE)
    assert entries == [rule["alert"] for rule in rules()]
    for rule in rules():
        assert rule["annotations"]["runbook"] == f"systemd/README.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("critical", "warning")


def test_every_entry_of_the_runbook_says_what_it_means_and_what_to_do() -> None:
    _, *entries = re.split(
        r"^### Notifier\w+$", RUNBOOK.read_text("utf-8").partition("\n## Alerts")[2], flags=re.MULTILINE
    )
    for entry in entries:
        assert len(re.findall(r"\*\*Means\*\* .*?\*\*Do\*\* ", entry, re.DOTALL)) == 1, entry
