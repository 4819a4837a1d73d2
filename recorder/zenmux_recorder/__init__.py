"""Record, in the client, what requests to ZenMux used and how long they took.

Writes one line per request in zenmux-exporter's native format, to a file or to the exporter: no
prompt, no answer, no key. Failures to record never affect the request.
"""

from .exchange import Clocks
from .files import FileSink
from .push import PushSink
from .recorder import Recorder
from .sinks import Sink, Undelivered
from .transports import AsyncRecordingTransport, RecordingTransport
from .troubles import Counters
from .version import __version__

__all__ = [
    "AsyncRecordingTransport",
    "Clocks",
    "Counters",
    "FileSink",
    "PushSink",
    "Recorder",
    "RecordingTransport",
    "Sink",
    "Undelivered",
    "__version__",
]
