"""Aggregations and ratios of PromQL expressions."""


def sum_by(expression: str, *by: str) -> str:
    """Return the sum of a vector by the given labels."""
    return f"sum by ({', '.join(by)}) ({expression})" if by else f"sum({expression})"


def ratio(dividend: str, divisor: str, factor: str = "") -> str:
    """Return a ratio; no value, rather than NaN, if the divisor is 0."""
    return f"{dividend}\n/\n({divisor} > 0){factor}"


def largest(expression: str, number: int = 1) -> str:
    """Return the largest value, or the largest few."""
    return f"topk({number}, {expression})"


def smallest(expression: str) -> str:
    """Return the smallest value."""
    return f"bottomk(1, {expression})"
