"""
The token names a role, and the check was asked about another one.

The server assumes the role in the token, whatever the operator expects.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule


def check(case: Case) -> Iterator[Observation]:
    """One observation when the two differ."""
    built = case.setup.built
    if built is None or not built.differs or built.call is None:
        return
    yield Observation(
        "role",
        f"the server will assume {built.call.role_arn}, not {case.setup.role_arn}",
        origins=(case.setup.token.origin,) if case.setup.token.origin else (),
        evidence=("the role is taken from the token; what was asked about is not what would happen",),
    )


RULE = Rule(check, Kind.GAP, Severity.HIGH, "token", "IAM User Guide, The confused deputy problem")
