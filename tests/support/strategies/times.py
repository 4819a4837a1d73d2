"""Times in the spellings of loggers, in requests and payouts."""

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from .json_text import Literal, line

_FORMS = st.fixed_dictionaries(
    {
        "between": st.sampled_from(["T", " ", "t"]),
        "second": st.sampled_from(["", ":%S", ":%S", ":%S", ":60", ":00"]),
        "fraction": st.sampled_from(["", "", ".5", ",123", ".999999999", ",000999", ".1239"]),
        "zone": st.sampled_from(
            ["", "Z", "z", "+00:00", "+0000", "+00", "-00:00", "+08:00", "-0430", "+14", "-11:30"]
        ),
    }
)
_WRONG = (
    '""', '"2026-11-01"', '"2026-11-01T00:00:61Z"', '"2026-11-01T00:00,5Z"', '"2026-11-01T24:00Z"',
    '"2026-11-01T00:00:00.Z"', '"2026-11-01T00:00:00+24:00"', '"2026-11-01T00:00:00+8:00"',
    '"2026-13-01T00:00Z"', '"2026-02-29T00:00:00Z"', '"1999-12-31T23:59:59.999Z"', '"soon"',
    '"2101-01-01T00:00:00Z"', '"2100-12-31T23:59:60Z"', "true", "[]", "{}", "-1", "NaN", "1e400",
    "99999999999", "100000000000", '"1_793_491_200"', '"\u0661793491200"', "946684799.999",
    "4133980800", "100000000000000000000",
)  # fmt: skip


def _text(moment: datetime, form: dict[str, str]) -> Literal:
    second = form["second"]
    fraction = form["fraction"] if second else ""
    written = moment.strftime(f"%Y-%m-%d{form['between']}%H:%M{second}")
    return Literal(f'"{written}{fraction}{form["zone"]}"')


def _number(moment: int, unit: int, fraction: str, quote: str) -> Literal:
    return Literal(f"{quote}{moment}{'0' * unit}{fraction}{quote}")


# Unix seconds of 2000 to 2100, followed by the digits of milli-, micro- or nanoseconds.
_NUMBERS = st.one_of(
    st.builds(
        _number,
        st.integers(946_684_800, 4_133_980_799),
        st.just(0),
        st.sampled_from(["", ".0", ".5", ".123999", ".9999999999"]),
        st.sampled_from(["", '"']),
    ),
    st.builds(
        lambda second, digits, quote: Literal(f"{quote}{second}{digits}{quote}"),
        st.integers(946_684_800, 4_133_980_799),
        st.sampled_from(["000", "999", "123.7", "123456", "999999", "123456789", "999999999"]),
        st.sampled_from(["", '"']),
    ),
)
TIMES = st.one_of(
    st.builds(_text, st.datetimes(datetime(2000, 1, 3), datetime(2100, 12, 29)), _FORMS),  # noqa: DTZ001
    st.builds(_text, st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 3)), _FORMS),  # noqa: DTZ001
    _NUMBERS,
)
ANY_TIMES = st.one_of(TIMES, TIMES, st.sampled_from([Literal(text) for text in _WRONG]))


def _native(name: str, time: Any, paid: Any, **more: Any) -> bytes:
    compensation = {"type": "late", "payout_usd": 1, "paid_at": paid}
    return line({name: time, "model": "m", "compensation": compensation, **more})


def _zenmux(name: str, time: Any, paid: Any) -> bytes:
    compensation = {"type": "late", "payout": 1, "paidAt": paid}
    return line({name: time, "modelSlug": "m", "compensation": compensation})


_NAMES = st.sampled_from(["timestamp", "createdAt", "created_at", "createTime", "created"])
_PAID = st.one_of(st.none(), ANY_TIMES)
LINES = st.lists(
    st.one_of(
        st.builds(_native, _NAMES, ANY_TIMES, _PAID),
        st.builds(_native, _NAMES, ANY_TIMES, _PAID, event=st.just("compensation")),
        st.builds(_zenmux, st.sampled_from(["createdAt", "createAt"]), ANY_TIMES, _PAID),
    ),
    min_size=1,
    max_size=4,
)
