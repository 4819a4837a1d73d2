"""Dashboards as a whole: generation, ids, layout, links, and workarounds for the SDK."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from dashboards.committed import is_strip, load, panels
from grafana.__main__ import main
from grafana.boards import BOARDS as BUILDERS
from grafana.boards.base import board as build_board
from grafana.boards.base import heading, line
from grafana.builders.numbers import number
from grafana.builders.sdk import encode, transformation

BOARDS = load()
# Grafana's own blue, which follows the theme, and a faint grey.
PLAIN = {"blue", "rgba(128, 128, 128, 0.15)"}
PALETTE = PLAIN | {
    "#999999",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
}

board = pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))


def _values(tree: Any, key: str) -> list[Any]:
    if isinstance(tree, dict):
        own = [tree[key]] if key in tree else []
        return own + [value for inner in tree.values() for value in _values(inner, key)]
    return (
        [value for inner in tree for value in _values(inner, key)] if isinstance(tree, list) else []
    )


def test_committed_files_are_as_generated() -> None:
    """`python -m grafana --check` passes on the committed dashboards and rules."""
    assert main(["--check"]) == 0


def test_check_names_stale_missing_and_unknown_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A check fails on a changed, a missing and a superfluous file, and names each."""
    assert main(["--root", str(tmp_path)]) == 0
    folder = tmp_path / "grafana" / "dashboards"
    (folder / "usage.json").write_text("{}")
    (folder / "insurance.json").unlink()
    (folder / "old.json").write_text("{}")
    (tmp_path / "prometheus" / "rules" / "increases.yml").write_text("groups: []\n")
    assert main(["--check", "--root", str(tmp_path)]) == 1
    named = re.findall(r"(\w+\.\w+): stale", capsys.readouterr().err)
    assert named == ["insurance.json", "old.json", "usage.json", "increases.yml"]


def test_generation_is_deterministic() -> None:
    """Two runs give the same text."""
    assert [encode(build()) for build in BUILDERS.values()] == [
        encode(build()) for build in BUILDERS.values()
    ]


def test_dashboards_survive_the_sdk_schema() -> None:
    """Reading the JSON into the SDK's classes and writing it again loses nothing."""
    for name, tree in BOARDS.items():
        model = type(BUILDERS[name]().build())
        again = json.loads(json.dumps(model.from_json(tree), default=lambda x: x.to_json()))
        again["links"] = [{k: v for k, v in e.items() if k != "placement"} for e in again["links"]]
        assert tree["links"] == again["links"], name
        assert [p["title"] for p in tree["panels"]] == [p["title"] for p in again["panels"]]


def test_uids_and_titles_are_unique_and_fixed() -> None:
    """Duplicate uids or titles break provisioning; changed ones break links."""
    names = [
        "overview",
        "insurance",
        "usage",
        "provider",
        "performance",
        "cost",
        "account",
        "exporter",
    ]
    assert {(f"zenmux-{name}", f"ZenMux {name.title()}") for name in names} == {
        (tree["uid"], tree["title"]) for tree in BOARDS.values()
    }
    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", tree["uid"]) for tree in BOARDS.values())


@board
def test_panel_ids_are_unique_and_set(board: dict[str, Any]) -> None:
    """Panel ids are explicit, since panel links contain them."""
    ids = [panel["id"] for panel in board["panels"]]
    assert sorted(set(ids)) == sorted(ids)
    assert min(ids) > 0


@board
def test_panels_fit_the_grid_without_overlap(board: dict[str, Any]) -> None:
    """Every panel is inside the 24 columns, overlaps none, and follows the order of the file."""
    cells: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        own = set(
            itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"]))
        )
        assert not own & cells, panel["title"]
        cells |= own
    order = [(panel["gridPos"]["y"], panel["gridPos"]["x"]) for panel in board["panels"]]
    assert sorted(order) == order
    assert all(x == 0 or (x - 1, y) in cells for x, y in cells), "a hole in a line"


@board
def test_strips_lie_beneath_the_totals_whose_bars_they_are(board: dict[str, Any]) -> None:
    """Each compared total has a strip below it, with its width and unit."""
    strips = {_place(panel): panel for panel in panels(board) if is_strip(panel)}
    for tile in panels(board):
        if tile["type"] != "stat" or len(tile["targets"]) != 2 or "/" in tile["targets"][1]["expr"]:
            continue
        at = tile["gridPos"]
        strip = strips.pop((at["x"], at["y"] + at["h"], at["w"], 2), None)
        assert strip is not None, tile["title"]
        assert _bars_of(strip) == _total_of(tile)
    assert not strips


