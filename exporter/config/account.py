"""Read the section `account`: the polling of ZenMux's own API."""

from collections.abc import Mapping
from typing import Any

from ..api.address import check_base_url
from ..secret import API_KEY
from . import secret
from .faults import Place
from .model import Account
from .readers import Reader, checked, flag, section, whole_number

ACCOUNT: Mapping[str, Reader] = {
    **secret.fields("key"),
    "base_url": checked(check_base_url),
    "interval": whole_number(60, 86_400),
    "baseline": flag,
}


def account(value: object, place: Place) -> Account | None:
    """Return the settings; None if a fault was added."""
    found: dict[str, Any] = section(value, place, ACCOUNT)
    key = secret.take(found, value, "key", API_KEY, place, required=True)
    return Account(key=key, **found) if key else None
