"""How long a batch lasts before it is committed."""

# A batch lasts ten times as long as the last commit, so that what series cost at each commit is
# small compared with the cost of records.
_FACTOR = 10
_SECONDS = 0.5, 10.0
# Shorter for pushed records, since clients wait for them.
_PUSHED_FACTOR = 3
_PUSHED_SECONDS = 0.05, 3.0


class Pace:
    """The length of a batch, from the time that building and committing took."""

    def __init__(self) -> None:
        """Start with the shortest batches."""
        self._cost = 0.0

    def built(self, seconds: float) -> None:
        """Note the seconds that building took; the last commit is the estimate for the next."""
        self._cost = max(seconds, self._cost)

    def committed(self, seconds: float) -> None:
        """Note the seconds that building and committing took."""
        self._cost = seconds

    def longest(self, *, has_pushed: bool) -> float:
        """Return how many seconds a batch may last; less if it has pushed records."""
        if has_pushed:
            return _within(self._cost, _PUSHED_FACTOR, _PUSHED_SECONDS)
        return _within(self._cost, _FACTOR, _SECONDS)


def _within(cost: float, factor: int, bounds: tuple[float, float]) -> float:
    least, most = bounds
    return min(max(least, cost * factor), most)
