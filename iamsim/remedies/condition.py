"""
A condition of the trust policy that the server's call does not meet.

Two ways out: let the server send what the condition wants, or ask for something that it does send.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iamsim.model.finding import Finding
from iamsim.model.policy import Condition, Policy
from iamsim.model.remedy import Slot
from iamsim.model.verdict import Decision, Layer
from iamsim.probes import Case
from iamsim.remedies import Proposal, Proposer
from iamsim.remedies._edits import allow, caller_edits, edit, with_statements
from iamsim.remedies._evidence import unmet
from iamsim.sts.assume_role import ASSUME_ROLE

_SENT = {
    "sts:externalid": "an external id",
    "sts:sourceidentity": "a source identity",
    "sts:rolesessionname": "another session name",
}


def propose(findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    """An instruction for each condition in the way, and one edit that asks for the source identity instead."""
    role, caller = case.assume.role_arn, case.setup.caller
    explanations = [case.explanation(name) for finding in findings for name in finding.probes]
    conditions = tuple(dict.fromkeys(c for e in explanations if e.decision is Decision.IMPLICIT_DENY for c in unmet(e)))
    if role is None or caller is None or not conditions:
        return
    server = f"{case.setup.server.name}@{case.setup.server.version}"
    for condition in conditions:
        wanted = ", ".join(condition.values)
        what = _SENT.get(condition.key.lower(), f"`{condition.key}`")
        yield Proposal(
            f"have the server send {what}",
            findings,
            instruction=f"the trust policy wants {condition.operator} {condition.key} = {wanted}; {server} has no setting for it: "
            f"change the server to pass {what} in its AssumeRole call, or run a version that does",
            settings=((condition.key, wanted),),
        )
    target = case.setup.simulator.organization.role(role)
    sends = case.assume.call is not None and case.assume.call.source_identity is not None
    if not sends or target is None or target.trust is None or caller.entity is None:
        return
    missing = {layer: sorted({e.request.action for e in explanations if layer in e.failing}) for layer in Layer}
    after = _asking(target.trust, conditions, caller.entity, missing[Layer.RESOURCE])
    edits = (
        edit(role, Slot.TRUST, target.trust, after),
        *caller_edits(case, caller.entity, [(action, role) for action in missing[Layer.IDENTITY]]),
    )
    keys = ", ".join(condition.key for condition in conditions)
    yield Proposal(
        f"ask for a source identity, which the server sends, instead of {keys}", findings, edits, widens=True
    )


def _asking(trust: Policy, conditions: tuple[Condition, ...], caller: str, missing: list[str]) -> Policy:
    """The trust policy with those conditions exchanged, and the other permissions of the call given to the caller."""
    wanted = Condition("StringLike", "sts:SourceIdentity", ("*",))
    statements = []
    for statement in trust.statements:
        kept = tuple(condition for condition in statement.conditions if condition not in conditions)
        changed = replace(statement, conditions=(*kept, wanted)) if kept != statement.conditions else statement
        statements.append(changed)
    rest = [action for action in missing if action != ASSUME_ROLE]
    new = [allow(rest, None, caller)] if rest else []
    return with_statements(replace(trust, statements=tuple(statements)), new, name="trust")


REMEDY = Proposer(("assume-denied",), propose)
