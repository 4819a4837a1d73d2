"""TLS settings of the web configuration file, and the SSL context made from them."""

import ssl
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VERSIONS: Mapping[str, ssl.TLSVersion] = {
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}
# Those of Go's five policies that Python's ssl can apply. A certificate that is only requested is
# neither verified nor used, so none is requested.
CLIENT_AUTH: Mapping[str, ssl.VerifyMode] = {
    "NoClientCert": ssl.CERT_NONE,
    "RequestClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
CURVES: Mapping[str, str] = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "X25519",
}
# Go's cipher suites up to TLS 1.2, by OpenSSL's names.
CIPHERS: Mapping[str, str] = {
    "TLS_RSA_WITH_AES_128_CBC_SHA": "AES128-SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA": "AES256-SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256": "AES128-GCM-SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384": "AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
}
# TLS 1.3 has its own suites, always all of them, here as in Go.
CIPHERS_13 = frozenset(
    {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
)


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS as the file describes it; paths are absolute or relative to the working directory."""

    cert_file: Path
    key_file: Path
    client_auth_type: str = "NoClientCert"
    client_ca_file: Path | None = None
    client_allowed_sans: frozenset[str] = frozenset()
    min_version: str = "TLS12"
    max_version: str = "TLS13"
    cipher_suites: tuple[str, ...] = ()
    prefer_server_cipher_suites: bool = True
    curve_preferences: tuple[str, ...] = ()

    @property
    def files(self) -> Mapping[str, Path]:
        """The files that it reads, by the key that names them."""
        found = {"cert_file": self.cert_file, "key_file": self.key_file}
        if self.client_ca_file is not None:
            found["client_ca_file"] = self.client_ca_file
        return found


class TlsError(Exception):
    """A TLS setting that can't be used."""

    def __init__(self, key: str, message: str) -> None:
        """`key`: the name of the setting."""
        self.key = key
        super().__init__(message)


def make_context(settings: Tls) -> ssl.SSLContext:
    """Return the server's context; raises `TlsError`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    context.maximum_version = VERSIONS[settings.max_version]
    context.minimum_version = VERSIONS[settings.min_version]
    _set_suites(context, settings)
    if settings.curve_preferences:
        context.set_ecdh_curve(CURVES[settings.curve_preferences[0]])
    if not settings.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    _load(context, settings)
    return context


def _set_suites(context: ssl.SSLContext, settings: Tls) -> None:
    names = [CIPHERS[name] for name in settings.cipher_suites if name in CIPHERS]
    if not names:
        if settings.cipher_suites:  # of TLS 1.3 only
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        return
    try:
        context.set_ciphers(":".join(names))
    except ssl.SSLError:
        raise TlsError("cipher_suites", "the installed OpenSSL has none of them") from None


def _load(context: ssl.SSLContext, settings: Tls) -> None:
    try:
        # Without a function, OpenSSL would ask for a key's passphrase on the terminal.
        context.load_cert_chain(settings.cert_file, settings.key_file, password=_no_passphrase)
    except (OSError, ValueError) as error:
        raise TlsError("cert_file", _pair_fault(error)) from None
    context.verify_mode = CLIENT_AUTH[settings.client_auth_type]
    if settings.client_ca_file is None:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            context.load_verify_locations(settings.client_ca_file)
    except (OSError, ValueError):
        raise TlsError("client_ca_file", "must hold certificates as PEM") from None


def _no_passphrase() -> str:
    raise ValueError("the key is encrypted: give one without a passphrase")


def _pair_fault(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        if error.reason == "KEY_VALUES_MISMATCH":
            return "does not belong to the key in key_file"
        return "this and key_file must be a certificate and its key as PEM"
    return str(error) if isinstance(error, ValueError) else f"cannot be read: {error}"
