"""Mask key secrets in text for humans: messages and logs."""

import re

# A secret with its full prefix is found inside longer words, too.
KEY_PREFIX = "sk-(?:ai|ss|mg)-v1-"

# A secret that is masked already (`sk-…`) stays.
_SECRET = re.compile(rf"(?:(?<![A-Za-z0-9])sk-|{KEY_PREFIX})(?!…)\S*")


def masked(text: str) -> str:
    """Replace everything shaped like a key secret with `sk-…`."""
    return _SECRET.sub("sk-…", text)
