"""
The token is bound to a key, and is used as a bearer token.

Without the proof that `cnf` asks for, it is as good for whoever stole it.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.claims import bound_to_key


def check(case: Case) -> Iterator[Observation]:
    """One observation for the claims."""
    if has_token(case):
        yield from observed(case, bound_to_key(case.setup.token.claims))


RULE = Rule(check, Kind.HAZARD, Severity.MEDIUM, "token", "RFC 7800, section 3.1")
