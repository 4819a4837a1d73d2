"""Compensated requests as rows of a table: one by one, or added up by groups."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from decimal import InvalidOperation

from ..errors import ExporterError
from ..tables import COUNT, USD, Cell, Column
from ..values.fixed_point import USD_PLACES, divide, literal, to_integer
from ..values.moments import shown
from .asking import Item

Row = tuple[Cell, ...]

# A terminal shows the console's ten columns; the generation id leads to the request.
COLUMNS = (
    Column("time", "Time"),
    Column("compensation_type", "Type"),
    Column("model", "Model"),
    Column("provider", "Provider", in_table=False),
    Column("api_key", "API key", in_table=False),
    Column("plan", "Plan", in_table=False),
    Column("input_tokens", "Input"),
    Column("output_tokens", "Output"),
    Column("cost_usd", "Cost (USD)"),
    Column("latency_ms", "Latency (ms)"),
    Column("throughput", "Tokens/s"),
    Column("finish_reason", "Finish"),
    Column("payout_usd", "Payout (USD)", USD),
    Column("generation_id", "Generation"),
    Column("seen", "Payout counted", in_table=False),
)
SUMS = (
    Column("compensations", "Compensations", COUNT),
    Column("payout_usd", "Payout (USD)", USD),
    Column("average_payout_usd", "Average (USD)", USD),
)
# The columns of groups by the value of `--by`.
LABELS: Mapping[str, str] = {"type": "compensation_type", "day": "day"}


def listed(items: Iterable[Item], zone: tzinfo) -> list[Row]:
    """Return a row for each request, in the order given."""
    return [tuple(_cell(item, column.name, zone) for column in COLUMNS) for item in items]


def listed_total(items: Iterable[Item]) -> Row:
    """Return the row of sums below the requests."""
    paid = sum(map(payout, items))
    total = tuple(paid if column.name == "payout_usd" else None for column in COLUMNS)
    return ("", *total[1:])


def _cell(item: Item, name: str, zone: tzinfo) -> Cell:
    if name == "payout_usd":
        return payout(item)
    if name in ("time", "seen"):
        at = item.timestamp_ms if name == "time" else item.seen_ms
        return None if at is None else shown(at, zone)
    return str(getattr(item, name))


def grouped(items: Iterable[Item], name_of: Callable[[Item], str], *, by_name: bool) -> list[Row]:
    """Return a row for each group, ordered by name or with the largest payout first."""
    groups: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[name_of(item)].append(item)
    rows = [(sum(map(payout, group)), name, group) for name, group in groups.items()]
    rows.sort(key=lambda row: row[1] if by_name else (-row[0], row[1]))
    return [summed(name, group) for _, name, group in rows]


def summed(name: str, items: Iterable[Item]) -> Row:
    """Return a row of sums."""
    payouts = list(map(payout, items))
    total = sum(payouts)
    return (name, len(payouts), total, divide(total, len(payouts)) if payouts else None)


def payout(item: Item) -> int:
    """Return a payout in pico-USD; raises `ExporterError`."""
    try:
        return to_integer(literal(item.payout_usd), USD_PLACES)
    except (InvalidOperation, ValueError) as error:
        raise ExporterError("the exporter's answer holds a payout that is not a number") from error


def day_of(time_ms: int, zone: tzinfo) -> str:
    """Return the day of a time in a time zone."""
    return datetime.fromtimestamp(time_ms // 1000, zone).date().isoformat()
