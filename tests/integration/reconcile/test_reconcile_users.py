"""`reconcile` with an exporter that requires basic auth."""

import asyncio
from pathlib import Path

import pytest

from exporter.errors import ExporterError
from exporter.reconcile.state import fetch
from served import Published
from web_served import hashed, served


async def test_a_user_in_the_address(tmp_path: Path) -> None:
    """Credentials in the URL are sent, and a rejected password is not in the error."""
    users = f"basic_auth_users: {{alice: {hashed('p@ss/wörd')}}}\n"
    async with served(Published(tmp_path / "state"), tmp_path, users) as url:
        host = url.removeprefix("http://")
        state = await asyncio.to_thread(fetch, f"http://alice:p%40ss%2Fw%C3%B6rd@{host}/")
        assert "zenmux_exporter_ids" in state.metrics
        with pytest.raises(ExporterError, match="answers 401 Unauthorized") as caught:
            await asyncio.to_thread(fetch, f"http://alice:wrong-one@{host}")
    assert "wrong-one" not in str(caught.value)
