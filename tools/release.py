"""Build the release files: `python -m tools.release OUT`, in a clone without changes.

These are: sdist, wheel for any platform, chart, manual with completion and units, SBOM, licences,
checksums. Compiled wheels come from cibuildwheel; those in OUT are in the checksums, too.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from exporter import __version__
from exporter.implementation import SWITCH

from . import chart, licences, manual, sbom
from .archive import pack
from .lock import RUNTIME
from .requirements import PROJECT, project

ROOT = PROJECT.parent
NAME = f"zenmux-exporter-{__version__}"
SUMS = "SHA256SUMS"


def _git(*arguments: str) -> str:
    """Return the output of a git command."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def distributions(out: Path, seconds: int) -> None:
    """Build sdist and interpreted wheel; repack the sdist to make it reproducible."""
    environment = {**os.environ, SWITCH: "1", "SOURCE_DATE_EPOCH": str(seconds)}
    command = [sys.executable, "-m", "build", "--no-isolation", f"--outdir={out}", str(ROOT)]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    (sdist,) = out.glob("*.tar.gz")
    with tempfile.TemporaryDirectory() as folder:
        shutil.unpack_archive(sdist, folder, filter="data")
        (source,) = Path(folder).iterdir()
        pack(source, sdist, seconds)


def extras(out: Path, seconds: int) -> Path:
    """Pack the files that don't belong into a wheel: manual, completion, systemd files."""
    with tempfile.TemporaryDirectory() as folder:
        share = Path(folder) / f"{NAME}-share"
        manual.write(share, seconds)
        shutil.copytree(ROOT / "packaging" / "systemd", share / "systemd")
        shutil.copy(ROOT / "exporter.example.yml", share)
        shutil.copy(ROOT / "LICENSE", share)
        archive = out / f"{share.name}.tar.gz"
        pack(share, archive, seconds)
    return archive


def bill_of_materials(out: Path) -> None:
    """Write the SBOM: the exporter and its locked runtime dependencies, with hashes."""
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements"]
    form = ["--output-reproducible", "--output-format=JSON", f"--pyproject={PROJECT}"]
    done = subprocess.run([*command, *form, str(RUNTIME)], stdout=subprocess.PIPE, check=True)
    direct = project()["project"]["dependencies"]
    found = [*licences.closure(direct)]
    made = sbom.completed(json.loads(done.stdout), __version__, direct, found)
    (out / f"{NAME}.cdx.json").write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")


def list_licences(out: Path) -> None:
    """Write the licences of the runtime dependencies."""
    rows = licences.listed(project()["project"]["dependencies"])
    text = "".join(f"{name} {version}: {licence}\n" for name, version, licence in rows)
    (out / f"{NAME}.licences.txt").write_text(text)


def sums(out: Path) -> None:
    """Write the checksums of all files, in the format of `sha256sum --check`."""
    files = sorted(path for path in out.iterdir() if path.is_file() and path.name != SUMS)
    rows = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (out / SUMS).write_text("".join(rows))


def main(arguments: Sequence[str]) -> int:
    """Build all files, dated with the time of the commit."""
    (out,) = map(Path, arguments)
    if changes := _git("status", "--porcelain"):
        print(f"there are uncommitted changes:\n{changes}", file=sys.stderr)
        return 1
    seconds = int(_git("log", "-1", "--format=%ct"))
    out.mkdir(parents=True, exist_ok=True)
    distributions(out, seconds)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(chart.package(chart.assemble(Path(folder)), seconds), out)
    extras(out, seconds)
    bill_of_materials(out)
    list_licences(out)
    sums(out)
    print((out / SUMS).read_text(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
