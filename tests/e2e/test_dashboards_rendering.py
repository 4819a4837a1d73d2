"""Every dashboard renders in a real Grafana without errors and empty panels.

GRAFANA_URL must name a Grafana with the dashboards, anonymous access, and a Prometheus with some
weeks of data. Needs the playwright package and a chromium on the path.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from dashboards.committed import load, panels
from grafana.panels.compensation_details import COLUMNS

GRAFANA = os.environ.get("GRAFANA_URL", "")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(not GRAFANA, reason="GRAFANA_URL names no Grafana to render in"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on the path"),
]

RANGES = {
    "1h": ("now-1h", "now"),
    "24h": ("now-24h", "now"),
    "7d": ("now-7d", "now"),
    "month": ("now/M", "now/M"),
}
# Tall enough for the longest dashboard: panels below the window are not loaded.
_HEIGHT = 4200
_PANEL = 'section[data-testid^="data-testid Panel header"]'
_BUSY = '[aria-label="Panel loading bar"]'
_FAILED = '[data-testid="data-testid Panel status error"], [data-testid^="data-testid Alert error"]'
# Grafana's default text; every panel has its own, which says why it is empty.
_EMPTY = "No data"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def details(browser: Browser) -> Iterator[Locator]:
    """The table of compensated requests, alone and tall enough for dozens of rows."""
    board = load()["insurance"]
    (panel,) = (one for one in panels(board) if one["title"] == "Compensation Details")
    page = browser.new_page(viewport={"width": 1920, "height": _HEIGHT})
    alone = f"viewPanel=panel-{panel['id']}&from=now-24h&to=now&kiosk"
    page.goto(f"{GRAFANA}/d/{board['uid']}?{alone}")
    _settle(page, 1)
    yield page.locator(_PANEL)
    page.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [1280, 1920])
@pytest.mark.parametrize("span", RANGES)
@pytest.mark.parametrize("name", sorted(load()))
def test_dashboards_render(browser: Browser, name: str, span: str, width: int, theme: str) -> None:
    """All panels are there, none empty or with an error, and the console has no errors."""
    board = load()[name]
    begin, end = RANGES[span]
    page = browser.new_page(viewport={"width": width, "height": _HEIGHT})
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{GRAFANA}/d/{board['uid']}?from={begin}&to={end}&theme={theme}&kiosk")
    _settle(page, len(panels(board)))
    failed = page.locator(_FAILED).count()
    empty = _titles_of_empty_panels(page)
    page.close()
    assert (complaints, failed, empty) == ([], 0, [])


def _settle(page: Page, number: int) -> None:
    """Wait until `number` panels are there and none is loading."""
    page.wait_for_function(
        "([panel, busy, n]) => document.querySelectorAll(panel).length >= n"
        " && !document.querySelector(busy)",
        arg=[_PANEL, _BUSY, number],
        timeout=90_000,
    )
    page.wait_for_load_state("networkidle")


def _titles_of_empty_panels(page: Page) -> list[str]:
    """Return the panels that still show `No data` after they had time to draw."""
    shown = page.locator(f'text="{_EMPTY}" >> visible=true')
    empty = page.locator(_PANEL).filter(has=shown)
    with suppress(AssertionError):
        expect(empty).to_have_count(0, timeout=20_000)
    return [str(panel.get_attribute("data-testid")) for panel in empty.all()]


@pytest.mark.parametrize("title", [column.title for column in COLUMNS if column.unit])
def test_columns_of_numbers_sort_as_numbers(details: Locator, title: str) -> None:
    """Clicks on a header sort its column by number, ascending and descending.

    Grafana sorts texts by the whole numbers in them: 9 before 10, but 0.5 before 0.12. So the test
    also checks the right alignment, which only numbers have.
    """
    heading = details.get_by_role("columnheader").filter(has_text=re.compile(f"^{title}$"))
    # Clicks cycle from unsorted to ascending to descending.
    while heading.get_attribute("aria-sort"):
        heading.get_by_text(title).click()
    heading.get_by_text(title).click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    place = heading.get_attribute("aria-colindex")
    cells = details.locator(f'[role="gridcell"][aria-colindex="{place}"]')
    expect(cells.first).to_have_css("text-align", "right")
    rising = _numbers(cells)
    heading.get_by_text(title).click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    falling = _numbers(cells)
    assert min(len(rising), len(falling)) > 10
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)
    assert falling[0] > rising[0]


def _numbers(cells: Locator) -> list[float]:
    """Return the numbers of a column from top to bottom, without their units."""
    digits = (re.sub(r"[^0-9.]", "", cell) for cell in cells.all_inner_texts())
    return [float(one) for one in digits if one]
