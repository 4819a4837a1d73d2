"""The section `sources` in, checked sources out."""

from collections.abc import Mapping

from .faults import Place
from .model import Source
from .readers import Reader, Wrong, choice, listing, name, require, section, table, text, trimmed

# The fields of a native record; of those with a set or "*" single inner fields can be mapped too.
NATIVE_FIELDS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            *("id", "timestamp", "event", "model", "provider", "api_key", "plan"),
            *("input_tokens", "output_tokens", "cost_usd", "discount_usd"),
            *("latency_ms", "generation_ms", "throughput_tps", "streamed", "cancelled"),
            *("finish_reason", "status", "error_type", "web_search_calls"),
        ),
        frozenset(),
    ),
    "tokens": frozenset("*"),
    "costs_usd": frozenset("*"),
    "compensation": frozenset({"type", "payout_usd", "paid_at"}),
}


def dotted(value: object, place: Place) -> str:
    """A path into a record: names with dots between them."""
    path = trimmed(value, place)
    if not all(step.strip() for step in path.split(".")):
        raise Wrong("must be a path like usage.total")
    return path


def _mapping(value: object, place: Place) -> dict[str, str]:
    found: dict[str, str] = table(value, place, dotted)
    for field in found:
        outer, dot, inner = field.partition(".")
        known = NATIVE_FIELDS.get(outer)
        if known is None or (dot and not (inner in known or ("*" in known and _is_step(inner)))):
            place.at(field).fault("is no field of a record")
        elif dot and outer in found:
            place.at(field).fault(f"cannot be mapped beside the whole of {outer}")
    given: dict[str, object] = value if isinstance(value, dict) else {}
    # Lines that report payouts only need neither.
    if "event" not in given:
        require(given, place, ("timestamp", "model"))
    return found


def _is_step(text: str) -> bool:
    return bool(text.strip()) and "." not in text


def _source_type(value: object, place: Place) -> str:
    if value in ("push", "generation_ids"):
        raise Wrong(f"the type {value} is not available in this version")
    return str(choice("file", "stdin")(value, place))


SOURCE: Mapping[str, Reader] = {
    "name": name,
    "type": _source_type,
    "path": text,
    "start_at": choice("beginning", "end"),
    "mapping": _mapping,
}


def _source(value: object, place: Place) -> Source | None:
    found = section(value, place, SOURCE)
    given: dict[str, object] = value if isinstance(value, dict) else {}
    require(given, place, ("name", "type"))
    if found.get("type") == "file":
        require(given, place, ("path",))
    if found.get("type") == "stdin":
        for key in sorted({"path", "start_at"} & found.keys()):
            place.at(key).fault("means nothing to a source of type stdin")
    return Source(**found) if {"name", "type"} <= found.keys() else None


def sources(value: object, place: Place) -> tuple[Source, ...]:
    """The sources, of which no two may have the same name."""
    found = [pair for pair in listing(value, place, _source) if pair[1]]
    names: dict[str, int] = {}
    stdin: int | None = None
    for index, source in found:
        first = names.setdefault(source.name, index)
        if first != index:
            place.at(index).at("name").fault(f"must differ from sources[{first}].name")
        if source.type == "stdin":
            if stdin is not None:
                place.at(index).at("type").fault(f"sources[{stdin}] reads standard input already")
            stdin = index if stdin is None else stdin
    return tuple(source for _, source in found)
