"""Bills and their items, in any spelling of an amount."""

from typing import Any

from hypothesis import strategies as st

from .json_text import Literal, line, without_absent

_AMOUNTS = st.one_of(
    st.none(),
    st.sampled_from(["0", "0.0", "1e-12", "0.0000000000005", "0.0000000000015", "1000000", "-0",
                     "999.9999999999995", "0.30000000000000004"]).map(Literal),
    st.decimals(0, 1000, allow_nan=False, places=13).map(lambda d: Literal(format(d, "f"))),
    st.decimals(0, 3, allow_nan=False, places=1).map(str),
)  # fmt: skip
_WRONG = st.sampled_from(
    [Literal(text) for text in ("-0.5", '"abc"', "false", "1e400", "1000000.0000001", '"1_0"', "[]",
                                '"Infinity"', "NaN", '"\u0661"', "{}")]
)  # fmt: skip
AMOUNTS = st.one_of(_AMOUNTS, _AMOUNTS, _AMOUNTS, _WRONG)
_CODES = st.sampled_from(["prompt", "completion", "a", "b", "unitemized", "", " a "])
_DETAILS = st.lists(
    st.one_of(
        st.builds(
            lambda code, amount: without_absent({"feeItemCode": code, "billAmount": amount}),
            st.one_of(st.none(), _CODES),
            AMOUNTS,
        ),
        st.sampled_from([None, 1, []]),
    ),
    max_size=4,
)


def _zenmux(fields: dict[str, Any], rating: dict[str, Any] | None) -> bytes:
    return line({"createdAt": 1793491200, "modelSlug": "m", "ratingResponses": rating,
                 **without_absent(fields)})  # fmt: skip


def _native(fields: dict[str, Any]) -> bytes:
    return line({"timestamp": 1793491200, "model": "m", **without_absent(fields)})


LINES = st.lists(
    st.one_of(
        st.builds(
            _zenmux,
            st.fixed_dictionaries(
                {"billAmount": AMOUNTS, "usage": AMOUNTS, "discountAmount": AMOUNTS}
            ),
            st.one_of(
                st.none(),
                st.fixed_dictionaries(
                    {"billAmount": AMOUNTS, "discountAmount": AMOUNTS, "ratingDetails": _DETAILS}
                ),
            ),
        ),
        st.builds(
            _native,
            st.fixed_dictionaries(
                {"cost_usd": AMOUNTS, "discount_usd": AMOUNTS,
                 "costs_usd": st.one_of(st.none(), st.dictionaries(_CODES, AMOUNTS, max_size=4))}
            ),
        ),
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip
