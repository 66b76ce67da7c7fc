"""
A policy variable stands where AWS knows none.

Variables are for resources and for the values of conditions. In Action and in Principal the text is taken as it stands:
the action does not exist, and the principal is refused.

Avoid:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::${aws:PrincipalAccount}:root"}, "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each text."""
    for part in draft.statements():
        for text in (*part.actions(), *(each for _, each in part.principals())):
            if "${" in text.value:
                yield Seen(
                    f"{part.subject} {text.value}",
                    f"`{clipped(text.value)}` holds a variable, where AWS knows none",
                    text.at,
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.HIGH,
    "IAM User Guide, IAM policy elements: Variables and tags",
    codes=("VARIABLE_UNSUPPORTED_IN_ELEMENT",),
)
