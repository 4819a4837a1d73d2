"""Find where a JSON object ends, line by line.

The grammar is checked on the way, so text that can't become an object is detected at once. It is
looser than the standard only where records are: NaN and Infinity, any bytes in strings, any depth.
"""

import re
from typing import Final

import msgspec

UNFINISHED: Final = -1
BROKEN: Final = -2
TORN: Final = -3

_TOKEN = re.compile(
    rb"""[ \t\r\n]*+ (?:
        ( " (?: [^"\\\x00-\x1f]++ | \\ (?: ["\\/bfnrt] | u[0-9a-fA-F]{4} ) )*+ " )
      | ( [{}\[\]:,] )
      | ( -?(?:0|[1-9][0-9]*+) (?:\.[0-9]++)? (?:[eE][+-]?[0-9]++)?
          | true | false | null | NaN | -?Infinity )
      | \Z
    )""",
    re.VERBOSE,
)
# A line that ends within a string, which no other line can continue.
_TORN = re.compile(rb"""[ \t\r\n]*+ " (?: [^"\\] | \\. )*+ \\? \Z""", re.VERBOSE | re.DOTALL)
_STRING: Final = 1
_SCALAR: Final = 3

# States: what may come next.
_FIRST_KEY: Final = 0
_KEY: Final = 1
_COLON: Final = 2
_VALUE: Final = 3
_FIRST_ELEMENT: Final = 4
_AFTER_MEMBER: Final = 5
_AFTER_ELEMENT: Final = 6
_OPENS: Final = -1
_CLOSES: Final = -2
_ENDS_VALUE: Final = -3
_WRONG: Final = -4

_OBJECT: Final = ord("{")
_TEXT = b'"'
_OTHER = b"0"
_NEXT: Final[dict[tuple[int, bytes], int]] = {
    (_FIRST_KEY, _TEXT): _COLON,
    (_FIRST_KEY, b"}"): _CLOSES,
    (_KEY, _TEXT): _COLON,
    (_COLON, b":"): _VALUE,
    (_AFTER_MEMBER, b","): _KEY,
    (_AFTER_MEMBER, b"}"): _CLOSES,
    (_AFTER_ELEMENT, b","): _VALUE,
    (_AFTER_ELEMENT, b"]"): _CLOSES,
    (_FIRST_ELEMENT, b"]"): _CLOSES,
    **{(state, kind): _OPENS for state in (_VALUE, _FIRST_ELEMENT) for kind in (b"{", b"[")},
    **{
        (state, kind): _ENDS_VALUE for state in (_VALUE, _FIRST_ELEMENT) for kind in (_TEXT, _OTHER)
    },
}

_raw = msgspec.json.Decoder(msgspec.Raw)


def is_object(text: bytes | memoryview) -> bool:
    """Return True if a text that begins with `{` is one JSON object; False may mean unsure."""
    try:
        _raw.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


class Scanner:
    """A scanner for one object from its `{` on, fed line by line."""

    __slots__ = ("_next", "_open")

    def __init__(self) -> None:
        """Start before the object."""
        self._open = bytearray()
        self._next = _VALUE

    def feed(self, text: bytes, at: int = 0) -> int:
        """Return the offset at which the object ends in a text, or its state at the text's end.

        `UNFINISHED`: it may continue. `TORN`: the text ends within a string. `BROKEN`: the text
        can't be part of an object.
        """
        opened, state = self._open, self._next
        while True:
            match = _TOKEN.match(text, at)
            if match is None:
                is_torn = (state, _TEXT) in _NEXT and _TORN.match(text, at)
                return TORN if is_torn else BROKEN
            group = match.lastindex
            if group is None:
                self._next = state
                return UNFINISHED
            at = match.end()
            kind = _TEXT if group == _STRING else _OTHER if group == _SCALAR else match[group]
            state = _NEXT.get((state, kind), _WRONG)
            if state == _WRONG:
                return BROKEN
            if state == _OPENS:
                opened += kind
                state = _FIRST_KEY if kind == b"{" else _FIRST_ELEMENT
                continue
            if state == _CLOSES:
                opened.pop()
            if not opened:
                return at
            if state <= _CLOSES:
                state = _AFTER_MEMBER if opened[-1] == _OBJECT else _AFTER_ELEMENT
