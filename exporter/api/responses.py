"""Read the API's answers: JSON of limited size, with exact numbers, in an envelope or bare."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, NoReturn

from ..values.fixed_point import literal
from ..values.texts import printable
from .errors import ApiError, ErrorKind, kind_of

Json = Mapping[str, Any]

_HIDDEN = "***"
# Much more than is shown of a message: a secret that is cut would not be masked.
_READ = 4096


async def limited(parts: AsyncIterator[bytes], most: int) -> bytes:
    """Return a body; raises `ApiError` if it has more than `most` bytes, decompressed."""
    body = bytearray()
    async for part in parts:
        body += part
        if len(body) > most:
            raise ApiError(ErrorKind.TOO_LARGE, f"the answer has more than {most} bytes")
    return bytes(body)


def decoded(body: bytes, key: str) -> Json:
    """Return a body's JSON object: exact numbers, printable texts, and the key hidden.

    The values become labels, log lines and records on disk.
    """
    try:
        value = _cleaned(json.loads(body, parse_float=literal, parse_constant=_refused), key)
    except (ValueError, RecursionError):
        raise ApiError(
            ErrorKind.MALFORMED, "the answer is not valid JSON, or was cut off"
        ) from None
    if not isinstance(value, dict):
        raise ApiError(ErrorKind.MALFORMED, "the answer is not a JSON object")
    return value


def unwrapped(answer: Json) -> Json:
    """Return the data of an envelope; an answer without an envelope is returned as it is."""
    if answer.get("success") is False:
        kind = kind_of(_status(answer.get("statusCode")))
        told = ErrorKind.UNSUCCESSFUL if kind is ErrorKind.UNEXPECTED else kind
        raise ApiError(told, _message(answer) or "the answer says success: false")
    data = answer.get("data", answer)
    if not isinstance(data, dict):
        raise ApiError(ErrorKind.UNEXPECTED, "the answer holds no data")
    return data


def failure(status: int, body: bytes, key: str, wait: float) -> ApiError:
    """Return the error for a status other than 200, with the server's message."""
    try:
        message = _message(decoded(body, key))
    except ApiError:
        message = ""
    text = f"status {status}" + (f": {message}" if message else "")
    return ApiError(kind_of(status), text, wait)


def _message(answer: Json) -> str:
    """Return the message of an envelope or an error object, as one line."""
    error = answer.get("error")
    found = error.get("message") if isinstance(error, dict) else error
    text = answer.get("message") or found
    return " ".join(text.split())[:_READ] if isinstance(text, str) else ""


def _status(value: object) -> int:
    """Return a status given as a number or as digits; 0 if it is not a status."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) == 3 else 0


def _cleaned(value: Any, key: str) -> Any:
    if isinstance(value, str):
        return printable(value).replace(key, _HIDDEN)
    if isinstance(value, list):
        return [_cleaned(one, key) for one in value]
    if isinstance(value, dict):
        return {_cleaned(name, key): _cleaned(one, key) for name, one in value.items()}
    return value


def _refused(_: str) -> NoReturn:
    raise ValueError("not a JSON number")
