"""Secrets come from files or the environment; errors name only the place."""

import os
from pathlib import Path

import pytest

from exporter.files import stamp
from exporter.secret import API_KEY, CREDENTIALS, LONG, MOST_BYTES, Kind, SecretError, SecretPlace

GOOD = {
    "long": (LONG, b" 16 bytes \xff\n of it\n", b"16 bytes \xff\n of it"),
    "most": (LONG, b"x" * MOST_BYTES, b"x" * MOST_BYTES),
    "key": (API_KEY, b"pl4nted\n", b"pl4nted"),
    "credentials": (CREDENTIALS, b"me:pl4nt:ed\n", b"me:pl4nt:ed"),
}
BAD = {
    "empty": (API_KEY, b" \n", "is empty"),
    "short": (LONG, b"pl4nted" + b" " * 16, "must hold a secret of at least 16 characters"),
    "lines": (
        API_KEY,
        b"pl4nted\nX-Other: 1",
        "must hold one key of ASCII characters, and nothing else",
    ),
    "no name": (CREDENTIALS, b"pl4nted", "must hold USER:PASSWORD"),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a secret."""
    return tmp_path / "secret"


@pytest.mark.parametrize("case", GOOD)
def test_secret(case: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Surrounding whitespace is stripped."""
    kind, content, secret = GOOD[case]
    file.write_bytes(content)
    monkeypatch.setitem(os.environb, b"SECRET", content)

    assert SecretPlace(kind, file).read() == secret
    assert SecretPlace(kind, variable="SECRET").read() == secret


@pytest.mark.parametrize("case", BAD)
def test_bad_secret(case: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors name the place, never the content."""
    kind, content, reason = BAD[case]
    file.write_bytes(content)
    monkeypatch.setitem(os.environb, b"SECRET", content)

    assert fault_of(SecretPlace(kind, file)) == f"{file}: {reason}"
    variable = SecretPlace(kind, variable="SECRET")
    assert fault_of(variable) == f"environment variable SECRET: {reason}"


@pytest.mark.parametrize("kind", [LONG, API_KEY, CREDENTIALS])
def test_no_secret(kind: Kind, tmp_path: Path, file: Path) -> None:
    """Missing, irregular and oversized files and unset variables are errors."""
    absent, variable = SecretPlace(kind, file), SecretPlace(kind, variable="NOT_SET_HERE")

    assert fault_of(absent) == f"{file}: cannot be read: No such file or directory"
    assert fault_of(variable) == "environment variable NOT_SET_HERE: is not set"
    assert fault_of(SecretPlace(kind, tmp_path)).startswith(f"{tmp_path}: cannot be read: ")
    file.write_bytes(b"a:" + b"x" * MOST_BYTES)
    assert fault_of(absent) == f"{file}: cannot be read: it is larger than 4 KiB"


def test_no_file_stays_open(tmp_path: Path) -> None:
    """A failed read of a folder leaves no open descriptor."""
    before = len(list(Path("/dev/fd").iterdir()))
    fault_of(SecretPlace(API_KEY, tmp_path))

    assert len(list(Path("/dev/fd").iterdir())) == before


@pytest.mark.parametrize("kind", [LONG, API_KEY])
def test_pipes_are_not_waited_for(kind: Kind, file: Path) -> None:
    """Secrets that are reread must be regular files, since a pipe would block."""
    os.mkfifo(file)

    assert fault_of(SecretPlace(kind, file)).endswith("it is a pipe or a device, not a file")
    assert fault_of(SecretPlace(kind, Path("/dev/zero"))).endswith("a device, not a file")


def test_credentials_through_a_pipe() -> None:
    """Credentials can come from a pipe, as in `--credentials.file=<(…)`."""
    reading, writing = os.pipe()
    os.write(writing, b"me:pl4nted\n")
    os.close(writing)

    assert SecretPlace(CREDENTIALS, Path(f"/dev/fd/{reading}")).read() == b"me:pl4nted"
    os.close(reading)


def test_stamp_changes_with_the_file(file: Path) -> None:
    """The stamp changes when the file is replaced, even by content of the same length."""
    place = SecretPlace(LONG, file)
    assert place.stamp() is None
    file.write_bytes(b"x" * 16)
    first = place.stamp()
    new = file.with_name("new")
    new.write_bytes(b"y" * 16)
    new.rename(file)

    assert place.stamp() == stamp(file) != first is not None
    assert SecretPlace(LONG, variable="SECRET").stamp() is None


def fault_of(place: SecretPlace) -> str:
    """Return the error of an unusable secret."""
    with pytest.raises(SecretError) as caught:
        place.read()
    assert "pl4nted" not in str(caught.value)
    return str(caught.value)
