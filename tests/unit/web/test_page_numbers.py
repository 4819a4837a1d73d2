"""The overview's numbers equal the exposition's, to the last digit."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pytest

from exporter.reconcile.samples import Samples, parse
from exporter.web.page.totals import MOST
from loggen import generate
from page_read import Section, links, read
from programs import exporter, get, wait_until


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Samples, str]]:
    """The exposition and the page of the same state, after thousands of generated lines."""
    directory = tmp_path_factory.mktemp("page")
    log = directory / "requests.jsonl"
    log.write_bytes(b"\n".join(generate(23, 4000)) + b"\n")
    with exporter(directory, str(log)) as (_, url):
        wait_until(lambda: get(f"{url}/-/ready")[0] == 200, "all is counted")
        page = get(f"{url}/")[1]
        yield parse(get(f"{url}/metrics")[1]), page


@pytest.fixture(scope="module")
def shown(both: tuple[Samples, str]) -> dict[str, Section]:
    """The sections of the page."""
    return read(both[1])


def sums(samples: Samples, name: str, label: str, **only: str) -> dict[str, Decimal]:
    """Return a family's sums by a label."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for labels, value in samples[name].items():
        given = dict(labels)
        if all(given[key] == one for key, one in only.items()):
            found[given[label]] += value
    return found


def shown_number(value: Decimal) -> str:
    """Format a number with all digits, without trailing zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ranked(values: dict[str, Decimal]) -> list[tuple[str, Decimal]]:
    """Sort by descending value, without zeros."""
    return sorted(((k, v) for k, v in values.items() if v), key=lambda one: (-one[1], one[0]))


@pytest.mark.parametrize(
    ("tile", "name", "sign"),
    [
        ("Compensation", "zenmux_insurance_payout_usd_total", "$"),
        ("Compensations", "zenmux_insurance_compensations_total", ""),
        ("Requests", "zenmux_requests_total", ""),
        ("Tokens", "zenmux_tokens_total", ""),
        ("Cost", "zenmux_cost_usd_total", "$"),
    ],
)
def test_totals(
    both: tuple[Samples, str], shown: dict[str, Section], tile: str, name: str, sign: str
) -> None:
    """Each total is the sum of its family, to the last digit."""
    total = sum(both[0][name].values(), Decimal())

    assert total > 0
    assert shown[tile].number == sign + shown_number(total)


def test_success_rate(both: tuple[Samples, str], shown: dict[str, Section]) -> None:
    """The success rate doesn't include cancelled requests."""
    by = sums(both[0], "zenmux_requests_total", "outcome")
    rate = by["success"] / (by["success"] + by["error"]) * 100

    assert shown["Success rate"].number == f"{rate:.2f}%"


@pytest.mark.parametrize(
    ("card", "name", "label", "sign"),
    [
        ("Compensation by type", "zenmux_insurance_payout_usd_total", "compensation_type", "$"),
        ("Compensation by model", "zenmux_insurance_payout_usd_total", "model", "$"),
        ("Tokens by model", "zenmux_tokens_total", "model", ""),
        ("Requests by provider", "zenmux_requests_total", "provider", ""),
    ],
)
def test_bars(
    both: tuple[Samples, str],
    shown: dict[str, Section],
    card: str,
    name: str,
    label: str,
    sign: str,
) -> None:
    """The largest values are shown exactly, and all others as a sum."""
    expected = ranked(sums(both[0], name, label))
    bars = [(one, told.split(" ")[0]) for one, told in shown[card].bars]

    assert bars[:MOST] == [(one, sign + shown_number(value)) for one, value in expected[:MOST]]
    rest = expected[MOST:]
    if rest:
        assert bars[MOST][0].startswith(f"{len(rest)} other ")
        assert bars[MOST][1] == sign + shown_number(sum((value for _, value in rest), Decimal()))
    assert len(bars) == len(expected[:MOST]) + bool(rest)


def test_newest_compensated_requests(both: tuple[Samples, str], shown: dict[str, Section]) -> None:
    """The newest rows of the gauges are shown, each with a link to its page."""
    gauges = both[0]["zenmux_compensated_request_payout_usd"]
    rows = [
        (dict(labels)["generation_id"], "$" + shown_number(value))
        for labels, value in gauges.items()
    ]
    told = [(row[1], row[3]) for row in shown["Newest compensated requests"].cells[1:]]

    assert told == rows[: -MOST - 1 : -1]
    assert sum(link.startswith("/requests/") for link in links(both[1])) == len(told)


def test_medians(both: tuple[Samples, str], shown: dict[str, Section]) -> None:
    """Medians lie in the bucket of the middle observation."""
    counts = both[0]["zenmux_time_to_first_token_seconds_bucket"]
    bars = dict(shown["Time to first token by model"].bars)
    assert len(bars) > 1
    for model, told in bars.items():
        by: dict[Decimal, Decimal] = defaultdict(Decimal)
        for labels, value in counts.items():
            given = dict(labels)
            if given["model"] == model:
                by[Decimal(given["le"].replace("+Inf", "Infinity"))] += value
        middle = by[Decimal("Infinity")] / 2
        upper = min(bound for bound, number in by.items() if number >= middle)
        lower = max([bound for bound, number in by.items() if number < middle], default=0)
        last = sorted(by)[-2]
        median = Decimal(told.split(" ")[0])
        assert min(lower, last) <= median <= min(upper, last)


def test_what_it_says(both: tuple[Samples, str], shown: dict[str, Section]) -> None:
    """The page has the ledger's creation time, links, and a pointer to the dashboards."""
    created = both[0]["zenmux_exporter_ledger_created_timestamp_seconds"][()]
    assert created > 1.7e9
    assert "Totals since" in both[1]
    assert "use the Grafana dashboards" in both[1]
    assert {"/metrics", "/api/v1/compensations", "/-/ready"} <= set(links(both[1]))
    told = shown["Exporter"].details
    assert told["State"] == "ready"
    assert told["Ledger"].endswith("ledger.sqlite")
    assert "rejected, not_json: " in shown["Sources"].text
