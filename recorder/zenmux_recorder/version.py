"""The recorder's version; other files read it from here."""

__version__ = "0.1.0"
