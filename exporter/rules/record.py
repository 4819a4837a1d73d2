"""Turn a line of any format into a record, by the rules that need one line only.

A line has the canonical fields of the formats' tables, each None if it is absent. Raises
ValueError (often `Inexact`) if the line breaks a rule or exact decimals are needed: the strict
path then reads it again and names the rule.
"""

from typing import Any, Final

from ..errors import Fault
from ..records import Compensation, RawLabels, Record
from ..values import timestamps
from ..values.fixed_point import Inexact, Number, divide, micro_rate, microseconds, usd
from ..values.labels import UNKNOWN, is_blank, snake_case
from ..values.raw import decoded
from .billing import bill_of
from .outcome import (
    ERROR,
    FINISH_REASONS,
    SUCCESS,
    error_of,
    faults_of_error,
    finish_reason,
    outcome_of,
    status_outcome,
)
from .plans import KNOWN_PLANS
from .quantities import Used, used_by
from .tokens import output_tokens

EVENT: Final = "compensation"
KNOWN_COMPENSATIONS: Final = frozenset({"high_latency", "unsatisfactory_content"})
KNOWN_EVENTS: Final = frozenset({EVENT, "request"})

_MICROSECONDS: Final = 10**6  # in a second


def build_record(
    line: Any,
    wrapper_time: str | None = None,
    faults: tuple[tuple[str, str], ...] = (),
    *,
    is_strict: bool = False,
) -> Record:
    """Return the record of a line.

    `wrapper_time`: the wrapper's, for a line without a time of its own. `faults`: those of fields
    that were ignored already. `is_strict`: the strict path read the line.
    """
    event: str | None = line.event
    is_event = event == EVENT
    identity = _first_text(line, line.id, "id")
    time = line.time
    if time is None:
        time = _other_time(line, None if is_event else wrapper_time)
    plan: str | None = line.plan
    labels = (line.api_key, _first_text(line, line.model, "model"), line.provider, plan)
    paid = line.compensation
    _check_presence(is_event, paid, time, identity, labels)
    word = _first_text(line, line.finish_reason, "finish_reason")
    if word is None and line.takes_wrapper_time:
        word = _answered(line)
    finish = FINISH_REASONS.get(word) or finish_reason(word)
    # The status of a payout event is not that of the request.
    status: Number | None = None if is_event else line.status
    outcome, error_type, error_faults = _ended(line, status, finish)
    faults += error_faults
    used = used_by(line, is_strict=is_strict)
    quantities = used.quantities
    output = output_tokens(quantities) if quantities else 0
    bill = bill_of(line, used.credits)
    latency, generation = _duration(line.latency), _duration(line.generation)
    throughput = line.throughput
    rate = 0 if throughput is None else micro_rate(throughput)
    compensation = None if paid is None else _compensation(paid)
    unknown: tuple[str, ...] = ()
    if event is not None or plan is not None or status is not None or finish == "other":
        unknown = _unknown_words(event, plan, status, finish)
    if used.is_odd:
        unknown += _odd_names(used)
        faults += used.faults
    if bill is not None and bill.has_unknown:
        unknown += ("item",)
    if compensation is not None and compensation.type not in KNOWN_COMPENSATIONS:
        unknown += ("compensation_type",)
    return Record(
        identity,
        None if time is None else _time(time),
        is_event,
        labels,
        outcome,
        finish,
        error_type,
        quantities,
        output,
        used.web_searches or 0,
        bill,
        latency,
        generation,
        _throughput(rate, output, generation),
        line.streamed is not False,
        compensation,
        unknown,
        faults,
        used.mismatch,
        not rate,
        outcome != SUCCESS or _tells_outcome(line, status),
    )


def _check_presence(
    is_event: bool, paid: Any, time: Any, identity: str | None, labels: RawLabels
) -> None:
    """Raise `Inexact` if a required field is missing, which leaves the line to the strict path."""
    if is_event:
        if paid is None or paid.payout is None or (time is None and identity is None):
            raise Inexact
    elif time is None or labels[1] is None:
        raise Inexact


