"""What iamsim does with a workload, each way measured in the process that asks."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import loader, timing, written
from iamsim.batch import Batch
from iamsim.model.request import Context, Request
from iamsim.model.verdict import Decision
from tests import reference

ROOT = Path(__file__).parent.parent
SAMPLE = 1200
"""How many decisions of a workload are asked of the reference too."""

# What the command has cost is known best by itself, at its end.
COMMAND = """
import atexit, sys, time
from benchmarks.timing import peak_megabytes
atexit.register(lambda: print(time.process_time(), peak_megabytes(), file=sys.stderr))
from iamsim.cli import main
main()
"""


def decide(name: str, seconds: float) -> dict[str, Any]:
    """Decisions from compiled sets; each request is built anew, with its context, in the time that is measured."""
    work = loader.load(name)
    speed = timing.speed(lambda n: loader.rows(work, repeats=n), decide_all, work.decisions, seconds=seconds)
    memory = timing.peak_megabytes()
    compared, same = held_against_the_reference(work)
    return {
        **told(speed, memory, answers(work)),
        "compile": work.compile_seconds,
        "sets": work.distinct_sets,
        "compared": compared,
        "same": same,
    }


def explain(name: str, seconds: float) -> dict[str, Any]:
    """Explanations from compiled sets, otherwise as `decide`; of a large workload every seventh call of a pass."""
    work = loader.load(name)
    stride = 7 if work.decisions > SAMPLE else 1
    count = -(-work.decisions // stride)
    speed = timing.speed(lambda n: loader.rows(work, repeats=n, stride=stride), explain_all, count, seconds=seconds)
    memory = timing.peak_megabytes()
    decisions = [str(work_set.explain(request).decision) for work_set, request in requests(work)]
    return {**told(speed, memory, letters(decisions)), "compile": work.compile_seconds}


def batch(name: str, seconds: float) -> dict[str, Any]:
    """Lines answered in process, definitions, parsing and compiling included; a new stream each pass."""
    lines = list(loader.stream(written.read(name)))
    asking = sum(not line.startswith(b'{"define"') for line in lines)
    said: list[str] = []

    def answered(streams: list[list[bytes]]) -> None:
        for stream in streams:
            said[:] = Batch().answers(stream)

    speed = timing.speed(lambda n: [lines] * n, answered, asking, seconds=seconds)
    memory = timing.peak_megabytes()
    return told(speed, memory, letters(json.loads(line)["decision"] for line in said))


def command(name: str, seconds: float) -> dict[str, Any]:
    """Lines answered by `iamsim simulate --batch -`: the whole process, its start included."""
    lines = list(loader.stream(written.read(name)))
    asking = sum(not line.startswith(b'{"define"') for line in lines)
    spent: list[float] = []
    end = time.monotonic() + seconds
    with tempfile.TemporaryFile() as stream:
        stream.writelines(lines)
        # Once more than is timed: the first run may have to compile bytecode.
        while len(spent) < 2 or (len(spent) <= timing.PASSES and time.monotonic() < end):
            stream.seek(0)
            done = subprocess.run(
                [sys.executable, "-c", COMMAND, "simulate", "--batch", "-"],
                cwd=ROOT, stdin=stream, capture_output=True, check=True,
            )  # fmt: skip
            cpu, memory = map(float, done.stderr.split())
            spent.append(cpu)
    timed = sorted(spent[1:])
    speed = timing.Speed(asking / timed[0], asking / timed[len(timed) // 2], spent[0], len(timed))
    return told(speed, memory, letters(json.loads(line)["decision"] for line in done.stdout.splitlines()))


# ---------------------------------------------------------------- passes


def decide_all(rows: list[loader.Row]) -> None:
    """One pass; nothing that it builds outlives the call."""
    for caller, arn, calls in rows:
        for policies, action, resource, values, account in calls:
            policies.decide(Request(caller, action, resource, Context({**values, "aws:principalarn": arn}), account))


def explain_all(rows: list[loader.Row]) -> None:
    """As `decide_all`."""
    for caller, arn, calls in rows:
        for policies, action, resource, values, account in calls:
            policies.explain(Request(caller, action, resource, Context({**values, "aws:principalarn": arn}), account))


def requests(work: loader.Workload) -> Iterator[tuple[loader.PolicySet, Request]]:
    """Every request of the workload with its set, in order."""
    for caller, arn, calls in loader.rows(work):
        for policies, action, resource, values, account in calls:
            context = Context({**values, "aws:principalarn": arn})
            yield policies, Request(caller, action, resource, context, account)


def answers(work: loader.Workload) -> str:
    """A letter for each decision, in order: `1` allowed, `0` denied, `?` unknown."""
    return letters(policies.decide(request) for policies, request in requests(work))


def letters(decisions: Iterator[str]) -> str:
    """What programs are compared by: whether the call is let through."""
    return "".join({"allowed": "1", "unknown": "?"}.get(decision, "0") for decision in decisions)


def held_against_the_reference(work: loader.Workload) -> tuple[int, int]:
    """How many decisions of an even sample were compared with the naive reference, and how many are the same."""
    stride = max(1, work.decisions // SAMPLE)
    # An even stride would see the same few requests of every caller.
    stride += stride > 1 and stride % 2 == 0
    flat = [layers for row in work.layers for layers in row]
    pairs = list(zip(flat, requests(work), strict=True))[::stride]
    same = sum(
        Decision(policies.decide(request)) is reference.decide(layers, request).decision
        for layers, (policies, request) in pairs
    )
    return len(pairs), same


def told(speed: timing.Speed, memory: float, said: str) -> dict[str, Any]:
    """What a row of the table is made of."""
    return {
        "best": speed.best,
        "median": speed.median,
        "first": speed.first,
        "passes": speed.passes,
        "memory": memory,
        "answers": said,
    }
