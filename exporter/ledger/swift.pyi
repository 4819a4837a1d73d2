from typing import Any

from ..decode.packed import Packed

def feed(
    folder: Any, text: bytes, at: int, left: int, results: dict[str, int], packed: Packed | None
) -> tuple[int, int]: ...
