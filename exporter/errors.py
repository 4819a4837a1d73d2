"""Exceptions, the reasons for rejecting a record, and the faults of its fields."""

from collections.abc import Iterable
from enum import StrEnum


class ExporterError(Exception):
    """A failure that is reported to the user by its text, without a traceback."""


class ConfigError(ExporterError):
    """The configuration is invalid; `faults` lists every fault with its place."""

    def __init__(self, faults: Iterable[str]) -> None:
        """Store one text per fault."""
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class Reason(StrEnum):
    """The reasons for rejecting a record, in the order in which the rules are checked."""

    line_too_long = "line_too_long"
    not_utf8 = "not_utf8"
    not_json = "not_json"
    not_object = "not_object"
    not_csv = "not_csv"
    missing_time = "missing_time"
    bad_time = "bad_time"
    missing_model = "missing_model"
    missing_payout = "missing_payout"
    unstorable = "unstorable"


class Fault(StrEnum):
    """Why a field is ignored; the record counts without it."""

    bad_type = "bad_type"
    bad_number = "bad_number"


class FieldError(ValueError):
    """A field's value breaks the rule of its type."""

    def __init__(self, fault: Fault) -> None:
        """Store what is wrong with the value."""
        self.fault = fault
        super().__init__(fault.value)


class Rejected(ExporterError):
    """A record breaks a rule and is not counted."""

    def __init__(self, reason: Reason) -> None:
        """Store the first rule that the record breaks."""
        self.reason = reason
        super().__init__(reason.value)
