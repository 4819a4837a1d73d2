"""The account's gauges: polled from a local API server, exposed until they are stale."""

from exporter.metrics.text_format import Format
from polled import Polled
from zenmux_server import SUBSCRIPTION_KEY, Fault, ZenMuxServer, error

EXPECTED = """\
zenmux_account_balance_usd 482.74
zenmux_account_credits_usd{kind="top_up"} 35
zenmux_account_credits_usd{kind="bonus"} 447.74
zenmux_account_quota_used_ratio{window="5h"} 0.0715
zenmux_account_quota_used_ratio{window="7d"} 0.0673
zenmux_account_quota_used_flows{window="5h"} 57.2
zenmux_account_quota_used_flows{window="7d"} 416.11
zenmux_account_quota_limit_flows{window="5h"} 800
zenmux_account_quota_limit_flows{window="7d"} 6182
zenmux_account_quota_limit_flows{window="month"} 34560
zenmux_account_quota_used_usd{window="5h"} 1.88
zenmux_account_quota_used_usd{window="7d"} 13.66
zenmux_account_quota_limit_usd{window="5h"} 26.27
zenmux_account_quota_limit_usd{window="7d"} 202.99
zenmux_account_quota_limit_usd{window="month"} 1134.33
zenmux_account_quota_reset_timestamp_seconds{window="5h"} 1774341309
zenmux_account_quota_reset_timestamp_seconds{window="7d"} 1774491305
zenmux_account_plan_info{tier="ultra",interval="month"} 1
zenmux_account_plan_price_usd 200
zenmux_account_plan_expiry_timestamp_seconds 1775982416
zenmux_account_flow_rate_usd{rate="base"} 0.03283
zenmux_account_flow_rate_usd{rate="effective"} 0.03283
zenmux_account_status{state="healthy"} 1
zenmux_account_status{state="monitored"} 0
zenmux_account_status{state="abusive"} 0
zenmux_account_status{state="suspended"} 0
zenmux_account_status{state="banned"} 0
zenmux_platform_median_output_tokens_per_second{model="qwen/qwen3-coder",provider="alibaba"} 152.34
zenmux_platform_median_time_to_first_token_seconds{model="qwen/qwen3-coder",provider="alibaba"} 0.42
zenmux_platform_statistics_end_timestamp_seconds{statistic="throughput"} 1795651200
zenmux_platform_statistics_end_timestamp_seconds{statistic="ttft"} 1795651200
zenmux_exporter_api_last_success_timestamp_seconds{endpoint="balance"} 1795694400
zenmux_exporter_api_last_success_timestamp_seconds{endpoint="subscription"} 1795694400
zenmux_exporter_api_last_success_timestamp_seconds{endpoint="platform_throughput"} 1795694400
zenmux_exporter_api_last_success_timestamp_seconds{endpoint="platform_ttft"} 1795694400
""".splitlines()


async def test_published_examples(polled: Polled, api: ZenMuxServer) -> None:
    """ZenMux's documented sample answers are exposed with their exact values."""
    assert await polled.poll() == EXPECTED
    days = {"starting_at": "2026-11-24", "ending_at": "2026-11-25"}
    assert api.asked == [
        ("payg/balance", {}),
        ("subscription/detail", {}),
        ("statistics/performance", {"metric": "throughput", **days}),
        ("statistics/performance", {"metric": "ttft", **days}),
    ]


async def test_headers_stand_once(polled: Polled) -> None:
    """Each metric family has one header in both formats."""
    await polled.poll()
    for form, name in ((Format.TEXT, "errors_total"), (Format.OPENMETRICS, "errors")):
        text = polled.poller.render(form)
        heads = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
        assert len(heads) == len(set(heads)) == 18
        assert f"# TYPE zenmux_exporter_api_{name} counter\n" in text


async def test_nothing_is_shown_before_the_first_answer(polled: Polled) -> None:
    """Until then only the poller's own metrics are exposed, all at 0."""
    shown = polled.poller.render(Format.TEXT)
    assert polled.values("zenmux_exporter_api_last_success_timestamp_seconds") == {
        f'endpoint="{name}"': "0"
        for name in ("balance", "subscription", "platform_throughput", "platform_ttft")
    }
    assert 'api_errors_total{endpoint="balance",kind="rate_limited"} 0\n' in shown
    assert "zenmux_account" not in shown


async def test_old_values_vanish(polled: Polled, api: ZenMuxServer) -> None:
    """Values are exposed for three poll intervals after the last answer, then dropped."""
    await polled.poll()
    api.faults += [Fault(500)] * 4
    polled.now += 900
    shown = await polled.poll()
    assert "zenmux_account_balance_usd 482.74" in shown
    assert 'zenmux_exporter_api_errors_total{endpoint="balance",kind="server_error"} 1' in shown
    polled.now += 1
    names = {line.partition("{")[0].partition(" ")[0] for line in polled.samples()}
    assert not any(name.startswith("zenmux_account") for name in names)
    # The platform's statistics are polled once an hour.
    assert "zenmux_platform_median_output_tokens_per_second" in names
    polled.now += 10_000
    assert "zenmux_platform" not in polled.poller.render(Format.TEXT)
    last = polled.values("zenmux_exporter_api_last_success_timestamp_seconds")
    assert last['endpoint="balance"'] == "1795694400"
    assert "zenmux_account_balance_usd 482.74" in await polled.poll()


async def test_one_endpoint_fails_alone(polled: Polled, api: ZenMuxServer) -> None:
    """An account without a subscription still exposes its balance."""
    api.faults += [
        Fault(200, {"success": True, "data": api.balance}),
        error(404, "not_found", "no subscription"),
    ]
    shown = await polled.poll()
    assert "zenmux_account_balance_usd 482.74" in shown
    assert 'zenmux_exporter_api_errors_total{endpoint="subscription",kind="refused"} 1' in shown
    assert polled.values("zenmux_account_status") == {}


async def test_regular_key(polled: Polled) -> None:
    """A key that is not a management key counts as a `forbidden` error at every endpoint."""
    assert polled.place.file is not None
    polled.place.file.write_text(SUBSCRIPTION_KEY)
    await polled.poll()
    errors = polled.values("zenmux_exporter_api_errors_total")
    assert {name for name, number in errors.items() if number == "1"} == {
        f'endpoint="{name}",kind="forbidden"'
        for name in ("balance", "subscription", "platform_throughput", "platform_ttft")
    }


async def test_state_that_nobody_documented(polled: Polled, api: ZenMuxServer) -> None:
    """An unknown account status gets its own series; the known ones are 0."""
    api.subscription["account_status"] = "frozen"
    await polled.poll()
    states = polled.values("zenmux_account_status")
    assert len(states) == 6
    assert [state for state, value in states.items() if value == "1"] == ['state="frozen"']
