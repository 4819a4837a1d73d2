"""The quick reading of a line: decoded by the struct of its shape, turned into a record."""

import msgspec

from ..records import Record
from .build import from_native, from_zenmux
from .wire import NativeLine, ZenmuxLine

_zenmux = msgspec.json.Decoder(ZenmuxLine).decode
_native = msgspec.json.Decoder(NativeLine).decode
_ABSENT = (b"", b"null")


def quick(line: bytes) -> Record:
    """The record of a line; raises ValueError and the like where only `exactly` can tell.

    Both shapes name different fields, so the other shape's marks show a wrong first guess.
    """
    find = line.find  # `in` takes thrice as long
    if find(b'"createdAt"') >= 0 or find(b'"generationId"') >= 0 or find(b'"createAt"') >= 0:
        zenmux = _zenmux(line)
        if (
            zenmux.generationId is not None
            or zenmux.createdAt is not None
            or zenmux.createAt is not None
        ):
            return from_zenmux(zenmux)
        return from_native(_native(line))
    native = _native(line)
    for mark in (native.generationId, native.createdAt, native.createAt):
        if bytes(mark) not in _ABSENT:
            return from_zenmux(_zenmux(line))
    return from_native(native)