def _first_text(line: Any, text: str | None, name: str) -> str | None:
    """Return a field's text, or its first alternative that is not blank."""
    if text is not None and not is_blank(text):
        return text
    for attribute in line.alternatives.get(name, ()):
        other: str | None = getattr(line, attribute)
        if other is not None and not is_blank(other):
            return other
    return None


def _other_time(line: Any, wrapper_time: str | None) -> Any:
    """Return the first alternative of a time, else the wrapper's if the format accepts it."""
    for attribute in line.alternatives.get("time", ()):
        value = getattr(line, attribute)
        if value is not None:
            return value
    return wrapper_time if line.takes_wrapper_time else None


def _answered(line: Any) -> str | None:
    """Return the finish reason of a response in a protocol's own format."""
    for choices in (line.choices, line.stop_reason, line.choices_2):
        word: str | None = choices if choices is None or isinstance(choices, str) else None
        if word is None and choices and choices[0] is not None:
            word = choices[0].finish_reason
        if word is not None and not is_blank(word):
            return word
    return None if line.incomplete is None else line.incomplete.reason


def _odd_names(used: Used) -> tuple[str, ...]:
    """Return the fields of the usage that have names which no rule lists."""
    found: tuple[str, ...] = ()
    if used.has_unknown_type:
        found += ("token_type",)
    if used.has_unknown_name:
        found += ("usage",)
    return found


def _ended(
    line: Any, status: Number | None, finish: str
) -> tuple[str, str | None, tuple[tuple[str, str], ...]]:
    """Return the outcome, the error type of a failed request, and the faults of its error."""
    error_type: str | None = line.error_type
    cancelled: bool | None = line.cancelled
    ext = line.ext
    succeeded: bool | None = None if ext is None else ext.succeeded
    error = line.error
    if error is not None:
        error = decoded(error)
    if error is None and status is None and error_type is None:
        if not cancelled and succeeded is not False:
            # Nearly every record ends like this.
            return (ERROR, UNKNOWN, ()) if finish == ERROR else (SUCCESS, None, ())
        return (*outcome_of(cancelled, succeeded, False, None, None, finish), ())
    faults: tuple[tuple[str, str], ...] = ()
    has_error, type_of_error = error_of(error)
    if error is not None and not isinstance(error, bool | str | dict):
        faults = ((line.paths["error"], Fault.bad_type.value),)
    if error_type is None or is_blank(error_type):
        error_type = type_of_error
        if isinstance(error, dict):
            path = line.paths["error"]
            faults = tuple((f"{path}.{name}", one.value) for name, one in faults_of_error(error))
    outcome, kind = outcome_of(cancelled, succeeded, has_error, status, error_type, finish)
    return outcome, kind, faults


def _duration(given: Number | None) -> int | None:
    return None if given is None else microseconds(given)


def _time(time: Number) -> int:
    if isinstance(time, float):
        raise Inexact
    return timestamps.parse(time)


def _tells_outcome(line: Any, status: Number | None) -> bool:
    """Return True if a line with outcome success states it."""
    if line.ext is not None and line.ext.succeeded:
        return True
    return status is not None and not (isinstance(status, str) and is_blank(status))


def _throughput(rate: int, output: int, generation: int | None) -> int | None:
    """Return the record's own rate if it has one, else output tokens over generation time."""
    if not output:
        return None
    if rate:
        return rate
    return divide(output * _MICROSECONDS, generation) if generation else None


def _compensation(paid: Any) -> Compensation | None:
    paid_ms = None if paid.paid_at is None else _time(paid.paid_at)
    payout = 0 if paid.payout is None else usd(paid.payout)
    return Compensation(snake_case(paid.type), payout, paid_ms) if payout else None


def _unknown_words(
    event: str | None, plan: str | None, status: Number | None, finish: str
) -> tuple[str, ...]:
    """Return the fields with words that no rule lists, which somebody should look at."""
    found: tuple[str, ...] = ()
    if finish == "other":
        found += ("finish_reason",)
    if event is not None and event not in KNOWN_EVENTS:
        found += ("event",)
    if plan is not None and plan.strip() and plan not in KNOWN_PLANS:
        found += ("plan",)
    if status is not None and status_outcome(status) is None:
        found += ("status",)
    return found
