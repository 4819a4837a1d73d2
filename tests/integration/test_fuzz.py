"""Each fuzzing target takes its seeds; which inputs break it is found by `make fuzz`."""

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
    """A target promises what holds, for valid input and for broken one."""
    TARGETS[name].run(seed)
    TARGETS[name].run(seed[: len(seed) // 2])
    TARGETS[name].run(b"\xff" + seed)


def test_mutations_are_repeatable(capsys: pytest.CaptureFixture[str]) -> None:
    """Without atheris the same inputs come again, each seed at least once."""
    mutate = importlib.import_module("fuzz.__main__")._mutate
    assert mutate("labels", 0) == 0
    assert capsys.readouterr().out == f"labels: {len(TARGETS['labels'].seeds)} runs\n"
