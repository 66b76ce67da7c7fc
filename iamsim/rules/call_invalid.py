"""
STS refuses a parameter of the call before it looks at any policy.

That is a validation error and no access denial: no policy edit mends it.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import assume_tools


def check(case: Case) -> Iterator[Observation]:
    """One observation per fault; AWS joins them into one answer and does not say which it checks first."""
    built = case.setup.built
    problems = built.problems if built is not None else ()
    tools = assume_tools(case)
    for message in case.assume.invalid:
        if message not in problems:
            evidence = ("a validation error, not an access denial: policies are not looked at",)
            yield Observation(message.text, f"STS refuses the call: {message.text}", evidence=evidence, tools=tools)


RULE = Rule(check, Kind.GAP, Severity.HIGH, "assume", "AWS STS API Reference, AssumeRole")
