"""Plot the growth: microseconds per record over records and over series."""

import math
from collections.abc import Mapping

from .sizes import Table

_WIDTH, _HEIGHT, _MARGIN = 360, 220, 44
_COLORS = ("#0072b2", "#d55e00")
_FIGURE = "microseconds a record"


def svg(results: Mapping[str, Table]) -> str:
    """Return a chart for each growth table, side by side, with the same vertical scale."""
    tables = {title: table for title, table in results.items() if title.startswith("growth")}
    figures = [row[_FIGURE] for table in tables.values() for row in table.values()]
    top = 1.25 * max(figures, default=1)
    charts = [
        _chart(title, table, top, number * _WIDTH, _COLORS[number % len(_COLORS)])
        for number, (title, table) in enumerate(tables.items())
    ]
    size = f'width="{_WIDTH * max(1, len(charts))}" height="{_HEIGHT}"'
    style = 'font-family="sans-serif" font-size="11" fill="#555"'
    body = "".join(charts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{body}</svg>\n'


def _chart(title: str, table: Table, top: float, left: int, color: str) -> str:
    amounts = [float(name.split(" ")[0].replace(",", "")) for name in table]
    low, high = math.log10(min(amounts)), math.log10(max(amounts))
    inside, bottom = _WIDTH - 1.5 * _MARGIN, _HEIGHT - _MARGIN
    points = [
        (
            left + _MARGIN + inside * (math.log10(amount) - low) / max(high - low, 1e-9),
            bottom - (bottom - _MARGIN) * row[_FIGURE] / top,
        )
        for amount, row in zip(amounts, table.values(), strict=True)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>\n'
        f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{row[_FIGURE]:.1f}</text>\n'
        f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{amount:,.0f}</text>\n'
        for (x, y), amount, row in zip(points, amounts, table.values(), strict=True)
    )
    unit = title.split("with ", 1)[-1]
    return (
        f'<text x="{left + _MARGIN}" y="20">µs a record, by {unit}</text>\n'
        f'<path d="M{left + _MARGIN},{_MARGIN}V{bottom}H{left + _MARGIN + inside}" '
        'fill="none" stroke="#999"/>\n'
        f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>\n{marks}'
    )
