"""Compensation Details: one row per compensated request, with the console's columns."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.models import dashboard as models

from .. import queries
from ..common import DATASOURCE, rows
from ..sdk import setting, transformation


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the query as a column: what it is called, and its unit if it is a number."""

    field: str
    title: str
    unit: str = ""
    decimals: int | None = None


COLUMNS = (
    Column("Value", "Timestamp", "time:YYYY-MM-DD HH:mm:ss.SSS"),
    Column("model", "Model"),
    Column("input_tokens", "Input tokens", "locale"),
    Column("output_tokens", "Output tokens", "locale"),
    Column("cost_usd", "Cost", "currencyUSD", 6),
    Column("latency_ms", "Latency", "ms", 0),
    Column("throughput", "Throughput", "suffix: tok/s", 1),
    Column("finish_reason", "Finish"),
    Column("payout_usd", "Payout", "currencyUSD", 6),
    Column("compensation_type", "Type"),
    Column("provider", "Provider"),
    Column("api_key", "API key"),
    Column("generation_id", "Request"),
)
# Prometheus tells the query's own time and the filters' labels too; neither says anything here.
_HIDDEN = ("Time", "plan")
_NOTE = (
    "Timestamp is the request's own time, Cost includes the compensated part. The exporter shows "
    "the newest 2000 (by default); Prometheus keeps those that it has seen."
)


def every_type() -> table.Panel:
    """Return the requests of all compensation types."""
    return _details(
        "Compensation Details",
        "Every compensated request in the range, newest first.",
        queries.compensated_requests(),
        "No compensation in this range",
    )


def unsatisfactory_content() -> table.Panel:
    """Return the requests of the console's first tab."""
    return _details(
        "Compensation Details: Unsatisfactory Content",
        "Requests compensated because their content was unsatisfactory.",
        queries.compensated_requests(compensation_type="unsatisfactory_content"),
        "No unsatisfactory content was compensated in this range",
    )


def high_latency() -> table.Panel:
    """Return the requests of the console's second tab."""
    return _details(
        "Compensation Details: High Latency",
        "Requests compensated because they were slow.",
        queries.compensated_requests(compensation_type="high_latency"),
        "No high latency was compensated in this range",
    )


def _details(title: str, description: str, expression: str, empty: str) -> table.Panel:
    panel = (
        table.Panel()
        .title(title)
        .description(f"{description} {_NOTE}")
        .datasource(DATASOURCE)
        .with_target(rows(expression))
        .with_transformation(_numbers())
        .with_transformation(_order())
        .unit("none")
        .no_value(empty)
        .filterable(True)
        .sort_by([common.TableSortByFieldState().display_name("Timestamp").desc(True)])
    )
    for column in COLUMNS:
        if column.unit:
            panel.override_by_name(column.title, _format(column))
    return panel


def _numbers() -> models.DataTransformerConfig:
    """Turn labels into numbers, so that columns sort and format as such; `unknown` is empty."""
    conversions = [
        {"targetField": column.field, "destinationType": "number"}
        for column in COLUMNS
        if column.unit and column.field != "Value"
    ]
    return transformation("convertFieldType", {"conversions": conversions, "fields": {}})


def _order() -> models.DataTransformerConfig:
    """Name and order the columns as the console does."""
    options: dict[str, object] = {
        "excludeByName": dict.fromkeys(_HIDDEN, True),
        "includeByName": {},
        "indexByName": {column.field: index for index, column in enumerate(COLUMNS)},
        "renameByName": {column.field: column.title for column in COLUMNS},
    }
    return transformation("organize", options)


def _format(column: Column) -> list[models.DynamicConfigValue]:
    unit = setting("unit", column.unit)
    return [unit] if column.decimals is None else [unit, setting("decimals", column.decimals)]
