"""Generate the log of a made-up, realistic ZenMux account from a seed.

This package shares no code with the counting, so that tests can check one against the other.
"""

from .account import DemoAccount
from .customers import API_KEYS, KEYS, ApiKey
from .scenario import Incident, Job, Scenario
from .tempo import COMPRESSED, REAL, Tempo
from .traffic import Event, Traffic, backlog
from .writer import LogWriter

__all__ = [
    "API_KEYS",
    "COMPRESSED",
    "KEYS",
    "REAL",
    "ApiKey",
    "DemoAccount",
    "Event",
    "Incident",
    "Job",
    "LogWriter",
    "Scenario",
    "Tempo",
    "Traffic",
    "backlog",
]
