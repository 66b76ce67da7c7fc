"""
A Deny is meant for MCP servers, and does not reach this one.

AWS puts aws:ViaAWSMCPService and aws:CalledViaAWSMCP on what comes through the MCP servers that AWS runs. A server that
you run calls AWS with credentials like any program, and its requests have neither key.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.account import Account, Role, User
from iamsim.model.finding import Kind, Severity
from iamsim.model.policy import Condition, Effect, Policy
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import count

_KEYS = frozenset({"aws:viaawsmcpservice", "aws:calledviaawsmcp"})


def check(case: Case) -> Iterator[Observation]:
    """One observation for all such statements of the policies that limit the server and the roles it asks for."""
    sent = {key.lower() for key in (*case.setup.server.context, *case.setup.simulator.stated)}
    if sent & _KEYS:
        return
    found = [
        (policy.name, statement.label, statement.origin)
        for policy in dict.fromkeys(_policies(case))
        for statement in policy.statements
        if statement.effect is Effect.DENY and any(map(_asks_for_one, statement.conditions))
    ]
    if found:
        yield Observation(
            "statements",
            f"{count(len(found), 'Deny statement')} about MCP servers that AWS runs: this server's requests pass",
            tuple(dict.fromkeys(origin for _, _, origin in found)),
            tuple(f"{policy}, {label}" for policy, label, _ in found),
        )


# ---------------------------------------------------------------- helpers


def _asks_for_one(condition: Condition) -> bool:
    """Whether a condition is met by requests of those servers alone: a negated one is met by all that lack the key."""
    operator = condition.operator.lower().rpartition(":")[2]
    values = {value.lower() for value in condition.values}
    if condition.key.lower() not in _KEYS or operator.endswith("ifexists"):
        return False
    if operator == "null":
        return values == {"false"}
    if operator == "bool":
        return "true" in values
    return "not" not in operator


def _policies(case: Case) -> Iterator[Policy]:
    """The policies of the server's principal and of the roles on the way, and those of their accounts."""
    organization = case.setup.simulator.organization
    caller = case.setup.caller
    entities = [caller.entity if caller is not None else None, *(step.role_arn for step in case.calls)]
    for entity in dict.fromkeys(filter(None, entities)):
        for account in organization.accounts.values():
            holder = account.roles.get(entity) or account.users.get(entity)
            if holder is not None:
                yield from _of(holder, account)


def _of(holder: Role | User, account: Account) -> Iterator[Policy]:
    yield from holder.policies
    if holder.boundary is not None:
        yield holder.boundary
    for level in (*account.scps, *account.rcps):
        yield from level


RULE = Rule(
    check,
    Kind.NOTE,
    Severity.MEDIUM,
    "tools",
    "IAM User Guide, AWS global condition context keys: aws:ViaAWSMCPService",
)
