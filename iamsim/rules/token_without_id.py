"""
The token says that it is an access token, and has no `jti`.

Two uses of it cannot be told from two tokens, and it cannot be taken back by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.header import without_id


def check(case: Case) -> Iterator[Observation]:
    """One observation for the token."""
    if has_token(case):
        yield from observed(case, without_id(case.setup.token.header, case.setup.token.claims))


RULE = Rule(check, Kind.HAZARD, Severity.LOW, "token", "RFC 9068, section 2.2")
