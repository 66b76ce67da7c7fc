"""
The role session ends after the token does.

The session's credentials stay good when the token has expired; no check of the token takes them back.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.role import outlived


def check(case: Case) -> Iterator[Observation]:
    """One observation for the call."""
    call = case.assume.call
    if has_token(case) and call is not None and case.setup.at is not None:
        yield from observed(case, outlived(case.setup.token.claims, call.duration, case.setup.at))


RULE = Rule(check, Kind.HAZARD, Severity.LOW, "token", "AWS STS API Reference, AssumeRole")
