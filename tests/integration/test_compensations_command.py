"""`compensations` lists and sums what a running exporter has on record."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from certificates import Authority
from exporter.client import get as ask
from exporter.compensations import asking, compensations
from exporter.config import Config, Storage, Web
from exporter.config.options import Options
from exporter.config.options import parse as parse_options
from exporter.errors import ConfigError, ExporterError
from exporter.tables import as_csv, as_json
from programs import exporter, free_port, get, wait_until
from reporting import told
from web_served import TLS, hashed

NUMBER = 23
KINDS = ("high_latency", "unsatisfactory_content", "hallucination")
START = datetime(2026, 11, 1, tzinfo=UTC).timestamp()


def rows() -> list[dict[str, Any]]:
    """Return requests seven hours apart with distinct payouts."""
    return [
        {
            "id": f"gen_{number}",
            "timestamp": START + number * 7 * 3600,
            "model": f"m{number % 4}",
            "provider": f"p{number % 3}",
            "api_key": "shop",
            "compensation": {"type": KINDS[number % 3], "payout_usd": f"0.00{number + 1}"},
        }
        for number in range(NUMBER)
    ]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An exporter that has counted the rows."""
    folder = tmp_path_factory.mktemp("exporter")
    log = folder / "log.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    with exporter(folder, str(log)) as (_, address):
        wait_until(lambda: get(f"{address}/-/ready")[0] == 200, "it is counted")
        yield address


def options(url: str, *arguments: str) -> Options:
    """Parse the options of a command line."""
    return parse_options(["compensations", f"--url={url}", *arguments], {"HOME": "/"})


def listed(url: str, *arguments: str, zone: str = "UTC") -> list[list[str]]:
    """Return the cells of all rows and of the total."""
    config = Config(storage=Storage(path=Path("/nowhere")))
    table = compensations(config, options(url, *arguments), ZoneInfo(zone))
    return [line.split(",") for line in as_csv(table).splitlines()[1:]]


FILTERS: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any]], bool]]] = {
    "all": ((), lambda _: True),
    "type": (("--type=high_latency",), lambda row: row["compensation"]["type"] == KINDS[0]),
    "model and provider": (
        ("--model=m1", "--provider=p2"),
        lambda row: (row["model"], row["provider"]) == ("m1", "p2"),
    ),
    "range": (
        ("--from=2026-11-02", "--to=2026-11-04T00:00:00Z"),
        lambda row: START + 86_400 <= row["timestamp"] < START + 3 * 86_400,
    ),
    "key": (("--api-key=shop",), lambda _: True),
    "no key": (("--api-key=other",), lambda _: False),
}


