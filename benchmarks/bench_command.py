"""What the commands cost a user: CPU time of a whole process, with compiled bytecode."""

from __future__ import annotations

import compileall
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import iamsim

ACCOUNT = Path(__file__).parent.parent / "fixtures" / "accounts" / "quilt-task-role"
ROUNDS = 7
COMMANDS = {
    "iamsim --version": (["--version"], 0, b"iamsim, version"),
    "iamsim check (53 tools, 214 needs)": (["check"], 1, b"exit code 1"),
    "iamsim check --format json": (["check", "--format", "json"], 1, b'"schema"'),
    "iamsim check --format html": (["check", "--format", "html"], 1, b"<!doctype html"),
}


def cpu_seconds(arguments: list[str], code: int, said: bytes) -> float:
    """User and system time of one process, which must end with `code` and say `said`."""
    environment = {"PYTHONPATH": str(Path(iamsim.__file__).parent.parent)} | {
        key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "IAMSIM_", "PYTHON"))
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = "import sys; from iamsim.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ACCOUNT, env=environment, capture_output=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (done.returncode, done.stderr) == (code, b"")
    assert said in done.stdout.lower()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("name", COMMANDS)
def test_command(name, benchmark, record_property):
    compileall.compile_dir(str(Path(iamsim.__file__).parent), quiet=1)
    cpu_seconds(*COMMANDS[name])
    spent = [cpu_seconds(*COMMANDS[name]) for _ in range(ROUNDS)]
    record_property("cpu_seconds", statistics.median(spent))
    print(
        f"\n{name}: {statistics.median(spent):.3f} s of CPU (median of {ROUNDS}; {min(spent):.3f} to {max(spent):.3f})"
    )
    benchmark.pedantic(cpu_seconds, args=COMMANDS[name], rounds=1)
