"""The configuration: file, environment and command line, merged into a frozen `Config`.

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
