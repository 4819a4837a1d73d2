"""The filters at the top of a dashboard, each narrowed by those before it."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models

from . import queries

_SOURCE = shapes.DataSourceRef(type_val="prometheus", uid="$datasource")
_ALL = models.VariableOption(selected=True, text=["All"], value=["$__all"])
_PROCESS = ".+"
# Matches series without the label too, so that "All" never hides any.
_ANYTHING = ".*"


def datasource() -> dashboard.DatasourceVariable:
    """Choose among the Prometheus data sources."""
    return (
        dashboard.DatasourceVariable("datasource")
        .label("Data source")
        .description("The Prometheus that scrapes the exporter.")
        .type("prometheus")
    )


def usage() -> list[dashboard.DatasourceVariable | dashboard.QueryVariable]:
    """Return the filters that every dashboard has."""
    job = 'job=~"$job"'
    plan = f'{queries.EXPORTER}, plan=~"$plan"'
    return [
        datasource(),
        _query("job", "Job", "zenmux_exporter_build_info", _PROCESS),
        _query("instance", "Instance", f"zenmux_exporter_build_info{{{job}}}", _PROCESS),
        _business("plan", "Plan", queries.EXPORTER),
        _business("model", "Model", plan),
        _business("provider", "Provider", f'{plan}, model=~"$model"'),
        _business("api_key", "API key", plan),
    ]


def insurance() -> list[dashboard.DatasourceVariable | dashboard.QueryVariable]:
    """Return the filters of compensations."""
    paid = queries.series("zenmux_insurance_compensations_total", queries.REQUESTS)
    kind = _query("compensation_type", "Compensation type", paid, _ANYTHING)
    return [*usage(), kind]


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
