"""
The last field of an ARN has none of the forms that the resources of the service have.

IAM stores the policy, and no resource has such an ARN; of its own ARNs it refuses those of no kind that it knows. The
word for the kind is missing or misspelt, or a colon stands for a slash.

Avoid:

    {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:orders"}

Prefer:

    {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._arns import fault, likeliest, whole
from iamsim.lints._grammar import MOST_GUESSES
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each ARN, with the form that comes nearest."""
    guesses = 0
    for part, text, arn in whole(draft):
        if fault(arn) == "resource":
            guesses += 1
            form = likeliest(arn) if guesses <= MOST_GUESSES else None
            yield Seen(
                f"{part.subject} {text.value}",
                f"`{clipped(text.value)}` has the form of no resource that AWS lists for `{arn.service}`",
                text.at,
                (f"`{form}` is one",) if form else (),
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM policy validation check reference",
    confidence=Confidence.LIKELY,
    codes=("INVALID_ARN_RESOURCE",),
)
