"""Every kind of archive: members, truncation, damage and memory limits."""

import bz2
import gzip
import json
import lzma
import os
import resource
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from exporter.errors import ExporterError
from exporter.sources import read_file
from exporter.sources.archive_kinds import KINDS, ArchiveError, kind_of
from exporter.sources.archives import Unpacker
from exporter.sources.content import Content
from following import LONG, Reader, write

Pack = Callable[[bytes], bytes]
SKIPPABLE = b"\x5a\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"{}\n{}"
PACKS: list[tuple[str, Pack]] = [
    (".gz", gzip.compress),
    (".bz2", bz2.compress),
    (".xz", lzma.compress),
    (".zst", zstandard.compress),
    (".zst", lambda data: zstandard.ZstdCompressor(write_content_size=False).compress(data)),
    (".zst", lambda data: SKIPPABLE + zstandard.compress(data) + SKIPPABLE),
]
every_kind = pytest.mark.parametrize(("suffix", "pack"), PACKS)


def text(lines: list[str]) -> bytes:
    """Lines as a file's content."""
    return "".join(f"{line}\n" for line in lines).encode()


def whole(path: Path) -> list[str]:
    """Read a file's lines without following it."""
    return [line.decode() for block in read_file("a", str(path), 1000) for line in block.lines]


@every_kind
def test_members(log: Path, suffix: str, pack: Pack) -> None:
    """Members are joined, even within a line; zeros after the last are ignored."""
    path = log.with_name(f"app.log{suffix}")
    data = text(LONG)
    path.write_bytes(pack(data[:100]) + pack(b"") + pack(data[100:]) + bytes(512))
    assert whole(path) == LONG
    reader = Reader(path)
    assert reader.drain() == LONG
    assert sum(status.lag_bytes for status in reader.sources.status()) == 0
    assert reader.restart().drain() == []


@every_kind
def test_in_the_making(log: Path, suffix: str, pack: Pack) -> None:
    """An archive is read while it is written, however little is there."""
    data = pack(text(LONG[:20])) + pack(text(LONG[20:]))
    path = log.with_name(f"app.log{suffix}")
    path.touch()
    reader = Reader(path)
    for place in range(0, len(data), 5):
        with path.open("ab") as file:
            file.write(data[place : place + 5])
        reader.drain(0.1)
        if place % 35 == 0:
            reader.restart()
    assert reader.drain() == []
    assert reader.lines == LONG


@every_kind
def test_rotation_that_is_packed(log: Path, suffix: str, pack: Pack) -> None:
    """The unread rest of a log is read from its archive; what was read counts once."""
    write(log, LONG[:25])
    reader = Reader(log)
    reader.drain()
    write(log, LONG[25:])
    reader.sources.close()
    log.with_name(f"app.log.1{suffix}").write_bytes(pack(log.read_bytes()))
    log.unlink()
    reader.restart().drain()
    assert reader.lines == LONG


@every_kind
def test_cut_short(log: Path, suffix: str, pack: Pack) -> None:
    """A truncated archive is followed up to its end; `read_file` raises an error."""
    path = log.with_name(f"app.log{suffix}")
    data = text([os.urandom(30).hex() for _ in range(5000)])
    packed = pack(data)
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(ExporterError, match="the archive is not complete"):
        whole(path)
    reader = Reader(path)
    found = reader.drain()
    assert found == data.decode().split("\n")[: len(found)]
    # Bzip2 returns nothing before the end of a block, which is 900 kB.
    assert len(found) > 100 or suffix == ".bz2"


@every_kind
@pytest.mark.slow
def test_damage(log: Path, suffix: str, pack: Pack) -> None:
    """A damaged archive is reported and not read further; other files are read."""
    path = log.with_name(f"app.log{suffix}")
    if suffix == ".zst":
        pack = zstandard.ZstdCompressor(write_checksum=True).compress
    packed = bytearray(pack(text([os.urandom(30).hex() for _ in range(5000)])))
    for place in range(len(packed) // 2, len(packed) // 2 + 2000):
        packed[place] ^= 0x55
    path.write_bytes(packed)
    with pytest.raises(ExporterError, match=r"cannot be read: .+"):
        whole(path)
    write(log.with_name("other.log"), ["other"])
    reader = Reader(log.with_name("*.log*"))
    assert "other" in reader.drain()
    errors = {Path(status.path).name: status.last_error for status in reader.sources.status()}
    assert errors[path.name]
    assert not errors["other.log"]


@every_kind
@pytest.mark.slow
def test_what_decompresses_to_much(log: Path, suffix: str, pack: Pack) -> None:
    """Highly compressed newlines and endless lines are read in pieces, with bounded memory."""
    path = log.with_name(f"app.log{suffix}")
    path.write_bytes(
        pack(b"one\n" + b"\n" * (1 << 25) + b"two\n" + b"x" * (1 << 25) + b"\nthree\n")
    )
    tracemalloc.start()
    blocks = 0
    lines: list[bytes] = []
    for block in read_file("a", str(path), 1000):
        lines += (line for line in block.lines if line)
        blocks += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lines == [b"one", b"two", b"three"]
    assert blocks > 50
    assert peak < 40_000_000


def test_zstandard_in_small_blocks(tmp_path: Path) -> None:
    """A Zstandard frame of tiny RLE blocks is decompressed in slices."""
    # Magic, a header with a window of 128 KiB, then blocks of 4 bytes that expand to 128 KiB.
    size = 1 << 17
    block = ((size << 3) | 2).to_bytes(3, "little") + b"\n"
    data = b"\x28\xb5\x2f\xfd" + bytes((0, 7 << 3)) + block * 1500 + b"\x01\0\0"
    path = tmp_path / "a.zst"
    path.write_bytes(data)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    total = sum(block.size for block in read_file("a", str(path), 1000))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert total == 1500 * size
    assert after - before < 150_000


def claims_much(suffix: str) -> bytes:
    """An archive that needs a gigabyte of memory for decompression."""
    if suffix == ".xz":
        filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}]
        return lzma.compress(b"one\n", filters=filters)
    return b"\x28\xb5\x2f\xfd" + bytes((0, (30 - 10) << 3)) + b"\x21\0\0one\n"


