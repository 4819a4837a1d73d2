"""`GET /api/v1/state`: read positions and totals of one moment, which `reconcile` compares."""

import asyncio

import msgspec

from ..positions import escape_names
from .scrape import Scrapes, Snapshot


async def state_document(scrapes: Scrapes) -> bytes:
    """Return the published state as JSON."""
    return await asyncio.to_thread(_encode, await scrapes.snapshot())


def _encode(snapshot: Snapshot) -> bytes:
    positions = [escape_names(position) for position in snapshot.positions]
    return msgspec.json.encode({"positions": positions, "metrics": snapshot.text})
