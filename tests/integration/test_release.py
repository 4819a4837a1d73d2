"""A release: one version everywhere, and reproducible files."""

import hashlib
import re
import tarfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from exporter import __version__
from places import ROOT
from tools import archive, release, sbom

CHANGELOG = (ROOT / "CHANGELOG.md").read_text()


def test_the_changelog_has_this_version() -> None:
    """The changelog's newest entry is this version, with a date."""
    versions = re.findall(r"^## (\d\S*) - \d{4}-\d{2}-\d{2}$", CHANGELOG, re.MULTILINE)

    assert versions[0] == __version__


@pytest.mark.parametrize("page", ["wheel", "container", "systemd", "kubernetes"])
def test_pages_name_files_of_this_version(page: str) -> None:
    """The installation pages name files of this version."""
    text = (ROOT / "docs" / "install" / f"{page}.md").read_text()
    named = re.findall(r"zenmux[-_]exporter[-:](\d+\.\d+\.\d+)", text)

    assert {*named} <= {__version__}


def test_what_a_wheel_has_no_place_for(tmp_path: Path) -> None:
    """Manual, completion and units are in a reproducible archive."""
    made = release.extras(tmp_path, 1_795_000_000)
    first = made.read_bytes()
    with tarfile.open(made) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
        owners = {(one.uid, one.gid, one.mtime) for one in packed}

    assert {
        "man/man1/zenmux-exporter-run.1",
        "bash-completion/completions/zenmux-exporter",
        "systemd/zenmux-exporter.service",
        "exporter.example.yml",
        "LICENSE",
    } <= names
    assert owners == {(0, 0, 1_795_000_000)}
    assert release.extras(tmp_path, 1_795_000_000).read_bytes() == first


def test_archives_keep_what_may_be_run(tmp_path: Path) -> None:
    """Archives keep only the executable bit of a file's mode."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, mode in (("plain", 0o600), ("program", 0o700)):
        (folder / name).write_text(name)
        (folder / name).chmod(mode)
    archive.pack(folder, tmp_path / "a.tar.gz", 0)
    with tarfile.open(tmp_path / "a.tar.gz") as packed:
        modes = {one.name: one.mode for one in packed}

    assert modes == {"folder/plain": 0o644, "folder/program": 0o755}


def test_the_sbom_knows_licences_and_who_needs_whom() -> None:
    """The SBOM has licences and dependencies of installed components; others stay as locked."""
    document = {
        "metadata": {"component": {"name": "zenmux-exporter", "bom-ref": "root"}},
        "components": [
            {"name": "yarl", "bom-ref": "L1", "description": "line 1"},
            {"name": "idna", "bom-ref": "L2", "description": "line 2"},
            {"name": "elsewhere", "bom-ref": "L3", "description": "line 3"},
        ],
    }
    found = [distribution("yarl"), distribution("idna")]
    made = sbom.completed(document, "1.2", ["yarl>=1"], found)

    assert made["metadata"]["component"]["version"] == "1.2"
    assert made["components"] == [
        {"name": "yarl", "bom-ref": "L1", "licenses": [{"expression": "Apache-2.0"}]},
        {"name": "idna", "bom-ref": "L2", "licenses": [{"expression": "BSD-3-Clause"}]},
        {"name": "elsewhere", "bom-ref": "L3"},
    ]
    assert made["dependencies"] == [
        {"ref": "root", "dependsOn": ["L1"]},
        {"ref": "L1", "dependsOn": ["L2"]},
        {"ref": "L2", "dependsOn": []},
        {"ref": "L3", "dependsOn": []},
    ]


def test_sums(tmp_path: Path) -> None:
    """Checksums have the format of sha256sum and exclude their own file."""
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    release.sums(tmp_path)
    first = (tmp_path / release.SUMS).read_text()
    release.sums(tmp_path)

    assert (tmp_path / release.SUMS).read_text() == first
    assert first == "".join(
        f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in ("a", "b")
    )
