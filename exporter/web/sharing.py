"""Do work once for all clients that ask for the same."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Shared(Generic[T]):
    """Objects by key: made once, and kept as long as somebody uses them."""

    def __init__(self) -> None:
        """Start empty."""
        self._made: WeakValueDictionary[Hashable, T] = WeakValueDictionary()
        self._making: dict[Hashable, asyncio.Task[T]] = {}

    def find(self, key: Hashable) -> T | asyncio.Task[T] | None:
        """Return the object, or the task that is making it."""
        return self._made.get(key) or self._making.get(key)

    def make(self, key: Hashable, work: Awaitable[T]) -> asyncio.Task[T]:
        """Start to make an object."""
        task = asyncio.ensure_future(self._make(key, work))
        self._making[key] = task
        return task

    async def _make(self, key: Hashable, work: Awaitable[T]) -> T:
        try:
            made = self._made[key] = await work
        finally:
            del self._making[key]
        return made


class Batched(Generic[T]):
    """An action that runs once for all callers that asked before it started."""

    def __init__(self, action: Callable[[], Awaitable[T]]) -> None:
        """`action` returns the result that these callers share."""
        self._action = action
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """Return the result of a run that starts after this call."""
        if self._next is None:
            self._next = asyncio.ensure_future(self._run())
        return await asyncio.shield(self._next)

    async def _run(self) -> T:
        async with self._turn:
            self._next = None
            return await self._action()
