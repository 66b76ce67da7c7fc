"""
Some actions of the statement never send the condition key.

For them the condition comes out as if the key were absent: an Allow never allows them, or does so without restriction; a
Deny never denies them, or always does. Give them a statement of their own.

Avoid:

    {
      "Effect": "Allow",
      "Action": ["s3:ListBucket", "s3:GetObject"],
      "Resource": "*",
      "Condition": {"StringLike": {"s3:prefix": "home/*"}}
    }

Prefer:

    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "*",
      "Condition": {"StringLike": {"s3:prefix": "home/*"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    is_tag_key,
    lines,
    of_those,
    sent_by,
)
from iamsim.lints._saying import quoted
from iamsim.model.finding import Audience, Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line, naming the actions; IfExists says that the key may lack, and tags are another lint's."""
    for line in lines(draft):
        if is_tag_key(line.key) or line.reading.if_exists or line.reading.null:
            continue
        answers = sent_by(line)
        without = [pattern for pattern, answer in answers.items() if answer is False]
        if without and len(without) < len(answers):
            yield Seen(
                line.subject,
                f"{quoted(without)} of {line.part.label} never {'send' if len(without) > 1 else 'sends'} `{clipped(line.test.key)}`{of_those(line)}",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "Service Authorization Reference, Actions, resources, and condition keys for AWS services",
    confidence=Confidence.LIKELY,
    audience=Audience.REVIEWER,
)
