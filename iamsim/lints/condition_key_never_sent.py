"""
No action of the statement sends the condition key.

AWS lists which keys each action sends. One that none of them sends is in no such request, so that the condition comes
out the same for all: an Allow is dead or unrestricted, a Deny is dead or total.

Avoid:

    {
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::documents/*",
      "Condition": {"StringLike": {"s3:prefix": "home/*"}}
    }

Prefer:

    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::documents",
      "Condition": {"StringLike": {"s3:prefix": "home/*"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
    never_sent,
    sent_by,
)
from iamsim.lints._saying import quoted
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such key; NotAction always leaves some action that sends it."""
    for line in lines(draft):
        answers = sent_by(line)
        if answers and not any(answer is not False for answer in answers.values()):
            then, severity = never_sent(line)
            yield Seen(
                line.subject,
                f"{quoted(answers, 3)} of {line.part.label} never {'send' if len(answers) > 1 else 'sends'} `{clipped(line.test.key)}`{then}",
                line.test.at,
                severity=Severity.LOW if line.reading.null else severity,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "Service Authorization Reference, Actions, resources, and condition keys for AWS services",
    confidence=Confidence.LIKELY,
    codes=("UNSUPPORTED_ACTION_FOR_CONDITION_KEY",),
)
