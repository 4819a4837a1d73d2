"""Information about the build: version, revision, date, platform, Python.

`setup.py` writes revision and date beside this module during the build; a clone that is run
without a build has neither.
"""

import json
import platform
from pathlib import Path

from . import __version__
from .implementation import is_compiled

RECORD = Path(__file__).with_name("build.json")
_UNKNOWN = "unknown"


def record() -> dict[str, str]:
    """Return the build's branch, revision and date; empty without a build."""
    try:
        noted: dict[str, str] = json.loads(RECORD.read_bytes())
    except FileNotFoundError:
        return {}
    return noted


def told(program: str) -> str:
    """Return the text of `--version`, in the form of Prometheus's programs."""
    noted = record()
    branch, revision = noted.get("branch", _UNKNOWN), noted.get("revision", _UNKNOWN)
    build = "compiled" if is_compiled() else "interpreted"
    rows = {
        "build date": noted.get("date", _UNKNOWN),
        "platform": f"{platform.system().lower()}/{platform.machine()}",
        "python": f"{platform.python_version()}, {build}",
    }
    head = f"{program}, version {__version__} (branch: {branch}, revision: {revision})\n"
    return head + "".join(f"  {name + ':':<13} {value}\n" for name, value in rows.items())
