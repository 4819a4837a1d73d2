"""Read the section `account`: what is polled from ZenMux's own API."""

from collections.abc import Mapping
from pathlib import Path

from ..api.address import check_base_url
from ..api.key import KeyPlace
from .faults import Place
from .model import Account
from .readers import Reader, checked, flag, section, text, trimmed, whole_number

ACCOUNT: Mapping[str, Reader] = {
    "key_file": lambda value, place: Path(text(value, place)),
    "key_env": trimmed,
    "base_url": checked(check_base_url),
    "interval": whole_number(60, 86_400),
    "baseline": flag,
}


def account(value: object, place: Place) -> Account | None:
    """Return the settings; None if a fault was added."""
    found = section(value, place, ACCOUNT)
    file, variable = found.pop("key_file", None), found.pop("key_env", None)
    given: Mapping[str, object] = value if isinstance(value, dict) else {}
    named = [key for key in ("key_file", "key_env") if given.get(key) is not None]
    if len(named) != 1:
        place.fault("give key_file or key_env, and not both")
        return None
    # What was given may have had a fault of its own.
    is_placed = file is not None or variable is not None
    return Account(key=KeyPlace(file, variable), **found) if is_placed else None
