"""What loggers put around records, taken off again: one file a wrapper, no I/O.

    unwrapper                 one file's lines: which wrapper it has, its streams
    streams                   one stream's messages: joins parts
    objects                   the JSON objects in lines
    json_scan                 where an object ends
    registry                  the wrappers
    docker, cri, journald     a line's message
    message, json_text        what a wrapper returns; lenient JSON
"""

from .message import Found, Message
from .registry import AUTO, DOCUMENT, LINES, NAMES
from .unwrapper import Unwrapper

__all__ = ["AUTO", "DOCUMENT", "LINES", "NAMES", "Found", "Message", "Unwrapper"]
