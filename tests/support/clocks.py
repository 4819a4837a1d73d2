"""A clock for tests."""


class Clock:
    """A clock that only the test advances."""

    def __init__(self) -> None:
        """Start at 0."""
        self.now = 0.0

    def __call__(self) -> float:
        """Return the current time."""
        return self.now
