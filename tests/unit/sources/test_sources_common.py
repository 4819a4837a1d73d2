"""Common beginnings: among all files read, a line counts once per distinct beginning."""

import gzip
import random
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from effort import examples
from exporter.reconcile.files import Matches, match
from exporter.reconcile.overlaps import parts
from exporter.sources import Beginnings, read_file, read_range
from following import Reader, write

Line = str
Beginning = tuple[Line, ...]
MOST = 16


class Folder:
    """Files with common beginnings, and the lines that they should count."""

    def __init__(self, path: Path, seed: int) -> None:
        """Draw all random choices from `seed`."""
        self.path = path
        self.random = random.Random(seed)
        # With at most 16 lines of one width, every line end of a deleted log has a digest.
        width = self.random.choice([3, 60, 300, 900])
        self.letters = [letter * width for letter in "abc"]
        self.files: dict[str, Beginning] = {}
        self.read: set[Beginning] = set()
        self.padding = b""

    def line(self) -> Line:
        """One of a few lines, so that files often have equal content."""
        return self.random.choice(self.letters)

    def some(self, most: int = 6) -> Beginning:
        """Some lines."""
        return tuple(self.line() for _ in range(self.random.randint(0, most)))

    def save(self, name: str, lines: Beginning) -> None:
        """Write a file, keeping its inode if it exists."""
        data = "".join(f"{line}\n" for line in lines).encode()
        path = self.path / name
        # A new size shows that an archive with a deleted one's inode is another archive.
        self.padding += b"\0"
        path.write_bytes(gzip.compress(data) + self.padding if name.endswith(".gz") else data)
        self.files[name] = lines

    def create(self) -> None:
        """Create a file that begins like another one and continues differently."""
        known = self.random.choice([*sorted(self.read), ()])
        name = f"{len(self.files)}.log{self.random.choice(['', '', '.gz'])}"
        self.save(name, (known[: self.random.randint(0, len(known))] + self.some())[:MOST])

    def append(self) -> None:
        """Append to a plain file."""
        plain = [name for name in self.files if name.endswith(".log")]
        if plain:
            name = self.random.choice(plain)
            more = self.some(3)[: MOST - len(self.files[name])]
            with (self.path / name).open("a") as file:
                file.writelines(f"{line}\n" for line in more)
            self.files[name] += more

    def remove(self) -> None:
        """Delete a file that was read."""
        if self.files:
            name = self.random.choice(sorted(self.files))
            (self.path / name).unlink(missing_ok=True)
            self.files[name] = ()

    def rewrite(self) -> None:
        """Truncate a plain file and rewrite it at once."""
        plain = [name for name in self.files if name.endswith(".log")]
        if plain:
            name = self.random.choice(plain)
            kept = self.files[name][: self.random.randint(0, 2)]
            self.save(name, kept + self.some())

    def pack(self) -> None:
        """Compress a plain file."""
        plain = [name for name in self.files if name.endswith(".log")]
        if plain:
            name = self.random.choice(plain)
            lines = self.files[name]
            self.remove_named(name)
            self.save(f"{name}.gz", lines)

    def remove_named(self, name: str) -> None:
        """Delete this file."""
        (self.path / name).unlink(missing_ok=True)
        self.files[name] = ()

    def note_read(self) -> None:
        """Note that all files were read to their ends."""
        for lines in self.files.values():
            self.read |= {lines[:end] for end in range(1, len(lines) + 1)}

    @property
    def expected(self) -> Counter[Line]:
        """The lines that count: the last one of each distinct beginning."""
        return Counter(beginning[-1] for beginning in self.read)


