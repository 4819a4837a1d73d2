"""The compiled part counts as its Python twin does: the same tests, run against it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TESTS = (
    "recount_agrees",
    "two_readings",
    "counting_rules",
    "ledger",
    "ids",
    "crew",
    "interleavings",
)
CHECK = """
from exporter.decode import quick, swift
from exporter.ledger import fold
assert fold.swift is not None and quick is swift.quick
print(swift.__file__)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the package and its compiled part."""
    pytest.importorskip("Cython")
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here: the exporter runs without its compiled part")
    place = tmp_path_factory.mktemp("built")
    source = place / "source"
    shutil.copytree(
        ROOT, source, ignore=lambda _at, names: {n for n in names if n[0] == "." or n == "build"}
    )
    command = [sys.executable, "setup.py", "-q", "build", f"--build-lib={place / 'lib'}"]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return place / "lib"


def run(built: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python with the built package."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT / "tests",
        env={**os.environ, "PYTHONPATH": str(built), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_used(built: Path) -> None:
    """The extensions load: their view of the classes is the classes'."""
    done = run(built, "-c", CHECK)

    assert done.stdout.startswith(str(built)), done.stderr


BUILD = """
from exporter.exposition import Format
from exporter.process import ProcessMetrics
print(ProcessMetrics(demo=False).render(Format.TEXT).decode())
"""


def test_it_is_told(built: Path, tmp_path: Path) -> None:
    """The build's metric says whether the compiled part is in use."""
    plain = tmp_path / "plain"
    shutil.copytree(ROOT / "exporter", plain / "exporter", ignore=shutil.ignore_patterns("*.so"))
    told = [
        line
        for place in (built, plain)
        for line in run(place, "-c", BUILD).stdout.splitlines()
        if line.startswith("zenmux_exporter_build_info")
    ]

    assert ['compiled="true"' in told[0], 'compiled="false"' in told[1]] == [True, True]


def test_it_counts_the_same(built: Path) -> None:
    """Recount, rules, ledger and ids: nothing tells the compiled part from the other."""
    files = [f"test_{name}.py" for name in TESTS]
    done = run(
        built, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", f"pythonpath={built}", *files
    )

    assert done.returncode == 0, done.stdout


HASHES = """
from exporter.ledger.ids import copy_hash
from exporter.ledger.window import hash_of
for size in (*range(130), 1000):
    for letter in ("x", "\\u00e9", "\\ud800"):
        hashed = copy_hash()
        hashed.update((letter * size).encode(errors="surrogatepass"))
        assert hash_of(letter * size) == hashed.digest(), (letter, size)
"""


def test_hash(built: Path) -> None:
    """Ids hash as `hashlib` hashes them: a ledger may be read by either."""
    done = run(built, "-c", HASHES)

    assert done.returncode == 0, done.stderr


UTF8 = """
import itertools, random
from exporter.utf8 import is_utf8
def told(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
edges = [0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec]
edges += [0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff]
tried = [bytes(one) for size in range(4) for one in itertools.product(edges, repeat=size)]
tried += [bytes((a, b, 0x80, 0xbf)) for a in edges for b in edges]
tried += [bytes((0xf1, 0x80, c, d)) for c in edges for d in edges]
seen = set()
for number, data in enumerate(tried):
    for text in (data, b"x" * (number % 67) + data + b"y" * (number % 41)):
        assert is_utf8(text) == told(text), text
        seen.add(told(text))
draw = random.Random(1)
for _ in range(20000):
    letters = draw.choices("ax\u00e9\u20ac\U0001f600", (20, 20, 3, 3, 3), k=draw.randrange(90))
    data = bytearray("".join(letters).encode())
    if data and draw.random() < 0.5:
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    assert is_utf8(bytes(data)) == told(data), data
assert seen == {True, False}
"""


def test_utf8(built: Path) -> None:
    """What is UTF-8 is what Python decodes, wherever in a block it stands."""
    done = run(built, "-c", UTF8)

    assert done.returncode == 0, done.stderr
