"""
A denial that no added Allow mends: an explicit Deny, an organization policy, a policy that is not ours to edit.

Who owns that policy decides; the instruction names the statement and what it would have to let through.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.arn import is_aws_managed
from iamsim.model.finding import Finding
from iamsim.model.policy import Effect, PolicyType
from iamsim.model.principal import PrincipalKind
from iamsim.model.verdict import Decision, Explanation, Layer
from iamsim.probes import Case
from iamsim.remedies import Proposal, Proposer
from iamsim.remedies._edits import carrier, entity, resource_pattern
from iamsim.remedies._evidence import unmet

_GRANTS = (PolicyType.IDENTITY, PolicyType.RESOURCE)
_SHOWN = 3


def propose(findings: tuple[Finding, ...], case: Case) -> Iterator[Proposal]:
    """One instruction per finding: its probes are refused alike."""
    for finding in findings:
        explanations = [case.explanation(name) for name in finding.probes]
        # A condition of the trust policy alone: the proposer of conditions has said what to do.
        left = [e for e in explanations if not (unmet(e) and e.failing == (Layer.RESOURCE,))]
        if left:
            action = left[0].request.action
            resources = tuple(dict.fromkeys(resource_pattern(e.request.resource) for e in left))
            title, text = _told(left, case)
            yield Proposal(
                title, (finding,), instruction=text, settings=(("Action", action), ("Resource", ", ".join(resources)))
            )


def _wanted(explanations: list[Explanation]) -> str:
    explanation = explanations[0]
    resources = tuple(dict.fromkeys(resource_pattern(e.request.resource) for e in explanations))
    more = f" and {len(resources) - _SHOWN} more" if len(resources) > _SHOWN else ""
    return f"{explanation.request.action} on {', '.join(resources[:_SHOWN])}{more} by {_caller(explanation)}"


def _told(explanations: list[Explanation], case: Case) -> tuple[str, str]:
    """Title and text; all of the explanations fail alike, and differ in their resources and statements."""
    explanation, wanted = explanations[0], _wanted(explanations)
    action = explanation.request.action
    if explanation.failing == (Layer.SERVICE,):
        return f"make {action} with another principal", (
            f"no policy can allow {wanted}: {explanation.reason}; use another principal or another call"
        )
    denying = dict.fromkeys(
        f"{v.policy}, {v.statement.label} ({v.statement.origin})"
        for e in explanations
        for v in e.decisive
        if v.statement.effect is Effect.DENY
    )
    if explanation.decision is not Decision.IMPLICIT_DENY and denying:
        granted = all(_granted(e) for e in explanations)
        more = "" if granted else "; no statement allows it yet either, so that one has to be added"
        may = "that may apply " if explanation.decision is Decision.UNKNOWN else "that applies "
        text = f"narrow the Deny {may}so that it spares {wanted}: {'; '.join(denying)}{more}"
        return f"spare {action} from the Deny", text
    by_place: dict[str, list[Explanation]] = {}
    for each in explanations:
        # Each resource has a policy of its own, which speaks of no other.
        by_place.setdefault(" and ".join(_place(layer, each, case) for layer in each.failing), []).append(each)
    text = "; ".join(f"{place} must allow {_wanted(mine)}" for place, mine in by_place.items())
    return f"have {action} allowed by who owns the policy", text


def _granted(explanation: Explanation) -> bool:
    found = (v for v in explanation.statements if v.type in _GRANTS and v.statement.effect is Effect.ALLOW)
    return any(verdict.matched is True for verdict in found)


def _place(layer: Layer, explanation: Explanation, case: Case) -> str:
    """The policy that has to let the request through."""
    request = explanation.request
    who, account = _caller(explanation), request.principal.account
    match layer:
        case Layer.IDENTITY:
            return f"an identity policy of {who}"
        case Layer.BOUNDARY:
            found = entity(case.setup.simulator.organization, request.principal.entity)
            boundary = found.boundary if found is not None else None
            if boundary is not None and is_aws_managed(boundary.arn or ""):
                return f"another permissions boundary of {who} (nobody can edit {boundary.arn}, which AWS manages)"
            return f"the permissions boundary of {who}"
        case Layer.SCP:
            return f"a service control policy of account {account}, at every level that lacks the Allow,"
        case Layer.RCP:
            return f"a resource control policy of account {request.resource_account}"
        case Layer.SESSION:
            return f"the session policy of {request.principal.arn}"
        case Layer.VPC_ENDPOINT:
            return "the policy of the VPC endpoint that the call goes through"
        case _:
            trust = request.action.startswith("sts:") and ":role/" in request.resource
            word = "the trust policy" if trust else "the resource policy"
            public = (
                " (which makes it public: sign the request instead where you can)" if _unsigned(explanation) else ""
            )
            return f"{word} of {resource_pattern(carrier(request.resource))}{public}"


def _caller(explanation: Explanation) -> str:
    principal = explanation.request.principal
    return "anyone, unsigned" if _unsigned(explanation) else principal.entity or principal.arn


def _unsigned(explanation: Explanation) -> bool:
    return explanation.request.principal.kind is PrincipalKind.ANONYMOUS


REMEDY = Proposer(("assume-denied", "hop-denied", "first-role-denied", "missing-permission"), propose, last=True)
