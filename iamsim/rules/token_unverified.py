"""
The signature of the token was not checked, and the server checks it.

What the token claims is taken as it stands; whether the server would accept it is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Status
from iamsim.probes import Case
from iamsim.rules import Observation, Rule


def check(case: Case) -> Iterator[Observation]:
    """One observation for the token."""
    token = case.setup.token
    if token.status is Status.UNKNOWN:
        yield Observation(
            "token",
            "whether the server accepts the token is not known: its signature was not checked (--secret-file or --key-file)",
            origins=(token.origin,) if token.origin else (),
            tools=tuple(tool.name for tool in case.tools),
        )


RULE = Rule(check, Kind.UNKNOWN, Severity.MEDIUM, "token", "RFC 7519, JSON Web Token")
