"""
The token's header says that it holds another token, or that it is compressed or encrypted.

A server that opens what is inside, and does not verify that too, believes whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.header import nested


def check(case: Case) -> Iterator[Observation]:
    """One observation per parameter of the header."""
    if has_token(case):
        yield from observed(case, nested(case.setup.token.header))


RULE = Rule(check, Kind.HAZARD, Severity.MEDIUM, "token", "RFC 8725, section 3.3")
