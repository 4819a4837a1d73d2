"""The README: its commands, snippets, links and tables are correct."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import Count

from exporter.config import load
from exporter.config.options import parse
from places import ROOT
from rules.rule_files import alerts

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
README = (ROOT / "README.md").read_text()
# The most lines that a new user should have to read.
LINES = 180
# Code blocks, in which links do not count.
FENCE = re.compile(r"^( *)```.*?^\1``` *$", re.DOTALL | re.MULTILINE)


def blocks(language: str) -> list[str]:
    """The README's code blocks of a language, without their indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", README, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def commands(start: str) -> list[str]:
    """The README's shell lines whose program ends with `start`."""
    lines = "\n".join(blocks("sh")).splitlines()
    return [line for line in lines if line.partition(" ")[0].endswith(start)]


def test_make_targets_exist() -> None:
    """Every `make` line in the README runs, and its target uses the variables."""
    lines = commands("make")
    assert {"make run", "make test"} <= set(lines)
    for line in lines:
        words = line.replace("'", "").split()
        plan = subprocess.run(
            [words[0], "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=True
        )
        variables = [word.partition("=")[2] for word in words if "=" in word]
        assert all(value in plan.stdout for value in variables)


def test_exporter_commands(tmp_path: Path) -> None:
    """Every exporter command line parses and loads the README's configuration."""
    (config,) = [text for text in blocks("yaml") if "sources:" in text]
    (tmp_path / "exporter.yml").write_text(config)
    lines = commands("zenmux-exporter")
    assert len(lines) >= 3
    for line in lines:
        words = line.replace("'", "").replace("exporter.yml", str(tmp_path / "exporter.yml"))
        options = parse(words.split()[1:], {})
        load(options.config_file, options)


@pytest.mark.parametrize("page", ["first-graph.md", "formats.md"])
def test_example_record(page: str, count: Count) -> None:
    """The record on each page that a new user copies is counted."""
    (record,) = re.findall(
        r"^```json\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.DOTALL | re.MULTILINE
    )
    assert 'zenmux_requests_total{api_key="checkout"' in count([record.strip()])


def test_is_short() -> None:
    """The README stays below the limit."""
    assert len(README.splitlines()) < LINES


def test_scrape_configuration() -> None:
    """The README's scrape job matches the shipped one."""
    (text,) = [text for text in blocks("yaml") if "scrape_configs:" in text]
    (job,) = yaml.safe_load(text)["scrape_configs"]
    shipped = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text())
    (ours,) = [one for one in shipped["scrape_configs"] if one["job_name"] == job["job_name"]]
    assert job["scrape_interval"] == shipped["global"]["scrape_interval"]
    assert job["params"] == ours["params"]


def test_number_of_alerts() -> None:
    """README and changelog give the number of alerts; the snippet loads the shipped rules."""
    number = len({alert.name for alert in alerts()})
    assert f"{number} alerts on" in README
    assert f"{number} with runbooks" in (ROOT / "CHANGELOG.md").read_text()
    shipped = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text())
    (text,) = [text for text in blocks("yaml") if "rule_files:" in text]
    assert yaml.safe_load(text)["rule_files"] == shipped["rule_files"]


@pytest.mark.parametrize("table", ["metrics_table", "command_tables"])
def test_tables_are_generated(table: str) -> None:
    """The generated tables are up to date; if not, run `make dashboards`."""
    check = subprocess.run(
        [sys.executable, "-m", f"tools.{table}", "--check"], cwd=ROOT, check=False
    )
    assert check.returncode == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page: Path) -> None:
    """Every relative link names an existing file, and its anchor a heading."""
    text = FENCE.sub("", page.read_text())
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        name, _, anchor = target.partition("#")
        path = (page.parent / name) if name else page
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings]
            assert anchor in slugs, target
    for picture in re.findall(r'src(?:set)?="(?!https?:)([^"]+)"', text):
        assert (page.parent / picture).exists(), picture
