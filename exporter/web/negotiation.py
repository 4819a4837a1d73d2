"""Content negotiation by the Accept and Accept-Encoding headers."""

from collections.abc import Iterator

from ..metrics.text_format import Format

CONTENT_TYPES = {
    Format.TEXT: "text/plain; version=0.0.4; charset=utf-8",
    Format.OPENMETRICS: "application/openmetrics-text; version=1.0.0; charset=utf-8",
}
_OPENMETRICS_VERSIONS = ("", "0.0.1", "1.0.0")
_TEXT_TYPES = ("text/plain", "text/*", "*/*")


def choose_format(accept: str) -> Format:
    """Return OpenMetrics if the client wants it at least as much as text, else text."""
    wanted = {Format.TEXT: 0.0, Format.OPENMETRICS: 0.0}
    for name, parameters in _elements(accept):
        weight = _weight(parameters)
        if name == "application/openmetrics-text":
            if parameters.get("version", "") in _OPENMETRICS_VERSIONS:
                wanted[Format.OPENMETRICS] = max(wanted[Format.OPENMETRICS], weight)
        elif name in _TEXT_TYPES:
            wanted[Format.TEXT] = max(wanted[Format.TEXT], weight)
    openmetrics = wanted[Format.OPENMETRICS]
    return (
        Format.OPENMETRICS
        if openmetrics > 0 and openmetrics >= wanted[Format.TEXT]
        else Format.TEXT
    )


def accepts_gzip(accept_encoding: str) -> bool:
    """Return True if the client accepts gzip."""
    weights = {name: _weight(parameters) for name, parameters in _elements(accept_encoding)}
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _elements(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    for element in header.split(","):
        name, *parameters = element.split(";")
        pairs = (parameter.partition("=") for parameter in parameters)
        values = {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}
        yield name.strip().lower(), values


def _weight(parameters: dict[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0