@pytest.mark.parametrize("case", FILTERS)
def test_filters_and_pages(url: str, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Filters list all matches, newest first, with their sum, for every page size."""
    arguments, passes = FILTERS[case]
    expected = [row for row in rows() if passes(row)][::-1]
    for size in (1000, 5, 1):
        monkeypatch.setattr(asking, "PAGE", size)
        *found, total = listed(url, *arguments, "--limit=1000")
        assert [row[-2] for row in found] == [row["id"] for row in expected]
        paid = sum((payout(row) for row in expected), Decimal(0))
        assert (total[0], Decimal(total[12])) == ("", paid)


def payout(row: dict[str, Any]) -> Decimal:
    """The payout of a request."""
    return Decimal(row["compensation"]["payout_usd"])


def test_limit(url: str) -> None:
    """`--limit` lists the newest; the heading counts all."""
    config = Config(storage=Storage(path=Path("/nowhere")))
    table = compensations(config, options(url, "--limit=3"), UTC)
    assert [row[-2] for row in table.rows] == ["gen_22", "gen_21", "gen_20"]
    assert table.head[0].startswith("Compensations on record: 23, payout ")
    assert table.head[0].endswith("the newest 3 are listed")
    assert json.loads(as_json(table))["count"] == 23


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize("by", ["type", "model", "provider", "api_key", "day"])
def test_groups(url: str, by: str, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums by each label and by days in a time zone match the log."""
    monkeypatch.setattr(asking, "PAGE", 4)
    number: Counter[str] = Counter()
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows():
        at = datetime.fromtimestamp(row["timestamp"], ZoneInfo(zone))
        names = {"day": at.date().isoformat(), "type": row["compensation"]["type"]}
        name = names.get(by) or row[by]
        number[name] += 1
        paid[name] += payout(row)
    *found, total = listed(url, f"--by={by}", zone=zone)
    assert {row[0]: int(row[1]) for row in found} == number
    assert {row[0]: Decimal(row[2]) for row in found} == paid
    assert (int(total[1]), Decimal(total[2])) == (NUMBER, sum(paid.values()))


def test_by_payout_time(url: str) -> None:
    """`--time=paid` filters and groups by the time at which the exporter saw the payout."""
    assert len(listed(url, "--time=paid", "--from=1h")) == NUMBER + 1
    (day, total) = listed(url, "--time=paid", "--by=day", "--to=now")[-2:]
    assert (day[1], total[1]) == (str(NUMBER), str(NUMBER))
    assert listed(url, "--time=paid", "--to=2026-11-05") == [["", *[""] * 11, "0", "", ""]]


def test_as_users_call_it(url: str) -> None:
    """The command uses the configured address and reports an empty result."""
    address = url.removeprefix("http://")
    arguments = ("compensations", f"--web.listen-address={address}", "--limit=1")
    done = told(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r" 2026-11-07T10:00:00Z +high_latency|unsatisfactory", done.stdout)
    assert "time zone UTC" in done.stdout
    done = told(*arguments, "--model=nope")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0,
        "no compensated request on record is in this range",
    )
    done = told("compensations", f"--url=http://127.0.0.1:{free_port()}")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"zenmux-exporter: http://\S+: Connection refused; is .+\n", done.stderr)


def test_users_and_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS and authentication errors name a remedy; right credentials work."""
    authority = Authority(tmp_path)
    authority.sign("server", "127.0.0.1")
    web = tmp_path / "web.yml"
    web.write_text(f"{TLS}basic_auth_users: {{me: '{hashed('secret')}'}}\n")
    credentials = tmp_path / "credentials"
    credentials.write_text("me:secret\n")
    (tmp_path / "log.jsonl").write_text("")
    options_ = (str(tmp_path / "log.jsonl"), f"--web.config.file={web}")
    with exporter(tmp_path, *options_) as (_, plain):
        url = plain.replace("http:", "https:")
        config = Config(
            storage=Storage(path=tmp_path),
            web=Web(listen_address=plain.removeprefix("http://"), config_file=web),
        )
        given = replace(options(url), url=None, credentials_file=credentials)
        with pytest.raises(ExporterError, match=r"not trusted .* SSL_CERT_FILE"):
            compensations(config, given, UTC)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.cert))
        assert compensations(config, given, UTC).rows == []
        with pytest.raises(ExporterError, match="answers 401 Unauthorized: give a user"):
            compensations(config, replace(given, credentials_file=None), UTC)
        with_user = url.replace("//", "//me:secret@")
        assert compensations(config, options(with_user), UTC).rows == []
        with pytest.raises(ExporterError) as caught:
            compensations(config, options(plain), UTC)
        assert str(caught.value).startswith(plain)


@pytest.mark.parametrize(
    ("content", "says"), [(None, "No such file"), (b"\n", "is empty"), (b"me", "USER:PASS")]
)
def test_credentials_that_are_none(tmp_path: Path, content: bytes | None, says: str) -> None:
    """An invalid credentials file is named in the error, its content is not."""
    file = tmp_path / "credentials"
    if content is not None:
        file.write_bytes(content)
    config = Config(storage=Storage(path=tmp_path))
    with pytest.raises(ConfigError, match=says):
        compensations(config, replace(options("http://a"), credentials_file=file), UTC)


def test_another_server(url: str) -> None:
    """Wrong servers, parameters and schemes are one-line errors."""
    with pytest.raises(ExporterError, match="answers 404 Not Found: is this the address"):
        ask(url, "/api/v2/compensations")
    with pytest.raises(ExporterError, match=r"answers 400 Bad Request: .*modle"):
        ask(url, "/api/v1/compensations?modle=m")
    with pytest.raises(ExporterError, match="must begin with http"):
        ask("ftp://a", "/")
