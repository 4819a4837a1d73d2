"""Addresses to listen on, as texts."""

import ipaddress
import re

_ADDRESS = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<host>[^\[\]:/\s]*)):(?P<port>[0-9]{1,5})")


def split_address(text: str) -> tuple[str | None, int]:
    """Return host and port of `host:port`, `[::1]:port`, or `:port` (host None: all interfaces)."""
    match = _ADDRESS.fullmatch(text)
    if not match or int(match["port"]) > 65535 or not _is_ipv6(match["six"] or "::"):
        raise ValueError("must be host:port, :port or [IPv6 address]:port")
    return match["six"] or match["host"] or None, int(match["port"])


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def listen_address(text: str) -> str:
    """Return the text if it is an address to listen on; raises ValueError."""
    split_address(text)
    return text
