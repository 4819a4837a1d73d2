"""Run work in threads and in steps, so that the event loop stays free."""

import asyncio
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def timed(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> tuple[float, R]:
    """Call a function; return the seconds that it took and its result."""
    begun = time.monotonic()
    result = function(*args, **kwargs)
    return time.monotonic() - begun, result


async def within(thread: ThreadPoolExecutor, function: Callable[[], R]) -> R:
    """Call a function in a thread and return its result."""
    return await asyncio.get_running_loop().run_in_executor(thread, function)


async def unhurried(steps: Generator[None, None, R]) -> R:
    """Run steps, yielding to other tasks between them; return their result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        await asyncio.sleep(0)
