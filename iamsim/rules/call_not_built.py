"""The server cannot build its AssumeRole call from the token: a claim that it needs is missing."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import assume_tools


def check(case: Case) -> Iterator[Observation]:
    """One observation per problem, in the server's own words where they are known."""
    built = case.setup.built
    if built is None or case.setup.server.assume is None:
        return
    tools = assume_tools(case)
    for message in built.problems:
        yield Observation(message.text, f"{message.speaker} answers: {message.text}", tools=tools)


RULE = Rule(check, Kind.GAP, Severity.HIGH, "assume", "AWS STS API Reference, AssumeRole")
