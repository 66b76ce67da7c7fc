"""
More pods than meant may assume the role.

The subject of a pod's token on Amazon EKS is `system:serviceaccount:NAMESPACE:NAME`. A star in it lets in every
service account of a namespace, or of a cluster: who may create pods there gets the role.

Avoid:

    {"StringLike": {"oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub": "system:serviceaccount:*"}}

Prefer:

    {"StringEquals": {"oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub": "system:serviceaccount:data:reports"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._tokens import strange_token, tests_of
from iamsim.lints._trust import WEB, allowing, apart, federated, possible, provider_name, role_arn, wanted
from iamsim.model.finding import Severity
from iamsim.model.principal import Principal, PrincipalKind
from iamsim.sts.subjects import EKS, service_account


def check(draft: Draft) -> Iterator[Seen]:
    """One for each pattern; one that lets in any subject whatever is another lint's."""
    role = role_arn(draft)
    if not role or draft.world is None:
        return
    for part, statement, _ in allowing(draft):
        for arn in federated(statement):
            name = provider_name(arn)
            if not EKS.fullmatch(name):
                continue
            caller = Principal(PrincipalKind.WEB_IDENTITY, arn, role.split(":")[4])
            values, absent = strange_token(name)
            world = apart(draft.world, role, statement)
            if possible(world.outside(caller, WEB, role, values={**wanted(statement), **values}, absent=absent)):
                continue
            for test, text in tests_of(part, name, "sub"):
                if "Like" not in test.operator or not ("*" in text.value or "?" in text.value):
                    continue
                found = service_account(text.value)
                whole = found is None or "*" in found[0]
                whose = "of more than one namespace" if whole else f"of namespace `{found[0][:80] if found else ''}`"
                told = f"several service accounts {whose} may assume the role"
                severity = Severity.HIGH if whole else Severity.MEDIUM
                yield Seen(f"{part.subject} {text.value}", told, text.at, severity=severity)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.MEDIUM,
    "Amazon EKS User Guide, Assign IAM roles to Kubernetes service accounts",
    kinds=frozenset({PolicyKind.TRUST}),
)
