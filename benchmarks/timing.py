"""CPU time and peak memory of the process that asks."""

from __future__ import annotations

import gc
import math
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PASSES = 7
SHORTEST = 0.2
"""Seconds that a pass takes at least: shorter ones are repeated, so that the clock's step does not count."""


@dataclass(frozen=True, slots=True)
class Speed:
    """
    Times a second of CPU: of the best pass, and of the median one.

    `first` is the CPU time of the warm-up pass in seconds; `passes` counts those that were timed.
    """

    best: float
    median: float
    first: float
    passes: int


def speed(prepare: Callable[[int], T], run: Callable[[T], object], count: int, *, seconds: float) -> Speed:
    """
    How often a second `run` does what it does `count` times a pass.

    A warm-up pass, then up to seven, or fewer when `seconds` of CPU time are spent, but one at least. `prepare(n)`
    makes what a pass of n repeats takes; it is not timed.
    """
    first = _spent(run, prepare(1))
    repeats = max(1, math.ceil(min(SHORTEST, seconds) / max(first, 1e-5)))
    times: list[float] = []
    end = time.process_time() + seconds
    while len(times) < PASSES and (not times or time.process_time() < end):
        times.append(_spent(run, prepare(repeats)))
    done = count * repeats
    return Speed(done / min(times), done / statistics.median(times), first, len(times))


def peak_megabytes() -> float:
    """
    The most memory that this process has held.

    Linux's `ru_maxrss` of a process begins at what its parent held when it was started; VmHWM does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _spent(run: Callable[[T], object], prepared: T) -> float:
    gc.collect()
    start = time.process_time()
    run(prepared)
    return time.process_time() - start
