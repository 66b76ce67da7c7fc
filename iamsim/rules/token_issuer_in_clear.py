"""
The token's issuer is an http URL.

A server that looks its keys up there can be given others by whoever is on the way.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.claims import issuer_in_clear


def check(case: Case) -> Iterator[Observation]:
    """One observation for the token."""
    if has_token(case):
        yield from observed(case, issuer_in_clear(case.setup.token.claims))


RULE = Rule(check, Kind.HAZARD, Severity.MEDIUM, "token", "RFC 8414, section 2")
