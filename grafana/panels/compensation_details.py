"""Tables of compensated requests, with the console's columns (Compensation Details)."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.models import dashboard as models

from ..builders.sdk import setting, transformation
from ..builders.targets import DATASOURCE, table_query
from ..builders.units import EXACT_COUNT, EXACT_USD, MILLISECONDS, TOKENS_PER_SECOND
from ..promql.compensated_requests import compensated_requests

ACTION = "Action"
_ID = "${__data.fields.Action}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field of the query, its title, and its unit if it is a number."""

    field: str
    title: str
    unit: str = ""
    decimals: int | None = None
    width: int = 0


COLUMNS = (
    Column("timestamp_ms", "Timestamp", "time:YYYY-MM-DD HH:mm:ss.SSS", width=184),
    Column("model", "Model", width=190),
    Column("input_tokens", "Input Tokens", EXACT_COUNT, width=68),
    Column("output_tokens", "Output Tokens", EXACT_COUNT, width=68),
    Column("cost_usd", "Cost", EXACT_USD, 6, width=88),
    Column("latency_ms", "Latency", MILLISECONDS, 0, width=78),
    Column("throughput", "Throughput", TOKENS_PER_SECOND, 1, width=102),
    Column("finish_reason", "Finish", width=80),
    Column("Value", "Payout", EXACT_USD, 6, width=88),
    Column("generation_id", ACTION, width=68),
    Column("compensation_type", "Type", width=170),
    Column("provider", "Provider"),
    Column("api_key", "API key"),
)
# Not useful in the table: the evaluation time, and labels of filters.
_HIDDEN = ("Time", "plan", "job", "instance")
EMPTY = "No compensation in this range"
_NOTE = (
    "Timestamp is the request's own time, Cost includes the compensated part, Latency is the time "
    "to the first token, Action opens the page set in the variable Logs page. The rows are the "
    "payouts counted in the range, so the Payout column adds up to Total Compensation."
)


def details() -> table.Panel:
    """Return the compensated requests of the range."""
    panel = (
        table.Panel()
        .title("Compensation Details")
        .description(f"Every compensated request in the range, newest first. {_NOTE}")
        .datasource(DATASOURCE)
        .with_target(table_query(compensated_requests()))
        .with_transformation(_convert_to_numbers())
        .with_transformation(_order_columns())
        .unit("none")
        .no_value(EMPTY)
        .sort_by([common.TableSortByFieldState().display_name("Timestamp").desc(True)])
    )
    for column in COLUMNS:
        properties = _format(column)
        if properties:
            panel.override_by_name(column.title, properties)
    return panel


def _convert_to_numbers() -> models.DataTransformerConfig:
    """Convert labels to numbers, so columns sort and format as such; `unknown` becomes empty."""
    conversions = [
        {"targetField": column.field, "destinationType": "number"}
        for column in COLUMNS
        if column.unit and column.field != "Value"
    ]
    return transformation("convertFieldType", {"conversions": conversions, "fields": {}})


def _order_columns() -> models.DataTransformerConfig:
    """Name and order the columns as the console does."""
    options: dict[str, object] = {
        "excludeByName": dict.fromkeys(_HIDDEN, True),
        "includeByName": {},
        "indexByName": {column.field: index for index, column in enumerate(COLUMNS)},
        "renameByName": {column.field: column.title for column in COLUMNS},
    }
    return transformation("organize", options)


def _format(column: Column) -> list[models.DynamicConfigValue]:
    properties = []
    if column.unit:
        properties.append(setting("unit", column.unit))
    if column.decimals is not None:
        properties.append(setting("decimals", column.decimals))
    # Otherwise an empty cell would show the text of the empty table.
    properties.append(setting("noValue", "-"))
    properties.append(setting("custom.wrapHeaderText", True))
    properties.append(setting("custom.filterable", not column.unit and column.title != ACTION))
    if column.width:
        properties.append(setting("custom.width", column.width))
    if column.title == ACTION:
        properties.append(setting("custom.cellOptions", {"type": "data-links"}))
        link = {"title": "Open", "url": f"${{logs_url:raw}}{_ID}"}
        properties.append(setting("links", [{**link, "targetBlank": True}]))
    return properties
