"""Turn a line, whatever its format, into a record: what it says by the rules of one line.

A line has the canonical fields of the formats' tables, each None where it is absent. Raises
ValueError (often `Inexact`) if the line breaks a rule or only exact decimals can tell: the strict
path then reads it again and names the rule.
"""

from typing import Any, Final

from ..records import Compensation, RawLabels, Record
from ..values import timestamps
from ..values.fixed_point import Inexact, Number, divide, micro_rate, microseconds, usd
from ..values.labels import UNKNOWN, is_blank, snake_case
from .billing import bill_of
from .outcome import (
    ERROR,
    FINISH_REASONS,
    SUCCESS,
    finish_reason,
    outcome_of,
    status_outcome,
)
from .plans import KNOWN_PLANS
from .tokens import output_tokens, quantities_of

EVENT: Final = "compensation"
KNOWN_COMPENSATIONS: Final = frozenset({"high_latency", "unsatisfactory_content"})
KNOWN_EVENTS: Final = frozenset({EVENT, "request"})

_PICO: Final = 10**12


def build_record(line: Any) -> Record:
    """Return the record of a line."""
    identity = _text(line.id)
    event: str | None = line.event
    is_event = event == EVENT
    time = line.time
    if time is None:
        time = _other(line, "time")
    plan: str | None = line.plan
    labels = (line.api_key, _first_text(line, line.model, "model"), line.provider, plan)
    paid = line.compensation
    _check_presence(is_event, paid, time, identity, labels)
    word = _first_text(line, line.finish_reason, "finish_reason")
    finish = FINISH_REASONS.get(word) or finish_reason(word)
    status: Number | None = line.status
    outcome, error_type = _ended(line, status, finish)
    quantities, odd_quantity = quantities_of(line)
    output = output_tokens(quantities) if quantities else 0
    bill = bill_of(line)
    latency = None if line.latency is None else microseconds(line.latency)
    generation = None if line.generation is None else microseconds(line.generation)
    rate = 0 if line.throughput is None else micro_rate(line.throughput)
    compensation = None if paid is None else _compensation(paid)
    unknown: tuple[str, ...] = ()
    if event is not None or plan is not None or status is not None or finish == "other":
        unknown = _unknown_words(event, plan, status, finish)
    if odd_quantity:
        unknown += ("token_type",)
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
        _web_searches(line.web_searches, quantities),
        bill,
        latency,
        generation,
        _throughput(rate, output, generation),
        line.streamed is not False,
        compensation,
        unknown,
        is_rate_derived=not rate,
        states_outcome=outcome != SUCCESS or _states_success(line, status),
    )


def _check_presence(
    is_event: bool, paid: Any, time: Any, identity: str | None, labels: RawLabels
) -> None:
    """Leave a line that lacks something required to the strict path."""
    if is_event:
        if paid is None or paid.payout is None or (time is None and identity is None):
            raise Inexact
    elif time is None or labels[1] is None:
        raise Inexact


def _text(text: str | None) -> str | None:
    return None if text is None or is_blank(text) else text


def _first_text(line: Any, text: str | None, name: str) -> str | None:
    """Return a field's text, or its first alternative that is not blank."""
    if text is not None and not is_blank(text):
        return text
    for attribute in line.alternatives.get(name, ()):
        other = _text(getattr(line, attribute))
        if other is not None:
            return other
    return None


def _web_searches(given: int | None, quantities: dict[str, int] | None) -> int:
    if given is not None:
        return given
    return quantities.get("web_search", 0) if quantities else 0


def _other(line: Any, name: str) -> Any:
    """Return the first present of a field's alternatives."""
    for attribute in line.alternatives.get(name, ()):
        value = getattr(line, attribute)
        if value is not None:
            return value
    return None


def _ended(line: Any, status: Number | None, finish: str) -> tuple[str, str | None]:
    error_type: str | None = line.error_type
    cancelled: bool | None = line.cancelled
    ext = line.ext
    succeeded: bool | None = None if ext is None else ext.succeeded
    if cancelled or status is not None or error_type is not None or succeeded is False:
        return outcome_of(cancelled, succeeded, status, error_type, finish)
    # How nearly every record ends.
    return (ERROR, UNKNOWN) if finish == ERROR else (SUCCESS, None)


def _time(time: Number) -> int:
    if isinstance(time, float):
        raise Inexact
    return timestamps.parse(time)


def _states_success(line: Any, status: Number | None) -> bool:
    """Return True if a line says itself that its request succeeded."""
    if line.ext is not None and line.ext.succeeded:
        return True
    if status is None or (isinstance(status, str) and is_blank(status)):
        return False
    return status_outcome(status) == SUCCESS


def _throughput(rate: int, output: int, generation: int | None) -> int | None:
    """Return the record's own rate if it has one, else output tokens over generation time."""
    if not output:
        return None
    if rate:
        return rate
    return divide(output * _PICO, generation) if generation else None


def _compensation(paid: Any) -> Compensation | None:
    paid_ms = None if paid.paid_at is None else _time(paid.paid_at)
    payout = 0 if paid.payout is None else usd(paid.payout)
    return Compensation(snake_case(paid.type), payout, paid_ms) if payout else None


def _unknown_words(
    event: str | None, plan: str | None, status: Number | None, finish: str
) -> tuple[str, ...]:
    """Return the fields with a word that no rule lists: new words that somebody should look at."""
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
