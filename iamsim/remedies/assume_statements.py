"""
Let the server's principal make the call it really makes, on every side that lacks a permission.

The trust policy gets a statement that names the principal, with exactly the missing actions; the
principal gets them on the role. Where a condition is what refuses the call, another remedy answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Finding
from iamsim.model.remedy import Edit, Slot
from iamsim.model.verdict import Layer
from iamsim.probes import Case
from iamsim.remedies import Proposal, Proposer
from iamsim.remedies._edits import allow, caller_edits, edit, with_statements
from iamsim.remedies._evidence import OURS, lacks_allow, unmet

_SIDES = {
    Slot.TRUST: "the trust policy",
    Slot.INLINE: "the server's own policy",
    Slot.BOUNDARY: "the server's permissions boundary",
}
_HOP_SIDES = {
    Slot.TRUST: "the trust policy",
    Slot.INLINE: "the policy of the role before it",
    Slot.BOUNDARY: "the permissions boundary of the role before it",
}


def propose(findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    """One proposal for each call whole: half of it would still be refused."""
    by_role: dict[str, list[Finding]] = {}
    for finding in findings:
        by_role.setdefault(case.explanation(finding.probes[0]).request.resource, []).append(finding)
    for role, found in by_role.items():
        yield from _one(role, tuple(found), case)


def _one(role: str, findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    explanations = [case.explanation(name) for finding in findings for name in finding.probes]
    mendable = [e for e in explanations if lacks_allow(e)]
    # Resolved: a session's ARN does not tell the path of its role.
    entity = next((e.request.principal.entity for e in mendable), None)
    if entity is None or any(unmet(e) for e in explanations):
        return
    missing = {layer: sorted({e.request.action for e in mendable if layer in e.failing}) for layer in OURS}
    target = case.setup.simulator.organization.role(role)
    edits: list[Edit] = []
    if missing[Layer.RESOURCE] and target is not None and target.trust is not None:
        statement = allow(missing[Layer.RESOURCE], None, entity)
        edits.append(edit(target, Slot.TRUST, target.trust, with_statements(target.trust, [statement], name="trust")))
    needs = [(action, role) for action in missing[Layer.IDENTITY]]
    edits += caller_edits(case, entity, needs, boundary=[(action, role) for action in missing[Layer.BOUNDARY]])
    if edits:
        actions = sorted({action for found in missing.values() for action in found})
        sides = _SIDES if role == case.assume.role_arn else _HOP_SIDES
        title = f"allow {', '.join(actions)} in {' and in '.join(sides[e.slot] for e in edits)}"
        yield Proposal(title if sides is _SIDES else f"{title} ({role})", findings, tuple(edits))


REMEDY = Proposer(("assume-denied", "hop-denied"), propose)
