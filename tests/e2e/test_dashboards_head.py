"""The head row's notices name problems of the data."""

from collections.abc import Iterator

import pytest

from dashboards.committed import expand
from dashboards.recording import lines, parse
from dashboards.server import ASKED, recorded, serving, values
from grafana.panels.status import NOTICES
from programs import Prometheus, real_prometheus

pytestmark = real_prometheus

HOUR = 3600
END = 1_795_413_600 - 1234
# By instance: demo, up, ready, and the time of the newest request.
EXPORTERS: dict[str, tuple[int, int, int, float]] = {
    "plain": (0, 1, 1, 1.5),
    "demo": (1, 1, 1, 2.5),
    "one": (0, 1, 1, 3.5),
    "two": (0, 1, 1, 3.5),
    "down": (0, 0, 1, 4.5),
    "reading": (0, 1, 0, 5.5),
    "bare": (0, 1, 1, 6.5),
}


TIMES = range(END - HOUR, END, 60)


def _history() -> Iterator[str]:
    """Yield the history; `bare` is scraped without the bundle's rules."""
    ruled = [instance for instance in EXPORTERS if instance != "bare"]
    yield from recorded((now, "".join(map(_exposition, ruled))) for now in TIMES)
    for now in TIMES:
        yield from lines(parse(_exposition("bare")), now, ASKED)


def _exposition(instance: str) -> str:
    demo, up, ready, newest = EXPORTERS[instance]
    target = f'{{job="zenmux",instance="{instance}"}}'
    told = {
        "zenmux_exporter_demo": demo,
        "zenmux_exporter_ready": ready,
        "zenmux_exporter_ledger_created_timestamp_seconds": newest,
        "zenmux_exporter_build_info": 1,
        "zenmux_last_request_timestamp_seconds": newest,
    }
    exposed = "".join(f"{name}{target} {value}\n" for name, value in told.items())
    return f"up{target} {up}\n" + exposed * up


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Serve an hour of data of all exporters."""
    with serving(tmp_path_factory.mktemp("head") / "prometheus", _history()) as running:
        yield running


@pytest.mark.parametrize(
    ("instances", "named"),
    [
        ("plain", []),
        ("demo", ["DEMO DATA"]),
        ("plain|demo", ["DEMO DATA"]),
        ("one", []),
        ("one|two", ["COUNTED TWICE"]),
        ("down", ["EXPORTER DOWN", "NO DATA"]),
        ("reading", []),
        ("bare", ["RULES MISSING"]),
        ("demo|down", ["DEMO DATA", "EXPORTER DOWN"]),
        ("nobody", ["NO DATA"]),
    ],
)
def test_notices(server: Prometheus, instances: str, named: list[str]) -> None:
    """Exactly the existing problems are named; an exporter that still reads is none."""
    chosen = values(END, HOUR, 60, {"$instance": instances})
    told = [
        notice.partition(":")[0]
        for notice, text in NOTICES.items()
        if server.query(expand(text, chosen), END)
    ]
    assert told == named
