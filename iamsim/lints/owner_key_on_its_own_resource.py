"""
The policy of a resource asks who owns the resource.

`aws:ResourceAccount` and its like hold the owner of what is asked for. In the policy of one resource that is the same
for every request: the condition always holds, or never. It belongs into policies of callers.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::documents/*",
      "Condition": {"StringEquals": {"aws:ResourceAccount": "111122223333"}}
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::documents/*"
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
)
from iamsim.model.finding import Severity

_OWNER = frozenset({"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"})


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line on the owner; compared with something of the caller's it says something."""
    for line in lines(draft):
        if line.key in _OWNER and not any("${" in value for value in line.values):
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} is the same for every request: the policy is of one resource",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, IAM Access Analyzer policy check reference: Irrelevant condition key in policy",
    codes=("IRRELEVANT_CONDITION_KEY_IN_POLICY",),
    kinds=frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST}),
)
