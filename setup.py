"""Build the exporter; compile its hot modules from their own source if there is a C compiler."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

ROOT = Path(__file__).resolve().parent
# Build information for `--version`: in an sdist and in an installation, not in a clone.
RECORD = "exporter/build.json"

# The modules that run for each line, or for each sample of a history.
# `ZENMUX_EXPORTER_INTERPRETED=1` turns compiled code off; if it is set for the build, the wheel has
# none and fits any platform.
HOT = (
    "exporter/records.py",
    "exporter/values/fixed_point.py",
    "exporter/values/labels.py",
    "exporter/values/timestamps.py",
    "exporter/rules/billing.py",
    "exporter/rules/outcome.py",
    "exporter/rules/plans.py",
    "exporter/rules/protocols.py",
    "exporter/rules/quantities.py",
    "exporter/rules/record.py",
    "exporter/rules/responsibility.py",
    "exporter/rules/tokens.py",
    "exporter/rules/usage.py",
    "exporter/formats/parser.py",
    "exporter/counting/changes.py",
    "exporter/counting/compensations.py",
    "exporter/counting/counter.py",
    "exporter/counting/deduplication.py",
    "exporter/counting/facts_packing.py",
    "exporter/counting/label_limits.py",
    "exporter/counting/label_sets.py",
    "exporter/counting/request_facts.py",
    "exporter/counting/requests.py",
    "exporter/counting/series.py",
    "exporter/backfill/collector.py",
    "exporter/backfill/growth.py",
    "exporter/backfill/increment_store.py",
    "exporter/backfill/levels.py",
    "exporter/backfill/outputs.py",
    "exporter/backfill/sample_grid.py",
    "exporter/backfill/samples.py",
    "exporter/backfill/series_runs.py",
    "exporter/backfill/timeline.py",
    "exporter/backfill/tsdb/chunk_segments.py",
    "exporter/backfill/tsdb/crc32c.py",
    "exporter/backfill/tsdb/grid_chunks.py",
    "exporter/backfill/tsdb/index.py",
    "exporter/values/varints.py",
    "exporter/backfill/tsdb/xor_chunks.py",
    "exporter/pipeline/ingest.py",
    "exporter/pipeline/parsing.py",
    "exporter/pipeline/reading.py",
)


def git(*arguments: str) -> str:
    """Return the output of git; empty if this is no clone, or git is missing."""
    if not (ROOT / ".git").exists():
        return ""
    command = ["git", "-C", str(ROOT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def build_record() -> dict[str, str]:
    """Return branch, revision and date from the environment, from git, or from the sdist.

    The date is that of the commit, so that builds are reproducible.
    """
    packed = ROOT / RECORD
    record: dict[str, str] = json.loads(packed.read_text()) if packed.exists() else {}
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct")
    date = datetime.fromtimestamp(int(seconds), UTC).isoformat() if seconds else ""
    found = {
        "branch": os.environ.get("BUILD_BRANCH") or git("rev-parse", "--abbrev-ref", "HEAD"),
        "revision": os.environ.get("BUILD_REVISION")
        or git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"),
        "date": date.replace("+00:00", "Z"),
    }
    return record | {name: value for name, value in found.items() if value}


def date_files(record: dict[str, str]) -> None:
    """Give the files in a wheel the date of the record."""
    if "date" in record:
        seconds = int(datetime.fromisoformat(record["date"]).timestamp())
        os.environ.setdefault("SOURCE_DATE_EPOCH", str(seconds))


def write_record(folder: str) -> str:
    """Write the record below a folder and return its path."""
    path = Path(folder) / RECORD
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(build_record(), indent=2, sort_keys=True) + "\n")
    return str(path)


class BuildPy(build_py):
    """Copies the modules, and records what they were built from."""

    def run(self) -> None:
        """Copy the modules, then write the record, which replaces the one of an sdist."""
        super().run()
        if not self.editable_mode:
            write_record(self.build_lib)


class Sdist(sdist):
    """Packs the sources with the record: there is no git where they are unpacked."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Fill the folder to pack."""
        super().make_release_tree(base_dir, files)
        write_record(base_dir)


def extensions() -> list[Extension]:
    """Return the compiled modules; none if mypyc is missing or they are not wanted."""
    if os.environ.get("ZENMUX_EXPORTER_INTERPRETED", "").lower() not in {"", "0", "false", "no"}:
        return []
    try:
        from mypyc.build import mypycify
    except ImportError:
        return []
    options = ["--config-file=", "--ignore-missing-imports"]
    try:
        found = mypycify([*HOT, *options], opt_level="3", group_name="zenmux_exporter")
    except SystemExit:
        # A newer mypy may reject the sources; interpreted, they still run.
        sys.stderr.write("the hot modules could not be compiled; they will be interpreted\n")
        return []
    for extension in found:
        extension.optional = True
        # No functions are replaced at load time, so they may be inlined.
        extension.extra_compile_args.append("-fno-semantic-interposition")
    return list(found)


# Installers first ask for metadata, twice; compiling takes most of a minute.
_DESCRIBES = {"egg_info", "dist_info", "sdist"}

date_files(build_record())
setup(
    ext_modules=[] if _DESCRIBES & {*sys.argv} else extensions(),
    cmdclass={"build_py": BuildPy, "sdist": Sdist},
)
