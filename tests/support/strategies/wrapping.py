"""Files with records inside the wrappers of loggers."""

import json
from typing import Any

from hypothesis import strategies as st

from .json_text import UNREAD, dump, without_absent

_AT = "2026-11-01T00:00:01.5Z"


@st.composite
def record(draw: st.DrawFn, indent: int | None = None, *, timed: bool = True) -> str:
    """Return a small record of either format, or a response body; some without their own time."""
    number = draw(st.integers(0, 99))
    times = [1793491200, "2026-11-01T00:00:00Z"] if timed else [None, 1793491200]
    base: dict[str, Any] = {"model": draw(st.sampled_from(["m", "m {", 'm "}', "ü", "m\\"]))}
    if draw(st.booleans()):
        base |= {"generationId": f"g{number}", "createdAt": 1793491200, "billAmount": "0.5"}
    else:
        base |= {"id": f"n{number}", "created_at": draw(st.sampled_from(times)),
                 "choices": [{"message": {"content": "{[}"}, "finish_reason": "stop"}],
                 "usage": {"prompt_tokens": 3, "completion_tokens": 2}}  # fmt: skip
    if draw(st.integers(0, 4)) == 0:
        base["note"] = draw(UNREAD)
    return dump(without_absent(base), indent)


_NOISE = st.sampled_from(["", " ", "started", "[INFO] up", "null", "[1]", "level=info msg=x"])


def _cut(draw: st.DrawFn, text: str, most: int = 3) -> list[str]:
    """Cut a text into a few parts."""
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=most - 1)))
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


def _woven(draw: st.DrawFn, streams: list[list[str]]) -> list[str]:
    """Interleave the lines of two streams, keeping the order of each."""
    left = [list(stream) for stream in streams]
    woven: list[str] = []
    while any(left):
        chosen = draw(st.sampled_from([stream for stream in left if stream]))
        woven.append(chosen.pop(0))
    return woven


def _rows(draw: st.DrawFn, noise: st.SearchStrategy[str] = _NOISE) -> list[str]:
    """Return lines of a program: records, some pretty-printed, with other lines between them."""
    rows: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.integers(0, 3)) == 0:
            rows.append(draw(noise))
        indent = draw(st.sampled_from([None, None, 2]))
        rows += draw(record(indent, timed=False)).split("\n")
    return rows


@st.composite
def docker(draw: st.DrawFn) -> bytes:
    """Return a container's json-file log; lines are split into parts, streams are interleaved."""
    streams = []
    for name in ("stdout", "stderr"):
        parts = [part for row in _rows(draw) for part in _cut(draw, f"{row}\n") if part]
        streams.append([json.dumps({"log": part, "stream": name, "time": _AT}) for part in parts])
    return _content(_woven(draw, streams[: draw(st.integers(1, 2))]))


@st.composite
def cri(draw: st.DrawFn) -> bytes:
    """Return a container's log as written by a kubelet."""
    streams = []
    for name in ("stdout", "stderr"):
        lines = []
        for row in _rows(draw):
            *parts, last = _cut(draw, row)
            lines += [f"{_AT} {name} P {part}" for part in parts] + [f"{_AT} {name} F {last}"]
        streams.append(lines)
    return _content(_woven(draw, streams[: draw(st.integers(1, 2))]))


@st.composite
def journald(draw: st.DrawFn) -> bytes:
    """Return a journal in JSON, with messages as texts or bytes."""
    lines = []
    for row in _rows(draw, _NOISE.filter(str.strip)):
        message: Any = list(row.encode()) if draw(st.booleans()) else row
        lines.append(json.dumps({"__REALTIME_TIMESTAMP": "1793491201500000", "MESSAGE": message}))
    return _content(lines)


@st.composite
def prefixed(draw: st.DrawFn) -> bytes:
    """Return plain lines: some with a prefix, with several records, torn or pretty-printed."""
    prefix = draw(st.sampled_from(["", "2026-11-01 00:00:00,1 [INFO] shop: ", "ts=1 msg=", "\t"]))
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["one", "one", "glued", "pretty", "noise", "torn"]))
        between = draw(st.sampled_from(["", " ", ", "]))
        if kind == "one":
            lines.append(prefix + draw(record()))
        elif kind == "glued":
            lines.append(prefix + between.join(draw(record()) for _ in range(3)))
        elif kind == "pretty":
            lines.append(prefix + draw(record(2)))
        elif kind == "noise":
            lines.append(draw(_NOISE))
        else:
            # An unfinished object is followed by a complete record.
            whole = draw(record())
            lines.append(whole[: draw(st.integers(1, len(whole) - 1))])
            lines.append(prefix + draw(record()))
    ends = draw(st.sampled_from(["\n", "\r\n", "\n\n", "\0", "\n\0\0"]))
    start = draw(st.sampled_from(["", "\ufeff"]))
    return f"{start}{ends.join(lines)}".encode()


@st.composite
def document(draw: st.DrawFn) -> bytes:
    """Return one JSON array of records."""
    indent = draw(st.sampled_from([None, 2]))
    rows = [draw(record(indent)) for _ in range(draw(st.integers(0, 3)))]
    rows += draw(st.lists(st.sampled_from(["{}", "5", "null"]), max_size=1))
    between = draw(st.sampled_from([",", ", ", ",\n", "\n, "]))
    start, end = draw(st.sampled_from([("[", "]"), ("[\n", "\n]\n"), (" \n[ ", " ] ")]))
    return f"{start}{between.join(rows)}{end}".encode()


@st.composite
def enveloped(draw: st.DrawFn) -> bytes:
    """Return answers of an API with their envelope."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        one, several = draw(record()), [draw(record()) for _ in range(draw(st.integers(1, 3)))]
        odd = draw(st.sampled_from(["{}", "5", "null"]))
        lines.append(
            draw(
                st.sampled_from(
                    [f'{{"success": true, "data": {one}}}', f'{{"data": {one}}}',
                     f'{{"data": [{", ".join(several)}]}}', f'{{"data": [{one}, {odd}]}}',
                     f'{{"success": true, "data":\n{one}}}', f'{one[:-1]}, "data": {{}}}}']
                )
            )
        )  # fmt: skip
    return _content(lines)


def _content(lines: list[str]) -> bytes:
    return "\n".join(lines).encode()
