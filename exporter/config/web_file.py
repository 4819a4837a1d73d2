"""The web configuration file, in the schema of Prometheus's exporter-toolkit: TLS, users, headers.

Settings that this server can't apply are faults. Relative paths start at the file's directory.
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..files import read_small
from . import document
from .faults import Faults, Place
from .file_text import read_text
from .readers import InvalidValue, Reader, choice, flag, items, require, section, table, text
from .tls import CIPHERS, CIPHERS_13, CLIENT_AUTH, CURVES, VERSIONS, Tls, TlsError, make_context

# The costs that bcrypt has; a check of cost 16 takes about 5 s.
_LEAST_COST, _MOST_COST = 4, 16
_MAKE_HASH = r'htpasswd -nBC 10 "" | tr -d ":\n"'
# bcrypt uses only 2 bits of a salt's last character, and refuses salts with other bits set.
_HASH = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
# For certificates and keys: all public CAs together take about 0.2 MiB.
_MAX_PEM_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class WebFile:
    """The settings of the file; `context` is made from `tls`."""

    tls: Tls | None = None
    context: ssl.SSLContext | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    # Names to bcrypt hashes.
    users: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)


def load_web_file(path: Path) -> WebFile:
    """Return the file's settings; raises `ConfigError` with every fault."""
    faults = Faults(str(path))
    root = Place(faults)
    parsed = document.parse(read_text(path, faults), faults)
    found: dict[str, Any] = {}
    try:
        found = section({} if parsed is None else parsed, root, _root(path.parent))
    except InvalidValue as error:
        root.fault(str(error))
    context = _context(found.get("tls_server_config"), root.at("tls_server_config"))
    if len(faults):
        raise ConfigError(faults.texts())
    return WebFile(
        tls=found.get("tls_server_config"),
        context=context,
        headers=found.get("http_server_config", {}).get("headers", {}),
        users=found.get("basic_auth_users", {}),
    )


def _context(tls: Tls | None, place: Place) -> ssl.SSLContext | None:
    """Return the TLS context; None if there is none or a fault was added."""
    if tls is None:
        return None
    is_readable = True
    for key, path in tls.files.items():
        try:
            read_small(path, _MAX_PEM_BYTES)
        except OSError as error:
            is_readable = False
            place.at(key).fault(f"{path} cannot be read: {error.strerror}")
    try:
        return make_context(tls) if is_readable else None
    except TlsError as error:
        place.at(error.key).fault(str(error))
        return None


def _refused(remedy: str) -> Reader:
    def read(_: object, __: Place) -> Any:
        raise InvalidValue(remedy)

    return read


def _version(value: object, place: Place) -> str:
    if value in ("TLS10", "TLS11"):
        raise InvalidValue(f"{value} is insecure and not supported: must be TLS12 or TLS13")
    return str(choice(*VERSIONS)(value, place))


def _client_auth(value: object, place: Place) -> str:
    if value in ("RequireAnyClientCert", "RequireClientCert"):
        raise InvalidValue(
            f"{value} would let in any certificate, unverified, which Python's ssl does not do: "
            "use RequireAndVerifyClientCert with client_ca_file"
        )
    return str(choice(*CLIENT_AUTH)(value, place))


def _curves(value: object, place: Place) -> tuple[str, ...]:
    found: tuple[str, ...] = items(choice(*CURVES))(value, place)
    if len(found) > 1:
        raise InvalidValue("Python's ssl can set only one curve: name one, or leave it out")
    return found


def _file(value: object, place: Place, directory: Path) -> Path:
    return directory / text(value, place)


