"""The web configuration file: valid files, errors, and agreement with `promtool`."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from certificates import Authority
from exporter.cli.main import main
from exporter.config.web_file import WebFile, load_web_file
from exporter.errors import ConfigError

HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with certificates."""
    found = tmp_path_factory.mktemp("web")
    authority = Authority(found)
    authority.sign("server", "localhost", "127.0.0.1")
    authority.sign("other", "localhost")
    (found / "large.crt").write_bytes(b"\n" * (4 << 20) + b"\n")
    return found


def load(directory: Path, text: str) -> WebFile:
    """Load a text as the file next to the certificates."""
    path = directory / "web.yml"
    path.write_text(text)
    return load_web_file(path)


def faults(directory: Path, text: str) -> tuple[str, ...]:
    """Return the errors of a text, without the directory."""
    try:
        load(directory, text)
    except ConfigError as error:
        return tuple(fault.replace(f"{directory}/", "") for fault in error.faults)
    return ()


GOOD = (
    "",
    "basic_auth_users:\n",
    TLS,
    f"{TLS}  client_auth_type: NoClientCert\n",
    f"{TLS}  client_auth_type: RequestClientCert\n",
    f"{TLS}  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: authority.crt\n",
    f"{TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: authority.crt\n",
    f"{TLS}  min_version: TLS12\n  max_version: TLS13\n",
    f"{TLS}  min_version: TLS13\n",
    f"{TLS}  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n"
    "  prefer_server_cipher_suites: false\n",
    f"{TLS}  cipher_suites: [TLS_AES_128_GCM_SHA256]\n",
    f"{TLS}  curve_preferences: [X25519]\n",
    f"basic_auth_users:\n  alice: {HASH}\n  bob: {HASH.replace('$2y$', '$2b$')}\n",
    "http_server_config:\n  http2: false\n  headers:\n    X-Frame-Options: deny\n"
    "    X-Content-Type-Options: nosniff\n    X-XSS-Protection: '0'\n"
    "    Strict-Transport-Security: max-age=60\n    Content-Security-Policy: default-src 'none'\n",
)

# The exporter and promtool both refuse these.
BAD = {
    "- a": "web.yml:1:1: must be a section with keys, not a list",
    "a: [": (
        "web.yml:1:5: cannot be read as YAML: expected the node content, but found '<stream end>'"
    ),
    "tls: {}": (
        "web.yml:1:1: tls: unknown key; known are basic_auth_users, http_server_config,"
        " rate_limit, tls_server_config"
    ),
    "tls_server_config: {cert_file: server.crt}": (
        "web.yml:1:1: tls_server_config.key_file: must be given"
    ),
    "tls_server_config: {cert_file: nowhere, key_file: server.key}": "web.yml:"
    "1:21: tls_server_config.cert_file: nowhere cannot be read: No such file or directory",
    "tls_server_config: {cert_file: other.crt, key_file: server.key}": (
        "web.yml:1:21: tls_server_config.cert_file: does not belong to the key in key_file"
    ),
    "tls_server_config: {cert_file: web.yml, key_file: server.key}": (
        "web.yml:1:21: tls_server_config.cert_file: this and key_file must be a"
        " certificate and its key as PEM"
    ),
    f"{TLS}  client_ca_file: authority.crt": (
        "web.yml:4:3: tls_server_config.client_ca_file: has no effect: set"
        " client_auth_type to RequireAndVerifyClientCert"
    ),
    f"{TLS}  client_auth_type: Sometimes": (
        "web.yml:4:3: tls_server_config.client_auth_type: must be NoClientCert or"
        " RequestClientCert or VerifyClientCertIfGiven or RequireAndVerifyClientCert"
    ),
    f"{TLS}  min_version: TLS14": (
        "web.yml:4:3: tls_server_config.min_version: must be TLS12 or TLS13"
    ),
    "basic_auth_users: {alice: secret}": (
        "web.yml:1:20: basic_auth_users.alice: must be a bcrypt hash, as `htpasswd -nBC"
        ' 10 "" | tr -d ":\\n"` makes it'
    ),
    "http_server_config: {headers: {X-Frame-Options: maybe}}": (
        "web.yml:1:32: http_server_config.headers.X-Frame-Options: must be deny or sameorigin"
    ),
    "http_server_config: {headers: {Server: x}}": (
        "web.yml:1:32: http_server_config.headers.Server: unknown key; known are"
        " Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options,"
        " X-Frame-Options, X-XSS-Protection"
    ),
}

