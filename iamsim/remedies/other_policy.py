"""
A denial that no added Allow mends: an explicit Deny, an organization policy, a session or endpoint policy.

Who owns that policy decides; the instruction names the statement and what it would have to let through.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Finding
from iamsim.model.policy import Effect
from iamsim.model.verdict import Decision, Explanation, Layer
from iamsim.probes import Case
from iamsim.remedies import Proposal, Proposer
from iamsim.remedies._edits import entity, resource_pattern

_ADDED = {Layer.IDENTITY, Layer.BOUNDARY, Layer.RESOURCE}
_WHERE = {
    Layer.SCP: "a service control policy of the caller's organization (at the level that lacks the Allow)",
    Layer.RCP: "a resource control policy of the resource's organization",
    Layer.SESSION: "the session policy that the server passes",
    Layer.VPC_ENDPOINT: "the policy of the VPC endpoint that the call goes through",
}


def propose(findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    """One instruction per finding that has such a denial, or whose caller is not loaded."""
    for finding in findings:
        for name in finding.probes:
            explanation = case.explanation(name)
            text = _instruction(explanation, case)
            if text:
                yield Proposal(f"let {explanation.request.action} through", (finding,), instruction=text)


def _instruction(explanation: Explanation, case: Case) -> str:
    request = explanation.request
    caller = request.principal.entity or request.principal.arn
    wanted = f"{request.action} on {resource_pattern(request.resource)} by {caller}"
    if explanation.decision is not Decision.IMPLICIT_DENY:
        denying = [v for v in explanation.decisive if v.statement.effect is Effect.DENY]
        named = "; ".join(f"{v.policy}, {v.statement.label} ({v.statement.origin})" for v in denying)
        return f"narrow the Deny that applies so that it spares {wanted}: {named or explanation.reason}"
    others = [layer for layer in explanation.failing if layer not in _ADDED]
    if Layer.SERVICE in others:
        return f"no policy can allow {wanted}: {explanation.reason}; use another principal or another call"
    if others:
        return f"{' and '.join(_WHERE[layer] for layer in others)} has to allow {wanted}"
    if entity(case.setup.simulator.organization, request.principal.entity) is None:
        return (
            f"the policies of {caller} were not loaded: give it, or the policy of the resource, an Allow for {wanted}"
        )
    return ""


REMEDY = Proposer(("assume-denied", "missing-permission"), propose)
