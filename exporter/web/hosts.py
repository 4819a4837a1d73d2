"""The host names that clients may use for the exporter: a guard against DNS rebinding.

A web page can have its own name resolve to 127.0.0.1 and so reach what listens there; its requests
carry that name as their Host.
"""

import ipaddress
import re
from collections.abc import Iterable

_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:/@?#\s]+))(?::[0-9]{1,5})?")


def is_loopback(address: str) -> bool:
    """Return True if an address is a loopback address."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class Hosts:
    """The hosts that requests may name in their Host header."""

    def __init__(self, names: Iterable[str], *, any_address: bool = False) -> None:
        """Accept these names besides loopback's; with `any_address` all IP addresses, too."""
        self._is_address = _is_address if any_address else is_loopback
        self._names = {"localhost", *(_normal(name) for name in names)}

    def accepts(self, host: str) -> bool:
        """Return True if a Host header is accepted."""
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = _normal(match["six"] or match["name"])
        return name in self._names or self._is_address(name)


def _normal(name: str) -> str:
    return name.strip("[]").rstrip(".").lower()
