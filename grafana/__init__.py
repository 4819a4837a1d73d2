"""Grafana dashboards as code, written to dashboards/ by `python -m grafana`."""

import warnings

with warnings.catch_warnings():
    # The SDK recommends dashboard schema v2 on import. The classic schema is deliberate: file
    # provisioning of v2 fails on Grafana 13.0.
    warnings.filterwarnings(
        "ignore", message="Prefer using dashboardv2", category=DeprecationWarning
    )
    from grafana_foundation_sdk.builders import bargauge, dashboard  # noqa: F401
