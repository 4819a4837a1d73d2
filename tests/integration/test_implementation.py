"""The hot modules are compiled, and one switch turns that off."""

import os
import subprocess
import sys

import pytest
from conftest import Count

from exporter import implementation as chosen
from implementations import Implementation, why_not_compiled

TOLD = """
from exporter.metrics.process import ProcessMetrics
from exporter.metrics.text_format import Format
print(ProcessMetrics(demo=False).render(Format.TEXT).decode())
"""


def build_info(**environment: str) -> str:
    """Return the installed exporter's `build_info` sample."""
    # -P keeps the sources in this directory off the module path.
    done = subprocess.run(
        [sys.executable, "-P", "-c", TOLD],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = done.stdout.splitlines()
    return next(row for row in rows if row.startswith("zenmux_exporter_build_info{"))


def test_each_is_what_it_says(implementation: Implementation) -> None:
    """The fixture really switches between compiled and interpreted modules."""
    file = str(implementation.module("counting.counter").__file__)

    assert file.endswith(".py") == (implementation.name == "interpreted")


@pytest.mark.parametrize(("switch", "compiled"), [("", "true"), ("0", "true"), ("1", "false")])
def test_the_switch(switch: str, compiled: str) -> None:
    """The environment turns compiled code off, which `build_info` shows."""
    if why_not_compiled():
        pytest.skip(why_not_compiled())

    assert f'compiled="{compiled}"' in build_info(**{chosen.SWITCH: switch})


def test_sums_beyond_64_bits(count: Count) -> None:
    """Sums are exact however large they get, and the same in both implementations."""
    fields = (
        '"model": "m", "timestamp": "2026-11-01T00:00:00Z", "cost_usd": "999999.999999999999", '
        '"tokens": {"prompt": 999999999999, "completion": 999999999999}, "latency_ms": 604800000, '
        '"generation_ms": 604800000, "throughput_tps": 99999999, '
        '"compensation": {"payout_usd": "999999.999999999999"}'
    )
    text = count([f'{{"id": "{number}", {fields}}}' for number in range(30)])
    labels = 'api_key="unknown",model="m",provider="unknown",plan="payg"'

    # 30 times almost a million dollars: more than 2^63 pico-dollars.
    assert f'zenmux_cost_usd_total{{{labels},item="unitemized"}} 29999999.99999999997\n' in text
    paid = f'zenmux_insurance_payout_usd_total{{{labels},compensation_type="unknown"}}'
    assert f"{paid} 29999999.99999999997\n" in text
    tokens = f'zenmux_tokens_total{{{labels},direction="input",token_type="prompt"}}'
    assert f"{tokens} 29999999999970\n" in text
    model = 'model="m",provider="unknown",plan="payg"'
    assert f"zenmux_request_duration_seconds_sum{{{model}}} 36288000\n" in text


def test_the_slower_build_says_how_to_have_the_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint names a C compiler or, if compiled code is turned off, the switch."""
    monkeypatch.delenv(chosen.SWITCH, raising=False)
    assert "install a C compiler" in chosen.faster()
    monkeypatch.setenv(chosen.SWITCH, "1")
    assert chosen.faster() == f"unset {chosen.SWITCH}"
