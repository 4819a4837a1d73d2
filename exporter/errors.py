"""What can go wrong, by who can mend it: a record's author, the configuration's, or the machine."""

import re
from collections.abc import Iterable
from enum import StrEnum

# The second form is found inside a longer word too. What is masked already stays as it is.
_SECRET = re.compile(r"(?:(?<![A-Za-z0-9])sk-|sk-(?:ai|ss|mg)-v1-)(?!…)\S*")


def masked(text: str) -> str:
    """The text with `sk-…` in place of everything shaped like a key secret."""
    return _SECRET.sub("sk-…", text)


class ExporterError(Exception):
    """Something failed while running; the text tells a user what."""


class ConfigError(ExporterError):
    """The configuration is wrong; `faults` lists every fault with its place."""

    def __init__(self, faults: Iterable[str]) -> None:
        """One text a fault."""
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class Reason(StrEnum):
    """Why a line counts nothing, in the order in which the rules are checked."""

    line_too_long = "line_too_long"
    not_utf8 = "not_utf8"
    not_json = "not_json"
    not_object = "not_object"
    missing_time = "missing_time"
    bad_time = "bad_time"
    missing_model = "missing_model"
    bad_type = "bad_type"
    bad_number = "bad_number"
    missing_payout = "missing_payout"


class Rejected(ExporterError):
    """A line that breaks a rule."""

    def __init__(self, reason: Reason) -> None:
        """The first rule that the line breaks."""
        self.reason = reason
        super().__init__(reason.value)
