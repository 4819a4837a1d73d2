"""The exporter prints exactly what an independent recount of the same log gives."""

from pathlib import Path

import pytest
from conftest import Count
from loggen import generate

from exporter.config import Key, LabelRule, Storage
from exporter.config.model import default_labels
from exporter.recount import Recount, Settings, differences, parse_exposition

# A clock behind no record of the logs.
CLOCK = 4.2e9


def recounted(lines: list[bytes], settings: Settings) -> Recount:
    """The recount of a log."""
    recount = Recount(settings)
    for line in lines:
        recount.feed("example", line)
    return recount


@pytest.mark.parametrize("seed", range(60))
def test_random_logs(count: Count, seed: int) -> None:
    """Every counter and histogram of a log full of trouble."""
    lines = generate(seed, 400)
    printed = parse_exposition(count(lines, clock=CLOCK))

    assert differences(recounted(lines, Settings()).totals(), printed) == []


@pytest.mark.parametrize("seed", range(20))
def test_names_limits_and_windows(count: Count, tmp_path: Path, seed: int) -> None:
    """The same with configured keys, tight limits and a small id window."""
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

    assert differences(recounted(lines, settings).totals(), parse_exposition(text)) == []


def test_a_difference_is_found(count: Count) -> None:
    """The comparison can fail: one line less is a difference."""
    lines = generate(5, 200)
    printed = parse_exposition(count(lines[:-20], clock=CLOCK))

    assert differences(recounted(lines, Settings()).totals(), printed) != []
