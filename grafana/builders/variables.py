"""Build the variables of dashboards: filters, each narrowed by those to its left, and options."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models

from ..promql import recorded_sums
from ..promql.selectors import EXPORTER_FILTERS, REQUEST_FILTERS, series

Variable = (
    dashboard.DatasourceVariable
    | dashboard.QueryVariable
    | dashboard.IntervalVariable
    | dashboard.CustomVariable
    | dashboard.TextBoxVariable
)

_SOURCE = shapes.DataSourceRef(type_val="prometheus", uid="$datasource")
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
    """Return the choice of a Prometheus data source."""
    return (
        dashboard.DatasourceVariable("datasource")
        .label("Data source")
        .description("The Prometheus that scrapes the exporter.")
        .type("prometheus")
    )


def exporter_filters() -> list[Variable]:
    """Return the variables of every dashboard: data source, job, instance."""
    job = 'job=~"$job"'
    return [
        datasource(),
        _query("job", "Job", "zenmux_exporter_build_info", _ANY_VALUE),
        _query("instance", "Instance", f"zenmux_exporter_build_info{{{job}}}", _ANY_VALUE),
        _settled(),
    ]


def _summed(level: str) -> dashboard.QueryVariable:
    """Return the hidden variable with the exporters whose recorded sums charts may read."""
    return _hidden(
        recorded_sums.VARIABLES[level],
        "Exporters with recorded sums of the whole range: their charts are quick.",
        recorded_sums.summed_exporters(level),
    )


def _settled() -> dashboard.QueryVariable:
    """Return the hidden variable with the exporters that were present throughout the range.

    If it is empty or its query fails, panels read whole ranges, which is right for all exporters.
    """
    return _hidden(
        "settled",
        "Exporters that were there all the time: their totals are quick to tell.",
        recorded_sums.settled_exporters(),
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


def model_filters(*, payg: bool, merged: bool = False) -> list[Variable]:
    """Return the filters of metrics by model.

    `payg` preselects that plan, as the console does; `merged` is for charts that sum over models.
    """
    plan = f'{EXPORTER_FILTERS}, plan=~"$plan"'
    plans = _label_values("plan", "Plan", EXPORTER_FILTERS).description(
        "The console's Usage and Cost pages leave subscription usage out."
    )
    if payg:
        plans.current(models.VariableOption(selected=True, text=[_PAYG], value=[_PAYG]))
    return [
        *exporter_filters(),
        plans,
        _label_values("model", "Model", plan),
        _label_values("provider", "Provider", f'{plan}, model=~"$model"'),
        *([_summed(recorded_sums.BY_PLAN)] if merged else []),
    ]


def request_filters(*, payg: bool, merged: bool = False) -> list[Variable]:
    """Return the filters of metrics by model and API key."""
    plan = f'{EXPORTER_FILTERS}, plan=~"$plan"'
    return [
        *model_filters(payg=payg, merged=merged),
        _label_values("api_key", "API key", plan),
        _summed(recorded_sums.BY_MODEL),
    ]


def compensation_type() -> dashboard.QueryVariable:
    """Return the filter of compensation types, which are the console's tabs."""
    compensations = series("zenmux_insurance_compensations_total", REQUEST_FILTERS)
    return _query("compensation_type", "Compensation type", compensations, _ANY_VALUE_OR_NONE)


def source() -> dashboard.QueryVariable:
    """Return the filter of log sources."""
    records = series("zenmux_exporter_records_total", EXPORTER_FILTERS)
    return _query("source", "Source", records, _ANY_VALUE_OR_NONE)


def granularity() -> dashboard.IntervalVariable:
    """Return the choice of the length of bars."""
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
    """Return the choice of the time by which compensated requests are in the range."""
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


def _label_values(name: str, label: str, filters: str) -> dashboard.QueryVariable:
    return _query(name, label, series("zenmux_requests_total", filters), _ANY_VALUE_OR_NONE)


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
