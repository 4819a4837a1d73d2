"""The landing page: sources, files and what was rejected, with everything escaped."""

from exporter.errors import Reason
from exporter.pipeline.first_lines import FirstLines
from exporter.sources import FileState, FileStatus, SourceStatus
from exporter.web.landing import landing_page

NASTY = "<b>\udce9\n&"
SHOWN = "&lt;b&gt;\\xe9\\x0a&amp;"


def test_sources() -> None:
    """Each has its path, its files by state, what is left and what was rejected, where."""
    states = {FileState.reading: 1200, FileState.done: 0, FileState.unreadable: 2}
    sources = [SourceStatus(NASTY, 5000, 0.0, NASTY, states), SourceStatus("idle", 0, 0.0, "x")]
    lines = FirstLines()
    rejected = {Reason.not_json: 3, Reason.bad_time: 1}
    lines.note(NASTY, NASTY, dict.fromkeys(rejected, 77), 9, rejected)
    page = landing_page("", sources, (), lines.sources)
    cells = (
        SHOWN,
        SHOWN,
        "1,200 reading, 2 unreadable",
        "5,000",
        f"not_json: 3, the first in {SHOWN} at byte 77; "
        f"bad_time: 1, the first in {SHOWN} at byte 77",
    )
    assert "".join(f"<td>{cell}</td>" for cell in cells) in page
    assert "<td>idle</td><td>x</td><td>none</td><td>0</td><td></td>" in page
    assert "<b>" not in page


def test_generation_ids() -> None:
    """What became of them stands on the page, where there is such a source."""
    page = landing_page("", (), (), {}, None, {NASTY: {"open": 1200, "not_found": 3}})
    assert f"<td>{SHOWN}</td><td>1,200 open, 3 not_found</td>" in page
    assert "Generation ids" not in landing_page("", (), (), {})


def test_secrets_are_masked() -> None:
    """A path may hold a key."""
    file = FileStatus("main", "/logs/sk-ai-v1-abcdef/a.jsonl", 0, 0, 0.0, "")
    page = landing_page("", (), (file,), {})
    assert "abcdef" not in page


def test_files_in_trouble_come_first() -> None:
    """Of many files the first thousand are shown, and how many more there are."""
    good = [FileStatus("main", f"good{number}", 1, 0, 0.0, "") for number in range(1500)]
    state = FileState.beyond_cap
    trouble = FileStatus("main", NASTY, 0, 9, 0.0, "too many", state, files=30)
    page = landing_page("", (), (*good, trouble), {})
    assert page.index(SHOWN) < page.index("good0")
    assert f"<td>{SHOWN}</td><td>30 beyond_cap</td><td>0</td><td>9</td><td>too many</td>" in page
    assert "good998" in page
    assert "good999" not in page
    assert "And 501 more files." in page
