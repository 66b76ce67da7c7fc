"""
An HMAC and public keys can be taken for each other.

A server that picks the algorithm by the token's header uses the public key, which everybody has, as a secret.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.header import confusable


def check(case: Case) -> Iterator[Observation]:
    """One observation for the server's algorithms, or for the token's; and one for a token that makes use of it."""
    if has_token(case):
        yield from observed(case, confusable(case.setup.token.header, case.setup.server.token))
        yield from observed(case, (weak for weak in case.setup.of_key if weak.rule == "token-algorithm-confusion"))


RULE = Rule(check, Kind.HAZARD, Severity.HIGH, "token", "RFC 8725, section 2.1")