# Only the exporter refuses these: they are unsupported, or would let everybody in.
STRICTER = {
    "http_server_config: {http2: true}": (
        "web.yml:1:22: http_server_config.http2: HTTP/2 is not supported: set it to"
        " false or leave it out"
    ),
    f"{TLS}  min_version: TLS10": (
        "web.yml:4:3: tls_server_config.min_version: TLS10 is insecure and not"
        " supported: must be TLS12 or TLS13"
    ),
    f"{TLS}  client_auth_type: RequireAnyClientCert": (
        "web.yml:4:3: tls_server_config.client_auth_type: RequireAnyClientCert would"
        " let in any certificate, unverified, which Python's ssl does not do: use"
        " RequireAndVerifyClientCert with client_ca_file"
    ),
    f"{TLS}  client_auth_type: RequireAndVerifyClientCert": (
        "web.yml:1:1: tls_server_config.client_ca_file: must be given: it decides which"
        " clients are let in"
    ),
    f"{TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: server.key": (
        "web.yml:5:3: tls_server_config.client_ca_file: must hold certificates as PEM"
    ),
    f"{TLS}  curve_preferences: [X25519, CurveP256]": (
        "web.yml:4:3: tls_server_config.curve_preferences: Python's ssl can set only"
        " one curve: name one, or leave it out"
    ),
    f"{TLS}  min_version: TLS13\n  max_version: TLS12": (
        "web.yml:5:3: tls_server_config.max_version: must not be below min_version"
    ),
    f"{TLS}  max_version: TLS12\n  cipher_suites: [TLS_AES_128_GCM_SHA256]": (
        "web.yml:5:3: tls_server_config.cipher_suites: must name a suite of TLS 1.2, since"
        " max_version is TLS12"
    ),
    f"{TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: large.crt": "web.yml:"
    "5:3: tls_server_config.client_ca_file: large.crt cannot be read: it is larger than 4 MiB",
    f"basic_auth_users: {{alice: {HASH[:28]}z{HASH[29:]}}}": (
        "web.yml:1:20: basic_auth_users.alice: must be a bcrypt hash, as `htpasswd -nBC"
        ' 10 "" | tr -d ":\\n"` makes it'
    ),
    "tls_server_config: {min_version: TLS13}": (
        "web.yml:1:1: tls_server_config.cert_file: must be given"
    ),
    f"basic_auth_users: {{alice: {HASH.replace('$10$', '$17$')}}}": (
        "web.yml:1:20: basic_auth_users.alice: the hash's cost is 17, which must be"
        " from 4 to 16: each step up doubles the time of a check"
    ),
    f"basic_auth_users: {{'a:b': {HASH}}}": (
        'web.yml:1:20: basic_auth_users["a:b"]: a user\'s name must not hold a colon'
    ),
}

# Settings of newer exporter-toolkit versions that this exporter refuses.
NEWER = {
    "rate_limit: {burst: 1}": (
        "web.yml:1:1: rate_limit: is not supported: the exporter has its own limits on concurrency"
    ),
    "tls_server_config: {cert: x, key_file: server.key}": (
        "web.yml:1:21: tls_server_config.cert: is not supported: write it to a file and"
        " name that in cert_file"
    ),
    f"{TLS}  client_allowed_sans: [a]": (
        "web.yml:4:3: tls_server_config.client_allowed_sans: needs client_auth_type:"
        " RequireAndVerifyClientCert, else clients without a certificate are let in"
    ),
}


@pytest.mark.parametrize("text", GOOD)
def test_good(directory: Path, text: str) -> None:
    """Valid files have no errors."""
    assert faults(directory, text) == ()


# promtool would read this forever.
ENDLESS = {
    "tls_server_config: {cert_file: /dev/zero, key_file: server.key}": (
        "web.yml:1:21: tls_server_config.cert_file: /dev/zero cannot be read: it is a"
        " pipe or a device, not a file"
    ),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [item for table in (BAD, STRICTER, NEWER, ENDLESS) for item in table.items()],
)
def test_faults(directory: Path, text: str, expected: str) -> None:
    """Invalid files are refused with place and remedy."""
    assert expected in faults(directory, text)


@pytest.mark.real
@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool on the path")
@pytest.mark.parametrize(
    ("text", "agrees"),
    [*((text, True) for text in (*GOOD, *BAD)), *((text, False) for text in STRICTER)],
)
def test_promtool_agrees(directory: Path, text: str, agrees: bool) -> None:
    """Promtool accepts and refuses the same files, except those that only the exporter refuses."""
    is_good = not faults(directory, text)
    command = ["promtool", "check", "web-config", str(directory / "web.yml")]
    done = subprocess.run(command, capture_output=True, check=False)

    assert ((done.returncode == 0) == is_good) == agrees


def test_what_it_means(directory: Path) -> None:
    """Paths are relative to the file, and hashes are not in the repr."""
    text = f"{TLS}  min_version: TLS13\nbasic_auth_users: {{alice: {HASH}}}\n"
    found = load(directory, text)

    assert found.tls is not None
    assert found.tls.files == {
        "cert_file": directory / "server.crt",
        "key_file": directory / "server.key",
    }
    assert found.context is not None
    assert found.context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert found.users == {b"alice": HASH.encode()}
    assert HASH not in repr(found)


def test_suites_of_tls13_alone(directory: Path) -> None:
    """With only TLS 1.3 suites listed the minimum version is TLS 1.3."""
    found = load(directory, f"{TLS}  cipher_suites: [TLS_AES_128_GCM_SHA256]\n")

    assert found.context is not None
    assert found.context.minimum_version is ssl.TLSVersion.TLSv1_3


def test_check_tells_all(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`check` lists the errors of both files at once."""
    (directory / "web.yml").write_text("a: 1\nbasic_auth_users: {b: c}")
    (directory / "exporter.yml").write_text("x: 1")
    flags = [f"--config.file={directory}/exporter.yml", f"--web.config.file={directory}/web.yml"]

    assert main(["check", *flags]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[2] for line in lines] == ["x", "a", "basic_auth_users.b"]

    (directory / "web.yml").write_text(TLS)
    (directory / "exporter.yml").write_text("web: {config_file: web.yml}")
    assert main(["check", *flags]) == 0
