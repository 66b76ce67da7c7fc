"""
A Deny of everything outside the organization also hits what AWS owns.

Services fetch what AWS itself keeps with the caller's credentials: images of ECR, parameters of Systems Manager, packages
in buckets. None of it is in the organization. AWS's examples of data perimeters except those actions or resources.

Avoid:

    {
      "Effect": "Deny",
      "Action": "*",
      "Resource": "*",
      "Condition": {"StringNotEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}}
    }

Prefer:

    {
      "Effect": "Deny",
      "NotAction": ["ecr:*", "s3:GetObject", "ssm:GetParameter*", "iam:GetPolicy*"],
      "Resource": "*",
      "Condition": {"StringNotEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.drafts import LIKE_IDENTITY, Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines_of,
    met,
    names,
)
from iamsim.lints._saying import quoted
from iamsim.model.finding import Audience, Confidence, Severity

_OWNER = ("aws:resourceorgid", "aws:resourceorgpaths", "aws:resourceaccount")
_AWS: Mapping[str, tuple[str, ...]] = {
    "aws:resourceorgid": (),
    "aws:resourceorgpaths": (),
    "aws:resourceaccount": ("000000000000",),
}
_FETCHED = ("s3:GetObject", "ecr:GetDownloadUrlForLayer", "ssm:GetParameters")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each Deny that such a request meets whatever else it has, by the engine."""
    for part in draft.statements():
        found = [line for line in lines_of(part) if line.key in _OWNER and line.answer(_AWS)]
        if not part.denies or not found or met(part, _AWS) is not True:
            continue
        hit = [action for action in _FETCHED if names(part, action)]
        if hit and any(text.value == "*" for text in part.texts("Resource")):
            line = found[0]
            yield Seen(
                line.subject,
                f"{line.name} of {part.label} also denies {quoted(hit)} of what AWS owns",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, Establish permissions guardrails using data perimeters",
    confidence=Confidence.LIKELY,
    audience=Audience.REVIEWER,
    kinds=frozenset({*LIKE_IDENTITY, PolicyKind.SCP, PolicyKind.VPC_ENDPOINT}),
)
