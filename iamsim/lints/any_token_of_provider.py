"""
Whoever has a token of an identity provider may assume the role.

GitHub, GitLab, Google and others give tokens to everybody: only the claim that names the tenant tells yours from a
stranger's. IAM asks for that claim when a trust policy is saved, and leaves roles from before as they are. The tokens
of a cluster of Amazon EKS go to every pod, and all have the same audience.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": "repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main"
        }
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._tokens import mapped, strange_token
from iamsim.lints._trust import WEB, allowing, apart, federated, named, possible, provider_name, role_arn
from iamsim.model.finding import Severity
from iamsim.model.principal import Principal, PrincipalKind
from iamsim.sts.providers import tenancy, uncontrolled
from iamsim.sts.subjects import EKS, GITHUB

_GITHUB, _OTHER = "MISSING_GITHUB_REPO_CONDITION_KEY", "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL"


def check(draft: Draft) -> Iterator[Seen]:
    """One for each provider whose tokens get in with every claim a stranger's."""
    role = role_arn(draft)
    if not role or draft.world is None:
        return
    for part, statement, _ in allowing(draft):
        refused = dict(uncontrolled(statement))
        for arn in federated(statement):
            name = provider_name(arn)
            if ":saml-provider/" in arn or not named(statement, WEB):
                continue
            control, code = tenancy(name), _GITHUB if GITHUB.fullmatch(name) else _OTHER
            caller = Principal(PrincipalKind.WEB_IDENTITY, arn, role.split(":")[4])
            values, absent = strange_token(name)
            asked = apart(draft.world, role, statement).outside(
                caller, WEB, role, values={**mapped(statement), **values}, absent=absent
            )
            at, subject = (*part.at, "Principal", "Federated"), f"{part.subject} {name}"
            if possible(asked):
                whose = "anybody's, of any tenant" if control else "any pod's" if EKS.fullmatch(name) else "any user's"
                asks = (f"the claim that tells them apart is {control.key}: {control.tenant}",) if control else ()
                severity = Severity.CRITICAL if control else Severity.HIGH
                told = f"a token of {name} gets in, {whose} ({part.label})"
                yield Seen(subject, told, at, asks, code=code, severity=severity)
            elif arn in refused:
                told = f"IAM saves no trust in {name} that does not ask for {refused[arn].key}"
                more = ("a role from before keeps its policy, until somebody changes it",)
                yield Seen(subject, told, at, more, code=code, severity=Severity.LOW)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.CRITICAL,
    "IAM User Guide, Identity-provider controls for shared OIDC providers",
    codes=(_GITHUB, _OTHER),
    kinds=frozenset({PolicyKind.TRUST}),
)
