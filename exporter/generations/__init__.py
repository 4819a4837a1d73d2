"""Resolve generation ids through ZenMux's API; the answers are read like any log.

- resolver: reads ids and requests each one until its bill is there
- spool, progress: the answers as a log; positions up to which all ids are done
- wanted: parses lines of ids; completes answers from the user's own log
"""

from .resolver import Resolver

__all__ = ["Resolver"]
