"""Serve a published state with a web configuration file, and connect clients to it."""

import asyncio
import base64
import contextlib
import itertools
import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import bcrypt

from certificates import Authority, Pair
from exporter.config import Web
from exporter.metrics.process import ProcessMetrics
from served import Published, serving

TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"


CLIENTS = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: authority.crt\n"


PATHS = ("/", "/metrics", "/-/healthy", "/-/ready", "/-/reload", "/api/v1/state", "/nowhere")


RELOADED = "zenmux_exporter_web_config_last_reload_successful"


def hashed(password: str) -> str:
    """Return a hash of the lowest cost."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


_moment = itertools.count(1)


def write(path: Path, text: str | bytes) -> None:
    """Replace a file in one step, as deployments do, with a new modification time."""
    new = path.with_suffix(".new")
    new.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(new, (next(_moment), 0))
    new.replace(path)


@contextlib.asynccontextmanager
async def served(
    pipeline: Published, directory: Path, text: str, process: ProcessMetrics | None = None
) -> AsyncIterator[str]:
    """Serve with this web configuration; yield the URL."""
    write(directory / "web.yml", text)
    settings = Web(config_file=directory / "web.yml")
    async with serving(pipeline, settings=settings, process=process) as url:
        yield url if "tls_" in text else url.replace("https:", "http:")


def trusting(authority: Authority, own: Pair | None = None) -> ssl.SSLContext:
    """Return a client's TLS context."""
    context = ssl.create_default_context(cafile=str(authority.cert))
    if own is not None:
        context.load_cert_chain(own.cert, own.key)
    return context


def basic(name: str, password: str) -> str:
    """Return an Authorization header."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


async def status(
    url: str, context: ssl.SSLContext | None = None, auth: tuple[str, str] | None = None
) -> int:
    """Return the status of a request on a new connection; 0 without a response."""
    headers = {"Authorization": basic(*auth)} if auth else {}
    async with aiohttp.ClientSession(headers=headers) as http:
        try:
            async with http.get(url, ssl=context or True) as found:
                await found.read()
                return found.status
        except aiohttp.ClientError:
            return 0


async def serial(url: str, context: ssl.SSLContext) -> int:
    """Return the serial number of the certificate that a new connection gets."""
    host, port = url.removeprefix("https://").split(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=context)
    certificate = writer.get_extra_info("peercert")
    writer.close()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()
    return int(certificate["serialNumber"], 16)
