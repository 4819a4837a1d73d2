"""Run an exporter that resolves generation ids."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from programs import Running, get
from pushing import taking
from zenmux_server import PAYG_KEY, ZenMuxServer


def account(folder: Path, api: ZenMuxServer) -> str:
    """Return the section `account`, with its own key file."""
    (folder / "key").write_text(PAYG_KEY)
    return f"account: {{key_file: {folder}/key, base_url: {api.url}, baseline: false}}\n"


@contextlib.contextmanager
def asking(
    folder: Path, api: ZenMuxServer, source: str = "", *arguments: str
) -> Iterator[tuple[Running, str]]:
    """Run an exporter whose source `ids` accepts pushes; `source`: its additional settings."""
    (folder / "key").write_text(PAYG_KEY)
    text = f"sources: [{{name: ids, type: generation_ids{source}}}]\n{account(folder, api)}"
    with taking(folder, text, *arguments) as (program, url):
        yield program, url


def succeeded(url: str) -> int:
    """Return the number of successful requests in the metrics."""
    lines = get(f"{url}/metrics")[1].splitlines()
    return sum(int(line.rpartition(" ")[2]) for line in lines if 'outcome="success"' in line)


def sample(url: str, name: str) -> float:
    """Return the value of a sample by name and labels, or -1 if there is none."""
    for line in get(f"{url}/metrics")[1].splitlines():
        if line.rpartition(" ")[0] == name:
            return float(line.rpartition(" ")[2])
    return -1.0
