"""
A variable names no condition key: it looks like a placeholder that nobody filled in.

Condition keys have a colon, as in `aws:username`. What is left of a template, such as `${AccountId}` or
`${AWS::Region}`, is a variable of IAM too, and one that never has a value: the statement never matches.

Avoid:

    {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:orders"}

Prefer:

    {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333:orders"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._variables import places, variables
from iamsim.lints._versions import is_old
from iamsim.model.finding import Severity

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*|AWS::\w+", re.ASCII)


def check(draft: Draft) -> Iterator[Seen]:
    """One for each text."""
    for part, text in places(draft) if not is_old(draft) else ():
        for inside in variables(text.value):
            key = (inside or "").partition(",")[0]
            if _PLAIN.fullmatch(key):
                yield Seen(
                    f"{part.subject} {text.value} {key}",
                    f"`${{{clipped(key)}}}` names no condition key: a placeholder was left in",
                    text.at,
                )
                break


LINT = Lint(check, Family.INEFFECTIVE, Severity.HIGH, "IAM User Guide, IAM policy elements: Variables and tags")
