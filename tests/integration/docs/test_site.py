"""The documentation site, the CI workflow and the commit hooks."""

import os
import subprocess
import sys
from pathlib import Path

import yaml

from places import ROOT


def test_site_builds_strictly(tmp_path: Path) -> None:
    """The site builds in strict mode, and its pages load nothing from other hosts."""
    site = tmp_path / "site"
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", site],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    for page in site.rglob("*.html"):
        assert 'src="http' not in page.read_text()
    (index,) = site.glob("index.html")
    assert "pictures/data.svg" in index.read_text()


def test_workflow_runs_ci_on_each_python() -> None:
    """The workflow runs `.ci/run`, starting with the oldest supported Python."""
    (job,) = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"].values()
    pythons = job["strategy"]["matrix"]["python"]
    requires = (ROOT / "pyproject.toml").read_text()
    assert f'requires-python = ">={pythons[0]}"' in requires
    assert {"run": ".ci/run"} in job["steps"]


def test_hooks_use_the_environment() -> None:
    """The hooks run ruff and mypy from the environment."""
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert {hook["entry"].partition(" ")[0] for hook in repo["hooks"]} == {
        ".venv/bin/ruff",
        ".venv/bin/mypy",
    }
