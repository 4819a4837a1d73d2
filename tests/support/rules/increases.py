"""Scenarios for the rules that record increases: scraped values, and the expected sums.

`promtool test rules` evaluates the shipped rules. The evaluator of the dashboards' tests must agree
with them in every minute, and both with the sums written here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboards.recording import READY, ROWS, Recorder, Values, split, written

TARGET = 'job="zenmux",instance="a:1"'
_KEY = f'{TARGET},api_key="k",model="m",provider="p",plan="payg"'
_MODEL = f'{TARGET},model="m",provider="p",plan="payg"'

ALIVE = f"zenmux_exporter_ready{{{TARGET}}}"
LEDGER = f"zenmux_exporter_ledger_created_timestamp_seconds{{{TARGET}}}"
GOOD = f'zenmux_requests_total{{{_KEY},outcome="success"}}'
BAD = f'zenmux_requests_total{{{_KEY},outcome="error"}}'
NEWER = GOOD.replace('"m"', '"newer"')
COUNT = f"zenmux_request_duration_seconds_count{{{_MODEL}}}"
LOW, HIGH = (
    f'zenmux_request_duration_seconds_bucket{{{_MODEL},le="{bound}"}}' for bound in ("1", "+Inf")
)
LINES = f'zenmux_exporter_records_total{{{TARGET},source="log",result="accepted"}}'
PAID = f'zenmux_insurance_payout_usd_total{{{_KEY},compensation_type="t"}}'
_ROW = f'generation_id="g",{_KEY.removeprefix(TARGET + ",")},compensation_type="t"'
ROW = f"zenmux_compensated_request_payout_usd{{{TARGET},{_ROW}}}"
TIMELESS = ROW.replace('"g"', '"other"')
TIME = (
    f'zenmux_compensated_request_timestamp_seconds{{{TARGET},generation_id="g",'
    'compensation_type="t"}'
)

REQUESTS = "provider:zenmux_requests:increase"
OF_KEYS = "api_key:zenmux_requests:increase"
BUCKETS = "provider:zenmux_request_duration_seconds_bucket:increase"
READ = "source:zenmux_exporter_records:increase"
PAYOUTS = "api_key:zenmux_insurance_payout_usd:increase"
# A dot is a minute without a scrape.
HOUR = ". " * 60
# Longer than a rule looks back for the previous total.
LONG = ". " * 370


def _other(series: str) -> str:
    """Return the series of another exporter."""
    return series.replace("a:1", "b:1")


@dataclass(frozen=True, slots=True)
class Scenario:
    """Values by minute, and the sum of each recorded increase over all minutes.

    There is one ledger unless `series` says otherwise.

    `minutes`: for one record, the minutes at which it has samples, and how many.
    """

    name: str
    series: Mapping[str, str]
    sums: Mapping[str, float]
    minutes: Mapping[str, Mapping[int, int]] = field(default_factory=dict)

    @property
    def scraped(self) -> Mapping[str, str]:
        """Return the series with the ledger."""
        alive = self.series[ALIVE].split()
        return {LEDGER: " ".join("." if told == "." else "7" for told in alive), **self.series}

    @property
    def length(self) -> int:
        """Return the number of minutes."""
        return max(len(values.split()) for values in self.series.values())


SCENARIOS = [
    Scenario(
        "a series that is new counts from zero",
        {ALIVE: "1 1 1 1 1", GOOD: "5 5 6 6 8", NEWER: ". . 3 3 4"},
        {REQUESTS: 3 + 4, OF_KEYS: 3 + 4},
        {OF_KEYS: {2: 2, 4: 2}},
    ),
    Scenario(
        "history behind a first scrape is no increase",
        {ALIVE: "0 0 0 1 1 1", GOOD: ". . . 100 101 101"},
        {REQUESTS: 1, OF_KEYS: 1},
        {OF_KEYS: {4: 1}},
    ),
    Scenario(
        "an exporter that was ready long before it is scraped has history too",
        {ALIVE: ". . 1 1 1", GOOD: ". . 100 100 102", NEWER: ". . . 1 1"},
        {REQUESTS: 3},
    ),
    Scenario(
        "totals that are shown before readiness count nothing",
        {ALIVE: "0 0 1 1", GOOD: "100 110 120 121"},
        {REQUESTS: 1},
    ),
    Scenario(
        "lines of the first content are no burst",
        {ALIVE: "0 0 0 1 1 1", LINES: "10 400 900 1000 1001 1001"},
        {READ: 1},
        {READ: {4: 1}},
    ),
    Scenario(
        "a restart keeps totals, and what was written meanwhile counts at the return",
        {ALIVE: "1 1 . . 1 1", GOOD: "5 6 . . 9 9", NEWER: ". . . . 2 2"},
        {REQUESTS: 1 + 3 + 2},
        {OF_KEYS: {1: 1, 4: 2}},
    ),
    Scenario(
        "an hour's growth counts once, at the return",
        {ALIVE: f"1 1 {HOUR} 1 1", GOOD: f"5 6 {HOUR} 50 51"},
        {REQUESTS: 1 + 44 + 1},
        {OF_KEYS: {1: 1, 62: 1, 63: 1}},
    ),
    Scenario(
        "after more than six hours the growth is lost, and nothing counts twice",
        {ALIVE: f"1 1 {LONG} 1 1", GOOD: f"5 6 {LONG} 50 51", NEWER: f". . {LONG} 7 7"},
        {REQUESTS: 1 + 1},
    ),
    Scenario(
        "a new ledger that counted less adds only what comes then",
        {
            ALIVE: "1 1 0 1 1",
            LEDGER: "7 7 8 8 8",
            GOOD: "100 101 . 40 42",
            LINES: "100 101 5 40 42",
        },
        {REQUESTS: 1 + 2, OF_KEYS: 1 + 2, READ: 1 + 2},
    ),
    Scenario(
        "a new ledger that reads the same log again adds only what comes then",
        {ALIVE: "1 1 0 1 1", LEDGER: "7 7 8 8 8", GOOD: "100 101 . 104 105"},
        {REQUESTS: 1 + 1},
    ),
    Scenario(
        "a new ledger that is ready at once adds only what comes then",
        {ALIVE: "1 1 1 1", LEDGER: "7 7 8 8", GOOD: "100 101 104 105"},
        {REQUESTS: 1 + 1},
    ),
    Scenario(
        "a new ledger under other names of keys counts nothing twice",
        {
            ALIVE: "1 1 0 1 1",
            LEDGER: "7 7 8 8 8",
            GOOD: "100 101 . . .",
            NEWER: ". . . 101 103",
        },
        {REQUESTS: 1 + 2, OF_KEYS: 1 + 2},
    ),
    Scenario(
        "lines that a new ledger reads again are no burst",
        {ALIVE: "1 1 0 0 1 1", LEDGER: "7 7 8 8 8 8", LINES: "100 101 5 60 101 102"},
        {READ: 1 + 1},
    ),
    Scenario(
        "rows that pass by again under a new ledger are none of the range",
        {
            ALIVE: "1 1 0 1 1",
            LEDGER: "7 7 8 8 8",
            ROW: ". . 0.5 0.5 0.5",
            TIME: ". . 7 7 7",
            PAID: "0.5 0.5 . 0.5 0.5",
        },
        {ROWS: 0, PAYOUTS: 0},
    ),
    Scenario(
        "a ledger that comes back counts nothing that another one counted",
        {
            ALIVE: "1 1 1 1 1 1",
            LEDGER: "7 7 8 8 7 7",
            GOOD: "5 6 . . 9 10",
            NEWER: ". . 6 9 . .",
        },
        {REQUESTS: 1 + 3 + 1},
    ),
    Scenario(
        "an exporter that is renamed and back counts nothing under both names",
        {
            ALIVE: "1 1 . . 1 1",
            GOOD: "5 6 . . 9 10",
            _other(ALIVE): ". . 1 1 . .",
            _other(LEDGER): ". . 7 7 . .",
            _other(GOOD): ". . 7 9 . .",
        },
        {REQUESTS: 1 + 2 + 1},
    ),
    Scenario(
        "two that are scraped for one ledger count each for itself",
        {
            ALIVE: "1 1 1",
            GOOD: "5 6 7",
            _other(ALIVE): "1 1 1",
            _other(LEDGER): "7 7 7",
            _other(GOOD): "5 6 7",
        },
        {REQUESTS: 2 + 2},
    ),
    Scenario(
        "a failed scrape now and then loses nothing",
        {ALIVE: "1 . 1 . 1", GOOD: "5 . 6 . 8"},
        {REQUESTS: 3},
    ),
    Scenario(
        "outcomes have zeros, which a success rate of 0 % needs; keys have none",
        {ALIVE: "1 1 1", GOOD: "0 0 0", BAD: "0 1 1"},
        {REQUESTS: 1, OF_KEYS: 1},
        {REQUESTS: {1: 2, 2: 2}, OF_KEYS: {1: 1}},
    ),
    Scenario(
        "buckets are recorded all or none",
        {ALIVE: "1 1 1 1", COUNT: "4 5 5 6", LOW: "1 1 1 2", HIGH: "4 5 5 6"},
        {BUCKETS: 1 + 2},
        {BUCKETS: {1: 2, 3: 2}},
    ),
    Scenario(
        "rows add up to the payouts, also of one that is revised or has no time",
        {
            ALIVE: "1 1 1 1 1",
            PAID: "0 0.5 0.75 1 1",
            ROW: ". 0.5 0.75 0.75 0.75",
            TIME: ". 1795413600.123 1795413600.123 1795413600.123 1795413600.123",
            TIMELESS: ". . . 0.25 0.25",
        },
        {PAYOUTS: 1, ROWS: 1},
        {ROWS: {1: 1, 2: 1, 3: 1}},
    ),
    Scenario(
        "rows of the history are none of the range",
        {ALIVE: "0 1 1", ROW: "0.5 0.5 0.5", TIME: "7 7 7", PAID: ". 0.5 0.5"},
        {PAYOUTS: 0, ROWS: 0},
    ),
    Scenario(
        "each exporter is ready for itself",
        {
            ALIVE: "1 1 1 1",
            GOOD: "5 6 6 6",
            _other(ALIVE): ". . 1 1",
            _other(LEDGER): "9 9 9 9",
            _other(GOOD): ". . 70 71",
        },
        {REQUESTS: 1 + 1},
    ),
]


def evaluated(scenario: Scenario) -> list[dict[str, Values]]:
    """Return the evaluator's records at each minute."""
    recorder, told = Recorder(), []
    for minute in range(scenario.length):
        samples: dict[str, Values] = {}
        for series, values in scenario.scraped.items():
            shown = values.split()[minute]
            if shown != ".":
                name, labels = split(series)
                samples.setdefault(name, {})[labels] = float(shown)
        told.append(recorder.evaluate(samples, 60.0 * minute))
    return told


def suite(scenario: Scenario) -> dict[str, Any]:
    """Return a promtool test that expects the evaluator's records, minute by minute."""
    names = [*scenario.sums, READY]
    asked = [
        _asked(name, minute, recorded.get(name, {}))
        for minute, recorded in enumerate(evaluated(scenario))
        for name in names
    ]
    return {
        "interval": "1m",
        "input_series": [
            {"series": series, "values": " ".join(_notation(values.split()))}
            for series, values in scenario.scraped.items()
        ],
        "promql_expr_test": asked,
    }


def _asked(name: str, minute: int, expected: Values) -> dict[str, Any]:
    return {
        # Only this minute's evaluation.
        "expr": f"sum_over_time({name}[59s])",
        "eval_time": f"{minute}m",
        "exp_samples": [
            {"labels": written("", labels), "value": value} for labels, value in expected.items()
        ],
    }


def _notation(values: list[str]) -> Iterator[str]:
    """Yield promtool's notation; a target that is no longer scraped is stale at once."""
    for before, value in zip([".", *values], values, strict=False):
        yield value if value != "." else "stale" if before != "." else "_"
