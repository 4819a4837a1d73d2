"""Parse a page of the exporter into sections by heading."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Section:
    """A tile or card: its large number, rows of bars, cells, and all of its text."""

    number: str = ""
    bars: list[tuple[str, str]] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    details: dict[str, str] = field(default_factory=dict)
    text: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sections: dict[str, Section] = {}
        self.links: list[str] = []
        self.now = Section()
        self.text = ""
        self.begun: dict[str, int] = {}
        self.term = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.begun[f"{tag} {given.get('class')}"] = self.begun[tag] = len(self.text)
        if tag == "a":
            self.links.append(given["href"] or "")
        if tag == "tr":
            self.now.cells.append([])

    def handle_endtag(self, tag: str) -> None:
        content = self.text[self.begun[tag] :].strip()
        match tag:
            case "h2":
                self.now = self.sections.setdefault(content, Section())
            case "b":
                self.now.number = content
            case "td":
                self.now.cells[-1].append(content)
            case "dt":
                self.term = content
            case "dd":
                self.now.details[self.term] = content
            case "section":
                self.now.text = content
            case "li" if "span value" in self.begun:
                name = self.text[self.begun["span name"] : self.begun["span value"]]
                self.now.bars.append((name.strip(), content.removeprefix(name.strip()).strip()))
                del self.begun["span value"]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> dict[str, Section]:
    """Return the sections of a page by heading."""
    reader = _Reader()
    reader.feed(page)
    return reader.sections


def links(page: str) -> list[str]:
    """Return the targets of the page's links."""
    reader = _Reader()
    reader.feed(page)
    return reader.links


def main_of(page: str) -> str:
    """Return the page's content without style and script."""
    found = re.search("<main>.*</main>", page, re.DOTALL)
    assert found is not None
    return found[0]
