"""
Anybody may use the resource.

`"Principal": "*"` is everybody: every account, and for most services people without one. Name accounts and roles, or
ask for what a caller cannot make up: aws:PrincipalOrgID, aws:SourceArn, aws:SourceVpce. Where a bucket is meant to be
public, Amazon CloudFront in front of it lets it stay private.

Avoid:

    {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:111122223333:orders"}

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"Service": "sns.amazonaws.com"},
      "Action": "sqs:SendMessage",
      "Resource": "arn:aws:sqs:us-east-1:111122223333:orders",
      "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:orders"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog import actions
from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._public import Opening, openings
from iamsim.lints._saying import quoted
from iamsim.model.finding import Confidence, Severity

_CHANGES = ("Write", "Permissions management", "Tagging")
_NOTES = {
    "s3": "unless Block Public Access is on, of the bucket or of the account, which was not seen",
    "execute-api": "unless its methods ask for authorization, or the API is a private one, which was not seen",
    "elasticfilesystem": "unless its network lets nobody else reach it, which was not seen",
    "es": "unless the domain is in a VPC or has fine-grained access control, which was not seen",
}


_ALWAYS_UNSEEN = frozenset({"es", "execute-api", "elasticfilesystem"})
"""Services of which something beside the policy decides that no source tells."""


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that lets a stranger do something, by the engine."""
    for found in openings(draft):
        changing = any(
            (known := actions.action(each)) is not None and known.access_level in _CHANGES for each in found.actions
        )
        severity = Severity.CRITICAL if changing else Severity.HIGH
        # A queue or function that anybody can reach, a document that anybody can read.
        unsure = found.unsure or found.service in _ALWAYS_UNSEEN
        note = _NOTES.get(found.service, "") if unsure else ""
        yield Seen(
            found.part.subject,
            f"{_who(found)} may call {quoted(found.actions, 3)} ({found.part.label})",
            found.part.at,
            (note,) if note else (),
            severity=Severity.MEDIUM if found.weakly or found.service == "execute-api" else severity,
            confidence=Confidence.LIKELY if unsure else None,
        )


def _who(found: Opening) -> str:
    who = "anybody, without credentials too," if found.anonymous else "anybody with an AWS account"
    made_up = [key for key in found.weakly if key != "lambda:functionurlauthtype"]
    return f"{who} who makes up what {quoted(made_up)} asks for" if made_up else who


LINT = Lint(
    check,
    Family.TRUST,
    Severity.HIGH,
    "IAM User Guide, AWS JSON policy elements: Principal, All principals",
    kinds=frozenset({PolicyKind.RESOURCE}),
)
