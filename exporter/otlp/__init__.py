"""Turn OTLP requests into lines, one per model call, without I/O or HTTP.

Data goes down this list:

    request, reader           a request, or a file of them, to lines; all but calls is left out
    protobuf, json_request    the two encodings of a request
    wire                      the framing of protobuf, walked without building messages
    calls                     for both encodings: which span is a call, and its line
    values                    values of attributes
    answers                   responses and errors in both encodings
"""

from .calls import Signal
from .request import (
    INSTALL,
    JSON,
    LOGS,
    PROTOBUF,
    TRACES,
    Decoded,
    MalformedError,
    TooMuchError,
    decode_in_steps,
    is_protobuf_installed,
)

__all__ = [
    "INSTALL",
    "JSON",
    "LOGS",
    "PROTOBUF",
    "TRACES",
    "Decoded",
    "MalformedError",
    "Signal",
    "TooMuchError",
    "decode_in_steps",
    "is_protobuf_installed",
]
