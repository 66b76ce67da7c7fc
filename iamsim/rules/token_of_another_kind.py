"""
The token looks like an ID token, which opens no API.

It is meant for the client that logged the user in, and every such client holds one.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.claims import another_kind


def check(case: Case) -> Iterator[Observation]:
    """One observation for the claims."""
    if has_token(case):
        yield from observed(case, another_kind(case.setup.token.header, case.setup.token.claims))


RULE = Rule(check, Kind.HAZARD, Severity.MEDIUM, "token", "RFC 8725, section 3.12")
