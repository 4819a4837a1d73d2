"""The user's own speed compared with that of all of ZenMux's users."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import table

from ..builders.sdk import setting, transformation
from ..builders.targets import DATASOURCE, table_query
from ..builders.units import LATENCY, TEXT, TOKENS_PER_SECOND
from ..promql.account import own_median, platform_median
from ..promql.measures import FIRST_TOKEN, THROUGHPUT


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: its title, unit and query."""

    title: str
    unit: str
    query: str


_COLUMNS = (
    _Column("Own first token", LATENCY, own_median(FIRST_TOKEN)),
    _Column("Platform, fastest provider", LATENCY, platform_median(FIRST_TOKEN, "min")),
    _Column("Platform, slowest provider", LATENCY, platform_median(FIRST_TOKEN, "max")),
    _Column("Own throughput", TOKENS_PER_SECOND, own_median(THROUGHPUT)),
    _Column("Platform, highest provider", TOKENS_PER_SECOND, platform_median(THROUGHPUT, "max")),
    _Column("Platform, lowest provider", TOKENS_PER_SECOND, platform_median(THROUGHPUT, "min")),
)


def comparison() -> table.Panel:
    """Return a table of the user's own and the platform's medians by model."""
    values = {f"Value #{letter}": one for letter, one in zip("ABCDEF", _COLUMNS, strict=True)}
    order = ("model", *values)
    names = {"model": "Model"} | {field: one.title for field, one in values.items()}
    options: dict[str, object] = {
        "excludeByName": {"Time": True},
        "includeByName": {},
        "indexByName": {field: index for index, field in enumerate(order)},
        "renameByName": names,
    }
    panel = (
        table.Panel()
        .title("Own medians beside the platform's")
        .description(
            "Medians of your successful requests of the range, and of all of ZenMux's users in the "
            "last two whole days (UTC), for the models that ZenMux ranks: at most ten for each "
            "number. Own medians are estimated within the histogram's buckets. If both are slow, "
            "everybody is affected. If only your own are, look at your requests, keys and network."
        )
        .datasource(DATASOURCE)
        .targets(
            [table_query(one.query, letter) for letter, one in zip("ABCDEF", _COLUMNS, strict=True)]
        )
        .with_transformation(transformation("merge", {}))
        .with_transformation(transformation("organize", options))
        .unit(TEXT)
        .no_value("No model of yours with platform medians: see docs/account.md")
    )
    for one in _COLUMNS:
        properties = [setting("unit", one.unit), setting("decimals", 2), setting("noValue", "-")]
        panel.override_by_name(one.title, properties)
    return panel
