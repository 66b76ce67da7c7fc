"""
Whether STS takes the call depends on the subject of the token, which is not told.

The server passes the subject on as it is; STS refuses one that is too long or has characters such
as `|`, whatever the policies say.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.principal import HOLE
from iamsim.model.report import RoleUse, Status
from iamsim.probes import Case
from iamsim.rules import Observation, Rule


def check(case: Case) -> Iterator[Observation]:
    """One observation for the whole call."""
    call, template = case.assume.call, case.setup.server.assume
    if call is None or template is None or case.assume.status is Status.NO_CREDENTIALS:
        return
    # A session name that the server cleans and cuts is taken whatever the subject is.
    name = HOLE in call.session_name and not template.session_name_replace
    identity = HOLE in (call.source_identity or "")
    if not name and not identity:
        return
    claim = template.subject_claims[0] if template.subject_claims else "sub"
    yield Observation(
        "subject",
        f"whether STS takes the call is not known: the subject of the token is not told (--claim {claim}=…, or --token-file)",
        evidence=(
            "STS takes 2 to 64 letters, digits and characters of _+=,.@- as a source identity, and the server sends the subject as it is",
        ),
        tools=tuple(tool.name for tool in case.tools if tool.role is not RoleUse.IGNORES),
    )


RULE = Rule(check, Kind.UNKNOWN, Severity.MEDIUM, "assume", "AWS STS API Reference, AssumeRole")
