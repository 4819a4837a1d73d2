"""Work around bugs of the Grafana Foundation SDK, and encode dashboards as JSON."""

import json
from typing import Any

from grafana_foundation_sdk.builders import (
    bargauge,
    dashboard,
    heatmap,
    piechart,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

Panel = (
    bargauge.Panel | heatmap.Panel | piechart.Panel | stat.Panel | table.Panel | timeseries.Panel
)

_INPUT = "${DS_PROMETHEUS}"
# Settings to remove that the SDK adds by itself: it hides links in a menu, and gives variables the
# settings of other types.
_NOISE = {
    "link": ("placement",),
    "annotation": ("placement",),
    "variable": ("auto", "auto_count", "auto_min"),
    "panel": ("repeatDirection",),
}


def place(panel: Panel, number: int, *, x: int, y: int, w: int, h: int) -> Panel:
    """Set a panel's id and position; the SDK sets no ids and misplaces wide panels."""
    return panel.id(number).grid_pos(models.GridPos(x=x, y=y, w=w, h=h))


def row(title: str, number: int) -> dashboard.Row:
    """Return the heading of an open row, with an id; the SDK gives every row the id 0."""
    return dashboard.Row(title).id(number)


def transformation(kind: str, options: dict[str, object]) -> models.DataTransformerConfig:
    """Return a transformation; the SDK drops options that are passed by position."""
    return models.DataTransformerConfig(id_val=kind, options=options)


def setting(name: str, value: object) -> models.DynamicConfigValue:
    """Return one property of a field override."""
    return models.DynamicConfigValue(id_val=name, value=value)


def encode(board: dashboard.Dashboard) -> str:
    """Return the dashboard as JSON for provisioning, in the committed format."""
    return _text(_tree(board))


def encode_for_import(board: dashboard.Dashboard) -> str:
    """Return the dashboard as JSON for Grafana's Import page, which asks for the data source.

    Provisioned files must not have inputs, because Grafana does not resolve them.
    """
    tree = _tree(board)
    (source,) = [v for v in tree["templating"]["list"] if v["name"] == "datasource"]
    source["current"] = {"selected": True, "text": _INPUT, "value": _INPUT}
    asked = {"name": _INPUT.strip("${}"), "label": source["label"], "type": "datasource"}
    plugin = {"pluginId": "prometheus", "pluginName": "Prometheus"}
    tree["__inputs"] = [{**asked, "description": source["description"], **plugin}]
    return _text(tree)


def _tree(board: dashboard.Dashboard) -> dict[str, Any]:
    return _fixed(json.loads(json.dumps(board.build(), cls=JSONEncoder)))


def _text(tree: dict[str, Any]) -> str:
    return json.dumps(tree, sort_keys=True, indent=2) + "\n"


def _fixed(tree: dict[str, Any]) -> dict[str, Any]:
    """Remove unwanted settings; add the definition that query variables lack."""
    variables = tree["templating"]["list"]
    for kind, items in (
        ("link", tree["links"]),
        ("annotation", tree.get("annotations", {}).get("list", [])),
        ("variable", variables),
        ("panel", tree["panels"]),
        ("panel", [inner for panel in tree["panels"] for inner in panel.get("panels", ())]),
    ):
        for item in items:
            if item.get("type") == "interval":
                continue  # interval variables need these settings
            for key in _NOISE[kind]:
                item.pop(key, None)
    for variable in variables:
        if variable["type"] == "query":
            variable["definition"] = variable["query"]["query"]
    return tree
