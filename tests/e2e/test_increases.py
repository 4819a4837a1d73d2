"""The rules that record increases: generated from the catalogue, and exact."""

import subprocess
from pathlib import Path

import pytest
import yaml

from exporter.catalogue import METRICS
from exporter.catalogue.levels import (
    COMPENSATED_INCREASE,
    COMPENSATED_TOTAL,
    CONTINUED,
    READY,
    READY_BEFORE,
    recorded_sums,
)
from programs import real_prometheus
from rules.increases import SCENARIOS, Scenario, evaluated, suite
from rules.rule_files import FOLDER, rules

pytestmark = real_prometheus
FILE = FOLDER / "increases.yml"
scenarios = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


@scenarios
def test_sums_are_those_of_the_scenario(scenario: Scenario) -> None:
    """Recorded increases add up to the counted events, in the right minutes."""
    told = evaluated(scenario)
    for name, expected in scenario.sums.items():
        assert sum(sum(recorded[name].values()) for recorded in told) == expected, name
    for name, minutes in scenario.minutes.items():
        assert {at: len(one[name]) for at, one in enumerate(told) if one[name]} == minutes, name


@scenarios
def test_shipped_rules_record_the_same(scenario: Scenario, tmp_path: Path) -> None:
    """`promtool test rules` records the same in every minute."""
    tests = {"rule_files": [str(FILE)], "evaluation_interval": "1m", "tests": [suite(scenario)]}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(tests, sort_keys=False))
    command = ["promtool", "test", "rules", "test.yml"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_rule_is_of_the_catalogue() -> None:
    """The rules are exactly a total and an increase for each counter and level."""
    named = [rule.name for rule in rules() if rule.file == FILE.name]
    sums = [one for metric in METRICS for one in recorded_sums(metric)]
    expected = (
        {one.total for one in sums}
        | {one.increase for one in sums}
        | {COMPENSATED_INCREASE, COMPENSATED_TOTAL, CONTINUED, READY, READY_BEFORE}
    )
    assert sorted(named) == sorted(expected)


def test_ledgers_are_noted_before_totals_and_compared_after_them() -> None:
    """The order of rules keeps a new ledger's history out of the increases."""
    (group,) = yaml.safe_load(FILE.read_text())["groups"]
    order = [rule["record"] for rule in group["rules"]]
    totals = [place for place, name in enumerate(order) if name.endswith((":sum", ":max"))]
    increases = [place for place, name in enumerate(order) if name.endswith(":increase")]
    assert order.index(READY) < min(totals)
    assert max(totals) < order.index(CONTINUED) < min(increases)


def test_counts_stand_before_their_buckets() -> None:
    """Bucket rules follow their count's rule, whose result they use."""
    (group,) = yaml.safe_load(FILE.read_text())["groups"]
    order = [rule["record"] for rule in group["rules"]]
    for name in order:
        if name.endswith("_bucket:increase"):
            assert order.index(name.replace("_bucket:", "_count:")) < order.index(name)
