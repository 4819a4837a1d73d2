"""Recognize requests to a model, and find their model."""

import re
from typing import TYPE_CHECKING, Any, Final

from .bodies import WHOLE, parsed, skimmed
from .protocols import word

if TYPE_CHECKING:
    from .libraries import AnyRequest

_APIS: Final = (
    ("/chat/completions", "chat.completions"),
    ("/completions", "completions"),
    ("/responses", "responses"),
    ("/messages", "messages"),
    ("/embeddings", "embeddings"),
    ("/images/generations", "images"),
    (":generateContent", "generateContent"),
    (":streamGenerateContent", "generateContent"),
)
# `publishers/google/models/gemini-2.5-pro:generateContent`, with or without the publisher.
_MODEL_IN_PATH: Final = re.compile(r"(?:/publishers/([^/]+))?/models/([^:]+):\w+$")


def api_of(request: "AnyRequest") -> str | None:
    """Return the protocol of a request to a model, or None for any other request."""
    if request.method != "POST":
        return None
    path = request.url.path
    return next((api for ending, api in _APIS if path.endswith(ending)), None)


def model_of(request: "AnyRequest") -> str | None:
    """Return the model that a request names.

    Parse its body only when needed, at the end, because prompts may be large.
    """
    in_path = _MODEL_IN_PATH.search(request.url.path)
    if in_path is not None:
        return word("/".join(part for part in in_path.groups() if part))
    body = request.content
    given: Any = parsed(body) if len(body) <= WHOLE else skimmed(body)
    return word(given.get("model")) if isinstance(given, dict) else None
