"""PromQL of the dashboards, from selectors and exact increases up to named measures."""
