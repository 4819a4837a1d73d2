"""A file counted by a source's configuration."""

import tempfile
from pathlib import Path

from exporter.config import load
from exporter.config.options import Options
from exporter.count_files import count_once
from exporter.pipeline.first_lines import FirstLines


def counted_file(text: str, path: Path, first: FirstLines | None = None) -> str:
    """What `once` prints for a file that is configured so."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "exporter.yml")
        file.write_text(text.format(path=path))
        config = load(file, Options("check", Path(directory)))
        return count_once(config, first_lines=first)
