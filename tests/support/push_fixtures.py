"""An exporter that the tests of a module push to."""

from collections.abc import Iterator

import pytest

from pushing import taking

SOURCES = (
    "sources:\n- {name: plain, type: push}\n- {name: table, type: push, format: csv,"
    " mapping: {timestamp: at, model: llm}}\n"
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run an exporter that only accepts pushes; yield its URL."""
    with taking(tmp_path_factory.mktemp("push"), SOURCES) as (_, address):
        yield address
