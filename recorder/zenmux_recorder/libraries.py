"""The installed HTTP libraries: httpx2, which current SDKs use, and httpx.

A recording transport works in clients of both. They check that streams are instances of their own
classes, so the base classes here derive from those of all installed libraries.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import httpx
    import httpx2

    AnyRequest: TypeAlias = httpx.Request | httpx2.Request
    AnyResponse: TypeAlias = httpx.Response | httpx2.Response
    AnyTransport: TypeAlias = httpx.BaseTransport | httpx2.BaseTransport
    AnyAsyncTransport: TypeAlias = httpx.AsyncBaseTransport | httpx2.AsyncBaseTransport


def _installed() -> tuple[ModuleType, ...]:
    """Return the installed libraries; `httpx` may be an alias of httpx2."""
    found: list[ModuleType] = []
    for name in ("httpx2", "httpx"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        if module not in found:
            found.append(module)
    return tuple(found)


LIBRARIES = _installed()


def library_of(request: object) -> ModuleType:
    """Return the library that a request belongs to."""
    for library in LIBRARIES:
        if isinstance(request, library.Request):
            return library
    raise TypeError(f"not a request of httpx2 or httpx: {type(request)}")


if TYPE_CHECKING:

    class BaseTransport(httpx.BaseTransport, httpx2.BaseTransport):  # type: ignore[misc]
        """A transport of every library."""

    class AsyncBaseTransport(  # type: ignore[misc]
        httpx.AsyncBaseTransport, httpx2.AsyncBaseTransport
    ):
        """An async transport of every library."""

    class SyncByteStream(httpx.SyncByteStream, httpx2.SyncByteStream):
        """A stream of every library."""

    class AsyncByteStream(httpx.AsyncByteStream, httpx2.AsyncByteStream):
        """An async stream of every library."""

else:

    def _derived(name: str) -> type:
        return type(name, tuple(getattr(library, name) for library in LIBRARIES), {})

    BaseTransport = _derived("BaseTransport")
    AsyncBaseTransport = _derived("AsyncBaseTransport")
    SyncByteStream = _derived("SyncByteStream")
    AsyncByteStream = _derived("AsyncByteStream")
