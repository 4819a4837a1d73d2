"""The token that clients push with."""

import asyncio
import threading
from pathlib import Path

from exporter.secret import LONG, SecretPlace
from exporter.web.token import Token


class SlowPlace(SecretPlace):
    """A file whose reading blocks until the test sets `answers`."""

    asked, answers = threading.Event(), threading.Event()

    def read(self) -> bytes:
        """Wait, then return the secret."""
        self.asked.set()
        self.answers.wait(10)
        return super().read()


async def test_a_new_token_is_in_force_for_all_at_once(tmp_path: Path) -> None:
    """While one request reads a changed file, others aren't checked against the old token."""
    file, new = tmp_path / "token", "another-token-of-many-characters"
    file.write_text("a-token-of-many-characters")
    place = SlowPlace(LONG, file)
    place.answers.set()
    token = Token(place)
    place.asked.clear()
    place.answers.clear()
    file.write_text(new)

    first = asyncio.create_task(token.is_right(f"Bearer {new}"))
    assert await asyncio.to_thread(place.asked.wait, 10)
    second = asyncio.create_task(token.is_right(f"Bearer {new}"))
    # Let the second request check the file, too.
    for _ in range(5):
        await asyncio.to_thread(int)
    place.answers.set()
    assert all(await asyncio.gather(first, second))
