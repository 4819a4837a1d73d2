"""Query a running exporter over HTTP; a failure is reported in one line."""

import base64
import http.client
import ssl
import urllib.error
import urllib.parse
import urllib.request

from .errors import ExporterError
from .values.masking import masked
from .values.texts import CONTROL, printable

_TIMEOUT = 30
_LONGEST_TOLD = 200
_REMEDIES = {401: "give a user and a password", 404: "is this the address of an exporter?"}
_UNTRUSTED = "its certificate is not trusted ({}); set SSL_CERT_FILE to its CA certificate"


def get(url: str, path: str, credentials: bytes = b"") -> bytes:
    """Return the body of an exporter's answer; raises `ExporterError`.

    `credentials` (`USER:PASSWORD`) are used if the URL has none before the host.
    """
    base, user = _split(url)
    if not base.startswith(("http://", "https://")):
        raise ExporterError(f"{base}: must begin with http:// or https://")
    address = base.rstrip("/") + path
    shown = address.partition("?")[0]
    request = urllib.request.Request(address, headers=_headers(user or credentials))  # noqa: S310 - checked
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - checked
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            raise ExporterError(f"{shown}: answers {_answer(error)}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ExporterError(f"{shown}: {_reason(error)}") from error


def _answer(error: urllib.error.HTTPError) -> str:
    remedy = _REMEDIES.get(error.code, "")
    if not remedy:
        body = error.read(_LONGEST_TOLD).decode(errors="replace").strip()
        remedy = masked(CONTROL.sub(" ", printable(body)))
    return f"{error.code} {error.reason}" + (f": {remedy}" if remedy else "")


def _reason(error: Exception) -> object:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return _UNTRUSTED.format(reason.verify_message)
    if isinstance(reason, ssl.SSLError) and reason.reason == "WRONG_VERSION_NUMBER":
        return "speaks no TLS; use http://"
    if isinstance(reason, ConnectionRefusedError):
        return "Connection refused; is the exporter running, and is this its address?"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return reason


def _headers(user: bytes) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(user).decode()}"} if user else {}


def _split(url: str) -> tuple[str, bytes]:
    """Split an address into the one without credentials, and the credentials."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    user, _, host = host.rpartition("@")
    return f"{scheme}{mark}{host}{slash}{path}", urllib.parse.unquote_to_bytes(user)
