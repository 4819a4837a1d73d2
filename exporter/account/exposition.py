"""Render the account's samples and the health of the API."""

from collections.abc import Iterable, Iterator

from ..api.health import ApiHealth
from ..catalogue import account as names
from ..metrics.text_format import Format, header, sample_end, sample_start
from .fields import Sample


def exposition(samples: Iterable[Sample], health: ApiHealth, form: Format) -> str:
    """Return the families of the catalogue that have samples, in its order."""
    lines: dict[str, list[str]] = {}
    for sample in (*samples, *_health(health)):
        lines.setdefault(sample.metric.name, []).append(_line(sample))
    parts = (
        header(metric, form) + "".join(lines[metric.name])
        for metric in names.ACCOUNT
        if metric.name in lines
    )
    return "".join(parts)


def _health(health: ApiHealth) -> Iterator[Sample]:
    for endpoint, at in health.successes.items():
        yield Sample(names.API_SUCCESS, (endpoint,), round(at * 1000))
    for endpoint, errors in health.errors.items():
        for kind, number in errors.items():
            yield Sample(names.API_ERRORS, (endpoint, kind.value), number)


def _line(sample: Sample) -> str:
    metric, value = sample.metric, sample.value
    sign = "-" if value < 0 else ""
    return sample_start(metric, sample.labels) + sign + sample_end(abs(value), metric.places)
