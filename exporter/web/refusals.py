"""Responses that refuse a request."""

from aiohttp import web


def refusal(status: int, text: str, **headers: str) -> web.Response:
    """Return a response with a line of text; `Retry_After` is the header Retry-After."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, text=f"{text}\n", headers=names)
