"""Gzip in, decompressed bytes out: several members, zero padding, never more than a chunk held."""

import os
import zlib

_WINDOW = 31  # zlib's code for "gzip, largest window"


class Unpacker:
    """Decompresses an open file from its beginning; `raw_at` is how far the file was read."""

    def __init__(self, file: int, chunk: int = 1 << 18, raw_at: int = 0) -> None:
        """`raw_at` must be where a member begins."""
        self._file = file
        self._chunk = chunk
        self._pending = False
        self._inflate = zlib.decompressobj(_WINDOW)
        self.raw_at = raw_at

    @property
    def is_holding(self) -> bool:
        """Whether something was read that has not been given out."""
        inflate = self._inflate
        # Archives may be padded with zeros behind their last member.
        return bool(self._pending or inflate.unconsumed_tail or inflate.unused_data.lstrip(b"\0"))

    @property
    def is_between_members(self) -> bool:
        """Whether the file may end here."""
        return self._inflate.eof and not self.is_holding

    def read(self, limit: int) -> bytes:
        """Up to `limit` bytes, empty where the file ends now; raises OSError, zlib.error."""
        while True:
            raw = self._next()
            if not raw and not self._pending:
                return b""
            data = self._inflate.decompress(raw, limit)
            # zlib may hold more output than it was allowed to give.
            self._pending = len(data) == limit and not self._inflate.eof
            if data:
                return data

    def _next(self) -> bytes:
        if not self._inflate.eof:
            tail = self._inflate.unconsumed_tail
            return tail if tail or self._pending else self._load()
        raw = self._inflate.unused_data.lstrip(b"\0")
        while not raw:
            loaded = self._load()
            if not loaded:
                return b""
            raw = loaded.lstrip(b"\0")
        self._inflate = zlib.decompressobj(_WINDOW)
        return raw

    def _load(self) -> bytes:
        raw = os.pread(self._file, self._chunk, self.raw_at)
        self.raw_at += len(raw)
        return raw
