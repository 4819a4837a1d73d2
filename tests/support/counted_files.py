"""Count a file with a source's configuration."""

import tempfile
from pathlib import Path

from exporter.config import load
from exporter.config.options import Options
from exporter.count_files import count_once
from exporter.pipeline.first_lines import FirstLines


def counted_file(text: str, path: Path, first: FirstLines | None = None) -> str:
    """Return what `once` prints for a file with this configuration."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "exporter.yml")
        file.write_text(text.format(path=path))
        config = load(file, Options("check", Path(directory)))
        return count_once(config, first_lines=first)
