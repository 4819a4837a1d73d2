"""The base address of the API, and the proxy on the way to it."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

DEFAULT_BASE_URL = "https://zenmux.ai/api/v1/"


def check_base_url(text: str) -> None:
    """Raise ValueError unless a key can be sent to this address without being read on the way."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address such as https://zenmux.ai/api/v1/")
    if not _is_reachable(parts):
        raise ValueError("must hold a valid host name, and a port of 1 to 65535 if any")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must hold no user and no password")
    if parts.query or parts.fragment:
        raise ValueError("must hold no query and no fragment")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("must begin with https://, since the key is sent there")


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for an address (HTTPS_PROXY, NO_PROXY)."""
    import urllib.request  # takes as long as half of the configuration's modules

    parts = urlsplit(url)
    host = parts.hostname or ""
    if _is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(parts.scheme)


def _is_reachable(parts: SplitResult) -> bool:
    """Return True if a connection can be tried at all."""
    host = parts.hostname or ""
    try:
        host.encode("idna")
        return parts.port != 0 and not any(sign.isspace() for sign in host)
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
