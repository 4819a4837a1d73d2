"""Every dashboard renders in a real Grafana, without an error and without an empty panel.

Runs where GRAFANA_URL names a Grafana that has the dashboards, anonymous access, and a Prometheus
with some weeks of data; with the playwright package and a chromium on the path.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress

import pytest
from dashboards.committed import load, panels
from playwright.sync_api import Browser, Page, expect, sync_playwright

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
# Grafana's own word; every panel has another, which tells why it is empty.
_EMPTY = "No data"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A chromium without a window."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [1280, 1920])
@pytest.mark.parametrize("span", RANGES)
@pytest.mark.parametrize("name", sorted(load()))
def test_dashboards_render(browser: Browser, name: str, span: str, width: int, theme: str) -> None:
    """All panels are there, none with an error, and the browser has nothing to complain of."""
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
    """Wait until that many panels are there and none still loads."""
    page.wait_for_function(
        "([panel, busy, n]) => document.querySelectorAll(panel).length >= n"
        " && !document.querySelector(busy)",
        arg=[_PANEL, _BUSY, number],
        timeout=90_000,
    )
    page.wait_for_load_state("networkidle")


def _titles_of_empty_panels(page: Page) -> list[str]:
    """Return the panels that say so, once their answers had time to be drawn."""
    shown = page.locator(f'text="{_EMPTY}" >> visible=true')
    empty = page.locator(_PANEL).filter(has=shown)
    with suppress(AssertionError):
        expect(empty).to_have_count(0, timeout=20_000)
    return [str(panel.get_attribute("data-testid")) for panel in empty.all()]
