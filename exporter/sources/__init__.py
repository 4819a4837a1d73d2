"""Where lines come from: files and standard input, read in blocks with their positions.

Blocking code for one thread. Data comes up from the bottom of this list, calls go down it:

    composite                            several sources in turns
    tailer, stdin, push, kafka           a source: poll, read, status, close
    bodies                               what was pushed, decompressed and cut into lines
    read_file, read_range                a file without following it
    path_watcher, paths, expansion       what the paths lead to, through every rotation
    losses                               what is gone before it was read to its end
    identification                       whose content a path leads to
    rotation_search, rotation            where rotated files are
    file_set, file_index, open_files     the followed files
    matching, relatives, copies          how far contents agree: that counts once
    read_scheduler, start_marks          whose turn it is; what was passed over
    tailed_file                          one file: its lifecycle, identity, names and sightings
    comparison, chain                    common beginnings, byte by byte or by digests
    line_reader, model, messages         whole lines, blocks
    receiver                             who is told how they are counted
    cutters, document_cutter, line_cutter, framing   what a line is
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
