"""PromQL of the dashboards: selectors, exact increases, and measures built on them."""
