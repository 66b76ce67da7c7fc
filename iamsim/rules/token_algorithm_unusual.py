"""
The token is signed, or the server lets it be signed, with an algorithm that hardly anybody uses.

What is registered for no signature has no meaning that a server and its library must agree on.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.header import unusual


def check(case: Case) -> Iterator[Observation]:
    """One observation for the token, and one for the server's list: that is there without a token too."""
    header = case.setup.token.header if has_token(case) else {}
    yield from observed(case, unusual(header, case.setup.server.token))


RULE = Rule(check, Kind.HAZARD, Severity.MEDIUM, "token", "RFC 8725, section 3.2")
