"""Grafana dashboards as code, written to dashboards/ by `python -m grafana`."""

import warnings

with warnings.catch_warnings():
    # On import the SDK recommends dashboard schema v2. Keep the classic schema: Grafana 13.0 fails
    # to provision v2 from files.
    warnings.filterwarnings(
        "ignore", message="Prefer using dashboardv2", category=DeprecationWarning
    )
    from grafana_foundation_sdk.builders import bargauge, dashboard  # noqa: F401
