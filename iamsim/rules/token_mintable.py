"""
The role is taken from a token that its holder could have written.

AWS checks the server's own sts:AssumeRole: every role that the server may assume is open to such a holder.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.role import mintable


def check(case: Case) -> Iterator[Observation]:
    """One observation: for a server that verifies nothing without a token too."""
    server, token = case.setup.server, case.setup.token
    claims = token.claims if has_token(case) else {}
    known = any(weak.subject == "known" for weak in case.setup.of_key)
    yield from observed(case, mintable(token.header, claims, server.token, server.assume, known_secret=known))


RULE = Rule(check, Kind.HAZARD, Severity.CRITICAL, "token", "IAM User Guide, The confused deputy problem")
