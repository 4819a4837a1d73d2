"""Read configuration files."""

from pathlib import Path

from .faults import Faults

# PyYAML reads this much in about 2 s, whatever the content.
MAX_BYTES = 512 << 10


def read_text(path: Path, faults: Faults) -> str:
    """Return the file's text; if it can't be read, add a fault and return an empty text."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) <= MAX_BYTES:
            return content.decode("utf-8-sig")
        faults.add((), f"must not be larger than {MAX_BYTES >> 10} KiB")
    except OSError as error:
        faults.add((), f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        faults.add((), "must be UTF-8")
    return ""
