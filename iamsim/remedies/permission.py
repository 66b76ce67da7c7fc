"""
Least privilege: exactly the missing actions on exactly the resources, in as few statements as read well.

Every layer that lacks an Allow gets one: the caller's own policy, its boundary, the resource's
policy in the other account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.engine.applicable import carrier_of
from iamsim.model.finding import Finding
from iamsim.model.policy import Policy
from iamsim.model.remedy import Edit, Slot
from iamsim.model.verdict import Decision, Explanation, Layer
from iamsim.probes import Case
from iamsim.remedies import Proposal, Proposer
from iamsim.remedies._edits import allow, caller_edits, edit, grouped, resource_pattern, with_statements

_OURS = {Layer.IDENTITY, Layer.BOUNDARY, Layer.RESOURCE}


def propose(findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    """One proposal per role or user, for all that it lacks."""
    by_caller: dict[str, list[tuple[Finding, Explanation]]] = {}
    for finding in findings:
        for name in finding.probes:
            explanation = case.explanation(name)
            entity = explanation.request.principal.entity
            mendable = explanation.decision is Decision.IMPLICIT_DENY and set(explanation.failing) <= _OURS
            if entity is not None and mendable:
                by_caller.setdefault(entity, []).append((finding, explanation))
    for entity, found in sorted(by_caller.items()):
        lacking = {layer: [_pair(e) for _, e in found if layer in e.failing] for layer in _OURS}
        edits = [*caller_edits(case, entity, lacking[Layer.IDENTITY], boundary=lacking[Layer.BOUNDARY])]
        edits += _resource_edits(case, entity, lacking[Layer.RESOURCE])
        if edits:
            pairs = {_pair(e) for _, e in found}
            what = f"{found[0][1].request.action}" if len(pairs) == 1 else f"the {len(pairs)} permissions"
            answered = tuple(dict.fromkeys(finding for finding, _ in found))
            title = f"give {entity.rpartition('/')[2]} {what} that its tools need"
            yield Proposal(title, answered, tuple(edits), widens=bool(lacking[Layer.BOUNDARY]))


def _pair(explanation: Explanation) -> tuple[str, str]:
    return explanation.request.action, resource_pattern(explanation.request.resource)


def _resource_edits(case: Case, entity: str, needs: list[tuple[str, str]]) -> Iterator[Edit]:
    """Statements that name the caller in the policies of the resources themselves."""
    owners: dict[str, list[tuple[str, str]]] = {}
    for action, resource in needs:
        loaded = case.setup.simulator.organization.owner(resource)
        owners.setdefault(loaded[1].arn if loaded is not None else carrier_of(resource), []).append((action, resource))
    policies = _policies(case)
    for owner, pairs in sorted(owners.items()):
        old = policies.get(owner)
        # In a key policy `*` is the key itself.
        kms = owner.startswith("arn:aws:kms:")
        groups = grouped((action, "*" if kms else resource) for action, resource in pairs)
        statements = [allow(actions, where, entity) for actions, where in groups]
        yield edit(owner, Slot.RESOURCE, old, with_statements(old, statements, name="resource-policy"))


def _policies(case: Case) -> Mapping[str, Policy | None]:
    accounts = case.setup.simulator.organization.accounts.values()
    return {arn: resource.policy for account in accounts for arn, resource in account.resources.items()}


REMEDY = Proposer(("missing-permission",), propose)
