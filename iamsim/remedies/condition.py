"""
A condition of the trust policy that the server's call does not meet.

Two ways out: let the call carry what the condition wants, or ask for something that it does carry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from iamsim.model.finding import Finding
from iamsim.model.policy import Condition, Policy, Statement
from iamsim.model.remedy import Edit, Slot
from iamsim.model.server import AssumeTemplate
from iamsim.model.verdict import Explanation, Layer
from iamsim.probes import Case
from iamsim.remedies import Proposal, Proposer
from iamsim.remedies._edits import allow, caller_edits, edit, with_statements
from iamsim.remedies._evidence import Unmet, unmet

_SOURCE_IDENTITY = "sts:sourceidentity"
# What stands for a check on the caller of the server, for which the source identity can stand as well.
_EXCHANGEABLE = ("sts:externalid", "sts:rolesessionname")


def propose(findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    """An instruction for each condition in the way, and one edit that asks for the source identity instead."""
    template = case.setup.server.assume
    blocked = {finding: _blocked(finding, case) for finding in findings}
    conditions = tuple(dict.fromkeys(condition for found in blocked.values() for _, condition in found))
    if template is None:
        return
    for condition in conditions:
        answered = tuple(f for f, found in blocked.items() if any(c == condition for _, c in found))
        yield _instruction(condition, answered, case, template)
    yield from _in_the_policy(findings, case, blocked)
    call = case.assume.call
    if call is None or call.source_identity is None:
        return
    if conditions and all(condition.key.lower() in _EXCHANGEABLE for condition in conditions):
        keys = ", ".join(dict.fromkeys(condition.key for condition in conditions))
        title = f"ask for a source identity, which the server sends, instead of {keys}"
        edits = _edits(findings, case, tuple(dict.fromkeys(pair for found in blocked.values() for pair in found)))
        yield Proposal(title, findings, edits)


def _in_the_policy(
    findings: tuple[Finding, ...], case: Case, blocked: Mapping[Finding, tuple[Unmet, ...]]
) -> Iterator[Proposal]:
    """The value that the server sends, put into a condition that wants another one of the same key."""
    found = tuple(dict.fromkeys(pair for pairs in blocked.values() for pair in pairs))
    sent = case.explanation(findings[0].probes[0]).request.context.values
    exchanges = {
        condition: replace(condition, values=sent[key])
        for _, condition in found
        if (key := condition.key.lower()) == "sts:externalid" and condition.operator == "StringEquals" and key in sent
    }
    if exchanges and all(condition in exchanges for _, condition in found):

        def asking(statement: Statement) -> Statement:
            conditions = tuple(exchanges.get(condition, condition) for condition in statement.conditions)
            return replace(statement, conditions=conditions)

        yield Proposal("ask for the external id that the server sends", findings, _edits(findings, case, found, asking))


def _blocked(finding: Finding, case: Case) -> tuple[Unmet, ...]:
    return tuple(pair for name in finding.probes for pair in unmet(case.explanation(name)))


def _instruction(condition: Condition, findings: tuple[Finding, ...], case: Case, template: AssumeTemplate) -> Proposal:
    """Where the value that the condition looks at comes from, and what it has to be."""
    key, wanted = condition.key.lower(), ", ".join(condition.values)
    server = f"{case.setup.server.name}@{case.setup.server.version}"
    subject = template.subject_claims[0] if template.subject_claims else "sub"
    tags = template.tag_claims[0] if template.tag_claims else "session_tags"
    wants = f"the trust policy wants {condition.operator} {condition.key} = {wanted}"
    setting = (condition.key, wanted)
    match key.partition("/")[0]:
        case "sts:externalid":
            setting = ("ExternalId", wanted)
            title, how = (
                "have the server send an external id",
                f"{server} has no setting for it: change the server to pass ExternalId in its AssumeRole call, or run a version that does",
            )
            if template.external_id is not None:
                title, how = (
                    "send another external id",
                    f"{server} sends another: change what it passes as ExternalId in its AssumeRole call",
                )
        case "sts:sourceidentity" | "sts:rolesessionname" if _out_of_reach(condition, case, template):
            setting = (condition.key, _fixed(key, template) + "*")
            title = f"change the condition on {condition.key}"
            how = f"{server} always sends {condition.key}, and no token makes it fit: change the condition"
        case "sts:sourceidentity" | "sts:rolesessionname" if key != _SOURCE_IDENTITY or template.source_identity:
            title = f"change the subject (claim `{subject}`)"
            how = f"the server makes it from claim `{subject}`: mint tokens whose subject fits, or change the condition"
        case "aws:requesttag" | "aws:tagkeys" | "sts:transitivetagkeys" if template.tag_claims:
            title = "put the session tag into the token"
            how = f"the server takes session tags from claim `{tags}`: mint tokens that carry it there"
        case "aws:principaltag":
            title = "tag the server's principal"
            how = "that is a tag of the principal that the server runs as: set it there"
        case _:
            title = f"meet the condition on {condition.key}"
            how = f"the call as {server} makes it has another value or none: make it from where this holds, or change the condition"
    return Proposal(title, findings, instruction=f"{wants}; {how}", settings=(setting,))


def _out_of_reach(condition: Condition, case: Case, template: AssumeTemplate) -> bool:
    """Whether no subject can meet the condition: it wants the key to be absent, or to begin as the server's never does."""
    key = condition.key.lower()
    call = case.assume.call
    if call is None or (key == _SOURCE_IDENTITY and call.source_identity is None):
        return False
    if condition.operator == "Null":
        return True
    if condition.operator.removesuffix("IfExists") not in ("StringEquals", "StringEqualsIgnoreCase", "StringLike"):
        return False
    fixed = _fixed(key, template).lower()
    beginnings = [re.split(r"[*?$]", value, maxsplit=1)[0].lower() for value in condition.values]
    return not any(fixed.startswith(begins) or begins.startswith(fixed) for begins in beginnings)