@pytest.mark.parametrize("suffix", [".xz", ".zst"])
def test_what_claims_much_memory(log: Path, suffix: str) -> None:
    """An archive that needs a huge window is refused with the reason."""
    path = log.with_name(f"app.log{suffix}")
    path.write_bytes(claims_much(suffix))
    with pytest.raises(ExporterError, match=r"(?i)memory"):
        whole(path)


def test_what_the_largest_presets_need(log: Path) -> None:
    """Archives made with the largest usual presets are read."""
    path = log.with_name("app.log.xz")
    path.write_bytes(lzma.compress(b"one\n", preset=9 | lzma.PRESET_EXTREME))
    assert whole(path) == ["one"]
    parameters = zstandard.ZstdCompressionParameters.from_level(19, window_log=27, enable_ldm=True)
    path.write_bytes(zstandard.ZstdCompressor(compression_params=parameters).compress(b"two\n"))
    assert whole(path) == ["two"]


def test_many_small_members(tmp_path: Path) -> None:
    """An archive with one member per line is read."""
    for kind, pack in (("gz", gzip.compress), ("zst", zstandard.compress)):
        path = tmp_path / f"a.{kind}"
        lines = [json.dumps({"id": number}) for number in range(5000)]
        path.write_bytes(b"".join(pack(f"{line}\n".encode()) for line in lines))
        assert whole(path) == lines


@pytest.mark.parametrize("begin", ["B", "BZ", "(", "P", "BZhello"])
def test_log_that_begins_like_an_archive(log: Path, begin: str) -> None:
    """A log that begins with some of an archive's magic bytes is read as a log."""
    log.write_text(begin)
    reader = Reader(log)
    reader.drain()
    with log.open("a") as file:
        file.write("x one\ntwo\n")
    expected = [f"{begin}x one", "two"]
    assert reader.drain() == (expected if begin != "BZhello" else [])


def test_kinds_are_told_by_their_first_bytes() -> None:
    """Each kind is recognised from any number of its first bytes."""
    for suffix, pack in PACKS:
        begin = pack(b"x")[:6]
        for length in range(1, 7):
            kind = kind_of(begin[:length])
            assert kind is not None
            assert kind.suffix == suffix
    assert kind_of(b"") is None
    assert kind_of(b'{"id"') is None
    assert len({kind.suffix for kind in KINDS}) == 4


def test_error_of_a_library(tmp_path: Path) -> None:
    """Every library's error becomes `ArchiveError`, so polls don't retry a damaged archive."""
    for kind in KINDS:
        path = tmp_path / f"a{kind.suffix}"
        path.write_bytes(kind.magics[0] + b" damage" * 10)
        with path.open("rb") as file, pytest.raises(ArchiveError) as caught:
            Unpacker(kind, file.fileno()).read(100)
        assert str(caught.value)


UTF16 = ["utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("encoding", UTF16)
@pytest.mark.parametrize("packed", [False, True])
def test_utf16_is_refused(log: Path, encoding: str, packed: bool) -> None:
    """A UTF-16 file is refused with the command to convert it, and read once converted."""
    path = log.with_name("app.log.gz") if packed else log
    data = '{"id": 1}\n{"id": 2}\n'
    path.write_bytes(gzip.compress(data.encode(encoding)) if packed else data.encode(encoding))
    with pytest.raises(ExporterError, match=r"UTF-16; .*iconv -f UTF-16 -t UTF-8"):
        whole(path)
    reader = Reader(path)
    assert reader.drain() == []
    assert "iconv" in reader.sources.status()[0].last_error
    log.with_name("new").write_text(data)
    log.with_name("new").rename(path)
    assert reader.drain() == ['{"id": 1}', '{"id": 2}']
    assert [status.last_error for status in reader.sources.status()] == [""]


def test_utf16_that_comes_byte_by_byte(log: Path) -> None:
    """UTF-16 is also refused in a file that was empty when first followed."""
    log.touch()
    reader = Reader(log)
    reader.drain()
    for byte in '{"id": 1}\n'.encode("utf-16"):
        with log.open("ab") as file:
            file.write(bytes((byte,)))
        assert reader.drain() == []
    assert "iconv" in reader.sources.status()[0].last_error


def test_utf8_with_a_mark(log: Path) -> None:
    """A byte order mark isn't part of a line, but of the content that identifies the file."""
    log.write_bytes(b"\xef\xbb\xbfone\r\ntwo\n")
    reader = Reader(log)
    assert reader.drain() == ["one", "two"]
    content = Content(str(log))
    assert content.first_bytes(3) == b"\xef\xbb\xbf"
    content.close()
