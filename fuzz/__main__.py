"""`python -m fuzz [TARGET...]`: coverage-guided with atheris, otherwise by mutating seeds."""

import argparse
import importlib
import importlib.util
import logging
import random
import subprocess
import sys
import time
from pathlib import Path

_CORPUS = Path("build/fuzz")
_ATHERIS = "atheris"
# An input that takes this long is a hang.
_HANG_SECONDS = 20
_TOKENS = (
    b'"',
    b"\\u",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\n",
    b"\0",
    b"\xff",
    b"null",
    b"1e999",
    b"sk-",
)


def main() -> int:
    """Fuzz each target for the given seconds; return 1 if one broke."""
    given = _parser().parse_args()
    if given.one:
        # Warnings are of no use here.
        logging.disable()
        return _fuzz_one(given.one, given.seconds)
    if importlib.util.find_spec(_ATHERIS) is None:
        sys.stdout.write("atheris is not installed: mutating seeds without coverage guidance\n")
    broken = []
    for name in given.targets or _names():
        command = [sys.executable, "-m", "fuzz", f"--one={name}", f"--seconds={given.seconds}"]
        if subprocess.run(command, check=False).returncode:
            broken.append(name)
    sys.stdout.write(f"broken: {', '.join(broken)}\n" if broken else "nothing broke\n")
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser


def _names() -> list[str]:
    return list(importlib.import_module("fuzz.targets").TARGETS)


def _fuzz_one(name: str, seconds: int) -> int:
    if importlib.util.find_spec(_ATHERIS) is None:
        return _mutate(name, seconds)
    atheris = importlib.import_module(_ATHERIS)
    # Interpreted modules are instrumented when imported.
    with atheris.instrument_imports(include=["exporter"]):
        target = importlib.import_module("fuzz.targets").TARGETS[name]
    corpus, crashes = _CORPUS / name, _CORPUS / "broken"
    for directory in (corpus, crashes):
        directory.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = (f"-max_total_time={seconds}", f"-timeout={_HANG_SECONDS}", "-max_len=20000")
    where = f"-artifact_prefix={crashes}/{name}-"
    atheris.Setup([sys.argv[0], str(corpus), *options, where, "-verbosity=1"], target.run)
    atheris.Fuzz()
    return 0


def _mutate(name: str, seconds: int) -> int:
    """Run mutations of the seeds, reproducibly from a fixed random seed."""
    target = importlib.import_module("fuzz.targets").TARGETS[name]
    draw, end, runs = random.Random(1), time.monotonic() + seconds, 0
    while runs < len(target.seeds) or time.monotonic() < end:
        data = bytearray(target.seeds[runs % len(target.seeds)])
        for _ in range(draw.randrange(6) if runs >= len(target.seeds) else 0):
            _change(data, draw)
        begun = time.monotonic()
        try:
            target.run(bytes(data))
        except Exception:
            sys.stderr.write(f"{name} broke on {bytes(data)!r}\n")
            raise
        if time.monotonic() - begun > _HANG_SECONDS:
            raise TimeoutError(f"{name} took too long on {bytes(data)!r}")
        runs += 1
    sys.stdout.write(f"{name}: {runs} runs\n")
    return 0


def _change(data: bytearray, draw: random.Random) -> None:
    at = draw.randrange(len(data) + 1)
    kind = draw.randrange(4)
    if kind == 0:
        data[at:at] = draw.choice(_TOKENS)
    elif kind == 1:
        del data[at : at + draw.randrange(1, 20)]
    elif kind == 2 and at < len(data):
        data[at] = draw.randrange(256)
    else:
        start = draw.randrange(len(data) + 1)
        data[at:at] = data[start : start + 40]


if __name__ == "__main__":
    sys.exit(main())
