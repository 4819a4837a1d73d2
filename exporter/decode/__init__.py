"""One line of a request log in, one `Record` out, or the reason why it is none.

A line is decoded by the struct of its shape (`wire`), turned into a record by the counting rules
(`build`), and read again with exact decimals (`exactly`) where the quick reading can't decide.
Where it was compiled, `swift` takes the place of `quick`.
"""

from typing import Any

from ..errors import Reason, Rejected
from ..records import Record
from . import exactly
from .build import from_native, from_zenmux
from .mapping import Mapping
from .wire import ZenmuxLine

try:
    from .swift import quick
except ImportError:
    from .quick import quick

__all__ = ["Decoder"]


class Decoder:
    """Decodes the lines of one source: both shapes, and foreign records by a field mapping."""

    def __init__(self, mapping: Mapping | None = None) -> None:
        """Without a mapping the records' own field names are read."""
        self._mapping = mapping
        self.is_plain = mapping is None

    def decode(self, line: bytes, *, utf8: bool = True) -> Record | None:
        """The record of a line, None for a blank one; raises `Rejected`.

        `utf8` says that the line is known to be valid UTF-8.
        """
        if utf8 and self._mapping is None:
            try:
                return quick(line)
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
