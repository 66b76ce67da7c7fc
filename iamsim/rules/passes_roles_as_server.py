"""
A tool hands a role to a service with the server's permissions, whoever calls.

What runs with that role does what the role may do: the caller needs no permission for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.model.principal import Principal
from iamsim.model.report import Need, Status
from iamsim.model.tool import Credential
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import count, shown

_PASSING = "iam:passrole"
_OPEN = (Status.ALLOWED, Status.UNKNOWN)


def check(case: Case) -> Iterator[Observation]:
    """One observation for all such tools; more severe where the server may pass roles that no tool names."""
    caller = case.setup.caller
    passing = {tool.name: [need for need in tool.own_needs if _passes(need)] for tool in case.tools}
    tools = tuple(name for name, needs in passing.items() if needs)
    if not tools or caller is None:
        return
    needs = [need for found in passing.values() for need in found]
    roles = dict.fromkeys(shown(resource) for need in needs for resource in need.resources)
    everything = any(_any_role(case, caller, need) for need in needs)
    evidence = [f"on {role}" for role in roles]
    if everything:
        evidence.append("the server may pass any role of its account in that way")
    yield Observation(
        "tools",
        f"{count(len(tools), 'tool')} passing roles with the server's permissions: what runs with them acts for whoever calls",
        evidence=tuple(evidence),
        tools=tools,
        severity=Severity.HIGH if everything else None,
    )


def _passes(need: Need) -> bool:
    attempts = [a for a in need.attempts if a.credential is Credential.SERVER and a.status in _OPEN]
    return need.requirement.action.lower() == _PASSING and need.needed is not False and bool(attempts)


def _any_role(case: Case, caller: Principal, need: Need) -> bool:
    """Whether the server may pass a role that nobody named, as the tool would."""
    role = f"arn:{caller.partition}:iam::{caller.account}:role/a-role-that-no-policy-names"
    simulator = case.setup.simulator
    for name in (name for attempt in need.attempts for name in attempt.probes):
        sent = case.explanation(name).request.context.values
        values = {key: value for key, value in sent.items() if key.startswith("iam:")}
        request = simulator.request(caller, "iam:PassRole", role, values={**case.setup.server.context, **values})
        if simulator.explain(request).allowed:
            return True
    return False


RULE = Rule(
    check,
    Kind.HAZARD,
    Severity.MEDIUM,
    "tools",
    "IAM User Guide, Grant a user permissions to pass a role to an AWS service",
)
