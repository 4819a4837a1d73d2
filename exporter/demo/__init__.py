"""A seed in, the log of a made-up but lifelike ZenMux account out; nothing here counts anything."""

from .customers import API_KEYS, KEYS, ApiKey
from .scenario import Incident, Scenario
from .tempo import COMPRESSED, REAL, Tempo
from .traffic import Event, Traffic, backlog
from .writer import LogWriter

__all__ = [
    "API_KEYS",
    "COMPRESSED",
    "KEYS",
    "REAL",
    "ApiKey",
    "Event",
    "Incident",
    "LogWriter",
    "Scenario",
    "Tempo",
    "Traffic",
    "backlog",
]
