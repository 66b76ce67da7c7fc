"""
The token's `kid` is a path, a URL, a piece of SQL or of a command.

A server that looks its key up with it lets the token choose what is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.header import key_id


def check(case: Case) -> Iterator[Observation]:
    """One observation for the header."""
    if has_token(case):
        yield from observed(case, key_id(case.setup.token.header))


RULE = Rule(check, Kind.HAZARD, Severity.HIGH, "token", "RFC 8725, section 3.10")
