"""The exporter's HTTP clients: connections, refused requests, web configuration."""

from grafana_foundation_sdk.builders import bargauge, stat, timeseries

from ..builders.charts import lines, ranking
from ..builders.colours import GREEN, VERMILION
from ..builders.numbers import state
from ..builders.units import COUNT
from ..promql import health

_DOWN = "Not scraped"


def web_configuration() -> stat.Panel:
    """Return whether the current web configuration file is in effect."""
    return state(
        "Web configuration",
        "Whether the current file with TLS and users is in effect; otherwise the previous one is.",
        health.minimum("zenmux_exporter_web_config_last_reload_successful"),
        {"1": ("In effect", GREEN), "0": ("Faulty, previous one in use", VERMILION)},
        _DOWN,
    )


def refused() -> bargauge.Panel:
    """Return refused requests and closed connections by reason."""
    return ranking(
        "Refused requests and closed connections",
        "In the range, by reason: wrong credentials, slow readers, incomplete requests, too many "
        "at once.",
        {"{{reason}}": health.process_increase("zenmux_exporter_http_refused_total", "reason")},
        COUNT,
        empty="None in this range",
    )


def pushes() -> bargauge.Panel:
    """Return the answers to pushes, by status code."""
    return ranking(
        "Pushes",
        "Batches and OTLP requests in the range, by the status code of the answer; 200: counted "
        "and durable.",
        {"{{code}}": health.process_increase("zenmux_exporter_push_requests_total", "code")},
        COUNT,
        empty="None in this range",
    )


def ignored() -> bargauge.Panel:
    """Return the spans and log records that are not model calls, by signal."""
    return ranking(
        "OTLP: not model calls",
        "Spans and log records in the range that do not describe a single model call.",
        {"{{signal}}": health.process_increase("zenmux_exporter_otlp_ignored_total", "signal")},
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
