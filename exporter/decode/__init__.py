"""One line of a request log in, one `Record` out, or the reason why it is none.

A line is decoded by the struct of its shape (`wire`), turned into a record by the counting rules
(`build`), and read again with exact decimals (`exactly`) where the quick reading can't decide.
"""

from typing import Any

import msgspec

from ..errors import Reason, Rejected
from ..records import Record
from . import exactly
from .build import from_native, from_zenmux
from .mapping import Mapping
from .wire import NativeLine, ZenmuxLine

__all__ = ["Decoder"]

_zenmux = msgspec.json.Decoder(ZenmuxLine).decode
_native = msgspec.json.Decoder(NativeLine).decode
_ABSENT = (b"", b"null")


class Decoder:
    """Decodes the lines of one source: both shapes, and foreign records by a field mapping."""

    def __init__(self, mapping: Mapping | None = None) -> None:
        """Without a mapping the records' own field names are read."""
        self._mapping = mapping

    def decode(self, line: bytes, *, utf8: bool = True) -> Record | None:
        """The record of a line, None for a blank one; raises `Rejected`.

        `utf8` says that the line is known to be valid UTF-8.
        """
        if utf8 and self._mapping is None:
            try:
                return _quick(line)
            except (ValueError, ArithmeticError, RecursionError):
                pass
        fields = exactly.parse(line)
        return None if fields is None else self._exact(fields)

    def _exact(self, fields: dict[str, Any]) -> Record:
        if self._mapping is not None:
            fields = self._mapping.apply(fields)
        line = exactly.read(fields)
        try:
            return from_zenmux(line) if isinstance(line, ZenmuxLine) else from_native(line)
        except ValueError as error:
            raise Rejected(Reason.bad_number) from error


def _quick(line: bytes) -> Record:
    """Both shapes name different fields, so the other shape's marks show a wrong first guess."""
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
