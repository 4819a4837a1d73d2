"""docs/openapi.yaml: it lists all routes, and generated requests get documented responses."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    missing_required_header,
    negative_data_rejection,
    positive_data_acceptance,
)

from effort import examples
from exporter.otlp import LOGS, TRACES
from exporter.web.routes import ROUTES
from places import ROOT
from programs import get, wait_until
from pushing import PATH as PUSH
from pushing import TOKEN, taking

PAGE = ROOT / "docs" / "openapi.yaml"
SCHEMA = schemathesis.openapi.from_path(PAGE)
schemathesis.serializer.alias("application/x-ndjson", "text/plain")
schemathesis.serializer.alias("application/x-protobuf", "application/octet-stream")
LINE = (
    '{"id": "gen_1", "timestamp": "2026-11-01T00:00:00Z", "model": "m", "latency_ms": 500,'
    ' "compensation": {"type": "x", "payout_usd": 1}}\n'
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An exporter that counted a compensated request and accepts pushes."""
    directory = tmp_path_factory.mktemp("openapi")
    log = directory / "requests.jsonl"
    log.write_text(LINE)
    with taking(directory, "sources: [{name: traces, type: otlp}]\n", str(log)) as (_, address):
        wait_until(lambda: get(f"{address}/-/ready")[0] == 200, "exporter is ready")
        yield address


def test_every_route_is_described() -> None:
    """The methods and paths match the application's routes."""
    paths = yaml.safe_load(PAGE.read_text())["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}

    # Remove the router's patterns from parameters.
    served = {(route.method, re.sub(r":[^}]+(?=})", "", route.path)) for route in ROUTES}
    assert described == served


@SCHEMA.parametrize()
@settings(max_examples=examples(20, 160), deadline=None, suppress_health_check=list(HealthCheck))
def test_generated_requests(case: "schemathesis.Case[Any]", url: str) -> None:
    """Generated valid and invalid requests get a documented status and body."""
    # The server accepts more than documented: empty parameters, other time formats.
    excluded = [negative_data_rejection, missing_required_header]
    if case.path in (PUSH, TRACES, LOGS):
        # A schema can't know the configured sources and used keys.
        excluded.append(positive_data_acceptance)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    case.call_and_validate(base_url=url, headers=headers, excluded_checks=excluded)
