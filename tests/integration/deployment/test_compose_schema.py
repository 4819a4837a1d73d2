"""docker-compose.yml is valid by the schema of the Compose specification."""

import json

import jsonschema_rs
import pytest
import yaml

from places import ROOT

SCHEMA = ROOT / ".schemas" / "compose-spec.json"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture
def validator() -> jsonschema_rs.Validator:
    """A validator with the schema of `docker compose`."""
    if not SCHEMA.exists():
        pytest.skip("needs the schemas of compose files and Kubernetes")
    return jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()))


def test_the_compose_file_is_valid(validator: jsonschema_rs.Validator) -> None:
    """Services, ports, volumes and health checks match the schema."""
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []


def test_the_schema_finds_faults(validator: jsonschema_rs.Validator) -> None:
    """A misspelled setting fails validation."""
    faulty = {**COMPOSE["services"]["exporter"], "read_onlyy": True}

    assert not validator.is_valid({"services": {"exporter": faulty}})
