"""
The token's header demands an extension that is not understood.

Who passes over `crit` reads the token in another way than its issuer meant it.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.header import critical


def check(case: Case) -> Iterator[Observation]:
    """One observation for the header."""
    if has_token(case):
        yield from observed(case, critical(case.setup.token.header))


RULE = Rule(check, Kind.HAZARD, Severity.MEDIUM, "token", "RFC 7515, section 4.1.11")
