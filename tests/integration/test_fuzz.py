"""Each fuzzing target runs on its seeds; `make fuzz` searches for failing inputs."""

import importlib

import pytest

from fuzz.targets import TARGETS

SEEDS = [
    pytest.param(name, seed, id=f"{name}-{number}")
    for name, target in TARGETS.items()
    for number, seed in enumerate(target.seeds)
]


@pytest.mark.parametrize(("name", "seed"), SEEDS)
@pytest.mark.slow
def test_seeds(name: str, seed: bytes) -> None:
    """A target's assertions hold for valid and for broken input."""
    TARGETS[name].run(seed)
    TARGETS[name].run(seed[: len(seed) // 2])
    TARGETS[name].run(b"\xff" + seed)


def test_mutations_are_repeatable(capsys: pytest.CaptureFixture[str]) -> None:
    """Without atheris inputs are repeatable, and each seed runs at least once."""
    mutate = importlib.import_module("fuzz.__main__")._mutate
    assert mutate("labels", 0) == 0
    assert capsys.readouterr().out == f"labels: {len(TARGETS['labels'].seeds)} runs\n"
