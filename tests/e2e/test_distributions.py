"""The distributions: a complete sdist, and a wheel that runs without the sources."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from exporter import __version__
from exporter.implementation import SWITCH
from places import ROOT
from tools.requirements import project

LEFT = (
    ".*",
    "build",
    "dist",
    "tests",
    "recorder",
    "benchmarks",
    "*.egg-info",
    "*.so",
    "__pycache__",
)
WHEN = {
    "GIT_AUTHOR_DATE": "2026-11-27T01:02:03Z",
    "GIT_COMMITTER_DATE": "2026-11-27T01:02:03Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
}
BUILD_VARIABLES = {"SOURCE_DATE_EPOCH", "BUILD_REVISION", "BUILD_BRANCH", "PYTHONPATH"}
AS_SOMEBODY = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
LINE = '{"id": "1", "model": "m", "timestamp": "2026-11-01T00:00:00Z", "cost_usd": "0.5"}\n'


@dataclass(frozen=True)
class Built:
    """A build's files and the commit that they were built from."""

    sdist: Path
    wheel: Path
    revision: str


def _run(*command: str | Path, **environment: str) -> str:
    """Run a program and return its output; a failure shows its errors."""
    ours = {name: value for name, value in os.environ.items() if name not in BUILD_VARIABLES}
    done = subprocess.run(
        command, env=ours | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build a committed copy of the sources as a user would, the wheel from the sdist."""
    clone = tmp_path_factory.mktemp("build") / "clone"
    shutil.copytree(ROOT, clone, ignore=shutil.ignore_patterns(*LEFT))
    git = ["git", "-C", str(clone)]
    _run(*git, "init", "-q", "-b", "release")
    (clone / ".gitignore").write_text("*.egg-info/\n")
    _run(*git, "add", ".")
    _run(*git, *AS_SOMEBODY, "commit", "-q", "-m", "All", **WHEN)
    dist = clone.parent / "dist"
    command = [sys.executable, "-m", "build", "--no-isolation", f"--outdir={dist}", str(clone)]
    _run(*command, **{SWITCH: "1"})
    (sdist,), (wheel,) = dist.glob("*.tar.gz"), dist.glob("*.whl")
    return Built(sdist, wheel, _run(*git, "rev-parse", "HEAD").strip())


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a new environment with the tests' dependencies."""
    home = tmp_path_factory.mktemp("installed") / "env"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", "--no-deps", "--no-index"]
    _run(*pip, "--quiet", "--no-compile", built.wheel)
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return home


@pytest.fixture(scope="module")
def metadata(built: Built) -> Iterator[Message]:
    """The wheel's metadata."""
    with zipfile.ZipFile(built.wheel) as wheel:
        (name,) = (one for one in wheel.namelist() if one.endswith(".dist-info/METADATA"))
        yield Parser().parsestr(wheel.read(name).decode())


def test_the_names(built: Built) -> None:
    """Without compiled modules the wheel is for any platform."""
    assert built.sdist.name == f"zenmux_exporter-{__version__}.tar.gz"
    assert built.wheel.name == f"zenmux_exporter-{__version__}-py3-none-any.whl"


def test_the_sdist_holds_what_is_built_and_deployed(built: Built) -> None:
    """The sdist has all modules, build files, documentation and packaging, but no tests."""
    with tarfile.open(built.sdist) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "exporter").rglob("*.py")}

    assert modules <= names
    assert {
        "pyproject.toml",
        "setup.py",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "exporter.example.yml",
        "exporter/build.json",
        "exporter/py.typed",
        "docs/install/systemd.md",
        "packaging/systemd/zenmux-exporter.service",
        "prometheus/rules/thresholds.yml",
        "grafana/dashboards/overview.json",
    } <= names
    assert not [name for name in names if name.startswith(("tests/", ".git/"))]


def test_the_wheel_holds_the_package_only(built: Built) -> None:
    """The wheel has only the package and its metadata."""
    with zipfile.ZipFile(built.wheel) as wheel:
        names = set(wheel.namelist())
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "exporter").rglob("*.py")}

    assert modules | {"exporter/py.typed", "exporter/build.json"} == {
        name for name in names if ".dist-info/" not in name
    }
    assert f"zenmux_exporter-{__version__}.dist-info/licenses/LICENSE" in names


def test_metadata_is_complete(metadata: Message) -> None:
    """Licence, authors, links, classifiers and dependencies match pyproject.toml."""
    told = project()["project"]

    assert metadata["License-Expression"] == told["license"] == "Apache-2.0"
    assert metadata["Author"] == told["authors"][0]["name"]
    assert metadata["Requires-Python"] == told["requires-python"]
    links = dict(link.split(", ") for link in metadata.get_all("Project-URL", []))
    assert links == told["urls"]
    assert metadata.get_all("Classifier") == told["classifiers"]
    needed = metadata.get_all("Requires-Dist", [])
    assert [one for one in needed if "extra ==" not in one] == told["dependencies"]
    assert metadata.get_all("Provides-Extra") == [*told["optional-dependencies"]]
    assert metadata["Description-Content-Type"] == "text/markdown"


def test_the_build_says_what_it_is_of(built: Built, installed: Path) -> None:
    """`--version` has branch, revision and date, recorded in the sdist."""
    told = _run(installed / "bin" / "zenmux-exporter", "--version").splitlines()

    assert told[0] == (
        f"zenmux-exporter, version {__version__} (branch: release, revision: {built.revision})"
    )
    assert told[1].split() == ["build", "date:", "2026-11-27T01:02:03Z"]
    assert told[3].endswith(", interpreted")


def test_the_installed_exporter_counts(installed: Path, tmp_path: Path) -> None:
    """The installed exporter counts a log in a folder without the sources."""
    (tmp_path / "log.jsonl").write_text(LINE)
    told = _run("env", "-C", tmp_path, installed / "bin" / "zenmux-exporter", "once", "log.jsonl")

    assert 'zenmux_requests_total{api_key="unknown",model="m"' in told


@pytest.fixture
def unpacked(built: Built, tmp_path: Path) -> Path:
    """The unpacked sdist, outside a git repository."""
    shutil.unpack_archive(built.sdist, tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    return source


def test_the_same_sources_make_the_same_wheel(built: Built, unpacked: Path) -> None:
    """Wheels are reproducible: times come from the recorded commit, not from the clock."""
    out = unpacked / "again"
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", f"--outdir={out}"]
    _run(*command, unpacked, **{SWITCH: "1"})

    assert (out / built.wheel.name).read_bytes() == built.wheel.read_bytes()


def test_who_builds_without_git_may_name_what_it_is(unpacked: Path) -> None:
    """Environment variables override the build information recorded in the sdist."""
    given = {SWITCH: "1", "SOURCE_DATE_EPOCH": "1795000000", "BUILD_REVISION": "v0-given"}
    setup = [sys.executable, "setup.py", "-q", "build_py", "--build-lib=out"]
    _run("env", "-C", unpacked, *setup, **given)

    assert json.loads((unpacked / "out" / "exporter" / "build.json").read_text()) == {
        "branch": "release",
        "date": "2026-11-18T11:06:40Z",
        "revision": "v0-given",
    }