def _tls_keys(directory: Path) -> Mapping[str, Reader]:
    file = partial(_file, directory=directory)
    return {
        "cert_file": file,
        "key_file": file,
        "client_auth_type": _client_auth,
        "client_ca_file": file,
        "client_allowed_sans": lambda value, place: frozenset(items(text)(value, place)),
        "min_version": _version,
        "max_version": _version,
        "cipher_suites": items(choice(*CIPHERS, *sorted(CIPHERS_13))),
        "prefer_server_cipher_suites": flag,
        "curve_preferences": _curves,
        "cert": _refused("is not supported: write it to a file and name that in cert_file"),
        "key": _refused("is not supported: write it to a file and name that in key_file"),
        "client_ca": _refused("is not supported: write it to a file, for client_ca_file"),
    }


def _tls(value: object, place: Place, directory: Path) -> Tls | None:
    before = len(place.faults)
    found = section(value, place, _tls_keys(directory))
    given: dict[str, object] = value if isinstance(value, dict) else {}
    if not any(inner is not None for inner in given.values()):
        return None
    require(given, place, ("cert_file", "key_file"))
    _check_clients(found, place)
    if found.get("max_version") == "TLS12" and found.get("min_version") == "TLS13":
        place.at("max_version").fault("must not be below min_version")
    suites = found.get("cipher_suites", ())
    if found.get("max_version") == "TLS12" and suites and CIPHERS_13.issuperset(suites):
        place.at("cipher_suites").fault("must name a suite of TLS 1.2, since max_version is TLS12")
    return Tls(**found) if len(place.faults) == before else None


def _check_clients(found: Mapping[str, Any], place: Place) -> None:
    """Add a fault if the settings would let in clients that they seem to keep out."""
    policy = CLIENT_AUTH[found.get("client_auth_type", "NoClientCert")]
    if policy is ssl.CERT_NONE and "client_ca_file" in found:
        place.at("client_ca_file").fault(
            "has no effect: set client_auth_type to RequireAndVerifyClientCert"
        )
    if policy is not ssl.CERT_NONE and "client_ca_file" not in found:
        place.at("client_ca_file").fault("must be given: it decides which clients are let in")
    if policy is not ssl.CERT_REQUIRED and "client_allowed_sans" in found:
        place.at("client_allowed_sans").fault(
            "needs client_auth_type: RequireAndVerifyClientCert, else clients without a "
            "certificate are let in"
        )


def _http2(value: object, place: Place) -> bool:
    if flag(value, place):
        raise InvalidValue("HTTP/2 is not supported: set it to false or leave it out")
    return False


def _header(value: object, place: Place) -> str:
    found = text(value, place)
    if not found.isascii():
        raise InvalidValue("must be ASCII")
    return found


HEADERS: Mapping[str, Reader] = {
    "Strict-Transport-Security": _header,
    "X-Content-Type-Options": choice("nosniff"),
    "X-Frame-Options": choice("deny", "sameorigin"),
    "X-XSS-Protection": _header,
    "Content-Security-Policy": _header,
}

HTTP: Mapping[str, Reader] = {"http2": _http2, "headers": partial(section, fields=HEADERS)}


def _hash(value: object, place: Place) -> bytes:
    found = text(value, place)
    match = _HASH.fullmatch(found)
    if not match:
        # Never quoted: it may be a password.
        raise InvalidValue(f"must be a bcrypt hash, as `{_MAKE_HASH}` makes it")
    cost = int(match[1])
    if not _LEAST_COST <= cost <= _MOST_COST:
        limits = f"must be from {_LEAST_COST} to {_MOST_COST}"
        raise InvalidValue(
            f"the hash's cost is {cost}, which {limits}: each step up doubles the time of a check"
        )
    return found.encode()


def _users(value: object, place: Place) -> dict[bytes, bytes]:
    found = table(value, place, _hash)
    for name in found:
        if ":" in name:
            place.at(name).fault("a user's name must not hold a colon")
    return {name.encode(): digest for name, digest in found.items()}


def _root(directory: Path) -> Mapping[str, Reader]:
    return {
        "tls_server_config": partial(_tls, directory=directory),
        "http_server_config": partial(section, fields=HTTP),
        "basic_auth_users": _users,
        "rate_limit": _refused("is not supported: the exporter has its own limits on concurrency"),
    }
