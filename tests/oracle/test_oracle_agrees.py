"""The exporter prints exactly what the oracle counts for the same log."""

from pathlib import Path

import pytest
from conftest import Count

from effort import examples
from exporter.config import Key, LabelRule, Storage
from exporter.config.model import default_labels
from loggen import generate
from oracle import Oracle, Settings, differences, parse_exposition

# Later than every record of the logs.
CLOCK = 4.2e9


def counted_by_oracle(lines: list[bytes], settings: Settings) -> Oracle:
    """Count a log with the oracle."""
    oracle = Oracle(settings)
    for line in lines:
        oracle.feed("example", line)
    oracle.finish("example")
    return oracle


@pytest.mark.parametrize("seed", range(examples(12, 60)))
@pytest.mark.slow
def test_random_logs(count: Count, seed: int) -> None:
    """All counters and histograms of generated logs agree."""
    lines = generate(seed, 400)
    printed = parse_exposition(count(lines, clock=CLOCK))

    assert differences(counted_by_oracle(lines, Settings()).totals(), printed) == []


@pytest.mark.parametrize("seed", range(examples(5, 20)))
@pytest.mark.slow
def test_names_limits_and_windows(count: Count, tmp_path: Path, seed: int) -> None:
    """All totals agree with configured keys, tight limits and a small id window."""
    lines = generate(1000 + seed, 400)
    limits = {name: rule.limit for name, rule in default_labels().items()}
    limits |= {"model": 3, "token_type": 4, "item": 3, "error_type": 2, "provider": 2}
    keys = {"key_1": ("checkout", None), "sk-ai-v1-def": ("search", "subscription")}
    labels = {name: LabelRule(limit) for name, limit in limits.items()}
    text = count(
        lines,
        clock=CLOCK,
        keys={identity: Key(name, plan) for identity, (name, plan) in keys.items()},
        labels=labels,
        storage=Storage(path=tmp_path, id_window=7),
    )
    settings = Settings(keys=keys, limits=limits, id_window=7)

    assert differences(counted_by_oracle(lines, settings).totals(), parse_exposition(text)) == []


def test_a_difference_is_found(count: Count) -> None:
    """The comparison detects missing lines."""
    lines = generate(5, 200)
    printed = parse_exposition(count(lines[:-20], clock=CLOCK))

    assert differences(counted_by_oracle(lines, Settings()).totals(), printed) != []
