"""Install recording transports in clients of httpx2 and httpx."""

from typing import TYPE_CHECKING, Any, TypeVar

from .libraries import LIBRARIES
from .transports import AsyncRecordingTransport, RecordingTransport

if TYPE_CHECKING:
    from .recorder import Recorder

C = TypeVar("C")


def attach(recorder: "Recorder", client: C) -> C:
    """Make a client record, by wrapping its transports.

    This keeps its proxies, certificates and limits. They would be lost if a transport was passed to
    the client's constructor.
    """
    wrap: Any = RecordingTransport
    if any(isinstance(client, library.AsyncClient) for library in LIBRARIES):
        wrap = AsyncRecordingTransport
    elif not any(isinstance(client, library.Client) for library in LIBRARIES):
        raise TypeError(f"no client of httpx2 or httpx: {type(client)}")
    inside: Any = client
    # There is no public API; instrumentations of these libraries do the same.
    inside._transport = wrap(recorder, inside._transport)  # noqa: SLF001
    for pattern, transport in inside._mounts.items():  # noqa: SLF001
        if transport is not None:
            inside._mounts[pattern] = wrap(recorder, transport)  # noqa: SLF001
    return client


def make_client(recorder: "Recorder", name: str, options: dict[str, Any]) -> Any:
    """Create a recording client of the first library, with the limits of the SDKs' own clients."""
    library = LIBRARIES[0]
    options.setdefault("follow_redirects", True)
    options.setdefault(
        "limits", library.Limits(max_connections=1000, max_keepalive_connections=100)
    )
    return attach(recorder, getattr(library, name)(**options))
