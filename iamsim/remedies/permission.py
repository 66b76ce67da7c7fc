"""
Least privilege: exactly the missing actions on exactly the resources, in as few statements as read well.

Every layer that lacks an Allow gets one: the caller's own policy, its boundary, the resource's
policy in the other account.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Finding
from iamsim.model.remedy import Edit, Slot
from iamsim.model.verdict import Explanation, Layer
from iamsim.probes import Case
from iamsim.remedies import Proposal, Proposer
from iamsim.remedies._edits import allow, caller_edits, carrier, edit, grouped, resource_pattern, with_statements
from iamsim.remedies._evidence import OURS, lacks_allow


def propose(findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    """One proposal per role or user, for all that it lacks."""
    by_caller: dict[str, list[tuple[Finding, Explanation]]] = {}
    for finding in findings:
        for name in finding.probes:
            explanation = case.explanation(name)
            entity = explanation.request.principal.entity
            if entity is not None and lacks_allow(explanation):
                by_caller.setdefault(entity, []).append((finding, explanation))
    for entity, found in sorted(by_caller.items()):
        lacking = {layer: [_pair(e) for _, e in found if layer in _lacked(e)] for layer in OURS}
        edits = [*caller_edits(case, entity, lacking[Layer.IDENTITY], boundary=lacking[Layer.BOUNDARY])]
        edits += _resource_edits(case, entity, [e for _, e in found if Layer.RESOURCE in _lacked(e)])
        if edits:
            actions = sorted({e.request.action for _, e in found})
            what = " and ".join(actions) if len(actions) <= 2 else f"the {len(actions)} actions"  # noqa: PLR2004 - a pair
            answered = tuple(dict.fromkeys(finding for finding, _ in found))
            yield Proposal(f"give {entity.rpartition('/')[2]} {what} that its tools need", answered, tuple(edits))


def _pair(explanation: Explanation) -> tuple[str, str]:
    return explanation.request.action, resource_pattern(explanation.request.resource)


def _lacked(explanation: Explanation) -> tuple[Layer, ...]:
    """The layers to give an Allow: in one account the resource's own that names the caller is enough (a key policy)."""
    request = explanation.request
    one = request.resource_account in (None, request.principal.account)
    enough = one and Layer.RESOURCE in explanation.failing
    return tuple(layer for layer in explanation.failing if not (enough and layer is Layer.IDENTITY))


def _resource_edits(case: Case, entity: str, lacking: list[Explanation]) -> Iterator[Edit]:
    """Statements that name the caller in the policies of the resources themselves."""
    organization = case.setup.simulator.organization
    owners: dict[str, list[tuple[str, str]]] = {}
    for explanation in lacking:
        where = carrier(explanation.request.resource)
        loaded = organization.owner(where)
        owners.setdefault(loaded[1].arn if loaded is not None else where, []).append(_pair(explanation))
    for owner, pairs in sorted(owners.items()):
        loaded = organization.owner(owner)
        old = loaded[1].policy if loaded is not None else None
        key = owner.split(":")[2] == "kms"
        if key and old is None:
            # Every key has a policy; one made of this statement alone would shut its administrators out.
            continue
        # In a key policy `*` is the key itself.
        groups = grouped((action, "*" if key else resource) for action, resource in pairs)
        statements = [allow(actions, where, entity) for actions, where in groups]
        yield edit(
            loaded[1] if loaded is not None else owner,
            Slot.RESOURCE,
            old,
            with_statements(old, statements, name="resource-policy"),
        )


REMEDY = Proposer(("missing-permission",), propose)
