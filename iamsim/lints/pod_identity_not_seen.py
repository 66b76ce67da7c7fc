"""
Which pods get the role is decided outside of IAM.

A trust in pods.eks.amazonaws.com lets in EKS Pod Identity, which hands the role to the service accounts that its
associations name. Those stand in Amazon EKS: whoever may call eks:CreatePodIdentityAssociation and iam:PassRole adds
to them. They were not seen here.

Avoid:

    {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"Service": "pods.eks.amazonaws.com"},
      "Action": ["sts:AssumeRole", "sts:TagSession"],
      "Condition": {"StringEquals": {"aws:RequestTag/kubernetes-namespace": "data", "aws:RequestTag/kubernetes-service-account": "reports"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import ASSUME, allowing, apart, possible, role_arn, wanted
from iamsim.model.finding import Audience, Confidence, Severity
from iamsim.model.principal import principal

_SERVICE = "pods.eks.amazonaws.com"
_POD = {
    "aws:requesttag/kubernetes-namespace": "stranger",
    "aws:requesttag/kubernetes-service-account": "stranger",
    "aws:requesttag/kubernetes-pod-name": "stranger",
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that a strange pod's session gets in by."""
    role, world = role_arn(draft), draft.world
    if not role or world is None:
        return
    for part, statement, element in allowing(draft):
        asked_for = {**wanted(statement), **_POD}
        if _SERVICE not in element.service:
            continue
        if possible(apart(world, role, statement).outside(principal(_SERVICE), ASSUME, role, values=asked_for)):
            told = "which pods get the role is told by associations in Amazon EKS, which were not seen"
            yield Seen(part.subject, told, part.at)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.INFO,
    "Amazon EKS User Guide, Learn how EKS Pod Identity grants pods access to AWS services",
    confidence=Confidence.UNCERTAIN,
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)
