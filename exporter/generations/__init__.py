"""Resolve generation ids through ZenMux's API; the answers are read as any log.

- resolver: follows the ids, asks for each, until its bill is there
- spool, progress: the answers as a log; how far all ids are done
- wanted: a line of ids; an answer completed by one's own log
"""

from .resolver import Resolver

__all__ = ["Resolver"]
