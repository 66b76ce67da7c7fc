"""The workloads as they are written in workloads/."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "workloads"
NAMES = ("a", "b", "c")


def read(name: str) -> dict[str, Any]:
    """The workload `name`: its `scps`, `principals` and `requests`, as workloads/README.md describes them."""
    found: dict[str, Any] = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    return found
