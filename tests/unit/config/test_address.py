"""Split listen addresses, and report wrong ones."""

import re

import pytest

from exporter.config.address import split_address

ADDRESS = re.escape("must be host:port, :port or [IPv6 address]:port")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:10464", ("127.0.0.1", 10464)),
        ("localhost:0", ("localhost", 0)),
        (":65535", (None, 65535)),
        ("[::1]:80", ("::1", 80)),
    ],
)
def test_address(text: str, expected: tuple[str | None, int]) -> None:
    """Each form is split into host and port; without a host, all interfaces are meant."""
    assert split_address(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "1", "host", "host:", ":65536", "::1:80", "[]:1", "[x]:1", "a b:1", ":\uff11", "h:1\n"],
)
def test_wrong_address(text: str) -> None:
    """Any other form is refused with the accepted ones."""
    with pytest.raises(
        ValueError, match=re.escape("must be host:port, :port or [IPv6 address]:port")
    ):
        split_address(text)
