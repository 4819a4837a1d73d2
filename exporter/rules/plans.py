"""Determine the plan under which a request was billed."""

from typing import Final

KNOWN_PLANS: Final = frozenset({"payg", "subscription"})
_SUBSCRIPTION_KEY: Final = "sk-ss-"


def default_plan(api_key: str) -> str:
    """Return the plan of a request that names none and whose key is not configured."""
    return "subscription" if api_key.startswith(_SUBSCRIPTION_KEY) else "payg"
