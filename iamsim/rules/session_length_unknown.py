"""
The server asks for a session of more than an hour, and how long the role's sessions may last is not told.

A role gives sessions of an hour unless its MaxSessionDuration says more; STS refuses a call that asks for
more than that. Some sources, such as an account's authorization details, leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.arn import is_role
from iamsim.model.finding import Kind, Severity
from iamsim.model.report import RoleUse, Status
from iamsim.probes import Case
from iamsim.rules import Observation, Rule

_EVERY_ROLE = 3600
"""Seconds that every role's sessions may last (IAM API Reference, CreateRole, MaxSessionDuration)."""


def check(case: Case) -> Iterator[Observation]:
    """One observation for the call."""
    call = case.assume.call
    if call is None or not is_role(call.role_arn) or case.assume.status is Status.NO_CREDENTIALS:
        return
    role = case.setup.simulator.organization.role(call.role_arn)
    if role is None or role.max_session_duration is not None or call.duration <= _EVERY_ROLE:
        return
    yield Observation(
        "DurationSeconds",
        f"whether STS takes the call is not known: it asks for {call.duration:,} seconds, and the longest session of the role is not told",
        origins=(role.origin,),
        evidence=(
            f"`aws iam get-role --role-name {role.arn.rsplit('/', 1)[-1]}` prints it; laid over the others with --policies it counts",
        ),
        tools=tuple(tool.name for tool in case.tools if tool.role is not RoleUse.IGNORES),
    )


RULE = Rule(
    check, Kind.UNKNOWN, Severity.MEDIUM, "assume", "IAM API Reference, CreateRole; AWS STS API Reference, AssumeRole"
)
