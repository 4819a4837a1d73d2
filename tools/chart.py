"""Package the Helm chart: `python -m tools.chart OUT` writes folder and package below OUT.

Helm reads no files outside of a chart, so dashboards and rules are copied into it.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from .archive import pack
from .requirements import PROJECT

ROOT = PROJECT.parent
CHART = ROOT / "packaging" / "helm" / "zenmux-exporter"
# By the folder that the templates read.
COPIED = {
    "files/dashboards": (ROOT / "grafana" / "dashboards", "*.json"),
    "files/rules": (ROOT / "prometheus" / "rules", "*.yml"),
}


def assemble(out: Path) -> Path:
    """Write the chart's folder and return it."""
    chart = out / CHART.name
    shutil.rmtree(chart, ignore_errors=True)
    shutil.copytree(CHART, chart)
    for name, (source, pattern) in COPIED.items():
        folder = chart / name
        folder.mkdir(parents=True)
        for path in source.glob(pattern):
            shutil.copy(path, folder)
    return chart


def package(chart: Path, seconds: int) -> Path:
    """Write the package next to the chart's folder and return it."""
    version = yaml.safe_load((chart / "Chart.yaml").read_text())["version"]
    archive = chart.with_name(f"{chart.name}-{version}.tgz")
    pack(chart, archive, seconds)
    return archive


def main(arguments: Sequence[str]) -> int:
    """Write both; files get `SOURCE_DATE_EPOCH` as their modification time."""
    (out,) = map(Path, arguments)
    print(package(assemble(out), int(os.environ.get("SOURCE_DATE_EPOCH", "0"))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