def _fixed(key: str, template: AssumeTemplate) -> str:
    """What the value of the key begins with, whoever the subject is."""
    made = template.session_name if key == "sts:rolesessionname" else template.source_identity
    return (made or "").partition("{")[0]


def _edits(
    findings: tuple[Finding, ...],
    case: Case,
    exchanged: tuple[Unmet, ...],
    asking: Callable[[Statement], Statement] | None = None,
) -> tuple[Edit, ...]:
    """The trust policy asking for something else (by default a source identity), and whatever else the call lacks."""
    explanations = [case.explanation(name) for finding in findings for name in finding.probes]
    role = explanations[0].request.resource
    entity = explanations[0].request.principal.entity
    target = case.setup.simulator.organization.role(role)
    if entity is None or target is None or target.trust is None:
        return ()
    rest = [e.request.action for e in explanations if Layer.RESOURCE in e.failing and not unmet(e)]
    asked = (
        replace(target.trust, statements=tuple(map(asking, target.trust.statements)))
        if asking is not None
        else _asking(target.trust, exchanged)
    )
    after = with_statements(asked, [allow(rest, None, entity)] if rest else [], name="trust")
    return (
        edit(target, Slot.TRUST, target.trust, after),
        *caller_edits(
            case, entity, _lacking(explanations, Layer.IDENTITY), boundary=_lacking(explanations, Layer.BOUNDARY)
        ),
    )


def _lacking(explanations: list[Explanation], layer: Layer) -> list[tuple[str, str]]:
    return [(e.request.action, e.request.resource) for e in explanations if layer in e.failing]


def _asking(trust: Policy, exchanged: tuple[Unmet, ...]) -> Policy:
    """The trust policy with those conditions, of those statements, exchanged for one on the source identity."""
    wanted = Condition("StringLike", "sts:SourceIdentity", ("*",))

    def new(statement: Statement) -> Statement:
        out = [condition for found, condition in exchanged if found == statement]
        kept = tuple(condition for condition in statement.conditions if condition not in out)
        asks = any(condition.key.lower() == _SOURCE_IDENTITY for condition in kept)
        return replace(statement, conditions=(*kept, *(() if asks else (wanted,)))) if out else statement

    return replace(trust, statements=tuple(map(new, trust.statements)))


REMEDY = Proposer(("assume-denied",), propose)
