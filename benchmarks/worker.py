"""One measurement of iamsim in a process of its own: `python -m benchmarks.worker PROGRAM WORKLOAD SECONDS` prints it as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from benchmarks import growth, ours

PROGRAMS: dict[str, Callable[[str, float], dict[str, Any]]] = {
    "decide": ours.decide,
    "explain": ours.explain,
    "batch": ours.batch,
    "command": ours.command,
    **growth.PROGRAMS,
}

if __name__ == "__main__":
    program, workload, seconds = sys.argv[1:]
    print(json.dumps(PROGRAMS[program](workload, float(seconds))))
