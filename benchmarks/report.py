"""Format results as text."""

from .sizes import Table

_WIDTH = 14


def render(title: str, table: Table) -> str:
    """Return a table with a row per name and a column per value."""
    columns = list(dict.fromkeys(name for row in table.values() for name in row))
    wide = max(_WIDTH, *(len(name) + 2 for name in columns))
    first = max(map(len, table)) + 2
    lines = [title, " " * first + "".join(f"{name:>{wide}}" for name in columns)]
    for name, row in table.items():
        cells = (_figure(row[column]) if column in row else "" for column in columns)
        lines.append(f"{name:{first}}" + "".join(f"{cell:>{wide}}" for cell in cells))
    return "\n".join(lines) + "\n"


def _figure(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.3g}"


def disagreement(table: Table) -> str:
    """Return a message if contenders counted different numbers, otherwise an empty string."""
    counted = {name: row["counted"] for name, row in table.items() if "counted" in row}
    return f"counted differently: {counted}\n" if len(set(counted.values())) > 1 else ""
