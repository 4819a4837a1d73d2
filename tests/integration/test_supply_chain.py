"""Lock files, licences and the vulnerability audit."""

import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from places import ROOT
from tools import audit, install, licences, lock
from tools.requirements import project, requirements

LOCKS = (lock.RUNTIME, lock.ALL)


def pinned(path: Path) -> dict[str, str]:
    """Return locked versions by name."""
    return dict(re.findall(r"^([\w.-]+)(?:\[\S+\])?==(\S+)", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (lock.RUNTIME, project()["project"]["dependencies"]),
        (lock.ALL, [*requirements([]), *requirements(lock.LOCKED_GROUPS)]),
    ],
    ids=["run", "all"],
)
def test_all_that_is_required_is_locked(path: Path, wanted: list[str]) -> None:
    """Locked versions satisfy the requirements; if not, run `make lock`."""
    versions = pinned(path)
    for one in map(Requirement, wanted):
        assert one.specifier.contains(versions[canonicalize_name(one.name)]), one


def test_the_image_has_what_the_tests_had() -> None:
    """The runtime lock is a subset of the full lock."""
    assert pinned(lock.RUNTIME).items() <= pinned(lock.ALL).items()


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_each_version_has_hashes_and_no_place(path: Path) -> None:
    """Every entry has hashes, and no lock file names an index."""
    entries = re.split(r"\n(?=\w)", path.read_text().strip())

    assert all(re.search(r" \\\n +--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert not re.search(r"https?://|--(extra-)?index|--find-links", path.read_text())


def test_make_installs_the_locked_versions() -> None:
    """The note has requirements and locked versions, so a change of either reinstalls."""
    noted = install.wanted(["dev"]).splitlines()
    (bare,) = (one for one in noted if one.startswith("pytest=="))

    assert any(one.startswith("pytest>=") for one in noted)
    assert bare == f"pytest=={pinned(lock.ALL)['pytest']}"
    assert (ROOT / "Makefile").read_text().count("-m tools.install $@") == 3


def test_nothing_is_installed_twice(tmp_path: Path) -> None:
    """If the note is current, pip is not run."""
    note = tmp_path / "required"
    note.write_text(install.wanted([]))
    subprocess.run(
        [sys.executable, "-m", "tools.install", note],
        cwd=ROOT,
        env={"PATH": "", "PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "1"},
        check=True,
    )

    assert list(tmp_path.iterdir()) == [note]


def test_licences() -> None:
    """All runtime and development dependencies have allowed licences."""
    needed = [*project()["project"]["dependencies"], *requirements(["dev"])]
    rows = licences.listed(needed)

    assert len(rows) > len(needed)
    assert [row for row in rows if not licences.is_allowed(row[2])] == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("(Apache-2.0 OR BSD-3-Clause) AND MIT", True),
        ("GPL-3.0-or-later", False),
        ("MIT AND AGPL-3.0-only", False),
        ("unknown", False),
    ],
)
def test_allowed(expression: str, expected: bool) -> None:
    """Every part of an AND must be allowed, one part of an OR suffices."""
    assert licences.is_allowed(expression) is expected


def test_old_metadata() -> None:
    """Licence classifiers take precedence over free text."""
    assert licences.licence(distribution("pyyaml")) == "MIT"


SAFE = {"name": "a", "version": "1", "vulns": []}
SKIPPED = {"name": "b", "skip_reason": "not found"}
FAULT = {"id": "CVE-1", "fix_versions": ["2"]}


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ([SAFE], (["1 packages have no known vulnerabilities"], False)),
        ([SKIPPED], (["1 of 1 packages were not audited: no data available"], False)),
        (
            [SAFE, SKIPPED],
            (
                [
                    "1 of 2 packages were not audited: no data available",
                    "1 packages have no known vulnerabilities",
                ],
                False,
            ),
        ),
        ([{**SAFE, "vulns": [FAULT]}], (["a 1: CVE-1, fixed in 2"], True)),
    ],
)
def test_the_audit_never_says_more_than_it_knows(
    report: list[dict[str, object]], expected: tuple[list[str], bool]
) -> None:
    """Packages without data are reported as not audited."""
    assert audit.told(report) == expected
