"""
A claim or a setting is a URL with a token in it.

URLs are written into logs and histories, and passed on.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import has_token, observed
from iamsim.tokens.weaknesses.claims import in_settings, in_url


def check(case: Case) -> Iterator[Observation]:
    """One observation per claim or setting."""
    yield from observed(case, in_settings(case.setup.settings))
    if has_token(case):
        yield from observed(case, in_url(case.setup.token.claims))


RULE = Rule(check, Kind.HAZARD, Severity.MEDIUM, "token", "RFC 6750, section 5.3")
