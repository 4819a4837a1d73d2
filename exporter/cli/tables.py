"""The commands `report` and `compensations`, which print tables."""

from datetime import UTC, tzinfo

from ..compensations import compensations
from ..config import Config
from ..config.options import Options
from ..report import Wanted, report
from ..tables import TABLE, render


def run_report(config: Config, given: Options) -> tuple[str, list[str]]:
    """Return the report as text, and the files that could not be read."""
    wanted = Wanted(given.view or "insurance", given.by, given.since, given.until, _zone(given))
    table, read = report(config, wanted)
    return render(table, given.format or TABLE), read.faults


def run_compensations(config: Config, given: Options) -> str:
    """Return the running exporter's compensated requests as text."""
    return render(compensations(config, given, _zone(given)), given.format or TABLE)


def _zone(given: Options) -> tzinfo:
    return UTC if given.time_zone is None else given.time_zone
