"""Series selectors: dashboard variables as label matchers, and windows of time."""

EXPORTER_FILTERS = 'job=~"$job", instance=~"$instance"'
MODEL_FILTERS = f'{EXPORTER_FILTERS}, plan=~"$plan", model=~"$model", provider=~"$provider"'
REQUEST_FILTERS = f'{MODEL_FILTERS}, api_key=~"$api_key"'
_TYPE_FILTER = 'compensation_type=~"$compensation_type"'
INSURANCE_FILTERS = f"{REQUEST_FILTERS}, {_TYPE_FILTER}"
# Metrics of single payouts have no labels of their requests.
PAYOUT_FILTERS = f"{EXPORTER_FILTERS}, {_TYPE_FILTER}"
# The size of payouts is known by model, but not by provider and API key.
PAYOUT_SIZE_FILTERS = f'{EXPORTER_FILTERS}, plan=~"$plan", model=~"$model", {_TYPE_FILTER}'
SOURCE_FILTERS = f'{EXPORTER_FILTERS}, source=~"$source"'

RANGE = "$__range"
INTERVAL = "$__interval"
# The length of a bar that the viewer chose.
BAR = "$granularity"
# How far to look back for the last sample before a window: no increase is lost while an exporter
# pauses for less.
LOOKBACK = "1h"


def series(metric: str, filters: str, *matchers: str, **labels: str) -> str:
    """Return a selector of a metric with the filters, more matchers, and labels to be equal."""
    exact = [f'{name}="{value}"' for name, value in labels.items()]
    return f"{metric}{{{', '.join([filters, *matchers, *exact])}}}"
