"""Find the configured source that a file belongs to.

Every command reads the file with that source's name, format, mapping and wrapper.
"""

import os
from collections.abc import Iterable

from ..config import Config, Source
from ..errors import ExporterError
from ..sources import files_of, matching
from ..sources.rotation import log_of

_STDIN = "-"


class Owners:
    """The sources of files by path; the first one wins."""

    def __init__(self, sources: Iterable[Source]) -> None:
        """Expand the paths of the sources."""
        self._sources: dict[str, Source] = {}
        for source in sources:
            if source.is_served:
                continue
            for path in matching(source.log or _STDIN):
                self._sources.setdefault(_real(path), source)

    def of(self, path: str) -> Source | None:
        """Return the source of a file, or of the log that it was rotated from."""
        real = _real(path)
        return self._sources.get(real) or self._sources.get(log_of(real))


def _real(path: str) -> str:
    return path if path == _STDIN else os.path.realpath(path)


def files_to_read(
    config: Config, missing: list[ExporterError] | None = None
) -> list[tuple[Source, str]]:
    """Return the files of the sources, each with the source that it belongs to.

    A path without files is added to `missing`; without that list, raises `ExporterError`.
    """
    owners = Owners(config.configured)
    found: dict[str, Source] = {}
    for source in config.sources:
        try:
            paths = files_of(source.log or _STDIN)
        except ExporterError as error:
            if missing is None:
                raise
            missing.append(error)
            continue
        for path in paths:
            found.setdefault(path, owners.of(path) or source)
    return [(source, path) for path, source in found.items()]
