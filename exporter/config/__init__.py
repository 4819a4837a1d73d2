"""The configuration: from file, environment and command line to a frozen `Config`.

A wrong configuration raises `ConfigError`, which lists every fault with its place.
"""

from .load import load
from .model import (
    Account,
    CompensationPaths,
    Config,
    Kafka,
    Key,
    LabelRule,
    Privacy,
    Push,
    Source,
    Storage,
    Web,
)

__all__ = [
    "Account",
    "CompensationPaths",
    "Config",
    "Kafka",
    "Key",
    "LabelRule",
    "Privacy",
    "Push",
    "Source",
    "Storage",
    "Web",
    "load",
]
