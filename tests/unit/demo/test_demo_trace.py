"""The demo's traffic model has the statistics of the published trace."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import correlation, fmean, pstdev

import pytest

from exporter.demo.shape import Load, draw_sizes
from exporter.demo.trace import CODE
from tools import fit_demo

DRAWS = 50_000


def at(values: list[float], level: float) -> float:
    """Return a quantile."""
    return sorted(values)[int(level * len(values))]


def test_sizes_are_those_of_the_trace() -> None:
    """Drawn sizes have the published trace's quantiles and means."""
    rng = Random(1)
    context, generated = zip(*(draw_sizes(CODE, rng) for _ in range(DRAWS)), strict=True)
    figures = {0.1: (147, 7), 0.5: (1469, 13), 0.75: (2745, 24), 0.9: (5194, 55), 0.95: (7315, 90)}
    for level, (of_context, of_generated) in figures.items():
        assert at(list(context), level) == pytest.approx(of_context, rel=0.06)
        assert at(list(generated), level) == pytest.approx(of_generated, rel=0.1)
    assert fmean(context) == pytest.approx(2048, rel=0.05)
    assert fmean(generated) == pytest.approx(27.9, rel=0.1)
    assert (min(context), min(generated)) >= (3, 6)


def test_generated_tokens_depend_on_the_context() -> None:
    """The 90th percentile of generated tokens by context size is the trace's."""
    rng = Random(2)
    pairs = [draw_sizes(CODE, rng) for _ in range(DRAWS)]
    small = [generated for context, generated in pairs if context < 185]
    next_small = [generated for context, generated in pairs if 185 <= context < 578]
    assert at([*map(float, small)], 0.9) == pytest.approx(48, rel=0.1)
    assert at([*map(float, next_small)], 0.9) == pytest.approx(66, rel=0.1)


def test_load_comes_in_bursts() -> None:
    """Load per second has the deviation and autocorrelation of eight of the trace's users."""
    load = Load(CODE, Random(3))
    seconds = [load.next() for _ in range(DRAWS)]
    assert fmean(seconds) == pytest.approx(1, abs=0.05)
    assert pstdev(seconds) == pytest.approx(0.79, abs=0.06)
    assert correlation(seconds[:-1], seconds[1:]) == pytest.approx(0.72, abs=0.05)


def test_committed_model_is_what_the_script_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The committed module is up to date; fitting a simple trace gives the expected model."""
    assert fit_demo.MODULE.read_text() == fit_demo.render(CODE)
    start = datetime(2023, 11, 16, 18, 17, tzinfo=UTC)
    lines = ["TIMESTAMP,ContextTokens,GeneratedTokens"]
    for number in range(801):
        moment = start + timedelta(seconds=number // 20)
        lines.append(f"{moment:%Y-%m-%d %H:%M:%S}.{number % 20:02d}00000,{number},{number // 100}")
    trace = tmp_path / "trace.csv"
    trace.write_text("\n".join(lines))
    monkeypatch.setattr(fit_demo, "MODULE", tmp_path / "model.py")
    assert fit_demo.main([str(trace)]) == 0
    model = fit_demo.fit(fit_demo.read(lines))
    assert fit_demo.render(model) == (tmp_path / "model.py").read_text()
    assert dict(zip(model.levels, model.context, strict=True))[0.5] == 400
    assert [group[7] for group in model.generated] == list(range(8))
