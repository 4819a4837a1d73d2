"""Texts, numbers, amounts and times as the pages write them."""

import html
from collections.abc import Iterable
from datetime import UTC

from ...values.fixed_point import QUANTITY_PLACES, USD_PLACES, decimal_text
from ...values.masking import masked
from ...values.moments import shown
from ...values.texts import as_label

_CENTS = 2


def text(value: str) -> str:
    """Return text without secrets, such as a label value, as HTML."""
    return html.escape(as_label(value))


def safe(value: str) -> str:
    """Return any text as HTML, with anything that looks like a secret masked."""
    return text(masked(value))


def exact(value: int, places: int, shown_places: int) -> str:
    """Return the exact decimal with separators; digits beyond `shown_places` are small."""
    whole, _, fraction = decimal_text(value, places).partition(".")
    number, rest = f"{int(whole):,}", fraction
    if fraction and shown_places:
        number += f".{fraction[:shown_places]}"
        rest = fraction[shown_places:]
    elif fraction:
        rest = f".{fraction}"
    return f'{number}<span class="fine">{rest}</span>' if rest else number


def usd(value: int) -> str:
    """Return an exact amount of US dollars."""
    return f"${exact(value, USD_PLACES, _CENTS)}"


def tokens(value: int) -> str:
    """Return an exact number of tokens."""
    return exact(value, QUANTITY_PLACES, 0)


def moment(at_ms: int) -> str:
    """Return a time in UTC."""
    stamp = shown(at_ms, UTC)
    readable, dot, ms = stamp.replace("T", " ").removesuffix("Z").partition(".")
    finer = f'<span class="fine">{dot}{ms}</span>' if ms else ""
    return f'<time datetime="{stamp}">{readable}{finer}</time>'


def span(seconds: float) -> str:
    """Return a length of time in its two largest units."""
    left = max(0, int(seconds))
    parts: list[str] = []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "0 s"


def size(number: int) -> str:
    """Return a size in bytes, rounded to a tenth of its unit."""
    amount, units = float(number), iter(("kB", "MB", "GB", "TB"))
    unit = "B"
    while amount >= 1000 and (larger := next(units, None)) is not None:
        amount, unit = amount / 1000, larger
    return f"{number:,} B" if unit == "B" else f"{amount:,.1f} {unit}"


def row(cells: Iterable[tuple[str, str]]) -> str:
    """Return a row of a table; cells are (class, HTML)."""
    return "<tr>" + "".join(_cell(kind, content) for kind, content in cells) + "</tr>\n"


def _cell(kind: str, content: str) -> str:
    return f'<td class="{kind}">{content}</td>' if kind else f"<td>{content}</td>"


def table(name: str, identity: str, heads: Iterable[tuple[str, str]], rows: str) -> str:
    """Return a table that scrolls if it is too wide; heads are (class, title)."""
    head = "".join(
        f'<th scope="col" class="{kind}">{title}</th>' if kind else f'<th scope="col">{title}</th>'
        for kind, title in heads
    )
    return (
        f'<div class="scroll" id="{identity}" tabindex="0" role="region" aria-label="{name}">\n'
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )


def details(rows: Iterable[tuple[str, str]]) -> str:
    """Return a list of names with their HTML; names without content are left out."""
    return (
        "<dl>\n"
        + "".join(f"<dt>{name}</dt><dd>{content}</dd>\n" for name, content in rows if content)
        + "</dl>\n"
    )


def none(told: str) -> str:
    """Return a text that is shown in place of missing content."""
    return f'<p class="none">{told}</p>\n'


def card(title: str, content: str, note: str = "", kind: str = "card") -> str:
    """Return a card; `note` is shown beside its title."""
    beside = f'<p class="soft">{note}</p>' if note else ""
    return (
        f'<section class="{kind}"><div class="head"><h2>{title}</h2>{beside}</div>\n'
        f"{content}</section>\n"
    )
