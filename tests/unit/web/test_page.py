"""The overview page: sources, facts, numbers, escaping and colours."""

from collections.abc import Iterator
from dataclasses import replace

import aiohttp
import pytest

from deltas import TIME_MS, compensated
from exporter.counting.delta import Delta, NewSeries
from exporter.errors import Reason
from exporter.metrics.process import ProcessMetrics
from exporter.sources import FileState, FileStatus, SourceStatus
from exporter.web.page.health import facts, observed
from exporter.web.page.overview import known
from exporter.web.page.pages import Pages
from exporter.web.page.sources import sources
from exporter.web.page.style import BACKGROUNDS, DARK, LIGHT
from exporter.web.page.words import exact, size, span
from page_read import read
from served import NOW, Published, serving

NASTY = "<b>\udce9\n&"
SHOWN = "&lt;b&gt;\\xe9\\x0a&amp;"


@pytest.fixture
def alone(pipeline: Published) -> Iterator[Published]:
    """A pipeline that isn't served."""
    yield pipeline
    pipeline.ledger.close()


def health(pipeline: Published, *found: SourceStatus, files: tuple[FileStatus, ...] = ()) -> str:
    """Return the card of a pipeline's sources."""
    pipeline.source_status, pipeline.files = found, files
    return sources(observed(pipeline, NOW))


def test_sources(alone: Published) -> None:
    """Each source has its path, files by state, lag, and rejections with the first's position."""
    states = {FileState.reading: 1200, FileState.done: 0, FileState.unreadable: 2}
    rejected = {Reason.not_json: 3, Reason.bad_time: 1}
    alone.first_lines.note(NASTY, NASTY, dict.fromkeys(rejected, 77), 9, rejected)
    page = health(
        alone, SourceStatus(NASTY, 5000, 0.0, NASTY, states), SourceStatus("idle", 0, 0.0, "x")
    )

    assert f"<b>{SHOWN}</b> <code>{SHOWN}</code>" in page
    assert '1,200 reading, <span class="bad">2 unreadable</span>. Bytes to read: 5,000.' in page
    assert f"<li>rejected, not_json: 3, the first in {SHOWN} at byte 77</li>" in page
    assert f"<li>rejected, bad_time: 1, the first in {SHOWN} at byte 77</li>" in page
    assert "<b>idle</b> <code>x</code></p>\n<p>Files: none. Bytes to read: 0.</p>\n</li>" in page


def test_secrets_are_masked(alone: Published) -> None:
    """Keys in paths and messages are masked."""
    path = "/logs/sk-ai-v1-abcdef/a.jsonl"
    file = FileStatus("main", path, 0, 0, 0.0, f"no {path}", FileState.unreadable)
    page = health(alone, SourceStatus("main", 0, 0.0, path), files=(file,))

    assert page.count("sha256:") == 3
    assert "abcdef" not in page


def test_files_in_trouble_come_first(alone: Published) -> None:
    """Files with problems come first; of many files only some are shown, with a count."""
    good = [FileStatus("main", f"good{number}", 1, 0, 0.0, "") for number in range(500)]
    state = FileState.beyond_cap
    trouble = FileStatus("main", NASTY, 0, 9, 0.0, "too many", state, files=30)
    page = health(alone, files=(*good, trouble))

    assert page.index(SHOWN) < page.index("good0")
    assert "30 beyond_cap</td>" in page
    assert "Files that are read: 500" in page
    assert "good198" in page
    assert "good199" not in page
    assert "And 301 more files." in page


def test_generation_ids(alone: Published) -> None:
    """Generation ids are shown by state, if there is such a source."""
    seen = replace(observed(alone, NOW), ids={NASTY: {"open": 1200, "not_found": 3}})

    assert f"<dt>{SHOWN}</dt><dd>1,200 open, 3 not_found</dd>" in sources(seen)
    assert "Generation ids" not in sources(replace(seen, ids={}))


def test_facts_of_the_exporter(alone: Published) -> None:
    """The exporter's problems are described in words."""
    process = ProcessMetrics(demo=False)
    process.set_reloaded(successful=False)
    process.set_ledger_created(1_700_000_000_000_000)
    process.failed()
    process.succeeded(0.1, 1_234_567)
    alone.trouble = "/state/ledger.sqlite: disk full"
    update = alone.state.cursor_update("scraper <a>", 1, int(NOW * 1000) - 90_000)
    alone.state.acknowledge(update)
    told = read(facts(observed(alone, NOW), process.values()))["Exporter"].details

    assert told["State"] == "not ready: /state/ledger.sqlite: disk full"
    assert told["Its size"] == "1.2 MB"
    assert told["Created"] == "2023-11-14 22:13:20 UTC"
    assert told["Last written"].endswith("failures since the start: 1")
    assert told["Scrapers"] == "scraper <a>, noted 1 min 30 s ago"
    assert told["Configuration"].startswith("The configuration was refused")


async def test_it_is_made_once_for_each_state(
    pipeline: Published, http: aiohttp.ClientSession
) -> None:
    """The page is cached until the next publication, then updated at once."""
    created = NewSeries(
        4, "zenmux_insurance_payout_usd_total", ("key", "model", "provider", "payg", "type")
    )
    async with serving(pipeline) as url:
        pages = [await (await http.get(url)).text() for _ in range(2)]
        pipeline.publish(
            Delta((created,), ((4, 25 * 10**11),), compensated=(compensated("gen_9"),),
                  last_number=4, built_ms=TIME_MS)
        )  # fmt: skip
        after = read(await (await http.get(url)).text())

    assert pages[0] == pages[1]
    assert read(pages[0])["Compensation"].number == "$0"
    assert after["Compensation"].number == "$2.5"
    assert after["Newest compensated requests"].cells[1][1] == "gen_9"


async def test_no_text_becomes_markup(alone: Published) -> None:
    """Markup in labels is escaped."""
    labels = ("<i>k", "<i>m", "<i>p", "<i>l", "<i>t")
    created = NewSeries(4, "zenmux_insurance_payout_usd_total", labels)
    row = compensated('<i>"id/?#')
    alone.publish(Delta((created,), ((4, 1),), compensated=(row,), last_number=4, built_ms=TIME_MS))
    pages = Pages(alone, ProcessMetrics(demo=True))
    page = await pages.overview()
    pages.close()

    assert "<i>" not in page
    assert 'href="/requests/%3Ci%3E%22id%2F%3F%23"' in page
    assert "The data is the demo's." in page


@pytest.mark.parametrize(
    ("value", "places", "shown_places", "expected"),
    [
        (0, 12, 2, "0"),
        (1, 12, 2, '0.00<span class="fine">0000000001</span>'),
        (1_234_500_000_000_000, 12, 2, "1,234.5"),
        (1_234_567_000_000_000, 12, 2, '1,234.56<span class="fine">7</span>'),
        (1_000_000_500_000, 6, 0, '1,000,000<span class="fine">.5</span>'),
        (12_345, 0, 2, "12,345"),
    ],
)
def test_exact_numbers(value: int, places: int, shown_places: int, expected: str) -> None:
    """All digits are shown, the least significant ones in small type."""
    assert exact(value, places, shown_places) == expected


def test_words() -> None:
    """Durations, sizes and decimal labels are formatted for reading."""
    assert [span(one) for one in (-1, 0.5, 61, 3_600, 90_061)] == [
        "0 s", "0 s", "1 min 1 s", "1 h", "1 d 1 h",
    ]  # fmt: skip
    assert [size(one) for one in (999, 1000, 46_512_000, 10**15)] == [
        "999 B", "1.0 kB", "46.5 MB", "1,000.0 TB",
    ]  # fmt: skip
    assert [known(one, "$") for one in ("unknown", "1200", "0.5")] == ["-", "$1,200", "$0.5"]


def luminance(colour: str) -> float:
    """The relative luminance of a colour, by WCAG 2."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(palette: dict[str, str]) -> None:
    """Every text colour has a contrast of at least 4.5 on every background."""
    texts = set(palette) - {*BACKGROUNDS, "line"}
    assert len(texts) == 6
    for name in texts:
        for back in BACKGROUNDS:
            light, dark = sorted((luminance(palette[name]), luminance(palette[back])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, back)
