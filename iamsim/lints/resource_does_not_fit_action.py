"""
No resource of a statement is one that the action is about.

s3:GetObject is about objects (`arn:aws:s3:::documents/*`), s3:ListBucket about the bucket (`arn:aws:s3:::documents`):
on the other's ARN, the action is never asked, and the statement does nothing for it. An action that knows no resource
is asked on `*` alone. What AWS lists in its Service Authorization Reference decides.

Avoid:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen, _fitting
from iamsim.lints._saying import quoted
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement, with the actions that are dead in it."""
    for part in draft.statements():
        patterns = _fitting.resources(part, "Resource")
        texts = _fitting.named(part) if patterns else ()
        dead = [(text, names) for text, names in texts if not any(_fitting.fits(each, patterns) for each in names)]
        if not dead:
            continue
        whole = len(dead) == len(texts)
        does = "denies" if part.denies else "allows"
        plain = [clipped(text.value) for text, _ in dead]
        verb = "is" if len(plain) == 1 else "are"
        message = (
            f"{part.label} {does} nothing: {quoted(plain)} {verb} not about {_these(len(patterns))}"
            if whole
            else f"{part.label} does nothing for {quoted(plain)}, which {verb} not about {_these(len(patterns))}"
        )
        only = {each.service for _, names in dead for each in names} == {"s3"}
        yield Seen(
            f"{part.subject} {' '.join(sorted(plain))}",
            message,
            (*part.at, "Resource") if whole else dead[0][0].at,
            tuple(f"`{clipped(text.value)}` is about {_fitting.forms(names)}" for text, names in dead[:5]),
            severity=(Severity.HIGH if part.denies else Severity.MEDIUM) if whole else Severity.LOW,
            confidence=Confidence.CERTAIN if only else Confidence.LIKELY,
        )


def _these(number: int) -> str:
    return "its resource" if number == 1 else "any of its resources"


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "Service Authorization Reference, Actions, resources, and condition keys for AWS services",
    confidence=Confidence.LIKELY,
)
