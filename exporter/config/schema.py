"""The sections of the configuration file: tables of keys with the readers of their values."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..secret import LONG
from . import secret
from .account import account
from .address import listen_address
from .faults import Faults, Place, quotable
from .flags import ON_CORRUPTION
from .mappings import dotted
from .model import (
    DEFAULT_BUCKETS,
    DEFAULT_LABEL_LIMITS,
    CompensationPaths,
    Key,
    LabelRule,
    Privacy,
    Push,
    default_labels,
)
from .readers import (
    InvalidValue,
    Reader,
    checked,
    choice,
    flag,
    items,
    listing,
    name,
    number,
    require,
    section,
    table,
    text,
    trimmed,
    whole_number,
)
from .sources import sources

MAX_BUCKETS = 50
_MAX_LIMIT = 1_000_000


def read(document: object, faults: Faults) -> dict[str, Any]:
    """Return the file's settings by field of `Config`; incomplete if a fault was added.

    `storage` and `web` are dicts of the keys given.
    """
    root = Place(faults)
    try:
        return section({} if document is None else document, root, ROOT)
    except InvalidValue as error:
        root.fault(str(error))
        return {}


KEY: Mapping[str, Reader] = {"name": name, "plan": name}


def _key(value: object, place: Place) -> Key | None:
    found = section(value, place, KEY)
    require(value if isinstance(value, dict) else {}, place, ("name",))
    return Key(**found) if "name" in found else None


def _values(value: object, place: Place) -> frozenset[str]:
    return frozenset(items(trimmed)(value, place))


LABEL: Mapping[str, Reader] = {
    "display": lambda value, place: table(value, place, name),
    "allow": _values,
    "deny": _values,
    "limit": whole_number(0, _MAX_LIMIT),
}


# How a key is shown: by its name, else by its id; by its id; by its name, else by a keyed hash.
_form = choice("name", "id", "hash")
API_KEY: Mapping[str, Reader] = {
    **LABEL,
    "display": lambda value, place: (LABEL["display"] if isinstance(value, dict) else _form)(
        value, place
    ),
}


def _label(value: object, place: Place, label: str, limit: int) -> LabelRule:
    given = section(value, place, API_KEY if label == "api_key" else LABEL)
    if isinstance(given.get("display"), str):
        given["form"] = given.pop("display")
    rule = LabelRule(**{"limit": limit, **given})
    for listed in sorted(rule.deny & rule.allow):
        place.at("deny").fault(f'"{quotable(listed)}" is allowed too')
    # The lists name values as displayed: a value before renaming would have no effect.
    renamed = rule.display.keys() - set(rule.display.values())
    for listed in sorted(renamed & (rule.deny | rule.allow)):
        place.fault(f'"{quotable(listed)}" must be listed as it is displayed')
    return rule


LABELS: Mapping[str, Reader] = {
    label: partial(_label, label=label, limit=limit)
    for label, limit in DEFAULT_LABEL_LIMITS.items()
}


def _labels(value: object, place: Place) -> dict[str, LabelRule]:
    return {**default_labels(), **section(value, place, LABELS)}


def _bound(value: object, _: Place) -> Decimal:
    bound = number(value)
    if bound <= 0:
        raise InvalidValue("must be more than 0")
    return bound


def _bounds(value: object, place: Place) -> tuple[Decimal, ...]:
    bounds = listing(value, place, _bound)
    if isinstance(value, list) and not 1 <= len(value) <= MAX_BUCKETS:
        raise InvalidValue(f"must have from 1 to {MAX_BUCKETS} bounds")
    for (_, lower), (index, upper) in pairwise(bounds):
        if lower >= upper:
            place.at(index).fault("must be more than the bound before it")
    return tuple(bound for _, bound in bounds)


BUCKETS: Mapping[str, Reader] = dict.fromkeys(DEFAULT_BUCKETS, _bounds)


def _buckets(value: object, place: Place) -> dict[str, tuple[Decimal, ...]]:
    return {**DEFAULT_BUCKETS, **section(value, place, BUCKETS)}


COMPENSATION: Mapping[str, Reader] = dict.fromkeys(
    ("type", "payout", "paid_at"), items(dotted, least=1)
)


def _compensation(value: object, place: Place) -> CompensationPaths:
    return CompensationPaths(**section(value, place, COMPENSATION))


STORAGE: Mapping[str, Reader] = {
    "path": lambda value, place: Path(text(value, place)),
    "id_window": whole_number(1, 1_000_000_000),
    "payout_window": whole_number(1, 100_000_000),
    "facts_window": whole_number(0, 1_000_000_000),
    "facts_days": whole_number(1, 3650),
    "series_limit": whole_number(1, 10_000_000),
    "compensated_requests": whole_number(0, 100_000),
    "on_corruption": choice(*ON_CORRUPTION),
    "max_line_bytes": whole_number(1024, 1 << 28),
    "max_files": whole_number(1, 1_000_000),
}

PRIVACY: Mapping[str, Reader] = secret.fields("hash_key")


def _privacy(value: object, place: Place) -> Privacy:
    found = section(value, place, PRIVACY)
    return Privacy(secret.take(found, value, "hash_key", LONG, place, required=False))


PUSH: Mapping[str, Reader] = secret.fields("token")


def _push(value: object, place: Place) -> Push | None:
    found = section(value, place, PUSH)
    token = secret.take(found, value, "token", LONG, place, required=False)
    return Push(token) if token else None


WEB: Mapping[str, Reader] = {
    "listen_address": checked(listen_address),
    "enable_lifecycle": flag,
    "config_file": lambda value, place: Path(text(value, place)),
    "hosts": items(trimmed),
    "push": _push,
}

ROOT: Mapping[str, Reader] = {
    "sources": sources,
    "keys": lambda value, place: table(value, place, _key),
    "labels": _labels,
    "buckets": _buckets,
    "compensation": _compensation,
    "storage": partial(section, fields=STORAGE),
    "privacy": _privacy,
    "web": partial(section, fields=WEB),
    "account": account,
}
