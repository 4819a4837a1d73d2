"""How much tests try: enough to notice a fault soon, or with THOROUGH=1 as long as it takes."""

import os

THOROUGH = bool(os.environ.get("THOROUGH"))


def examples(usual: int, thorough: int) -> int:
    """Return how many random examples, seeds or kills a test tries."""
    return thorough if THOROUGH else usual
