"""Text with bytes that aren't UTF-8."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.values.texts import escape_path, printable, unescape_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("app.jsonl", "app.jsonl"),
        ("café", "café"),
        ("caf\udce9", "caf\\xe9"),
        ("\udc80\udcff", "\\x80\\xff"),
        ("\ud800\udc00\udd00", "\ufffd\ufffd\ufffd"),
    ],
)
def test_printable(text: str, expected: str) -> None:
    """Undecodable bytes are escaped; other lone surrogates are replaced."""
    assert printable(text) == expected


@given(st.binary().map(lambda name: name.replace(b"\0", b"")))
def test_paths_round_trip(name: bytes) -> None:
    """Any file name can be escaped to valid UTF-8 and restored."""
    path = os.fsdecode(name)
    escaped = escape_path(path)

    assert escaped.encode().decode() == escaped
    assert unescape_path(escaped) == path
    assert os.fsencode(unescape_path(escaped)) == name


def test_escaping_twice_changes_nothing() -> None:
    """Escaping an escaped path changes nothing."""
    assert escape_path(escape_path("caf\udce9")) == "caf\0e9"
