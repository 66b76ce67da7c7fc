"""
An action is covered by another one of the same list.

`s3:GetObject` beside `s3:Get*`, or the same action twice in different case: the narrower one changes nothing, and
whoever takes it away later believes that something changed.

Avoid:

    {"Effect": "Allow", "Action": ["s3:Get*", "s3:GetObject"], "Resource": "arn:aws:s3:::documents/*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped, written
from iamsim.lints import Family, Lint, Seen, _covers
from iamsim.model.finding import Audience, Severity, TextEdit


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value of Action or NotAction."""
    for part in draft.statements():
        for name in ("Action", "NotAction"):
            for text, by in _covers.again(part.texts(name), _covers.action):
                yield Seen(
                    f"{part.subject} {text.value}",
                    f"`{clipped(text.value)}` in {part.label} is covered by `{clipped(by.value)}`",
                    text.at,
                    fix=(TextEdit(written(text.at), None),),
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.INFO,
    "IAM Access Analyzer policy check reference, Suggestion: Redundant action",
    audience=Audience.STYLE,
    codes=("REDUNDANT_ACTION",),
)
