"""Test cases of all alerts, and promtool's lints of all rule files."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from programs import real_prometheus
from rules import (
    account,
    client,
    cost,
    exporter,
    exporter_sources,
    insurance,
    performance,
    provider,
)
from rules.promtool import Case, check, check_unset
from rules.rule_files import FOLDER, alerts, rules

pytestmark = real_prometheus
ALL = (account, exporter, exporter_sources, insurance, provider, client, performance, cost)
CASES = [case for module in ALL for case in module.CASES]
COUNTED = "ZenMuxThresholdMissing"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_alert(case: Case, tmp_path: Path) -> None:
    """The alert fires with its labels and texts, and not below thresholds."""
    answer = check(case, tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("case", [one for one in CASES if one.budgets], ids=lambda one: one.name)
def test_budget_is_off_until_set(case: Case, tmp_path: Path) -> None:
    """With the shipped budgets the same cost fires no alert."""
    answer = check_unset(case, tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_alert_has_a_case() -> None:
    """Alerts and cases match one to one."""
    assert {(case.alert, case.window) for case in CASES} | {(COUNTED, "")} == {
        (alert.name, alert.window) for alert in alerts()
    }


def test_lint() -> None:
    """The rule files pass all of promtool's lints."""
    files = sorted(str(path) for path in FOLDER.glob("*.yml"))
    command = ["promtool", "check", "rules", "--lint=all", "--lint-fatal", *files]
    subprocess.run(command, check=True, capture_output=True)


def without(name: str) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """Return a change that removes a recording rule."""
    return lambda raw: [one for one in raw if one["record"] != name]


def twice(raw: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add a budget for one job, which duplicates the threshold."""
    more = {"record": "zenmux:threshold:budget_1d_usd", "expr": "vector(9)", "labels": {"job": "a"}}
    return [*raw, more]


@pytest.mark.parametrize(
    ("change", "more"),
    [
        (list, 0),
        (without("zenmux:threshold:invalid_ratio"), -1),
        (without("zenmux:threshold:burn_rate"), -4),
        (twice, 1),
    ],
)
def test_missing_thresholds_are_noticed(
    tmp_path: Path, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]], more: int
) -> None:
    """Missing and duplicate thresholds fire an alert."""
    used = [rule.raw for rule in rules() if rule.name.startswith("zenmux:")]
    (alert,) = (rule for rule in alerts() if rule.name == COUNTED)
    number = int(re.findall(r"!= (\d+)$", alert.text)[0])
    groups = [{"name": "all", "rules": change(used)}]
    groups.append({"name": "alert", "rules": [alert.raw]})
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": groups}))
    text = (
        f"{number + more} thresholds are recorded instead of the {number} of rules/thresholds.yml:"
        " an alert whose threshold is missing, or there twice with different labels, never fires."
        " Load that file as it was shipped, with your numbers in it, and reload Prometheus."
    )
    base = "https://github.com/zenmux/zenmux-exporter/blob/main/docs/runbooks.md"
    told = {
        "exp_labels": {"severity": "warning"},
        "exp_annotations": {
            "summary": "Alerts lack a threshold.",
            "description": text,
            "runbook_url": f"{base}#zenmuxthresholdmissing",
            "dashboard_url": "http://127.0.0.1:3000/d/zenmux-exporter?from=now-6h&to=now",
        },
    }
    asked = {"eval_time": "30m", "alertname": COUNTED, "exp_alerts": [told] if more else []}
    tests = [{"interval": "1m", "alert_rule_test": [asked]}]
    suite = {"rule_files": ["rules.yml"], "tests": tests}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(suite))
    command = ["promtool", "test", "rules", "test.yml"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
