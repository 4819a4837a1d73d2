"""Configuration file and options in, a frozen `Config` out, or every fault at once."""

from .load import load
from .model import CompensationPaths, Config, Key, LabelRule, Source, Storage, Web

__all__ = [
    "CompensationPaths",
    "Config",
    "Key",
    "LabelRule",
    "Source",
    "Storage",
    "Web",
    "load",
]
