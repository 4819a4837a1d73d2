"""Malformed account answers: only the invalid values are left out."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from exporter.config import LabelRule
from polled import Polled
from zenmux_server import Fault, ZenMuxServer

BALANCES: dict[str, tuple[Any, dict[str, str]]] = {
    "float noise": (0.1 + 0.2, {"": "0.3"}),
    "text": ("12.5", {"": "12.5"}),
    "debt": (-0.25, {"": "-0.25"}),
    "pico": (1e-12, {"": "0.000000000001"}),
    "large": (123456789012, {"": "123456789012"}),
    "null": (None, {}),
    "flag": (True, {}),
    "list": ([1], {}),
    "words": ("much", {}),
    "beyond": (1e13, {}),
}


@pytest.mark.parametrize("name", BALANCES)
async def test_amounts(name: str, polled: Polled, api: ZenMuxServer) -> None:
    """Amounts are exact to 12 decimals; only an invalid amount is left out."""
    api.balance["total_credits"], expected = BALANCES[name]
    await polled.poll()
    assert polled.values("zenmux_account_balance_usd") == expected
    assert polled.values("zenmux_account_credits_usd") == {
        'kind="top_up"': "35",
        'kind="bonus"': "447.74",
    }


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"currency": "eur", "total_credits": 1}, "the currency is eur, not usd"),
        ({"credits": 1}, "the answer has no known field"),
    ],
)
async def test_unexpected_answers(
    body: dict[str, Any],
    text: str,
    polled: Polled,
    api: ZenMuxServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An unexpected answer counts as an error each time but is logged once."""
    api.balance = body
    await polled.poll()
    await polled.poll()
    assert polled.values("zenmux_account_balance_usd") == {}
    errors = polled.values("zenmux_exporter_api_errors_total")
    assert errors['endpoint="balance",kind="unexpected"'] == "2"
    told = [record.fields for record in caplog.records]  # type: ignore[attr-defined]
    assert told == [{"endpoint": "balance", "reason": "unexpected", "error": text}]


async def test_window_that_has_not_begun(polled: Polled, api: ZenMuxServer) -> None:
    """A null `resets_at` exposes no reset timestamp."""
    api.subscription["quota_5_hour"]["resets_at"] = None
    api.subscription["quota_7_day"] = None
    await polled.poll()
    assert polled.values("zenmux_account_quota_reset_timestamp_seconds") == {}
    assert polled.values("zenmux_account_quota_used_ratio") == {'window="5h"': "0.0715"}


async def test_only_a_balance_is_negative(polled: Polled, api: ZenMuxServer) -> None:
    """Any other negative number is left out."""
    api.subscription["quota_5_hour"]["used_flows"] = -1
    api.subscription["plan"]["amount_usd"] = "-200"
    await polled.poll()
    assert polled.values("zenmux_account_quota_used_flows") == {'window="7d"': "416.11"}
    assert polled.values("zenmux_account_plan_price_usd") == {}


async def test_medians_have_the_names_of_own_requests(
    session: aiohttp.ClientSession, api: ZenMuxServer, tmp_path: Path
) -> None:
    """`labels.model.display` renames models in the platform's medians too."""
    shown = LabelRule(10, {"qwen/qwen3-coder": "Qwen"})
    polled = Polled(session, api, tmp_path, model=shown)
    await polled.poll()
    medians = polled.values("zenmux_platform_median_output_tokens_per_second")
    assert medians == {'model="Qwen",provider="alibaba"': "152.34"}


async def test_odd_medians(polled: Polled, api: ZenMuxServer) -> None:
    """Entries without a model or a value are left out and are not an error."""
    entries = [
        None,
        {
            "model": "a",
            "providers": [{"value": 0}, {"value": 3}, {"value": 4}, None, {"provider": "x"}],
        },
        {"providers": [{"provider": "p", "value": 1}]},
        {"model": "b", "providers": {"p": {"value": 1}}},
    ]
    data = {"entries": entries, "ending_at": "2026-13-13"}
    api.faults += [Fault(403), Fault(403), Fault(200, {"success": True, "data": data})]
    await polled.poll()
    medians = polled.values("zenmux_platform_median_output_tokens_per_second")
    assert medians == {'model="a",provider="unknown"': "3"}
    ends = polled.values("zenmux_platform_statistics_end_timestamp_seconds")
    assert ends == {'statistic="ttft"': "1795651200"}
