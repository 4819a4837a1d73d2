"""Wait until counted records are committed."""

import asyncio

from exporter.pipeline.commits import Commits


async def waiting(commits: Commits) -> asyncio.Task[bool]:
    """Start a waiter."""
    task = asyncio.create_task(commits.wait())
    await asyncio.sleep(0)
    return task


async def test_what_is_counted_meanwhile() -> None:
    """What is counted during a commit becomes durable with the next one."""
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
    """With nothing to commit, waiting returns at once."""
    commits = Commits()
    commits.begin()
    commits.end()
    assert await commits.wait()


async def test_taken_back() -> None:
    """If counts are discarded, waiters get False; later ones aren't affected."""
    commits = Commits()
    commits.begin()
    committing = await waiting(commits)
    commits.is_due = True
    counted = await waiting(commits)
    commits.lose()
    assert not await committing
    assert not await counted
    assert await commits.wait()
