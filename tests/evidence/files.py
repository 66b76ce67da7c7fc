"""The evidence that several tests read, and how a test writes some."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsim import evidence
from iamsim.errors import InputError
from iamsim.model.observation import Evidence, Outcome, Result, Subject

FOLDER = Path(__file__).parents[2] / "fixtures" / "evidence"
REAL_REPORT = FOLDER / "mcp_test_report" / "quilt-2026-01.txt"


def named(found: Evidence, name: str) -> Result:
    """The one result of a name."""
    (one,) = [result for result in found.results if result.name == name]
    return one


def count(found: Evidence, subject: Subject, outcome: Outcome) -> int:
    return sum(one.count for one in found.results if one.subject is subject and one.outcome is outcome)


def reader(tmp_path: Path):
    """Reads a text as evidence, of the format that is given or recognised."""
    number = 0

    def read(text: str | bytes, format: str | None = None, name: str = "evidence") -> Evidence:
        nonlocal number
        number += 1
        path = tmp_path / f"{number}-{name}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return evidence.read(str(path), format)

    return read


def refusal(read) -> str:
    """What the error says, which is one line."""
    with pytest.raises(InputError) as raised:
        read()
    said = str(raised.value)
    assert "\n" not in said
    return said
