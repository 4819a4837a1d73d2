"""Query a running exporter for its compensated requests, page by page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec

from ..client import get
from ..errors import ExporterError
from ..progress import progress

_PATH = "/api/v1/compensations"
# The largest page that the API allows.
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """A compensated request in the exporter's answer; numbers are decimals as text."""

    timestamp_ms: int | None
    generation_id: str
    model: str
    provider: str
    api_key: str
    plan: str
    compensation_type: str
    finish_reason: str
    input_tokens: str
    output_tokens: str
    cost_usd: str
    latency_ms: str
    throughput: str
    payout_usd: str
    seen_ms: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of requests; `count` and `payout_usd` are those of all that match the filter."""

    items: tuple[Item, ...]
    next: str | None
    count: int
    payout_usd: str


@dataclass(frozen=True, slots=True)
class Exporter:
    """A running exporter: its address, and `USER:PASSWORD` if it needs them."""

    url: str
    credentials: bytes = b""

    def pages(self, query: Mapping[str, str], most: int | None) -> Iterator[Page]:
        """Yield the pages of at most `most` requests, or of all if that is None.

        Raises `ExporterError`.
        """
        wanted, cursor = most, dict[str, str]()
        while True:
            limit = PAGE if wanted is None else min(PAGE, wanted)
            page = self._page({**query, **cursor, "limit": str(limit)})
            yield page
            if wanted is not None:
                wanted -= len(page.items)
            if page.next is None or wanted == 0:
                return
            cursor = {"cursor": page.next}

    def _page(self, query: Mapping[str, str]) -> Page:
        answer = get(self.url, f"{_PATH}?{urlencode(query)}", self.credentials)
        try:
            return msgspec.json.decode(answer, type=Page)
        except ValueError as error:
            raise ExporterError(f"{_PATH}: unexpected answer: {error}") from error


def read(exporter: Exporter, query: Mapping[str, str], most: int | None) -> tuple[list[Item], Page]:
    """Return the requests and the first page, which has the sums of all; raises `ExporterError`."""
    pages = exporter.pages(query, most)
    first = next(pages)
    items = list(first.items)
    total = first.count if most is None else min(most, first.count)
    with progress("reading", " requests", total) as advance:
        advance(len(items))
        for page in pages:
            items += page.items
            advance(len(page.items))
    return items, first
