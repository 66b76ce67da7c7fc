"""Runs the targets under atheris: `python -m tests.fuzz SECONDS [TARGET…]`, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]
FOUND = ROOT / "build/fuzz"
PATIENCE = 20
"""Seconds until an input counts as one that hangs."""


def run(seconds: str, names: list[str]) -> int:
    """The exit code: 0 where nothing was found, 2 for an unknown target."""
    if unknown := [name for name in names if name not in TARGETS]:
        sys.stderr.write(f"fuzz: no target is called {unknown[0]}; there are {', '.join(TARGETS)}\n")
        return 2
    for name in names or TARGETS:
        corpus = FOUND / "corpus" / name
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(import_module(TARGETS[name]).seeds()):
            (corpus / f"seed-{number}").write_bytes(seed)
        done = subprocess.run([sys.executable, "-m", "tests.fuzz", "--one", name, seconds], cwd=ROOT, check=False)
        if done.returncode:
            sys.stderr.write(f"fuzz: {name} failed; its input is kept in build/fuzz/{name}-*\n")
            return 1
        sys.stderr.write(f"fuzz: {name} found nothing in {seconds} s\n")
    return 0


def one(name: str, seconds: str) -> None:
    """Fuzzes one target in this process, which ends with it."""
    import atheris  # noqa: PLC0415 - in the environment of `make fuzz` alone

    with atheris.instrument_imports(include=["iamsim"]):
        target = import_module(TARGETS[name])
    options = [f"-max_total_time={seconds}", f"-timeout={PATIENCE}", f"-artifact_prefix={FOUND}/{name}-"]
    limits = ["-max_len=20000", "-rss_limit_mb=2048", "-print_final_stats=0", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, *limits, str(FOUND / "corpus" / name)], target.one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--one", name, seconds]:
            one(name, seconds)
        case [seconds, *names]:
            sys.exit(run(seconds, names))
        case _:
            sys.exit("fuzz: say for how many seconds each target is to run")
