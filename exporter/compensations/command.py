"""List the compensated requests of a running exporter, or add them up by groups."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from ..config import Config
from ..config.options import Options
from ..config.web_file import load_web_file
from ..secret import CREDENTIALS, SecretPlace
from ..tables import Column, Table
from ..values.moments import Moment
from . import rows
from .asking import Exporter, Item, Page, read

_LIMIT = 100
_DAY, _REQUEST, _PAID = "day", "request", "paid"
# Where to reach an exporter that listens on all interfaces.
_LOOPBACK = {None: "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not to listen on
_EMPTY = "no compensated request on record is in this range"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options other than the filters that the exporter applies."""

    by: str | None
    time: str
    zone: tzinfo

    def name_of(self, item: Item) -> str:
        """Return the name of a request's group."""
        if self.by == _DAY:
            requested = item.seen_ms if item.timestamp_ms is None else item.timestamp_ms
            return rows.day_of(item.seen_ms if self.time == _PAID else requested, self.zone)
        return str(getattr(item, self.label))

    @property
    def label(self) -> str:
        """The column that holds the groups' names."""
        return rows.LABELS.get(self.by or "", self.by or "")


def compensations(
    config: Config, given: Options, zone: tzinfo, clock: Callable[[], float] = time.time
) -> Table:
    """Return the table of requests or groups; raises `ExporterError`."""
    asked = _Asked(given.by, given.payout_time or _REQUEST, zone)
    query = _query(given, asked, int(clock() * 1000))
    most = (given.limit or _LIMIT) if given.by is None else None
    items, first = read(_exporter(config, given), query, most)
    head = _head(asked, items, first)
    about = {
        "time_zone": str(zone),
        "time": asked.time,
        "count": first.count,
        "payout_usd": first.payout_usd,
    }
    if given.by is None:
        found, total = rows.listed(items, zone), rows.listed_total(items)
        return Table(rows.COLUMNS, found, total, head, _EMPTY, about)
    columns = (Column(asked.label, asked.label.replace("_", " ").capitalize()), *rows.SUMS)
    found = rows.grouped(items, asked.name_of, by_name=given.by == _DAY)
    return Table(columns, found, rows.summed("", items), head, _EMPTY, about)


def _head(asked: _Asked, items: list[Item], first: Page) -> tuple[str, ...]:
    listed = "" if len(items) == first.count else f"; the newest {len(items)} are listed"
    return (
        f"Compensations on record: {first.count}, payout {first.payout_usd} USD{listed}",
        f"by time of {'payout' if asked.time == _PAID else 'request'}, time zone {asked.zone}",
    )


def _query(given: Options, asked: _Asked, now_ms: int) -> dict[str, str]:
    def at(moment: Moment | None) -> str | None:
        return None if moment is None else str(max(0, moment.resolve(now_ms, asked.zone)))

    values = {
        "from": at(given.from_time),
        "to": at(given.to_time),
        "type": given.type,
        "model": given.model,
        "provider": given.provider,
        "api_key": given.api_key,
        # Only if needed: older exporters refuse it.
        "by": _PAID if asked.time == _PAID else None,
    }
    return {name: value for name, value in values.items() if value}


def _exporter(config: Config, given: Options) -> Exporter:
    file = given.credentials_file
    if file is None:
        return Exporter(given.url or _own_url(config))
    credentials = SecretPlace(CREDENTIALS, file).read()
    return Exporter(given.url or _own_url(config), credentials)


def _own_url(config: Config) -> str:
    """Return the URL of the configured exporter, as reached from this machine."""
    web = config.web
    is_tls = web.config_file is not None and load_web_file(web.config_file).tls is not None
    host = _LOOPBACK.get(web.host) or web.host or ""
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if is_tls else 'http'}://{shown}:{web.port}"
