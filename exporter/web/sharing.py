"""Work done once for all who ask for the same."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Shared(Generic[T]):
    """Things by key: made once, and kept for as long as somebody uses them."""

    def __init__(self) -> None:
        """Start with none."""
        self._made: WeakValueDictionary[Hashable, T] = WeakValueDictionary()
        self._making: dict[Hashable, asyncio.Task[T]] = {}

    def find(self, key: Hashable) -> T | asyncio.Task[T] | None:
        """Return what is there, or the task that makes it."""
        return self._made.get(key) or self._making.get(key)

    def make(self, key: Hashable, work: Awaitable[T]) -> asyncio.Task[T]:
        """Begin to make a thing."""
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
    """Repeats an action, each time for all who asked before it began."""

    def __init__(self, action: Callable[[], Awaitable[T]]) -> None:
        """`action` gives what everybody gets who asked in time."""
        self._action = action
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """Return the outcome of an action that begins after this call."""
        if self._next is None:
            self._next = asyncio.ensure_future(self._run())
        return await asyncio.shield(self._next)

    async def _run(self) -> T:
        async with self._turn:
            self._next = None
            return await self._action()
