"""What loggers put around records, taken off again: one file a wrapper, no I/O.

Data goes down this list:

    unwrapper, registry       one file's lines: which wrapper they have, their streams
    docker, cri, journald     the message of a line
    streams                   the messages of one stream: joins parts
    objects, json_scan        the JSON objects in lines, and where they end
    message, json_text        what a wrapper returns; lenient JSON
"""

from .message import Found, Message
from .registry import AUTO, DOCUMENT, LINES, NAMES
from .unwrapper import Unwrapper

__all__ = ["AUTO", "DOCUMENT", "LINES", "NAMES", "Found", "Message", "Unwrapper"]
