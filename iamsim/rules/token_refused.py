"""
The server would refuse the token before anything else happens.

Its own words are quoted where they were observed.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Status
from iamsim.probes import Case
from iamsim.rules import Observation, Rule


def check(case: Case) -> Iterator[Observation]:
    """One observation: a server stops at the first reason, the others are evidence."""
    token = case.setup.token
    if token.status is not Status.DENIED or not token.refusals:
        return
    first, *others = token.refusals
    yield Observation(
        "token",
        f"the server refuses the token: {first.text.removeprefix('invalid token: ')}",
        origins=(token.origin,) if token.origin else (),
        evidence=tuple(f"and, once that is put right: {message.text}" for message in others),
        tools=tuple(tool.name for tool in case.tools),
    )


RULE = Rule(check, Kind.GAP, Severity.CRITICAL, "token", "RFC 7519, JSON Web Token")
