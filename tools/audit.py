"""Look up the locked versions in a database of known vulnerabilities, if it can be reached."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from .lock import ALL

AUDIT = (
    *(sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--progress-spinner=off"),
    *("--format=json", "--timeout=10"),
)


def told(report: Sequence[dict[str, Any]]) -> tuple[list[str], bool]:
    """Return lines that describe a report, and whether it has a vulnerability."""
    lines = [
        f"{one['name']} {one['version']}: {fault['id']}, fixed in "
        f"{', '.join(fault['fix_versions']) or 'no version'}"
        for one in report
        for fault in one.get("vulns", ())
    ]
    # pip-audit finds nothing without its database, and does not report that as an error.
    skipped = sum("skip_reason" in one for one in report)
    if skipped:
        lines.append(f"{skipped} of {len(report)} packages were not audited: no data available")
    found = len(lines) > bool(skipped)
    if not found and skipped < len(report):
        lines.append(f"{len(report) - skipped} packages have no known vulnerabilities")
    return lines, found


def main() -> int:
    """Print the report; return 1 if there is a vulnerability, 0 if there is none or no data."""
    done = subprocess.run(
        [*AUDIT, f"--requirement={ALL}"], capture_output=True, text=True, check=False
    )
    try:
        report = json.loads(done.stdout)["dependencies"]
    except ValueError:
        reason = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        print(f"dependencies were not audited: {reason[-1]}")
        return 0
    lines, found = told(report)
    print("\n".join(lines))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
