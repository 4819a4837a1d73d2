"""The account's gauges: polled from a local server of ZenMux's API, shown while they are fresh."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from exporter.account import AccountPoller
from exporter.api import ApiClient, Limits
from exporter.config import Account, Config, LabelRule, Storage
from exporter.config.model import default_labels
from exporter.metrics.text_format import Format
from exporter.secret import API_KEY, SecretPlace
from zenmux_server import MANAGEMENT_KEY, SUBSCRIPTION_KEY, Fault, ZenMuxServer, error, serving

# 2026-11-26T12:00:00Z
NOON = 1_795_694_400.0

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


@pytest.fixture
def server() -> Iterator[ZenMuxServer]:
    """A server of ZenMux's API."""
    with serving() as found:
        yield found


class Polled:
    """A poller at a time that the test sets."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        server: ZenMuxServer,
        folder: Path,
        **labels: LabelRule,
    ) -> None:
        """The time is noon."""
        self.now = NOON
        self.place = SecretPlace(API_KEY, folder / "key")
        (folder / "key").write_text(MANAGEMENT_KEY)
        settings = Account(self.place, base_url=server.url)
        config = Config(Storage(folder), labels={**default_labels(), **labels})
        self.poller = AccountPoller(config, settings, lambda: self.now)
        limits = Limits(attempts=1)
        self.client = ApiClient(session, server.url, self.place, self.poller.health, limits)

    async def poll(self) -> list[str]:
        """Ask for everything; return the samples, without failures that were none."""
        await self.poller.poll_all(self.client)
        return self.samples()

    def samples(self, form: Format = Format.TEXT) -> list[str]:
        """What a scrape shows now, but for failures that were none."""
        lines = self.poller.render(form).splitlines()
        return [
            line
            for line in lines
            if line[0] != "#" and not ("api_errors_total" in line and line.endswith(" 0"))
        ]

    def values(self, name: str) -> dict[str, str]:
        """The values of a metric by its labels."""
        found = (line.rpartition(" ") for line in self.samples())
        return {
            series.removeprefix(name).strip("{}"): value
            for series, _, value in found
            if series.partition("{")[0] == name
        }


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A session as the exporter makes it."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as found:
        yield found


@pytest.fixture
def polled(session: aiohttp.ClientSession, server: ZenMuxServer, tmp_path: Path) -> Polled:
    """A poller of the server."""
    return Polled(session, server, tmp_path)


async def test_published_examples(polled: Polled, server: ZenMuxServer) -> None:
    """Every value of the documentation's answers, exactly as it is written there."""
    assert await polled.poll() == EXPECTED
    days = {"starting_at": "2026-11-24", "ending_at": "2026-11-25"}
    assert server.asked == [
        ("payg/balance", {}),
        ("subscription/detail", {}),
        ("statistics/performance", {"metric": "throughput", **days}),
        ("statistics/performance", {"metric": "ttft", **days}),
    ]


async def test_headers_stand_once(polled: Polled) -> None:
    """A family's samples stand together under its header, in both formats."""
    await polled.poll()
    for form, name in ((Format.TEXT, "errors_total"), (Format.OPENMETRICS, "errors")):
        text = polled.poller.render(form)
        heads = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
        assert len(heads) == len(set(heads)) == 18
        assert f"# TYPE zenmux_exporter_api_{name} counter\n" in text


async def test_nothing_is_shown_before_the_first_answer(polled: Polled) -> None:
    """Only how asking goes: no success yet, and every failure from 0."""
    shown = polled.poller.render(Format.TEXT)
    assert polled.values("zenmux_exporter_api_last_success_timestamp_seconds") == {
        f'endpoint="{name}"': "0"
        for name in ("balance", "subscription", "platform_throughput", "platform_ttft")
    }
    assert 'api_errors_total{endpoint="balance",kind="rate_limited"} 0\n' in shown
    assert "zenmux_account" not in shown


async def test_old_values_vanish(polled: Polled, server: ZenMuxServer) -> None:
    """Up to three intervals after the last answer its values are shown, then none of them."""
    await polled.poll()
    server.faults += [Fault(500)] * 4
    polled.now += 900
    shown = await polled.poll()
    assert "zenmux_account_balance_usd 482.74" in shown
    assert 'zenmux_exporter_api_errors_total{endpoint="balance",kind="server_error"} 1' in shown
    polled.now += 1
    names = {line.partition("{")[0].partition(" ")[0] for line in polled.samples()}
    assert not any(name.startswith("zenmux_account") for name in names)
    # The platform's are polled once an hour.
    assert "zenmux_platform_median_output_tokens_per_second" in names
    polled.now += 10_000
    assert "zenmux_platform" not in polled.poller.render(Format.TEXT)
    last = polled.values("zenmux_exporter_api_last_success_timestamp_seconds")
    assert last['endpoint="balance"'] == "1795694400"
    assert "zenmux_account_balance_usd 482.74" in await polled.poll()


