"""
The token's header brings the key to verify it with, or the address of one.

A server that trusts `jku`, `x5u`, `jwk` or `x5c` verifies with a key of the attacker's.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.header import brings_key


def check(case: Case) -> Iterator[Observation]:
    """One observation per parameter of the header."""
    if has_token(case):
        yield from observed(case, brings_key(case.setup.token.header))


RULE = Rule(check, Kind.HAZARD, Severity.HIGH, "token", "RFC 8725, section 3.10")
