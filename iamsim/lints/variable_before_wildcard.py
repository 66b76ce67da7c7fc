"""
A wildcard follows a policy variable at once.

`home/${aws:username}*` is alice's home, and alice2's as well. Put in between what ends the name.

Avoid:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/home/${aws:username}*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/home/${aws:username}/*"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines_of,
    narrows,
    reads_wildcards,
)
from iamsim.model.finding import Confidence, Severity

_THEN = re.compile(r"\$\{([^{}]*)\}[*?]")
# Ids of one length: none begins with another.
_FIXED = frozenset(
    {
        "aws:principalaccount", "aws:resourceaccount", "aws:sourceaccount", "aws:vpceaccount", "*", "?", "$",
        "cognito-identity.amazonaws.com:sub",
    }
)  # fmt: skip


def check(draft: Draft) -> Iterator[Seen]:
    """One for each Resource of an Allow, and each value of a condition that keeps others out."""
    if not isinstance(draft.value, Mapping) or draft.value.get("Version") != "2012-10-17":
        return
    for part in draft.statements():
        found = list(part.texts("Resource")) if part.allows else []
        for line in lines_of(part):
            if (
                line.operator is not None
                and line.operator.variables
                and reads_wildcards(line.operator)
                and narrows(line)
            ):
                found += line.test.values
        for text in found:
            variable = next((each[1] for each in _THEN.finditer(text.value) if each[1].lower() not in _FIXED), None)
            if variable is not None:
                yield Seen(
                    f"{part.subject} {text.value}",
                    f"`{clipped(text.value)}` in {part.label}: what begins with the value of `{clipped(variable)}` matches too",
                    text.at,
                )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM policy elements: Variables and tags",
    confidence=Confidence.LIKELY,
)
