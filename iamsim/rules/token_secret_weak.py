"""
The secret of the token is short, known to everybody, or memorable.

Whoever guesses it, and one token is enough to try, makes every token that the server takes.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import observed


def check(case: Case) -> Iterator[Observation]:
    """One observation per weakness."""
    yield from observed(case, (weak for weak in case.setup.of_key if weak.rule == "token-secret-weak"))


RULE = Rule(check, Kind.HAZARD, Severity.CRITICAL, "token", "RFC 8725, section 3.5")
