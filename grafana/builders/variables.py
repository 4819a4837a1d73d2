"""Build dashboard variables: options, and filters that are narrowed by those to their left."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models

from exporter.catalogue.levels import API_KEY, PROVIDER, READY, SOURCE, Level

from ..promql.health import RECORDS
from ..promql.measures import COMPENSATIONS, REQUESTS
from ..promql.selectors import BY_KEY, View, increases

Variable = (
    dashboard.DatasourceVariable
    | dashboard.QueryVariable
    | dashboard.IntervalVariable
    | dashboard.TextBoxVariable
)

_SOURCE = shapes.DataSourceRef(type_val="prometheus", uid="$datasource")
# Name and uid of the bundle's own data source, in provisioning/datasources.
_PROVISIONED = ("ZenMux Prometheus", "zenmux-prometheus")
_ALL = models.VariableOption(selected=True, text=["All"], value=["$__all"])
_ANY_VALUE = ".+"
# Matches series without the label too, so "All" hides none.
_ANY_VALUE_OR_NONE = ".*"
# ZenMux documents no URL of a single request; its id is appended as the fragment.
LOGS_PAGE = "https://zenmux.ai/platform/logs#"
_PAYG = "payg"
# At least two scrapes.
SHORTEST_BAR = "1m"
_BARS = (SHORTEST_BAR, "5m", "15m", "1h", "6h", "1d", "7d")


def datasource() -> dashboard.DatasourceVariable:
    """Return the variable for the Prometheus data source."""
    return (
        dashboard.DatasourceVariable("datasource")
        .label("Data source")
        .description("The Prometheus that scrapes the exporter.")
        .type("prometheus")
        # If there are several, Grafana would use the first by name.
        .current(models.VariableOption(selected=True, text=_PROVISIONED[0], value=_PROVISIONED[1]))
    )


def exporter_filters() -> list[Variable]:
    """Return the variables of every dashboard: data source, job, instance."""
    return [
        datasource(),
        _query("job", "Job", READY, _ANY_VALUE),
        _query("instance", "Instance", f'{READY}{{job=~"$job"}}', _ANY_VALUE),
    ]


def provider_filters(*, payg: bool) -> list[Variable]:
    """Return the filters of metrics by model and provider.

    `payg` preselects that plan, as the console does.
    """
    return _request_filters(PROVIDER, "provider", "Provider", payg=payg)


def key_filters(*, payg: bool) -> list[Variable]:
    """Return the filters of metrics by model and API key."""
    return _request_filters(API_KEY, "api_key", "API key", payg=payg)


def _request_filters(level: Level, name: str, label: str, *, payg: bool) -> list[Variable]:
    """Return the filters for plan, model and a label of one level; each narrows the next."""
    of_plan = increases(View(level, ("plan",)), REQUESTS)
    of_model = increases(View(level, ("plan", "model")), REQUESTS)
    return [
        _plan(payg=payg),
        _query("model", "Model", of_plan, _ANY_VALUE_OR_NONE),
        _query(name, label, of_model, _ANY_VALUE_OR_NONE),
    ]


def _plan(*, payg: bool) -> dashboard.QueryVariable:
    selector = increases(View(PROVIDER), REQUESTS)
    plans = _query("plan", "Plan", selector, _ANY_VALUE_OR_NONE).description(
        "The console's Usage and Cost pages leave subscription usage out."
    )
    if payg:
        plans.current(models.VariableOption(selected=True, text=[_PAYG], value=[_PAYG]))
    return plans


def compensation_type() -> dashboard.QueryVariable:
    """Return the filter of compensation types, which are the console's tabs."""
    return _query(
        "compensation_type",
        "Compensation type",
        increases(BY_KEY, COMPENSATIONS),
        _ANY_VALUE_OR_NONE,
    )


def source() -> dashboard.QueryVariable:
    """Return the filter of log sources."""
    records = increases(View(SOURCE), RECORDS)
    return _query("source", "Source", records, _ANY_VALUE_OR_NONE)


def granularity(shortest: str = SHORTEST_BAR) -> dashboard.IntervalVariable:
    """Return the variable for the length of bars."""
    return (
        dashboard.IntervalVariable("granularity")
        .label("Bars")
        .description(
            "What one bar or point covers. A day begins at midnight in the dashboard's time zone, "
            "seven days begin on a Thursday (as Grafana counts from 1970)."
        )
        .values(",".join(_BARS))
        .auto(True)
        .step_count(28)
        .min_interval(shortest)
        .options([models.VariableOption(selected=False, text=bar, value=bar) for bar in _BARS])
        .current(
            models.VariableOption(selected=True, text="Auto", value="$__auto_interval_granularity")
        )
    )


def logs_url() -> dashboard.TextBoxVariable:
    """Return the base URL of the links in the table of compensated requests."""
    option = models.VariableOption(selected=True, text=LOGS_PAGE, value=LOGS_PAGE)
    return (
        dashboard.TextBoxVariable("logs_url")
        .label("Logs page")
        .description("Address behind Action in the details; the request's id is put at its end.")
        .default_value(LOGS_PAGE)
        .current(option)
        .options([option])
    )


def _query(name: str, label: str, selector: str, all_value: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(_SOURCE)
        .query({"query": f"label_values({selector}, {name})", "refId": name})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC)
        .multi(True)
        .include_all(True)
        .all_value(all_value)
        .current(_ALL)
    )