async def test_one_endpoint_fails_alone(polled: Polled, server: ZenMuxServer) -> None:
    """An account without a subscription has its balance."""
    server.faults += [
        Fault(200, {"success": True, "data": server.balance}),
        error(404, "not_found", "no subscription"),
    ]
    shown = await polled.poll()
    assert "zenmux_account_balance_usd 482.74" in shown
    assert 'zenmux_exporter_api_errors_total{endpoint="subscription",kind="refused"} 1' in shown
    assert polled.values("zenmux_account_status") == {}


async def test_regular_key(polled: Polled) -> None:
    """Keys of other kinds are refused, which the kind of failure tells."""
    assert polled.place.file is not None
    polled.place.file.write_text(SUBSCRIPTION_KEY)
    await polled.poll()
    errors = polled.values("zenmux_exporter_api_errors_total")
    assert {name for name, number in errors.items() if number == "1"} == {
        f'endpoint="{name}",kind="forbidden"'
        for name in ("balance", "subscription", "platform_throughput", "platform_ttft")
    }


async def test_state_that_nobody_documented(polled: Polled, server: ZenMuxServer) -> None:
    """A new word is a state of its own; the known ones are 0."""
    server.subscription["account_status"] = "frozen"
    await polled.poll()
    states = polled.values("zenmux_account_status")
    assert len(states) == 6
    assert [state for state, value in states.items() if value == "1"] == ['state="frozen"']


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
async def test_amounts(name: str, polled: Polled, server: ZenMuxServer) -> None:
    """Exact to a millionth of a millionth; what is no amount is left out, and only that."""
    server.balance["total_credits"], expected = BALANCES[name]
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
        ({"credits": 1}, "the answer has no field that is known"),
    ],
)
async def test_unexpected_answers(
    body: dict[str, Any],
    text: str,
    polled: Polled,
    server: ZenMuxServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An answer that would be misread is a failure, told once until it is over."""
    server.balance = body
    await polled.poll()
    await polled.poll()
    assert polled.values("zenmux_account_balance_usd") == {}
    errors = polled.values("zenmux_exporter_api_errors_total")
    assert errors['endpoint="balance",kind="unexpected"'] == "2"
    told = [record.fields for record in caplog.records]  # type: ignore[attr-defined]
    assert told == [{"endpoint": "balance", "reason": "unexpected", "error": text}]


async def test_window_that_has_not_begun(polled: Polled, server: ZenMuxServer) -> None:
    """`resets_at` is null then: there is no reset to show."""
    server.subscription["quota_5_hour"]["resets_at"] = None
    server.subscription["quota_7_day"] = None
    await polled.poll()
    assert polled.values("zenmux_account_quota_reset_timestamp_seconds") == {}
    assert polled.values("zenmux_account_quota_used_ratio") == {'window="5h"': "0.0715"}


async def test_only_a_balance_is_negative(polled: Polled, server: ZenMuxServer) -> None:
    """Anything else below 0 is no value."""
    server.subscription["quota_5_hour"]["used_flows"] = -1
    server.subscription["plan"]["amount_usd"] = "-200"
    await polled.poll()
    assert polled.values("zenmux_account_quota_used_flows") == {'window="7d"': "416.11"}
    assert polled.values("zenmux_account_plan_price_usd") == {}


async def test_medians_have_the_names_of_own_requests(
    session: aiohttp.ClientSession, server: ZenMuxServer, tmp_path: Path
) -> None:
    """`labels.model.display` renames them too, so that both can be compared."""
    shown = LabelRule(10, {"qwen/qwen3-coder": "Qwen"})
    polled = Polled(session, server, tmp_path, model=shown)
    await polled.poll()
    medians = polled.values("zenmux_platform_median_output_tokens_per_second")
    assert medians == {'model="Qwen",provider="alibaba"': "152.34"}


async def test_odd_medians(polled: Polled, server: ZenMuxServer) -> None:
    """Entries without model or value are left out; nothing at all is no failure."""
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
    server.faults += [Fault(403), Fault(403), Fault(200, {"success": True, "data": data})]
    await polled.poll()
    medians = polled.values("zenmux_platform_median_output_tokens_per_second")
    assert medians == {'model="a",provider="unknown"': "3"}
    ends = polled.values("zenmux_platform_statistics_end_timestamp_seconds")
    assert ends == {'statistic="ttft"': "1795651200"}
