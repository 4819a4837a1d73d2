"""Waiting until what is counted is durable."""

import asyncio

from exporter.pipeline.commits import Commits


async def waiting(commits: Commits) -> asyncio.Task[bool]:
    """Begin to wait."""
    task = asyncio.create_task(commits.wait())
    await asyncio.sleep(0)
    return task


async def test_what_is_counted_meanwhile() -> None:
    """It is durable with the next commit, and not with the one before it."""
    commits = Commits()
    commits.begin()
    before = await waiting(commits)
    commits.is_due = True
    meanwhile = await waiting(commits)
    commits.end()
    assert await before
    assert not meanwhile.done()
    commits.begin()
    after = await waiting(commits)
    assert not meanwhile.done()
    commits.end()
    assert await meanwhile
    assert await after


async def test_nothing_is_due() -> None:
    """Nobody waits for a commit that does not come."""
    commits = Commits()
    commits.begin()
    commits.end()
    assert await commits.wait()


async def test_taken_back() -> None:
    """Who waits is told, and who comes later waits for what is counted then."""
    commits = Commits()
    commits.begin()
    committing = await waiting(commits)
    commits.is_due = True
    counted = await waiting(commits)
    commits.lose()
    assert not await committing
    assert not await counted
    assert await commits.wait()
