"""Log at the start which build runs, what it reads and where it listens."""

from typing import Any

from . import __version__
from .config import Config, Source
from .implementation import faster, is_compiled
from .logs import get
from .otlp import INSTALL, is_protobuf_installed
from .sources import PUSHED, STDIN

_SOURCES_TOLD = 20

log = get(__name__)


def tell_start(config: Config, origin: str) -> None:
    """Log which build runs, and what it reads."""
    names = [_named(source) for source in config.sources]
    more = len(names) - _SOURCES_TOLD
    log.info(
        "starting",
        version=__version__,
        **_build(),
        config=origin or "none",
        storage=config.storage.path,
        sources="; ".join(names[:_SOURCES_TOLD]) + (f"; and {more} more" if more > 0 else ""),
        always=True,
    )
    if any(one.type == "otlp" for one in config.sources) and not is_protobuf_installed():
        log.warning("OTLP in protobuf is refused", remedy=INSTALL, always=True)


def _build() -> dict[str, Any]:
    """Return which build runs; if it is the slower one, also how to get the faster."""
    if is_compiled():
        return {"build": "compiled"}
    return {"build": "interpreted", "faster": faster()}


def _named(source: Source) -> str:
    path = source.path or PUSHED.get(source.type, "standard input")
    if source.kafka is not None:
        path = f"topic {source.kafka.topic} of {', '.join(source.kafka.brokers)}"
    return path if source.name in (path, STDIN) else f"{source.name}: {path}"


def tell_address(address: str) -> None:
    """Log the address that it listens on."""
    log.info("listening", address=address, always=True)
