"""Files, globs and standard input in, blocks of lines with their positions out.

Blocking code for one thread: the pipeline calls it from a worker.
"""

from .discover import matching
from .follower import Follower
from .model import Block, FileStatus, Position, SourceSpec, SourceStatus
from .originals import Originals
from .whole import read_file

__all__ = [
    "Block",
    "FileStatus",
    "Follower",
    "Originals",
    "Position",
    "SourceSpec",
    "SourceStatus",
    "matching",
    "read_file",
]
