"""The pages in a real browser: themes, widths, keyboard, refresh, and without JavaScript.

Skipped if chromium is not on the path.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from loggen import generate
from programs import exporter, get, wait_until

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on the path")

_REFRESH_MS = 5000
_LINE = '{"id": "gen_%s", "timestamp": 1793491200, "model": "m", "latency_ms": 500}\n'
# Returns the lowest WCAG 2 contrast of a text with its background, and the text.
_LOWEST_CONTRAST = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (one) => {
    const colour = getComputedStyle(one).backgroundColor;
    return (parts(colour)[3] ?? 1) > 0 || !one.parentElement ? colour : behind(one.parentElement);
  };
  const own = (one) => [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  return [...document.body.querySelectorAll("*")]
    .filter((one) => own(one) && one.getClientRects().length && one.tagName !== "SCRIPT")
    .map((one) => {
      const [dark, bright] = [light(getComputedStyle(one).color), light(behind(one))].sort();
      return [(Math.max(bright, dark) + 0.05) / (Math.min(bright, dark) + 0.05), one.textContent];
    })
    .sort((a, b) => a[0] - b[0])[0];
}"""
_FOCUSABLE = "a[href], summary, [tabindex='0']"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of generated lines."""
    log = tmp_path_factory.mktemp("page") / "requests.jsonl"
    log.write_bytes(b"\n".join(generate(5, 2000)) + b"\n")
    return log


@pytest.fixture(scope="module")
def url(log: Path) -> Iterator[str]:
    """An exporter that counted the log."""
    missing = log.parent / "missing.jsonl"
    with exporter(log.parent, str(log), str(missing)) as (_, address):
        wait_until(lambda: get(f"{address}/-/ready")[0] == 200, "existing content is counted")
        yield address


@pytest.fixture(scope="module")
def request_path(url: str) -> str:
    """The path of the page of a compensated request."""
    rows = json.loads(get(f"{url}/api/v1/compensations?limit=1")[1])["items"]
    return f"/requests/{rows[0]['generation_id']}"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["overview", "request", "unknown"])
def test_it_renders(
    browser: Browser, url: str, request_path: str, name: str, width: int, theme: str
) -> None:
    """Pages fit the window, have enough contrast, and log nothing to the console."""
    path = {"overview": "/", "request": request_path, "unknown": "/requests/gen_none"}[name]
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    answer = page.goto(url + path)
    for summary in page.locator("summary").all():
        summary.click()
    scroll_width = page.evaluate("document.documentElement.scrollWidth")
    contrast, text = page.evaluate(_LOWEST_CONTRAST)
    back = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.close()

    assert answer is not None
    if answer.status == 404:
        # Chromium logs the expected 404.
        complaints = [one for one in complaints if "404" not in one]
    assert complaints == []
    assert scroll_width == width
    assert contrast >= 4.5, text
    assert back == {"light": "rgb(244, 246, 248)", "dark": "rgb(14, 19, 24)"}[theme]


def test_the_keyboard_reaches_everything(browser: Browser, url: str) -> None:
    """Tab reaches links, summaries and scrolling tables in order, each with an outline."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.clock.install()
    page.goto(url)
    page.locator("details").evaluate("one => { one.open = true; }")
    number = page.locator(_FOCUSABLE).count()
    reached = []
    for _ in range(number):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.outerHTML"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    expected = [one.evaluate("one => one.outerHTML") for one in page.locator(_FOCUSABLE).all()]
    page.close()

    assert number > 10
    assert reached[-number:] == expected


def test_the_policy_is_in_force(browser: Browser, url: str) -> None:
    """The policy blocks other scripts and styles and requests to other hosts."""
    page = browser.new_page()
    page.goto(url)
    refused = page.evaluate(
        """() => new Promise((done) => {
          const seen = [];
          document.addEventListener("securitypolicyviolation", (event) => {
            seen.push(event.effectiveDirective);
            if (seen.length === 4) done(seen);
          });
          const add = (name, fields) =>
            document.body.append(Object.assign(document.createElement(name), fields));
          add("script", {textContent: "window.hacked = 1"});
          add("style", {textContent: "body{display:none}"});
          add("img", {src: "http://127.0.0.1:9/a.png"});
          fetch("http://127.0.0.1:9/").catch(() => {});
        })"""
    )
    hacked = page.evaluate("window.hacked")
    page.close()

    assert sorted(refused) == ["connect-src", "img-src", "script-src-elem", "style-src-elem"]
    assert hacked is None


def test_it_is_refreshed(browser: Browser, url: str, log: Path) -> None:
    """The page refreshes by itself and keeps open sections and the focus."""
    page = browser.new_page()
    page.clock.install()
    page.goto(url)
    before = _requests(page)
    page.locator("summary").press("Enter")
    with log.open("a") as file:
        file.write(_LINE % "new")
    wait_until(lambda: f"<b>{before + 1:,}</b>" in get(url)[1], "the line is counted")
    page.clock.fast_forward(_REFRESH_MS)
    expect(_tile(page)).to_have_text(f"{before + 1:,}")

    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    expect(page.locator("details")).to_have_attribute("open", "")
    expect(page.get_by_role("status")).to_have_text("Refreshed every 5 seconds.")
    page.route("**", lambda route: route.abort())
    page.clock.fast_forward(_REFRESH_MS)
    expect(page.get_by_role("status")).to_contain_text("does not answer")
    page.close()


def test_it_works_without_a_script(browser: Browser, url: str) -> None:
    """Without JavaScript the page is complete and asks to reload."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)

    assert _requests(page) > 100
    assert page.get_by_role("status").inner_text() == "Reload for newer numbers."
    assert page.locator(".bars li").count() > 10
    context.close()


def _tile(page: Page) -> Locator:
    heading = page.get_by_role("heading", name="Requests", exact=True)
    return page.locator("section.tile", has=heading).locator("b")


def _requests(page: Page) -> int:
    return int(_tile(page).inner_text().replace(",", ""))
