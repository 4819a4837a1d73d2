"""Count lines by the rules of docs/counting.md, in memory and sequentially."""

import bz2
import gzip
import lzma
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from .labels import NAMES, Labels
from .lines import Found
from .records import Invalid, Record, elements, read
from .requests import CountedId, Requests
from .settings import Settings
from .tallies import Tallies
from .texts import label
from .totals import Totals
from .wrappers import Unwrapper

_OPENERS = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress}
_DAY_MS = 86_400_000
# Labels of absent values and of those beyond a limit: the actual value is unknown.
_TELLS_NOTHING = {"unknown", "other"}


class Oracle:
    """Counts all lines that it is fed."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Start from zero."""
        self._settings = settings or Settings()
        self._known: OrderedDict[str, CountedId] = OrderedDict()
        self._unwrappers: dict[str, Unwrapper] = {}
        self._labels = Labels(self._settings)
        self._tallies = Tallies(self._settings)
        self._requests = Requests(self._tallies, self._labels)
        self._newest: int | None = None

    def feed_file(self, source: str, path: Path) -> None:
        """Count a file, plain or compressed."""
        data = path.read_bytes()
        data = _OPENERS[path.suffix](data) if path.suffix in _OPENERS else data
        for line in data.split(b"\n"):
            self.feed(source, line)
        self.finish(source)

    def feed(self, source: str, line: bytes) -> str:
        """Count one line; return the results of the records that it completes, or ''."""
        if source not in self._unwrappers:
            settings = self._settings
            self._unwrappers[source] = Unwrapper(settings.wrapper, settings.max_line, _is_record)
        unwrapper = self._unwrappers[source]
        # NUL bytes end a line like a newline.
        found = (one for part in line.split(b"\0") for one in unwrapper.feed(part))
        return self._count_all(source, found)

    def finish(self, source: str) -> str:
        """End a source's content; give up what is unfinished."""
        unwrapper = self._unwrappers.pop(source, None)
        return "" if unwrapper is None else self._count_all(source, unwrapper.finish())

    def totals(self) -> Totals:
        """Return everything counted so far."""
        return self._tallies.totals(self._newest)

    def _count_all(self, source: str, found: Iterator[Found]) -> str:
        return " ".join(
            self._result(source, one, value)
            for one in found
            for value in ([None] if one.lost else elements(one.value))
        )

    def _result(self, source: str, found: Found, value: object) -> str:
        result, reason = "invalid", found.lost
        try:
            record = None if reason else read(value, found.time)
        except Invalid as invalid:
            record, reason = None, str(invalid)
        if record is None:
            name = "zenmux_exporter_invalid_records_total"
            self._tallies.add(name, source=source, reason=str(reason))
        else:
            for fault in record.faults:
                name = "zenmux_exporter_field_faults_total"
                self._tallies.add(name, source=source, reason=fault)
            result = self._count(record)
            if result in ("accepted", "amended"):
                self._count_unknown(record)
        self._tallies.add("zenmux_exporter_records_total", source=source, result=result)
        return result

    def _count_unknown(self, record: Record) -> None:
        """Count unknown values of records that add something."""
        unknown = {"status": record.ending.is_unknown, "usage": record.usage.is_unknown}
        for name in (name for name, is_unknown in unknown.items() if is_unknown):
            self._tallies.add("zenmux_exporter_unknown_values_total", field=name)

    def _count(self, record: Record) -> str:
        known = None if record.id is None else self._known.get(record.id)
        if record.ending.outcome == "pending":
            return "duplicate" if known and known.is_request else "pending"
        if record.event and record.payout == 0:
            return "duplicate"
        if known is not None:
            return self._count_again(record, known)
        known = CountedId(self._labels.of_request(record), record.time, not record.event)
        if record.id is not None:
            self._known[record.id] = known
            if len(self._known) > self._settings.id_window:
                self._known.popitem(last=False)
        if not record.event:
            self._count_request(record, known)
        if record.payout:
            self._requests.add_payout(record, known)
        return "accepted"

    def _count_again(self, record: Record, known: CountedId) -> str:
        result = "duplicate"
        if not record.event and not known.is_request:
            known.labels, known.time = self._labels.of_request(record), record.time
            known.is_request = True
            self._count_request(record, known)
            result = "accepted"
        elif not record.event:
            self._count_conflicts(record, known)
            # A list, not a generator: each of these calls must run.
            added = [
                self._requests.add_speed(record, known),
                self._requests.amend_tokens(record, known),
                self._requests.add_bill(record, known),
            ]
            result = "amended" if any(added) else result
        if record.payout:
            paid = self._requests.add_payout(record, known)
            result = paid if result == "duplicate" else result
        return result

    def _count_request(self, record: Record, known: CountedId) -> None:
        self._requests.count(record, known)
        clock = self._settings.clock
        time = record.time or 0
        if clock is None or time <= clock * 1000 + _DAY_MS:
            self._newest = max(self._newest or 0, time)

    def _count_conflicts(self, record: Record, known: CountedId) -> None:
        """Count fields in which a record contradicts the request; absent fields don't count."""
        told = (record.key, record.model, record.provider, record.plan)
        shown = self._labels.of_request(record, admit=False)
        for name, given, now, before in zip(NAMES, told, shown, known.labels, strict=True):
            is_told = label(given) != "unknown" and before not in _TELLS_NOTHING
            if is_told and now != before:
                self._tallies.add("zenmux_exporter_conflicts_total", field=name)
        ending = record.ending
        is_told = ending.is_told or ending.outcome != "success"
        if is_told and ending.outcome != known.outcome:
            self._tallies.add("zenmux_exporter_conflicts_total", field="outcome")


def _is_record(found: Found) -> bool:
    """Return True if a value is a valid record, or an envelope of one."""
    for value in elements(found.value):
        try:
            read(value, found.time)
        except Invalid:
            continue
        return True
    return False
