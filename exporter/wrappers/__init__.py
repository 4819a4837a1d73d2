"""Strip what loggers put around records: one module per wrapper, no I/O.

Data flows down this list:

    unwrapper, registry       the lines of one file: their wrapper and their streams
    docker, cri, journald     the message of a line
    streams                   the messages of one stream: joins parts
    objects, json_scan        the JSON objects in lines, and where they end
    message, json_text        what a wrapper returns; lenient JSON
"""

from .json_scan import is_object
from .message import Found, Message
from .registry import AUTO, DOCUMENT, LINES, NAMES, told_by
from .unwrapper import PATIENCE, Unwrapper

__all__ = [
    "AUTO",
    "DOCUMENT",
    "LINES",
    "NAMES",
    "PATIENCE",
    "Found",
    "Message",
    "Unwrapper",
    "is_object",
    "told_by",
]
