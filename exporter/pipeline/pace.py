"""How long a batch lasts before it is committed."""

# Ten times as long as committing the last one took: what a series costs at each commit is small
# beside its records.
_FACTOR = 10
_SECONDS = 0.5, 10.0
# One with pushed records, for which clients wait.
_PUSHED_FACTOR = 3
_PUSHED_SECONDS = 0.05, 3.0


class Pace:
    """Sets the seconds of a batch by what building and committing took."""

    def __init__(self) -> None:
        """Begin with the shortest batches."""
        self._cost = 0.0

    def built(self, seconds: float) -> None:
        """Note what building took; the last commit is the best guess for the next one."""
        self._cost = max(seconds, self._cost)

    def committed(self, seconds: float) -> None:
        """Note what building and committing took."""
        self._cost = seconds

    def longest(self, *, has_pushed: bool) -> float:
        """Return how many seconds a batch may last, by whether pushed records are in it."""
        if has_pushed:
            return _within(self._cost, _PUSHED_FACTOR, _PUSHED_SECONDS)
        return _within(self._cost, _FACTOR, _SECONDS)


def _within(cost: float, factor: int, bounds: tuple[float, float]) -> float:
    least, most = bounds
    return min(max(least, cost * factor), most)
