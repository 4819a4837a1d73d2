"""Pack folders reproducibly: the same files give the same bytes."""

import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path


def files_below(folder: Path) -> Iterator[Path]:
    """Iterate over the files of a folder, in the order of their names."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def pack(folder: Path, archive: Path, seconds: int) -> None:
    """Write a .tar.gz of a folder, with its name as prefix, one modification time and no owner."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in files_below(folder):
            member = tarfile.TarInfo(f"{folder.name}/{path.relative_to(folder)}")
            member.size = path.stat().st_size
            member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            member.mtime = seconds
            with path.open("rb") as content:
                tar.addfile(member, content)
    archive.write_bytes(gzip.compress(packed.getvalue(), mtime=seconds))
