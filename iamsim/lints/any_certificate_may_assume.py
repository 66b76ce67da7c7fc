"""
Any certificate may assume the role through IAM Roles Anywhere.

Without aws:SourceArn every trust anchor of the account will do, the next one too. Without a condition on the
certificate, one that aws:PrincipalTag/x509… tells, every certificate that the anchor's authority signed will do.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"Service": "rolesanywhere.amazonaws.com"},
      "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"Service": "rolesanywhere.amazonaws.com"},
      "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
      "Condition": {
        "StringEquals": {"aws:PrincipalTag/x509Subject/CN": "build-server"},
        "ArnEquals": {"aws:SourceArn": "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/a1b2c3d4-5678-90ab-cdef-EXAMPLE11111"}
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import ASSUME, allowing, apart, home, possible, role_arn, wanted
from iamsim.model.finding import Severity
from iamsim.model.principal import principal

_SERVICE = "rolesanywhere.amazonaws.com"


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that a strange anchor, or a strange certificate of whatever anchor, gets in by."""
    role = role_arn(draft)
    if not role or draft.world is None:
        return
    account = home(role)
    for part, statement, element in allowing(draft):
        if _SERVICE not in element.service:
            continue
        keys = [
            c.key.lower()
            for c in statement.conditions
            if "x509" in c.key.lower() or c.key.lower() == "sts:sourceidentity"
        ]
        certificate = dict.fromkeys(keys, "CN=stranger")
        anchor = {
            "aws:sourcearn": f"arn:aws:rolesanywhere:us-east-1:{account}:trust-anchor/stranger",
            "aws:sourceaccount": account,
        }
        for values, told, severity in (
            (anchor, "a certificate of any trust anchor of the account gets in", Severity.MEDIUM),
            (certificate, "any certificate of the trust anchor gets in", Severity.LOW),
        ):
            asked = apart(draft.world, role, statement).outside(
                principal(_SERVICE), ASSUME, role, values={**wanted(statement), **values}
            )
            if possible(asked):
                yield Seen(part.subject, f"{told} ({part.label})", part.at, severity=severity)
                break


LINT = Lint(
    check,
    Family.TRUST,
    Severity.MEDIUM,
    "IAM Roles Anywhere User Guide, Trust model: Role trusting",
    kinds=frozenset({PolicyKind.TRUST}),
)
