"""
The token is good for more than a day.

A token cannot be called back: whoever steals it has it for as long.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.claims import expires_late


def check(case: Case) -> Iterator[Observation]:
    """One observation for the claims."""
    if has_token(case) and case.setup.at is not None:
        yield from observed(case, expires_late(case.setup.token.claims, case.setup.at))


RULE = Rule(check, Kind.HAZARD, Severity.HIGH, "token", "RFC 6750, section 5.3")
