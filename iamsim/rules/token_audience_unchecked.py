"""
The server does not check for whom a token is.

A token that its issuer made for another service opens this one too, and whoever runs that service holds many.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._weak_tokens import observed
from iamsim.tokens.weaknesses.server import audience_unchecked


def check(case: Case) -> Iterator[Observation]:
    """One observation: for a server that does not without a token too."""
    server = case.setup.server
    defaults = {name: each.default for name, each in server.parameters.items() if each.default}
    given = {name: values[0] for name, values in case.setup.settings.items() if values}
    yield from observed(case, audience_unchecked(server.token, server.assume, {**defaults, **given}))


RULE = Rule(check, Kind.HAZARD, Severity.MEDIUM, "token", "RFC 8725, section 3.9")
