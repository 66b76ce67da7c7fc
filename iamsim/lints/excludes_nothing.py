"""
What NotResource leaves out, the actions are never about.

NotResource with the ARN of a bucket leaves no object out: a statement about s3:PutObject then speaks of every object
there is. A Deny hits those that it was to spare, and an Allow gives what it was to keep back.

Avoid:

    {"Effect": "Deny", "Action": "s3:PutObject", "NotResource": "arn:aws:s3:::documents"}

Prefer:

    {"Effect": "Deny", "Action": "s3:PutObject", "NotResource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen, _fitting
from iamsim.lints._saying import quoted
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement whose NotResource has no resource of any of its actions."""
    for part in draft.statements():
        patterns = _fitting.resources(part, "NotResource")
        texts = _fitting.named(part) if patterns else ()
        # What knows no resource is asked on `*`, and nothing can be left out of that.
        names = [each for _, names in texts for each in names if each.resource_types]
        if not names or any(_fitting.fits(each, patterns) for each in names):
            continue
        does = "denies" if part.denies else "allows"
        actions = quoted(clipped(text.value) for text, _ in texts)
        yield Seen(
            part.subject,
            f"NotResource of {part.label} leaves nothing out: it {does} {actions} on every resource there is",
            (*part.at, "NotResource"),
            (f"{actions}: about {_fitting.forms(names)}",),
            confidence=Confidence.CERTAIN if {each.service for each in names} == {"s3"} else Confidence.LIKELY,
        )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: NotResource",
    confidence=Confidence.LIKELY,
)
