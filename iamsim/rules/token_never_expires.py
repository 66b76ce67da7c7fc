"""
The token has no `exp`.

Whoever finds it once has what it opens until the key is changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.claims import never_expires


def check(case: Case) -> Iterator[Observation]:
    """One observation for the claims."""
    if has_token(case):
        yield from observed(case, never_expires(case.setup.token.claims))


RULE = Rule(check, Kind.HAZARD, Severity.HIGH, "token", "RFC 6750, section 5.3")
