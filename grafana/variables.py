"""The filters at the top of a dashboard, each narrowed by those before it."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models

from . import queries
from .common import SHORTEST_BAR

Variable = (
    dashboard.DatasourceVariable
    | dashboard.QueryVariable
    | dashboard.IntervalVariable
    | dashboard.CustomVariable
    | dashboard.TextBoxVariable
)

_SOURCE = shapes.DataSourceRef(type_val="prometheus", uid="$datasource")
_ALL = models.VariableOption(selected=True, text=["All"], value=["$__all"])
_PROCESS = ".+"
# Matches series without the label too, so that "All" never hides any.
_ANYTHING = ".*"
# The console has no documented address for a request; the id stands behind the hash.
LOGS_PAGE = "https://zenmux.ai/platform/logs#"
_PAYG = "payg"
_BARS = ("1m", "5m", "15m", "1h", "6h", "1d", "7d")


def datasource() -> dashboard.DatasourceVariable:
    """Choose among the Prometheus data sources."""
    return (
        dashboard.DatasourceVariable("datasource")
        .label("Data source")
        .description("The Prometheus that scrapes the exporter.")
        .type("prometheus")
    )


def exporters() -> list[Variable]:
    """Return the filters that every dashboard has."""
    job = 'job=~"$job"'
    return [
        datasource(),
        _query("job", "Job", "zenmux_exporter_build_info", _PROCESS),
        _query("instance", "Instance", f"zenmux_exporter_build_info{{{job}}}", _PROCESS),
        settled(),
    ]


def summed(level: str) -> dashboard.QueryVariable:
    """Know the exporters whose recorded sums can stand for their counters in charts: hidden."""
    return _hidden(
        queries.SUMMED_FILTERS[level],
        "Exporters with recorded sums of the whole range: their charts are quick.",
        queries.summed(level),
    )


def settled() -> dashboard.QueryVariable:
    """Know the exporters that were there through the range: hidden, never chosen.

    Without any, or where it fails, queries take the long way, which is right for all exporters.
    """
    return _hidden(
        "settled",
        "Exporters that were there all the time: their totals are quick to tell.",
        queries.settled(),
    )


def _hidden(name: str, description: str, expression: str) -> dashboard.QueryVariable:
    query = f"query_result({expression})"
    return (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .description(description)
        .hide(models.VariableHide.HIDE_VARIABLE)
        .datasource(_SOURCE)
        .query({"query": query, "refId": name})
        .regex('/instance="([^"]+)"/')
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .current(_ALL)
    )


def models_used(*, payg: bool, merged: bool = False) -> list[Variable]:
    """Return the filters of what is known by model; `payg`: at first as the console counts.

    `merged`: charts show what is added up over models.
    """
    plan = f'{queries.EXPORTER}, plan=~"$plan"'
    chosen = _business("plan", "Plan", queries.EXPORTER).description(
        "The console's Usage and Cost pages leave subscription usage out."
    )
    if payg:
        chosen.current(models.VariableOption(selected=True, text=[_PAYG], value=[_PAYG]))
    return [
        *exporters(),
        chosen,
        _business("model", "Model", plan),
        _business("provider", "Provider", f'{plan}, model=~"$model"'),
        *([summed(queries.WHOLE)] if merged else []),
    ]


def usage(*, payg: bool, merged: bool = False) -> list[Variable]:
    """Return the filters of what is known by model and API key."""
    plan = f'{queries.EXPORTER}, plan=~"$plan"'
    return [
        *models_used(payg=payg, merged=merged),
        _business("api_key", "API key", plan),
        summed(queries.WITHOUT_KEYS),
    ]


def compensation_type() -> dashboard.QueryVariable:
    """Choose compensation types: the console's tabs."""
    paid = queries.series("zenmux_insurance_compensations_total", queries.REQUESTS)
    return _query("compensation_type", "Compensation type", paid, _ANYTHING)


def source() -> dashboard.QueryVariable:
    """Choose sources of log lines."""
    read = queries.series("zenmux_exporter_records_total", queries.EXPORTER)
    return _query("source", "Source", read, _ANYTHING)


def granularity() -> dashboard.IntervalVariable:
    """Choose how long a bar is."""
    return (
        dashboard.IntervalVariable("granularity")
        .label("Bars")
        .description(
            "What one bar or point covers. A day begins at midnight in the dashboard's time zone, "
            "seven days begin on a Thursday (as Grafana counts from 1970)."
        )
        .values(",".join(_BARS))
        .auto(True)
        .step_count(60)
        .min_interval(SHORTEST_BAR)
        .options([models.VariableOption(selected=False, text=bar, value=bar) for bar in _BARS])
        .current(
            models.VariableOption(selected=True, text="Auto", value="$__auto_interval_granularity")
        )
    )


def time_basis() -> dashboard.CustomVariable:
    """Choose which time puts a compensated request into the range."""
    names = {"1": "Payout seen", "2": "Request time"}
    return (
        dashboard.CustomVariable("time_basis")
        .label("Time basis of details")
        .description(
            "Payout seen: payouts counted in the range, they add up to Total Compensation. "
            "Request time: requests made in the range, also where the payout came later."
        )
        .values(", ".join(f"{name} : {value}" for value, name in names.items()))
        .options(
            [
                models.VariableOption(selected=value == "1", text=name, value=value)
                for value, name in names.items()
            ]
        )
        .current(models.VariableOption(selected=True, text="Payout seen", value="1"))
    )


def logs_url() -> dashboard.TextBoxVariable:
    """Hold the address that the details link to."""
    option = models.VariableOption(selected=True, text=LOGS_PAGE, value=LOGS_PAGE)
    return (
        dashboard.TextBoxVariable("logs_url")
        .label("Logs page")
        .description("Address behind Action in the details; the request's id is put at its end.")
        .default_value(LOGS_PAGE)
        .current(option)
        .options([option])
    )


def _business(name: str, label: str, scope: str) -> dashboard.QueryVariable:
    return _query(name, label, queries.series("zenmux_requests_total", scope), _ANYTHING)


def _query(name: str, label: str, selector: str, everything: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(_SOURCE)
        .query({"query": f"label_values({selector}, {name})", "refId": name})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC)
        .multi(True)
        .include_all(True)
        .all_value(everything)
        .current(_ALL)
    )
