"""
A tool can change the permissions that it runs with.

Whoever makes it do so has every permission that an account can give, whatever the policies say today.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.engine.patterns import matcher
from iamsim.model.account import Account, Role, User
from iamsim.model.finding import Confidence, Kind, Severity
from iamsim.model.principal import HOLE, Principal
from iamsim.model.report import Need, Status
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import count

_BRACES = re.compile(r"\{[^{}]*\}")
_OF_ROLE = ("AttachRolePolicy", "PutRolePolicy", "DeleteRolePolicy", "DetachRolePolicy", "UpdateAssumeRolePolicy")
_OF_USER = ("AttachUserPolicy", "PutUserPolicy", "DeleteUserPolicy", "DetachUserPolicy")
_BOUNDARIES = (
    "DeleteRolePermissionsBoundary", "PutRolePermissionsBoundary", "DeleteUserPermissionsBoundary",
    "PutUserPermissionsBoundary",
)  # fmt: skip
_OF_GROUP = ("AttachGroupPolicy", "PutGroupPolicy", "DeleteGroupPolicy", "DetachGroupPolicy")
_OF_POLICY = ("CreatePolicyVersion", "SetDefaultPolicyVersion")
_CHANGING = {f"iam:{name}".lower() for name in (*_OF_ROLE, *_OF_USER, *_BOUNDARIES, *_OF_GROUP, *_OF_POLICY)}


def check(case: Case) -> Iterator[Observation]:
    """One observation per principal that tools act as: by the engine, on its own role, user, groups and policies."""
    found: dict[str, dict[str, dict[str, None]]] = {}
    for tool in case.tools:
        for need in tool.own_needs:
            if need.requirement.action.lower() in _CHANGING and need.needed is not False:
                for who, target in _own(case, need):
                    words = f"{need.requirement.action} on {target}"
                    found.setdefault(who, {}).setdefault(words, {})[tool.name] = None
    for who, said in found.items():
        tools = tuple(dict.fromkeys(name for names in said.values() for name in names))
        yield Observation(
            who,
            f"{count(len(tools), 'tool')} able to change what {who} may do, and acting as it",
            evidence=tuple(said),
            tools=tools,
        )


# ---------------------------------------------------------------- helpers


def _own(case: Case, need: Need) -> Iterator[tuple[str, str]]:
    """The principals that would make the call, each with what of its own it may change and the need's resources speak of."""
    simulator = case.setup.simulator
    for attempt in need.attempts:
        if attempt.status not in (Status.ALLOWED, Status.UNKNOWN, Status.DENIED) or not attempt.probes:
            continue
        caller = case.explanation(attempt.probes[0]).request.principal
        for target in _targets(case, caller):
            if any(_reaches(written, target) for written in need.requirement.resources):
                request = simulator.request(caller, need.requirement.action, target, values=case.setup.server.context)
                if simulator.explain(request).allowed:
                    yield caller.entity or caller.arn, target


def _targets(case: Case, caller: Principal) -> Iterator[str]:
    """What gives a principal its permissions: itself, its groups, and the managed policies of its account on them."""
    account = case.setup.simulator.organization.accounts.get(caller.account or "")
    holder = _holder(account, caller.entity or "")
    if account is None or holder is None:
        return
    yield holder.arn
    groups = (
        [account.groups[name] for name in holder.groups if name in account.groups] if isinstance(holder, User) else []
    )
    yield from (group.arn for group in groups)
    for policy in (*holder.policies, *(policy for group in groups for policy in group.policies)):
        if policy.arn is not None and f":iam::{account.id}:policy/" in policy.arn:
            yield policy.arn


def _holder(account: Account | None, entity: str) -> Role | User | None:
    return None if account is None else account.roles.get(entity) or account.users.get(entity)


def _reaches(written: str, target: str) -> bool:
    """Whether the resource of a need, in which the caller of the tool fills the braces, can be the target."""
    return matcher(_BRACES.sub("*", written).replace(HOLE, "*"))(target) is True


RULE = Rule(
    check,
    Kind.HAZARD,
    Severity.CRITICAL,
    "tools",
    "IAM User Guide, Permissions boundaries for IAM entities: delegating responsibility to others",
    Confidence.LIKELY,
)
