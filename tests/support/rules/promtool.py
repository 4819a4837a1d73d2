"""Run test cases of alerts with `promtool test rules`."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from .rule_files import Rule, alerts, needed

GRAFANA = "http://127.0.0.1:3000/d/"
RUNBOOKS = "https://github.com/zenmux/zenmux-exporter/blob/main/docs/runbooks.md#"

# Thresholds that alerts fire below, not above.
FLOORS = {
    f"zenmux:threshold:{name}"
    for name in ("traffic_drop_ratio", "throughput_ratio", "balance_days")
}

Series = Mapping[str, str]
_FILES: Mapping[str, Any] = {"rule_files": ["rules.yml"]}


@dataclass(frozen=True, slots=True)
class Case:
    """The series that make an alert fire, and changes that silence it.

    Times are in samples, one every `step` minutes. Rules are evaluated once in `every` samples, so
    that cases of many days take seconds. `below` and `thin` replace series by ones just below the
    threshold and with too little traffic; `also` names other changes that silence the alert. It
    must be silent without any one of its series, except those in `spare`, and with any one of its
    thresholds out of reach, except those in `unmoved`. `budgets` are what its budgets are set to,
    by name without prefix: as shipped it is silent.
    """

    alert: str
    series: Series
    at: int
    description: str
    link: str
    labels: Mapping[str, str]
    below: Series
    thin: Series | None = None
    also: Mapping[str, Series] = field(default_factory=dict)
    resolved: int | None = None
    spare: tuple[str, ...] = ()
    unmoved: tuple[str, ...] = ()
    step: int = 1
    every: int = 1
    window: str = ""
    note: str = ""
    budgets: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ValueError for a time at which no rule is evaluated."""
        if self.at % self.every or (self.resolved or 0) % self.every:
            raise ValueError(f"{self.name}: no evaluation at {self.at} or {self.resolved}")

    @property
    def name(self) -> str:
        """Return the test id."""
        return "-".join(filter(None, [self.alert, self.window, self.note]))

    @property
    def interval(self) -> str:
        """Return the time between evaluations."""
        return f"{self.step * self.every}m"

    @property
    def is_of_all_jobs(self) -> bool:
        """Return True if series of another job would affect the alert."""
        return not self.series or any(key.startswith("up{") for key in self.series)

    @property
    def rule(self) -> Rule:
        """Return the shipped alert."""
        (rule,) = (r for r in alerts() if (r.name, r.window) == (self.alert, self.window))
        return rule


def ramp(*phases: tuple[int, float]) -> str:
    """Return a counter from 0, in phases of (samples, increase); no samples if it is negative."""
    value, parts = 0.0, ["0"]
    for count, rate in phases:
        if rate < 0:
            parts.append(f"_x{count}")
            continue
        parts.append(f"{value + rate:.12g}+{rate:.12g}x{count - 1}")
        value += count * rate
    return " ".join(parts)


def suite(case: Case) -> dict[str, Any]:
    """Return the promtool test of a case; each change is a separate job next to the firing one."""
    told = _expected(case)
    quiet = dict(_quiet(case))
    asked = [_asked(case, case.alert, case.at, [told])]
    asked += [_asked(case, copy["alert"], case.at, []) for copy in unreachable(case)]
    if case.resolved is not None:
        asked.append(_asked(case, case.alert, case.resolved, []))
    tests: list[tuple[Series, list[dict[str, Any]]]] = [(_moved(quiet) | dict(case.series), asked)]
    if case.is_of_all_jobs:
        tests = [(case.series, asked)]
        tests += [(one, [_asked(case, case.alert, case.at, [])]) for one in quiet.values()]
    return {
        **_FILES,
        "evaluation_interval": case.interval,
        "tests": [_scenario(case, series, asked) for series, asked in tests],
    }


def _quiet(case: Case) -> Iterator[tuple[str, Series]]:
    for name, change in {"below": case.below, "thin": case.thin, **case.also}.items():
        if change is not None:
            yield name, {**case.series, **change}
    for number, gone in enumerate(case.series.keys() - set(case.spare)):
        rest = {key: values for key, values in case.series.items() if key != gone}
        yield f"without {number} {gone.partition('{')[0]}", rest


def _moved(quiet: Mapping[str, Series]) -> dict[str, str]:
    return {
        key.replace('job="zenmux"', f'job="{name}"'): values
        for name, series in quiet.items()
        for key, values in series.items()
    }


def _scenario(case: Case, series: Series, asked: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "interval": f"{case.step}m",
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "alert_rule_test": asked,
    }


def _asked(case: Case, name: str, at: int, expected: list[dict[str, Any]]) -> dict[str, Any]:
    return {"eval_time": f"{at * case.step}m", "alertname": name, "exp_alerts": expected}


def unreachable(case: Case) -> Iterator[dict[str, Any]]:
    """Yield a copy of the alert for each of its thresholds, with that threshold out of reach."""
    rule = case.rule
    named = {*re.findall(r"zenmux:threshold:\w+", rule.text)} - set(case.unmoved)
    for number, name in enumerate(sorted(named)):
        changed = "/ 1e9" if name in FLOORS else "* 1e9"
        text = re.sub(rf"(scalar\({name}\b[^)]*\))", rf"(\1 {changed})", rule.text)
        yield rule.raw | {"alert": f"{rule.name}Edited{number}", "expr": text}


def _expected(case: Case) -> dict[str, Any]:
    return {
        "exp_labels": dict(case.labels),
        "exp_annotations": {
            "summary": case.rule.annotations["summary"],
            "description": case.description,
            "runbook_url": RUNBOOKS + case.alert.lower(),
            "dashboard_url": GRAFANA + case.link,
        },
    }


def _used(case: Case) -> list[dict[str, Any]]:
    used = []
    for rule in (*needed(case.rule), case.rule):
        budget = case.budgets.get(rule.name.removeprefix("zenmux:threshold:"))
        used.append(rule.raw if budget is None else rule.raw | {"expr": f"vector({budget})"})
    return used


def check(case: Case, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run promtool on a case."""
    return _run([*_used(case), *unreachable(case)], suite(case), folder)


def check_unset(case: Case, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run promtool on a case with the shipped budgets: the alert is silent."""
    asked = [_asked(case, case.alert, case.at, [])]
    silent = {**_FILES, "evaluation_interval": case.interval}
    silent["tests"] = [_scenario(case, case.series, asked)]
    return _run(_used(replace(case, budgets={})), silent, folder)


def _run(
    used: list[dict[str, Any]], tests: dict[str, Any], folder: Path
) -> subprocess.CompletedProcess[str]:
    text = yaml.safe_dump({"groups": [{"name": "tested", "rules": used}]}, sort_keys=False)
    (folder / "rules.yml").write_text(text)
    (folder / "test.yml").write_text(yaml.safe_dump(tests, sort_keys=False))
    return subprocess.run(
        ["promtool", "test", "rules", "test.yml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
