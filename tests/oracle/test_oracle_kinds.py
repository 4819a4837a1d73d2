"""The exporter agrees with the oracle, with generated records of one kind per test."""

import pytest
from conftest import Count
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from oracle import Oracle, Settings, differences, parse_exposition
from strategies import endings, faults, money, sequences, times, usage, wrapping

pytestmark = pytest.mark.slow

# Later than every record of the logs.
CLOCK = 4.2e9
# The function-scoped fixture is safe: it keeps no state between examples.
kind = settings(
    max_examples=examples(30, 400),
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def agree(count: Count, content: bytes) -> None:
    """Assert that all totals of a file agree."""
    oracle = Oracle(Settings())
    for line in content.split(b"\n"):
        oracle.feed("example", line)
    oracle.finish("example")

    found = differences(oracle.totals(), parse_exposition(count([content], clock=CLOCK)))
    assert not found, "\n".join((content.decode(errors="backslashreplace"), *found[:8]))


def agree_on_lines(count: Count, lines: list[bytes]) -> None:
    """Assert that all totals of a file of lines agree."""
    agree(count, b"\n".join(lines))


@kind
@given(lines=times.LINES)
def test_times(count: Count, lines: list[bytes]) -> None:
    """Times in all formats and units; payout delays compare them to the millisecond."""
    agree_on_lines(count, lines)


@kind
@given(lines=endings.LINES)
def test_endings(count: Count, lines: list[bytes]) -> None:
    """Statuses, errors, flags, finish reasons."""
    agree_on_lines(count, lines)


@kind
@given(lines=usage.LINES)
def test_usage(count: Count, lines: list[bytes]) -> None:
    """Token counts under each protocol's field names."""
    agree_on_lines(count, lines)


@kind
@given(lines=usage.BILLED)
def test_billed_quantities(count: Count, lines: list[bytes]) -> None:
    """Tokens and units by fee item code, and totals with a remainder."""
    agree_on_lines(count, lines)


@kind
@given(lines=money.LINES)
def test_money(count: Count, lines: list[bytes]) -> None:
    """Bills, items, discounts."""
    agree_on_lines(count, lines)


@kind
@given(lines=faults.BROKEN)
def test_validity(count: Count, lines: list[bytes]) -> None:
    """Invalid records and their reasons."""
    agree_on_lines(count, lines)


@kind
@given(lines=faults.SPOILED)
def test_field_faults(count: Count, lines: list[bytes]) -> None:
    """Odd values in any field of a full record."""
    agree_on_lines(count, lines)


@kind
@given(lines=faults.TEXTS)
def test_texts(count: Count, lines: list[bytes]) -> None:
    """Texts, numbers as texts, invalid bytes and unread fields."""
    agree_on_lines(count, lines)


@kind
@given(lines=sequences.LATE)
def test_late_parts(count: Count, lines: list[bytes]) -> None:
    """Tokens, durations and bills in later records."""
    agree_on_lines(count, lines)


@kind
@given(lines=sequences.PENDING)
def test_pending(count: Count, lines: list[bytes]) -> None:
    """Pending requests and their final records."""
    agree_on_lines(count, lines)


@kind
@given(lines=sequences.PAYING)
def test_payouts(count: Count, lines: list[bytes]) -> None:
    """Payouts before, with and after their request."""
    agree_on_lines(count, lines)


@kind
@given(lines=sequences.CONFLICTS)
def test_conflicts(count: Count, lines: list[bytes]) -> None:
    """Later records that contradict the first."""
    agree_on_lines(count, lines)


@kind
@given(content=st.one_of(wrapping.docker(), wrapping.cri(), wrapping.journald()))
def test_wrappers(count: Count, content: bytes) -> None:
    """Records wrapped by container runtimes and the journal."""
    agree(count, content)


@kind
@given(content=wrapping.prefixed())
def test_lines(count: Count, content: bytes) -> None:
    """Prefixes, several records on a line, records over several lines, torn lines, NUL bytes."""
    agree(count, content)


@kind
@given(content=st.one_of(wrapping.document(), wrapping.enveloped()))
def test_documents_and_envelopes(count: Count, content: bytes) -> None:
    """JSON arrays and API envelopes."""
    agree(count, content)
