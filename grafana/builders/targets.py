"""Build the targets of panels: PromQL queries against the chosen data source."""

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import prometheus as models

DATASOURCE = shapes.DataSourceRef(type_val="prometheus", uid="${datasource}")


def instant_query(expression: str, legend: str = "", name: str = "A") -> prometheus.Dataquery:
    """Return a query for one value per series, at the end of the range."""
    return _query(expression, legend, name).instant()


def range_query(expression: str, legend: str, name: str = "A") -> prometheus.Dataquery:
    """Return a query for values throughout the range."""
    return _query(expression, legend, name).range()


def table_query(expression: str, name: str = "A") -> prometheus.Dataquery:
    """Return an instant query whose labels become the columns of a table."""
    return instant_query(expression, "", name).format(models.PromQueryFormat.TABLE)


def _query(expression: str, legend: str, name: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expression).ref_id(name).datasource(DATASOURCE)
    return query.legend_format(legend) if legend else query
