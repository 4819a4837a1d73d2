"""The unfinished last bar shows the increase so far, for new series too."""

from collections.abc import Iterator

import pytest
from dashboards.committed import load, queries
from dashboards.server import DAY, ask, serving, settled
from dashboards.simulation import TARGET
from programs import Prometheus, real_prometheus

pytestmark = real_prometheus

MINUTE, HOUR, WEEK = 60, 3600, 7 * DAY
MIDNIGHT = 1_795_392_000
BEGIN, NOW = MIDNIGHT - 8 * DAY, MIDNIGHT + 4 * HOUR + 600
# One request a minute of each; the second model is first used 40 minutes ago.
BORN = {"old/model": BEGIN, "new/model": NOW - 40 * MINUTE}


def _told() -> Iterator[tuple[int, str]]:
    for now in range(BEGIN, NOW, MINUTE):
        lines = [f"zenmux_exporter_build_info{{{TARGET}}} 1 {now}"]
        for model, born in BORN.items():
            if now >= born:
                labels = f'{TARGET},plan="payg",model="{model}",provider="one",api_key="key"'
                series = f'zenmux_requests_total{{{labels},outcome="success"}}'
                lines.append(f"{series} {(now - born) // MINUTE} {now}")
        yield now, "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Serve eight days of an exporter that is always present."""
    with serving(tmp_path_factory.mktemp("bars") / "prometheus", _told()) as running:
        yield running


def _bars(
    server: Prometheus, title: str, label: str, step: int, known: str
) -> dict[str, list[int]]:
    query = next(q for tree in load().values() for q in queries(tree) if q.panel["title"] == title)
    results = ask(server, query, NOW, WEEK, step, {"$settled": known})
    return {r["metric"][label]: [int(float(v)) for _, v in r["values"]] for r in results}


@pytest.mark.parametrize("known", ["settled", "nobody"])
@pytest.mark.parametrize("step", [3 * HOUR, 6 * HOUR, DAY, WEEK])
def test_last_bar_holds_all_until_now(server: Prometheus, step: int, known: str) -> None:
    """The last bar is shown however far its end is ahead, with a model that is new in it."""
    hidden = settled(server, NOW, WEEK, step) if known == "settled" else "()"
    last = NOW // step * step
    so_far = {model: (NOW - MINUTE - max(born, last)) // MINUTE for model, born in BORN.items()}
    # The scrape at the bar's start is the value before it; the newcomer's first is its own 0.
    by_model = _bars(server, "Requests by model", "model", step, hidden)
    assert {model: some[-1] for model, some in by_model.items()} == so_far
    for title, label in (("Requests by provider", "provider"), ("Requests by outcome", "outcome")):
        (told,) = _bars(server, title, label, step, hidden).values()
        assert told[-1] == sum(so_far.values())


def test_ten_largest_are_those_of_the_bars_shown(server: Prometheus) -> None:
    """A range within one bar names the series that increase in that bar, not earlier ones."""
    query = next(q for q in queries(load()["usage"]) if q.panel["title"] == "Requests by model")
    hidden = settled(server, NOW, 4 * HOUR, DAY)
    results = ask(server, query, NOW, 4 * HOUR, DAY, {"$settled": hidden})
    assert {r["metric"]["model"] for r in results} == set(BORN)
