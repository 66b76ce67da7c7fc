"""
The token does not say who made it, or for whom, or is for several.

What was made for another service is then as good here.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.claims import for_anybody


def check(case: Case) -> Iterator[Observation]:
    """One observation per claim."""
    if has_token(case):
        yield from observed(case, for_anybody(case.setup.token.claims))


RULE = Rule(check, Kind.HAZARD, Severity.MEDIUM, "token", "RFC 8725, section 3.9")
