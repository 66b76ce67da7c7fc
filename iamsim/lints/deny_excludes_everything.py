"""
A Deny leaves everything out, and so denies nothing.

What NotAction and NotResource name is what the statement does not touch. With `*` there it touches nothing; a guard
that was meant to hold everything back holds nothing.

Avoid:

    {"Effect": "Deny", "NotAction": "*", "Resource": "*"}

Prefer:

    {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity

_EVERYTHING = {"NotAction": re.compile(r"\*+(?::\*+)?"), "NotResource": re.compile(r"\*+")}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value that covers everything."""
    for part in draft.statements() if draft.policy is not None else ():
        if not part.denies:
            continue
        for element, pattern in _EVERYTHING.items():
            whole = next((text for text in part.texts(element) if pattern.fullmatch(text.value)), None)
            if whole is not None:
                yield Seen(
                    f"{part.subject} {element}",
                    f"{part.label} denies nothing: its {element} leaves everything out",
                    whole.at,
                )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: NotAction",
)