@settings(max_examples=examples(60, 600), deadline=None)
@given(st.integers(0, 1 << 32), st.lists(st.integers(0, 6), min_size=2, max_size=14))
@pytest.mark.slow
def test_followed(seed: int, steps: list[int]) -> None:
    """The tailer follows the rule for any changes of files and restarts."""
    with tempfile.TemporaryDirectory() as directory:
        folder = Folder(Path(directory), seed)
        reader = Reader(folder.path / "*.log*")
        does = (folder.create, folder.create, folder.append, folder.pack, folder.remove)
        for step in steps:
            if step > 2:  # what was read is remembered after any change
                reader.drain()
                folder.note_read()
            (*does, folder.rewrite, reader.restart)[step]()
            if step < 3 and folder.random.random() < 0.3:
                continue  # several at once
            reader.drain()
            folder.note_read()
        reader.drain()
        folder.note_read()
        reader.sources.close()
        assert Counter(reader.lines) == folder.expected


@settings(max_examples=examples(24, 240), deadline=None)
@given(st.integers(0, 1 << 32), st.randoms(use_true_random=False))
@pytest.mark.slow
def test_read_in_turn(seed: int, chance: random.Random) -> None:
    """`once` and `backfill` follow the rule in any order; so does the tailer at first start."""
    with tempfile.TemporaryDirectory() as directory:
        folder = Folder(Path(directory), seed)
        for _ in range(8):
            folder.create()
            folder.note_read()
        paths = [str(folder.path / name) for name in folder.files]
        chance.shuffle(paths)
        beginnings, found = Beginnings(), Counter[Line]()
        for path in paths:
            beginning = beginnings.look(path)
            lines = [
                line.decode()
                for block in read_file("s", path, 1000, start=beginning.offset)
                if not block.is_replayed
                for line in block.lines
            ]
            assert not (beginning.is_copy and lines)
            found.update(lines)
        reader = Reader(*paths)
        reader.drain()
        reader.sources.close()
        assert found == folder.expected
        assert Counter(reader.lines) == folder.expected


def recount(found: Matches) -> Counter[Line]:
    """Recount the lines of matched files, as `reconcile` does."""
    lines = Counter[Line]()
    ranges = parts(found.matched)
    for one in found.matched:
        for start, end in ranges[one.position.key]:
            for block in read_range("s", one.file.path, start, end, 1000):
                if not block.is_replayed:
                    lines.update(line.decode() for line in block.lines)
    return lines


@settings(max_examples=examples(20, 160), deadline=None)
@given(st.integers(0, 1 << 32), st.lists(st.integers(0, 2), min_size=2, max_size=10))
@example(39583, [0, 0, 2, 0, 0, 2])
def test_recounted(seed: int, steps: list[int]) -> None:
    """`reconcile` recounts exactly the lines that were counted."""
    with tempfile.TemporaryDirectory() as directory:
        folder = Folder(Path(directory), seed)
        reader = Reader(folder.path / "*.log*")
        for step in steps:
            (folder.create, folder.create, folder.append)[step]()
            if folder.random.random() < 0.5:
                reader.drain()
        reader.drain()
        reader.sources.close()
        paths = [str(folder.path / name) for name in folder.files]
        found = match(paths, list(reader.positions.values()))
        assert recount(found) == Counter(reader.lines)
        assert (found.not_given, found.unknown, found.changed) == ((), (), ())


@pytest.mark.parametrize("same", [1, 2, 3, 4])
@pytest.mark.parametrize("width", [3, 300, 900])
def test_recounted_where_the_one_behind_catches_up(tmp_path: Path, same: int, width: int) -> None:
    """If two files continue with equal lines before they differ, those are recounted once."""
    first, *common, mine, others = [letter * width for letter in "abcdefg"[: same + 3]]
    behind, ahead = tmp_path / "1.log", tmp_path / "2.log"
    write(behind, [first])
    write(ahead, [first, *common, others])
    reader = Reader(behind, ahead)
    reader.drain()
    write(behind, [*common, mine])
    reader.drain()
    reader.sources.close()

    found = match([str(behind), str(ahead)], list(reader.positions.values()))

    assert Counter(reader.lines) == Counter([first, *common, mine, others])
    assert recount(found) == Counter(reader.lines)
