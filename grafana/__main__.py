"""Write the dashboards and the rules that they read; with `--check`, only list stale files."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import recording_rules
from .boards import BOARDS
from .builders.sdk import encode, encode_for_import

ROOT = Path(__file__).parents[1]
FOLDER = Path("grafana/dashboards")
IMPORT = Path("grafana/import")
RULES = Path("prometheus/rules/increases.yml")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 1 if a check finds stale files."""
    parser = argparse.ArgumentParser(prog="python -m grafana", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="default: the repository")
    options = parser.parse_args(arguments)
    texts = {FOLDER / f"{name}.json": encode(build()) for name, build in BOARDS.items()}
    texts |= {IMPORT / f"{name}.json": encode_for_import(build()) for name, build in BOARDS.items()}
    texts[RULES] = recording_rules.text()
    files = {options.root / path: text for path, text in texts.items()}
    return check(files) if options.check else write(files)


def check(texts: dict[Path, str]) -> int:
    """Print the files that differ from the generated ones; return 1 if there are any."""
    folders = {path.parent for path in texts if path.suffix == ".json"}
    unknown = {path for folder in folders for path in folder.glob("*.json")} - set(texts)
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text() != text]
    for path in sorted([*stale, *unknown]):
        sys.stderr.write(f"{path}: stale, run `python -m grafana`\n")
    return 1 if stale or unknown else 0


def write(texts: dict[Path, str]) -> int:
    """Write every file."""
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
