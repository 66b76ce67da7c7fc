"""Let what runs the server hand it its own role: a statement of the trust policy for the service."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Finding
from iamsim.model.origin import Origin
from iamsim.model.policy import Condition, Effect, Element, PrincipalElement, Statement
from iamsim.model.remedy import Slot
from iamsim.probes import Case
from iamsim.remedies import Proposal, Proposer
from iamsim.remedies._edits import edit, with_statements
from iamsim.remedies._evidence import lacks_allow
from iamsim.sts.first_role import COMPUTES


def propose(findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    """One edit for all permissions, bound to the account where the service sends it; a provider's trust is more than a statement."""
    compute = COMPUTES[case.setup.runs_on]
    explanations = [case.explanation(name) for finding in findings for name in finding.probes]
    role = explanations[0].request.resource
    target = case.setup.simulator.organization.role(role)
    if not compute.service or target is None or target.trust is None or not all(map(lacks_allow, explanations)):
        return
    account = explanations[0].request.context.values.get("aws:sourceaccount")
    conditions = (Condition("StringEquals", "aws:SourceAccount", account),) if account else ()
    actions = tuple(sorted({e.request.action for e in explanations}))
    principal = PrincipalElement(service=(compute.service,))
    statement = Statement(Effect.ALLOW, Element(actions), None, principal, conditions, None, Origin("remedy"))
    after = with_statements(target.trust, [statement], name="trust")
    title = f"let {compute.title} hand out {role.rpartition('/')[2]}"
    yield Proposal(title, findings, (edit(target, Slot.TRUST, target.trust, after),))


REMEDY = Proposer(("first-role-denied",), propose)
