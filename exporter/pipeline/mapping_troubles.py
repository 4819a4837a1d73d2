"""Warn once of a mapping whose fields match nothing, and list the fields that records have."""

import time
from collections.abc import Callable, Mapping

from ..formats.matches import ENOUGH_RECORDS, Matches, Unmatched
from ..logs import get

_QUIET_SECONDS = 5.0
_ALL = "a mapping matches nothing"
_SOME = "fields of a mapping match nothing"
REMEDY = "correct the paths in the mapping, or remove the fields that the records lack"

log = get(__name__)


class MappingTroubles:
    """Warnings about the mappings of all sources."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Watch no mapping yet."""
        self._clock = clock
        self._watched: dict[str, Matches] = {}
        self._changed: dict[str, float] = {}
        self._told: set[str] = set()

    def watch(self, matches: Mapping[str, Matches]) -> None:
        """Watch these mappings, by source, from now on."""
        self._watched = dict(matches)
        self._changed.clear()
        self._told.clear()

    def note(self, source: str) -> None:
        """Note that lines of a source were read."""
        if source in self._watched and source not in self._told:
            self._changed[source] = self._clock()
            self._tell(source, ENOUGH_RECORDS)

    def check(self) -> None:
        """Judge quiet sources by the few records that they have, once everything is read."""
        now = self._clock()
        for source, changed in list(self._changed.items()):
            if now - changed >= _QUIET_SECONDS:
                self._tell(source, 1)

    def finish(self) -> None:
        """Judge all sources by the few records that they have, once everything is read."""
        for source in list(self._changed):
            self._tell(source, 1)

    def unmatched(self) -> dict[str, Unmatched]:
        """Return by source the fields that were warned about and still match nothing."""
        found = {source: self._watched[source].unmatched(1) for source in self._told}
        return {source: one for source, one in found.items() if one is not None}

    def _tell(self, source: str, least: int) -> None:
        found = self._watched[source].unmatched(least)
        if found is None:
            return
        self._told.add(source)
        self._changed.pop(source, None)
        log.warning(
            _ALL if found.is_all else _SOME,
            source=source,
            records=found.records,
            fields=", ".join(found.fields),
            seen=", ".join(found.seen),
            remedy=REMEDY,
            always=True,
        )
