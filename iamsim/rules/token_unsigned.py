"""
The token is not signed.

`alg` is none in some spelling: whoever holds it can write any claim into it.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.header import unsigned


def check(case: Case) -> Iterator[Observation]:
    """One observation for the header."""
    if has_token(case):
        yield from observed(case, unsigned(case.setup.token.header))


RULE = Rule(check, Kind.HAZARD, Severity.CRITICAL, "token", "RFC 8725, section 3.2")
