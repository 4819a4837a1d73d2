"""Usage objects of Chat Completions for tests, and the quantities read from them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from exporter.rules.usage import Usage

UsageOf = Callable[[dict[str, Any], str | None], Usage]
MICRO = 10**6
READ = "input_cache_read"
WRITE = "input_cache_write"


def tokens(usage: Usage) -> dict[str, Decimal]:
    """Return the quantities that are tokens."""
    return {code: Decimal(number) / MICRO for code, number in usage.quantities.items()}


def chat(prompt: Any, completion: Any, total: Any = None, **parts: Any) -> dict[str, Any]:
    """Return a Chat Completions usage; parts except `reasoning` go into the prompt's details."""
    reasoning = parts.pop("reasoning", 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": total,
        "prompt_tokens_details": parts,
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
