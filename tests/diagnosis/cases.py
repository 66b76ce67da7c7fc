"""Evidence made by hand, and the checks that it is held against."""

from __future__ import annotations

from functools import cache
from typing import Any

from iamsim import sources
from iamsim.diagnosis import diagnose
from iamsim.engine.simulator import Simulator
from iamsim.model.diagnosis import Diagnosis, Held
from iamsim.model.observation import Call, Evidence, Line, Outcome, Result
from iamsim.model.origin import Origin
from iamsim.model.report import Report
from iamsim.renderers import json as saved
from iamsim.tools.manifest import named
from tests.cli.running import ACCOUNTS, checked

NO_CREDENTIALS, TASK_ROLE, FIXED = "quilt-no-credentials", "quilt-task-role", "quilt-fixed"
"""The accounts (a), (b) and (f)."""

QUILT = named("quilt-mcp@2026-01")
LOOKS = ("answer-exists", "error-field")
"""What a test rests on that sees a failure inside of the tool."""


@cache
def report(account: str) -> Report:
    """The check of an account in fixtures/."""
    return saved.read(checked(account, "json").out, document="report.json")


@cache
def simulator(account: str) -> Simulator:
    """The policies of an account in fixtures/, to be asked."""
    loaded = sources.load(str(ACCOUNTS / account), sources.Options())
    return Simulator(loaded.organization, region="us-east-1")


def result(name: str, outcome: Outcome = Outcome.PASSED, **more: Any) -> Result:
    """One result of a tool, from the first line of `tests.txt`."""
    return Result(name, outcome, origin=Origin("tests.txt", line=1), **more)


def evidence(*results: Result, calls: tuple[Call, ...] = (), lines: tuple[Line, ...] = (), **more: Any) -> Evidence:
    """A file of evidence."""
    return Evidence("hand", "tests.txt", "0" * 64, results=results, calls=calls, lines=lines, **more)


def diagnosed(*results: Result, account: str | None = None, **more: Any) -> Diagnosis:
    """Results of tools of the quilt server, held against the check of an account, or none."""
    held_against = report(account) if account is not None else None
    return diagnose((evidence(*results, **more),), report=held_against, server=QUILT.server, tools=QUILT.tools)


def of(found: Diagnosis, name: str) -> Held:
    """What became of the result of this name."""
    (one,) = [each for each in found.tools if each.name == name]
    return one
