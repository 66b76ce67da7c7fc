"""
An action is not written as `service:Name`.

AWS refuses the policy: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc." There is exactly
one colon, and the service in front of it is plain: wildcards stand behind it, or the action is `*` and nothing else.

Avoid:

    {"Effect": "Allow", "Action": "GetObject", "Resource": "arn:aws:s3:::documents/*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import actions
from iamsim.model.finding import Severity

# A `*` for the service was seen to be taken; what it means there is another lint's.
_ACTION = re.compile(r"\*|(?:[A-Za-z0-9.-]+|\*):[^:]+", re.DOTALL)


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value."""
    for part in draft.statements():
        for text in actions(part):
            if not _ACTION.fullmatch(text.value):
                yield Seen(
                    f"{part.subject} {text.value}",
                    f"`{clipped(text.value)}` is no action {_why(text.value)}: AWS refuses the policy",
                    text.at,
                )


def _why(value: str) -> str:
    if ":" not in value:
        return "without its service"
    return "with more than one colon" if value.count(":") > 1 else "with such a service or name"


LINT = Lint(check, Family.REFUSED, Severity.HIGH, "IAM User Guide, IAM JSON policy elements: Action")
