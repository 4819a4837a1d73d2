"""The progress of a pushed batch: the results for its client, and where a repeat resumes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ERRORS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Receipt:
    """How far a pushed batch has been counted, and the results.

    `key`: a hash of its source and idempotency key, empty without one. `digest`: of its body.
    `offset`: bytes up to the end of the last counted line. `resume`: where a record begins that is
    incomplete at `offset`, None if there is none. `results`: records by result. `errors`: the first
    rejected records, each with its number in the batch and the reason.
    """

    key: str = ""
    digest: str = ""
    offset: int = 0
    resume: int | None = None
    is_done: bool = False
    results: Mapping[str, int] = field(default_factory=dict)
    errors: tuple[tuple[int, str], ...] = ()
