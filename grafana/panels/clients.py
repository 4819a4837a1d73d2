"""The exporter's HTTP clients: connections, what was refused, the web configuration."""

from grafana_foundation_sdk.builders import bargauge, stat, timeseries

from ..builders.colours import GREEN, VERMILION
from ..builders.units import COUNT
from ..builders.visualizations import lines, ranking, state
from ..promql import health
from ..promql.rankings import top
from ..promql.selectors import RANGE

_DOWN = "Not scraped"


def web_configuration() -> stat.Panel:
    """Return whether the web configuration file is in force."""
    return state(
        "Web configuration",
        "Whether the file of TLS and users is in force as it stands; else its former content is.",
        health.minimum("zenmux_exporter_web_config_last_reload_successful"),
        {"1": ("In force", GREEN), "0": ("Faulty, former one in use", VERMILION)},
        _DOWN,
    )


def refused() -> bargauge.Panel:
    """Return what was refused, by reason."""
    increase = health.exporter_increase("zenmux_exporter_http_refused_total", RANGE, "reason")
    return ranking(
        "Requests refused and connections given up",
        "In the range, by reason: wrong users, slow readers, half requests, too much at once.",
        top(increase, "reason"),
        "{{reason}}",
        COUNT,
        empty="None in this range",
    )


def connections() -> timeseries.Panel:
    """Return the open connections."""
    return lines(
        "Connections",
        "HTTP connections open at each scrape; at most 1024.",
        {"{{instance}}": health.gauge_sum("zenmux_exporter_http_connections", "instance")},
        COUNT,
        empty=_DOWN,
    )
