"""A case in, `promtool test rules` over the shipped rule and what it builds on out."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .book import Rule, alerts, needed

GRAFANA = "http://127.0.0.1:3000/d/"
RUNBOOKS = "https://github.com/zenmux/zenmux-exporter/blob/main/docs/runbooks.md#"

Series = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """What makes an alert fire, and the changes after which it stays silent.

    Times are in samples, one every `step` minutes. `below` and `thin` replace series: the one
    stays just below the threshold, the other has too little traffic; `also` names other changes
    that silence it. Without any one of the series it is silent, but for those in `spare`.
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
    step: int = 1
    window: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """What pytest calls it."""
        return "-".join(filter(None, [self.alert, self.window, self.note]))

    @property
    def rule(self) -> Rule:
        """The shipped alert."""
        (rule,) = (r for r in alerts() if (r.name, r.window) == (self.alert, self.window))
        return rule


@dataclass(slots=True)
class _Suite:
    case: Case
    groups: list[dict[str, Any]] = field(default_factory=list)

    def add(self, name: str, series: Series, at: int, expected: list[dict[str, Any]]) -> None:
        """A scenario: what fires at a time, given the series."""
        step = self.case.step
        asked = {"eval_time": f"{at * step}m", "alertname": self.case.alert}
        self.groups.append(
            {
                "name": name,
                "interval": f"{step}m",
                "input_series": [{"series": k, "values": v} for k, v in series.items()],
                "alert_rule_test": [asked | {"exp_alerts": expected}],
            }
        )


def ramp(*phases: tuple[int, float]) -> str:
    """A counter from 0: so many samples, each higher by so much; a negative rate: no sample."""
    value, parts = 0.0, ["0"]
    for count, rate in phases:
        if rate < 0:
            parts.append(f"_x{count}")
            continue
        parts.append(f"{value + rate:.12g}+{rate:.12g}x{count - 1}")
        value += count * rate
    return " ".join(parts)


def suite(case: Case) -> dict[str, Any]:
    """The promtool file of a case."""
    made = _Suite(case)
    made.add("fires", case.series, case.at, [_expected(case)])
    for name, change in {"below": case.below, "thin": case.thin, **case.also}.items():
        if change is not None:
            made.add(name, {**case.series, **change}, case.at, [])
    if case.resolved is not None:
        made.add("resolves", case.series, case.resolved, [])
    for gone in case.series.keys() - set(case.spare):
        rest = {key: values for key, values in case.series.items() if key != gone}
        made.add(f"without {gone}", rest, case.at, [])
    return {
        "rule_files": ["rules.yml"],
        "evaluation_interval": f"{case.step}m",
        "tests": made.groups,
    }


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


def check(case: Case, folder: Path) -> subprocess.CompletedProcess[str]:
    """What promtool says of a case."""
    used = [rule.raw for rule in (*needed(case.rule), case.rule)]
    text = yaml.safe_dump({"groups": [{"name": "tested", "rules": used}]}, sort_keys=False)
    (folder / "rules.yml").write_text(text)
    (folder / "test.yml").write_text(yaml.safe_dump(suite(case), sort_keys=False))
    return subprocess.run(
        ["promtool", "test", "rules", "test.yml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
