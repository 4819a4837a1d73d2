"""Decode a copy of an answer: gzip, deflate, and brotli and zstd if installed.

Requests are never changed, so answers have any encoding that the client accepts.
"""

import importlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

Decode = Callable[[bytes], Iterable[bytes]]
_PIECE: Final = 64 * 1024


def decoder_of(content_encoding: str) -> Decode | None:
    """Return a decoder for the chunks of an answer; None if the encoding is not supported.

    `content_encoding`: the header's value, with encodings in the order they were applied.
    """
    decode: Decode = _as_it_is
    names = [name.strip().lower() for name in content_encoding.split(",")]
    for name in reversed([name for name in names if name not in {"", "identity"}]):
        make = _DECODERS.get(name)
        outer = make() if make is not None else None
        if outer is None:
            return None
        decode = _chained(decode, outer)
    return decode


def _as_it_is(data: bytes) -> Iterable[bytes]:
    return (data,)


def _chained(first: Decode, second: Decode) -> Decode:
    def decode(data: bytes) -> Iterator[bytes]:
        for piece in first(data):
            yield from second(piece)

    return decode


def _inflating(window_bits: int) -> Decode:
    """Return a decoder that inflates piece by piece, to bound its memory."""
    decompressor = zlib.decompressobj(window_bits)

    def decode(data: bytes) -> Iterator[bytes]:
        while data:
            yield decompressor.decompress(data, _PIECE)
            data = decompressor.unconsumed_tail

    return decode


def _gzip() -> Decode:
    return _inflating(zlib.MAX_WBITS | 16)


def _deflate() -> Decode:
    """Return a decoder for zlib's format, or for raw deflate, which some servers send."""
    chosen: list[Decode] = []

    def decode(data: bytes) -> Iterator[bytes]:
        if not chosen and data:
            # The lower half of zlib's first byte is 8.
            bits = zlib.MAX_WBITS if data[0] & 15 == 8 else -zlib.MAX_WBITS
            chosen.append(_inflating(bits))
        for one in chosen:
            yield from one(data)

    return decode


def _brotli() -> Decode | None:
    brotli = _first_of("brotli", "brotlicffi")
    if brotli is None:
        return None
    decompressor = brotli.Decompressor()
    process = getattr(decompressor, "process", None) or decompressor.decompress
    return lambda data: (process(data),)


def _zstandard() -> Decode | None:
    library = _first_of("compression.zstd", "backports.zstd")
    if library is not None:
        decompressor = library.ZstdDecompressor()
        return lambda data: (decompressor.decompress(data),)
    library = _first_of("zstandard")
    if library is None:
        return None
    decompressor = library.ZstdDecompressor().decompressobj()
    return lambda data: (decompressor.decompress(data),)


def _first_of(*names: str) -> Any:
    """Return the first of these modules that is installed, or None."""
    return next((found for found in map(_imported, names) if found is not None), None)


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


_DECODERS: Final[dict[str, Callable[[], Decode | None]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstandard,
}
