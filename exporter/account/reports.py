"""Turn each endpoint's answer into samples of the catalogue's metrics."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from ..api.errors import ApiError, ErrorKind
from ..api.responses import Json
from ..catalogue import Metric
from ..catalogue import account as names
from ..values.labels import UNKNOWN, clean
from .fields import Field, Sample, at, number, samples, signed, text, time

_STATES = ("healthy", "monitored", "abusive", "suspended", "banned")
# The API's names of the windows, and their label values.
_WINDOWS = (("quota_5_hour", "5h"), ("quota_7_day", "7d"), ("quota_monthly", "month"))
# Well above what the API promises; any further ones are not shown.
MOST_MEDIANS = 200
_DAY_MS = 86_400_000

_BALANCE = (
    Field(names.BALANCE, ("total_credits",), read=signed),
    Field(names.CREDITS, ("top_up_credits",), ("top_up",), signed),
    Field(names.CREDITS, ("bonus_credits",), ("bonus",), signed),
)

_SUBSCRIPTION = (
    Field(names.PLAN_PRICE, ("plan", "amount_usd")),
    Field(names.PLAN_EXPIRY, ("plan", "expires_at"), read=time),
    Field(names.FLOW_RATE, ("base_usd_per_flow",), ("base",)),
    Field(names.FLOW_RATE, ("effective_usd_per_flow",), ("effective",)),
    *(
        field
        for key, window in _WINDOWS
        for field in (
            Field(names.QUOTA_USED_RATIO, (key, "usage_percentage"), (window,)),
            Field(names.QUOTA_USED_FLOWS, (key, "used_flows"), (window,)),
            Field(names.QUOTA_LIMIT_FLOWS, (key, "max_flows"), (window,)),
            Field(names.QUOTA_USED_USD, (key, "used_value_usd"), (window,)),
            Field(names.QUOTA_LIMIT_USD, (key, "max_value_usd"), (window,)),
            Field(names.QUOTA_RESET, (key, "resets_at"), (window,), time),
        )
    ),
)


def balance(data: Json) -> Iterator[Sample]:
    """Yield the pay-as-you-go balance."""
    _check_currency(data)
    yield from samples(_BALANCE, data)


def subscription(data: Json) -> Iterator[Sample]:
    """Yield the subscription's plan, windows and rates, and the account's status."""
    _check_currency(data)
    yield from samples(_SUBSCRIPTION, data)
    tier, interval = text(at(data, "plan", "tier")), text(at(data, "plan", "interval"))
    if tier is not None:
        yield Sample(names.PLAN, (clean(tier), clean(interval)), 1)
    status = text(data.get("account_status"))
    if status is not None:
        state = clean(status)
        for one in dict.fromkeys((*_STATES, state)):
            yield Sample(names.STATUS, (one,), int(one == state))


def _check_currency(data: Json) -> None:
    """Raise `ApiError` for amounts in another currency than the metrics' names say."""
    currency = text(data.get("currency"))
    if currency is not None and currency.lower() != "usd":
        raise ApiError(ErrorKind.UNEXPECTED, f"the currency is {clean(currency)}, not usd")


@dataclass(frozen=True, slots=True)
class Statistic:
    """A statistic of the platform: its name in the API, and the decimal places of its values."""

    name: str
    metric: Metric
    places: int


STATISTICS = (
    Statistic("throughput", names.PLATFORM_THROUGHPUT, names.PLATFORM_THROUGHPUT.places),
    # In milliseconds.
    Statistic("ttft", names.PLATFORM_FIRST_TOKEN, names.PLATFORM_FIRST_TOKEN.places - 3),
)


def medians(
    statistic: Statistic, display: Callable[[str, str], str], data: Json
) -> Iterator[Sample]:
    """Yield the platform's medians.

    `display` maps a label and a model or provider to the name under which it is shown.
    """
    found: dict[tuple[str, str], Sample] = {}
    for model, provider, value in _entries(data):
        scaled = number(value, statistic.places)
        if scaled is not None and scaled > 0:
            labels = display("model", model), display("provider", provider)
            found.setdefault(labels, Sample(statistic.metric, labels, scaled))
    yield from islice(found.values(), MOST_MEDIANS)
    last = _day(data.get("ending_at"))
    if last is not None:
        yield Sample(names.PLATFORM_END, (statistic.name,), last + _DAY_MS)


def _entries(data: Json) -> Iterator[tuple[str, str, Any]]:
    for entry in _objects(data.get("entries")):
        model = text(entry.get("model"))
        for one in _objects(entry.get("providers")):
            if model is not None:
                yield model, text(one.get("provider")) or UNKNOWN, one.get("value")


def _objects(value: Any) -> Iterator[Json]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def _day(value: Any) -> int | None:
    """Return the start of a day such as `2026-06-21`, in Unix milliseconds."""
    return time(f"{value}T00:00:00Z", 0) if isinstance(value, str) else None


def last_days(now: float) -> dict[str, str]:
    """Return the query for the last two whole days in UTC: one is always available."""
    today = datetime.fromtimestamp(now, UTC).date()
    first, last = today - timedelta(days=2), today - timedelta(days=1)
    return {"starting_at": first.isoformat(), "ending_at": last.isoformat()}
