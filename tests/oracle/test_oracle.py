"""The oracle against sums done by hand, independent of the exporter."""

import ast
import gzip
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracle
from oracle import Histogram, Oracle, Settings, Totals, differences, parse_exposition
from places import ROOT
from recounting import GENERATION, RAW_META, by, fed, native, sums, usd

PACKAGE = Path(oracle.__file__).parent
BENCHMARKS = ROOT / "benchmarks"


def test_published_raw_meta() -> None:
    """ZenMux's documented raw meta: every series of the request."""
    totals = fed(RAW_META).totals()
    model = {
        "model": "anthropic/claude-sonnet-4", "provider": "anthropic", "plan": "payg",
    }  # fmt: skip
    full = model | {"api_key": "2534AKkA4Nqn14642786"}

    def key(name: str, labels: dict[str, str], **more: str) -> Any:
        return (name, tuple(sorted((labels | more).items())))

    assert totals.counters == {
        key("zenmux_exporter_records_total", {}, source="s", result="accepted"): 1,
        key("zenmux_requests_total", full, outcome="success"): 1,
        key("zenmux_requests_total", full, outcome="error"): 0,
        key("zenmux_finish_reasons_total", model, finish_reason="tool_calls"): 1,
        key("zenmux_tokens_total", full, direction="input", token_type="prompt"): 16527,
        key("zenmux_tokens_total", full, direction="output", token_type="completion"): 95,
        key("zenmux_cost_usd_total", full, item="prompt"): Decimal("0.049581"),
        key("zenmux_cost_usd_total", full, item="completion"): Decimal("0.001425"),
    }
    assert sums(fed(RAW_META)) == {
        "time_to_first_token_seconds": (1, Decimal("2.177")),
        "generation_duration_seconds": (1, Decimal("3.298")),
        "request_duration_seconds": (1, Decimal("5.475")),
        "output_tokens_per_second": (1, Decimal("28.81")),
    }
    duration = totals.histograms[key("zenmux_request_duration_seconds", model)]
    assert [count for _, count in duration.cumulative] == [0] * 7 + [1] * 9
    assert duration.cumulative[7][0] == 8
    assert totals.newest == 1755830958


def test_published_generation() -> None:
    """ZenMux's documented generation: protocol tokens, rated cost, computed throughput."""
    oracle = fed(GENERATION)

    assert by(oracle, "tokens", "token_type") == {"prompt": 32, "completion": 128}
    assert by(oracle, "cost_usd", "item") == usd(prompt="0.0016", completion="0.0036")
    assert sums(oracle)["output_tokens_per_second"] == (1, Decimal(40))
    assert by(oracle, "requests", "api_key") == {"unknown": 1}
    assert oracle.totals().newest == 1774504800


def test_files(tmp_path: Path) -> None:
    """In plain and compressed files a last line without a newline counts."""
    lines = json.dumps(native()).encode() + b"\r\n\n{\n" + json.dumps(native()).encode()
    plain, packed = tmp_path / "a.jsonl", tmp_path / "a.jsonl.gz"
    plain.write_bytes(lines)
    packed.write_bytes(gzip.compress(lines))
    oracle = Oracle(Settings())
    oracle.feed_file("s", plain)
    oracle.feed_file("s", packed)

    assert by(oracle, "exporter_records", "result") == {"accepted": 4, "invalid": 2}


EXPOSITION = r"""# HELP zenmux_cost_usd_total x
# TYPE zenmux_cost_usd_total counter
zenmux_cost_usd_total{item="a\"}\\n\n, b=\"c",model="m # 1"} 0.000000000001
zenmux_exporter_ids 5
zenmux_exporter_ids_evicted_total 5
zenmux_exporter_records_total{source="s",result="invalid"} 2
zenmux_insurance_payout_delay_seconds_bucket{le="10800.0"} 1 # {generation_id="g"} 5 1
zenmux_insurance_payout_delay_seconds_bucket{le="3600"} 0
zenmux_insurance_payout_delay_seconds_bucket{le="+Inf"} 2
zenmux_insurance_payout_delay_seconds_sum 12345678901234567890.000001
zenmux_insurance_payout_delay_seconds_count 2
zenmux_last_request_timestamp_seconds 1793491200.123
go_goroutines 7
"""


def test_parse_exposition() -> None:
    """Escapes, exemplars and exact numbers are parsed; other programs' metrics are ignored."""
    assert parse_exposition(EXPOSITION) == Totals(
        {
            ("zenmux_cost_usd_total", (("item", 'a"}\\n\n, b="c'), ("model", "m # 1"))): Decimal(
                "1e-12"
            ),
            ("zenmux_exporter_records_total", (("result", "invalid"), ("source", "s"))): Decimal(2),
        },
        {
            ("zenmux_insurance_payout_delay_seconds", ()): Histogram(
                ((Decimal(3600), 0), (Decimal(10800), 1), (Decimal("Infinity"), 2)),
                2,
                Decimal("12345678901234567890.000001"),
            )
        },
        Decimal("1793491200.123"),
    )


def test_differences() -> None:
    """Each difference names its series; a missing counter is 0."""
    one, other = fed(RAW_META).totals(), fed(RAW_META, native()).totals()
    zero: Any = {("zenmux_requests_total", ()): Decimal(0)}

    assert differences(one, one) == []
    assert differences(Totals(zero), Totals()) == []
    assert (
        'zenmux_exporter_records_total{result="accepted",source="s"}: expected 1, found 2'
        in differences(one, other)
    )


def imported(path: Path) -> set[str]:
    """Return the top-level modules that a file imports, except relative imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).split(".")[0])
    return found


def test_shares_no_code_with_the_exporter() -> None:
    """The oracle imports the standard library only."""
    names = set().union(*map(imported, PACKAGE.rglob("*.py")))

    assert "decimal" in names
    assert names <= sys.stdlib_module_names


def test_is_no_part_of_the_benchmarks() -> None:
    """The benchmarks import the exporter, not the oracle."""
    names = set().union(*map(imported, BENCHMARKS.rglob("*.py")))

    assert "exporter" in names
    assert "oracle" not in names
