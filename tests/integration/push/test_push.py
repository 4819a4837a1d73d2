"""Pushed records: the response to the lines that a client sends."""

import gzip
import json

import pytest

from programs import get, wait_until
from pushing import BAD, GOOD, counts, metric, push, record, request

pytest_plugins = ["push_fixtures"]


def unterminated(first: str, text: str) -> str:
    """Join two texts without the last newline."""
    return first + text.rstrip("\n")


PLAIN = {
    "lines": (GOOD, (2, 0, 0, 0, 0), []),
    "no newline": (unterminated("", GOOD), (2, 0, 0, 0, 0), []),
    "array": (f"[{record(1)},{record(2)}]", (2, 0, 0, 0, 0), []),
    "nothing": ("", (0, 0, 0, 0, 0), []),
    "blank lines": (f"\n\n{GOOD}\n \n{BAD}", (2, 0, 0, 1, 0), [(7, "missing_model")]),
    "mark and returns": (
        f"\ufeff{GOOD}{BAD}".replace("\n", "\r\n"),
        (2, 0, 0, 1, 0),
        [(3, "missing_model")],
    ),
    "torn": (f'{record(1)}{{"model": "m",\n{record(2)}', (2, 0, 0, 1, 0), [(2, "not_json")]),
    "torn at the end": (f'{GOOD}\n{{"model": "m",\n', (2, 0, 0, 1, 0), [(4, "not_json")]),
    "over lines": (
        json.dumps(json.loads(record(1)), indent=1) + "\n" + BAD,
        (1, 0, 0, 1, 0),
        [(6, "missing_model")],
    ),
    "elements": (
        f'[{record(1)}, 7, {BAD}, {record(2)}, {{"x": "{"y" * (1 << 20)}"}}, {BAD}]',
        (2, 0, 0, 4, 0),
        [(2, "not_object"), (3, "missing_model"), (5, "line_too_long"), (6, "missing_model")],
    ),
    "too long": (
        f"{record(1)}\n{'x' * 10_000_000}\n{'y' * (1 << 21)}\n{record(2)}{BAD}",
        (2, 0, 0, 3, 0),
        [(3, "line_too_long"), (4, "line_too_long"), (6, "missing_model")],
    ),
    "holes": (f"{record(1)}\0\0\0{record(2)}", (2, 0, 0, 0, 0), []),
    "numbers": (
        record(1, cost_usd="9" * 4000) + record(2, latency_ms=-1) + record(10**30),
        (2, 0, 0, 1, 0),
        [(3, "bad_time")],
    ),
    "pending": (record(1, status="pending"), (0, 0, 0, 0, 1), []),
}


@pytest.mark.parametrize(("body", "numbers", "errors"), PLAIN.values(), ids=PLAIN)
def test_answers(
    url: str, body: str, numbers: tuple[int, ...], errors: list[tuple[int, str]]
) -> None:
    """The response has the results and each rejected line; the metrics follow at once."""
    before = metric(url, 'zenmux_exporter_records_total{source="plain",result="accepted"}')
    status, answer = push(url, body)

    assert (status, counts(answer)) == (200, numbers)
    assert [(one["line"], one["reason"]) for one in answer["errors"]] == errors
    after = metric(url, 'zenmux_exporter_records_total{source="plain",result="accepted"}')
    assert after - before == numbers[0]


def test_ids(url: str) -> None:
    """Records with an id count once; new information amends them."""
    first = record(1, id="gen_a") + record(2, id="gen_b", cost_usd=None)
    more = record(2, id="gen_b") + record(3, id="gen_c")

    assert counts(push(url, first)[1]) == (2, 0, 0, 0, 0)
    assert counts(push(url, first)[1]) == (0, 2, 0, 0, 0)
    assert counts(push(url, more)[1]) == (1, 0, 1, 0, 0)


def test_errors_are_bounded(url: str) -> None:
    """Only the first hundred errors are listed, with the number of omitted ones."""
    status, answer = push(url, GOOD + BAD * 5000)

    assert (status, answer["rejected"], answer["errors_omitted"]) == (200, 5000, 4900)
    assert [one["line"] for one in answer["errors"]] == [*range(3, 103)]


def test_sources(url: str) -> None:
    """The query names the source, whose format and mapping apply."""
    rows = "at,llm\n1793491200,a\n1793491201,b\nnever,c\n"
    status, answer = push(url, rows, query="?source=table")
    assert (status, counts(answer)) == (200, (2, 0, 0, 1, 0))
    assert answer["errors"] == [{"line": 4, "reason": "bad_time"}]
    assert counts(push(url, rows, query="?source=plain")[1])[0] == 0

    for query in ("?source=other", "?source=", "?sauce=plain", "?source=plain&source=table"):
        status, answer = push(url, GOOD, query=query)
        assert status == 400
    assert push(url, GOOD, query="?source=nope")[1]["error"].endswith(": plain, table")


def test_keys(url: str) -> None:
    """An idempotency key replays the first answer; other content under it is refused."""
    body = GOOD + BAD
    first = request(url, body, Idempotency_Key="k1")
    again = request(url, body, Idempotency_Key="k1")
    zipped = request(
        url, gzip.compress(body.encode()), Idempotency_Key="k1", Content_Encoding="gzip"
    )

    assert counts(json.loads(first[2])) == (2, 0, 0, 1, 0)
    assert first[2] == again[2] == zipped[2]
    replayed = [one[1].get("Idempotent-Replayed") for one in (first, again, zipped)]
    assert replayed == [None, "true", "true"]
    assert push(url, GOOD, Idempotency_Key="k1")[0] == 422
    # Another key or another source is another batch.
    assert counts(push(url, body, Idempotency_Key="k2")[1]) == (2, 0, 0, 1, 0)
    assert push(url, body, Idempotency_Key="k1", query="?source=table")[0] == 200
    assert push(url, body, Idempotency_Key="k" * 256)[0] == 400


def test_page(url: str) -> None:
    """The page lists push sources and their rejected lines, as it does for files."""
    push(url, BAD)
    wait_until(lambda: "missing_model" in get(f"{url}/")[1], "it is on the page")
    page = get(f"{url}/")[1]

    assert "<b>plain</b> <code>POST /api/v1/records</code>" in page
    assert "the first in pushed batch" in page
