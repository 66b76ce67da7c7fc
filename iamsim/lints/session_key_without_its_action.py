"""
A trust policy asks for something that only another action can pass.

Tags are passed with `sts:TagSession`, a source identity with `sts:SetSourceIdentity`, both beside the call that assumes
the role. A caller who passes them is denied unless the trust policy allows that action too; one who does not lacks the
key that the condition asks for. Nobody gets in.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:role/broker"},
      "Action": "sts:AssumeRole",
      "Condition": {"StringLike": {"aws:RequestTag/tenant": "*"}}
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:role/broker"},
      "Action": ["sts:AssumeRole", "sts:TagSession"],
      "Condition": {"StringLike": {"aws:RequestTag/tenant": "*"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    demands,
    lines,
    names,
)
from iamsim.model.finding import Severity

_PASSED_BY = {
    "aws:requesttag/": "sts:TagSession",
    "aws:tagkeys": "sts:TagSession",
    "sts:transitivetagkeys": "sts:TagSession",
    "sts:sourceidentity": "sts:SetSourceIdentity",
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line of an Allow that asks for such a key; any Allow of the policy may name the action."""
    parts = [part for part in draft.statements() if part.allows]
    allowed = {action for action in _PASSED_BY.values() if any(names(part, action) for part in parts)}
    for line in lines(draft):
        needed = _PASSED_BY.get(line.key.partition("/")[0] + "/" if "/" in line.key else line.key)
        if needed is None or not line.part.allows or not demands(line):
            continue
        if needed not in allowed:
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} asks for what only {needed} passes, and the policy does not allow that: nobody gets in",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.HIGH,
    "IAM User Guide, Pass session tags in AWS STS; Monitor and control actions taken with assumed roles",
    codes=("MISSING_ACTION_FOR_CONDITION_KEY",),
    kinds=frozenset({PolicyKind.TRUST}),
)
