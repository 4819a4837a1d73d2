"""Dashboards as code: named queries and panel functions in, Grafana dashboard JSON out."""

import warnings

with warnings.catch_warnings():
    # The SDK warns at import that it would rather emit dashboard v2; classic JSON is deliberate,
    # because file provisioning of v2 fails on Grafana 13.0.
    warnings.filterwarnings(
        "ignore", message="Prefer using dashboardv2", category=DeprecationWarning
    )
    from grafana_foundation_sdk.builders import bargauge, dashboard  # noqa: F401
