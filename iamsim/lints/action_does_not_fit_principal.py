"""
An action of a trust policy does not fit its principal.

AWS principals and services assume a role with sts:AssumeRole, a provider for OpenID Connect with
sts:AssumeRoleWithWebIdentity, one for SAML with sts:AssumeRoleWithSAML. Any other pair lets nobody in.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/login.example.com"},
      "Action": "sts:AssumeRole"
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/login.example.com"},
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {"StringEquals": {"login.example.com:aud": "reports", "login.example.com:sub": "nightly-job"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, Part, PolicyKind
from iamsim.engine.patterns import matcher
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import ASSUME, SAML, WEB
from iamsim.model.finding import Severity

_CALLS = (ASSUME, WEB, SAML)


def check(draft: Draft) -> Iterator[Seen]:
    """One for each principal that no action of its statement fits, else for each action that fits none of the principals."""
    for part in draft.statements():
        if part.allows and "NotAction" not in part.value and "NotPrincipal" not in part.value:
            found = list(_principals(part))
            yield from found or _actions(part)


def _principals(part: Part) -> Iterator[Seen]:
    named = [call for call in _CALLS if any(matcher(text.value.lower())(call.lower()) for text in part.actions())]
    for kind, text in part.principals() if named else ():
        wanted = _fitting(kind, text.value)
        if wanted and wanted not in named:
            told = f"`{text.value[:200]}` cannot assume the role with {' or '.join(named)}: {wanted} is its action"
            yield Seen(f"{part.subject} {text.value}", told, text.at)


def _actions(part: Part) -> Iterator[Seen]:
    wanted = {_fitting(kind, text.value) for kind, text in part.principals()} - {""}
    for text in part.texts("Action") if wanted else ():
        call = next((each for each in _CALLS if each.lower() == text.value.lower()), None)
        if call is not None and call not in wanted:
            yield Seen(f"{part.subject} {call}", f"no principal of {part.label} can use {call}", text.at)


def _fitting(kind: str, value: str) -> str:
    if kind in ("AWS", "Service"):
        return ASSUME
    if kind != "Federated":
        return ""
    return SAML if ":saml-provider/" in value else WEB


LINT = Lint(
    check,
    Family.TRUST,
    Severity.HIGH,
    "IAM User Guide, IAM policy validation check reference: Mismatched Action for principal",
    codes=("MISMATCHED_ACTION_FOR_PRINCIPAL",),
    kinds=frozenset({PolicyKind.TRUST}),
)
