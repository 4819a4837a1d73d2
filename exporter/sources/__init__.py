"""Sources of lines: files, standard input, pushes and Kafka, read in blocks with positions.

Blocking code for one thread. Data flows up this list, calls go down it:

    composite                            several sources in turns
    tailer, stdin, push, kafka           a source: poll, read, status, close
    bodies                               pushed bodies, decompressed and cut into lines
    read_file, read_range                a file without following it
    path_watcher, paths, expansion       files that the paths lead to, through every rotation
    losses                               files that are gone before they were read to their end
    identification                       the followed file whose content a path leads to
    rotation_search, rotation            the places of rotated files
    file_set, file_index, open_files     the followed files
    matching, relatives, copies          content that files share, which counts once
    read_scheduler, start_marks          the next file to read; sources started at their end
    tailed_file                          one file: its lifecycle, identity, names and sightings
    comparison, chain                    common beginnings, byte by byte or by digests
    line_reader, model, messages         whole lines, blocks
    receiver                             the interface that is told how lines are counted
    cutters, document_cutter, line_cutter, framing   cutting bytes into lines
    content, heads, fingerprints         decompressed bytes
    archives, archive_kinds, nuls        files
"""

from .archive_kinds import ArchiveError
from .bodies import ENCODINGS, MAX_BYTES, Body, Inflow, TooLargeError, body_in_steps, body_of
from .composite import Source, Sources
from .content import READ_ERRORS, Content
from .copies import Beginnings
from .cutters import AUTO
from .line_cutter import bare
from .model import (
    BLOCK_BYTES,
    PUSHED,
    STDIN,
    Block,
    FileState,
    FileStatus,
    SourceSpec,
    SourceStatus,
)
from .paths import files_of, matching
from .push import Inbox, Ticket
from .read_file import read_file
from .read_range import read_range
from .receiver import Receiver

__all__ = [
    "AUTO",
    "BLOCK_BYTES",
    "ENCODINGS",
    "MAX_BYTES",
    "PUSHED",
    "READ_ERRORS",
    "STDIN",
    "ArchiveError",
    "Beginnings",
    "Block",
    "Body",
    "Content",
    "FileState",
    "FileStatus",
    "Inbox",
    "Inflow",
    "Receiver",
    "Source",
    "SourceSpec",
    "SourceStatus",
    "Sources",
    "Ticket",
    "TooLargeError",
    "bare",
    "body_in_steps",
    "body_of",
    "files_of",
    "matching",
    "read_file",
    "read_range",
]