def _place(panel: dict[str, Any]) -> tuple[int, int, int, int]:
    at = panel["gridPos"]
    return at["x"], at["y"], at["w"], at["h"]


def _total_of(tile: dict[str, Any]) -> list[Any]:
    """Return what a tile shares with its strip: name, unit, decimals and measure."""
    defaults = tile["fieldConfig"]["defaults"]
    (_, compared) = tile["targets"]
    (total, _) = compared["expr"].split("\nor\n", 1)
    return [tile["title"], defaults["unit"], defaults["decimals"], total]


def _bars_of(strip: dict[str, Any]) -> list[Any]:
    defaults = strip["fieldConfig"]["defaults"]
    (bars,) = strip["targets"]
    total = bars["expr"].replace("[$__interval] offset -$__interval", "[$__range]")
    return [bars["legendFormat"], defaults["unit"], defaults["decimals"], total]


@board
def test_strips_have_nothing_but_bars(board: dict[str, Any]) -> None:
    """Strips have no axes, legend or alert annotations."""
    strips = [panel for panel in panels(board) if is_strip(panel)]
    for strip in strips:
        assert strip["fieldConfig"]["defaults"]["custom"]["axisPlacement"] == "hidden"
        assert strip["options"]["legend"]["showLegend"] is False
    (alerts,) = board["annotations"]["list"]
    assert alerts["filter"] == {"exclude": True, "ids": [strip["id"] for strip in strips]}


@board
def test_links_lead_to_all_dashboards_and_keep_time_and_filters(board: dict[str, Any]) -> None:
    """Links between dashboards keep the time range and the filters."""
    (link,) = board["links"]
    assert (link["keepTime"], link["includeVars"], link["asDropdown"]) == (True, True, True)
    assert all(set(link["tags"]) <= set(tree["tags"]) for tree in BOARDS.values())


@board
def test_head_row_tells_demo_data_from_real(board: dict[str, Any]) -> None:
    """The first panel is the banner, which names demo data before any fault."""
    banner = panels(board)[0]
    assert "zenmux_exporter_demo" in banner["targets"][0]["expr"]
    assert banner["targets"][0]["legendFormat"].startswith("DEMO DATA")
    assert "DEMO" not in banner["fieldConfig"]["defaults"]["noValue"]


@board
def test_colours_are_told_apart_with_any_colour_vision(board: dict[str, Any]) -> None:
    """All fixed colours are from Okabe and Ito's palette, or blue or grey."""
    fixed = _values(board, "fixedColor") + _values(board, "color")
    assert {color for color in fixed if isinstance(color, str)} <= PALETTE


@board
def test_time_and_refresh_are_the_house_defaults(board: dict[str, Any]) -> None:
    """Dashboards show the last week in the viewer's time zone and refresh every minute."""
    expected = {
        "schemaVersion": 42,
        "time": {"from": "now-7d", "to": "now"},
        "refresh": "1m",
        "timezone": "browser",
        "graphTooltip": 1,
    }
    assert expected == {key: board[key] for key in expected}


@board
def test_sdk_noise_is_stripped(board: dict[str, Any]) -> None:
    """The SDK's defaults for other kinds of links, variables and panels are removed."""
    assert not _values(board["links"], "placement")
    kinds = [v["type"] for v in board["templating"]["list"] if "auto" in v]
    assert kinds == ["interval"]
    assert not _values(board["panels"], "repeatDirection")


def test_transformations_carry_their_options() -> None:
    """A transformation's options are not taken for its `disabled` flag."""
    made = transformation("organize", {"renameByName": {"a": "b"}})
    assert (made.disabled, made.options) == (None, {"renameByName": {"a": "b"}})


def test_panels_stand_side_by_side() -> None:
    """A line's panels are placed side by side below the heading, whatever the SDK's layout."""
    parts = [
        (number("Title", "Text", "up", "none", "None"), identity, width)
        for identity, width in ((8, 6), (9, 18))
    ]
    built = build_board("uid", "Title", "Text", [], [heading("Row", 7), line(4, *parts)])
    placed = [
        (panel["id"], panel["gridPos"]["x"], panel["gridPos"]["y"], panel["gridPos"]["w"])
        for panel in json.loads(encode(built))["panels"]
    ]
    assert placed[-3:] == [(7, 0, 3, 24), (8, 0, 4, 6), (9, 6, 4, 18)]
