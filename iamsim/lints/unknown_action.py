"""
An action does not exist.

IAM stores the policy, and the statement does not do for this action what it says; Amazon S3, Amazon SQS and Amazon SNS
refuse such a policy of a resource. Often it is the name of an API operation, or of a CLI command: some operations are
authorized by an action of another name.

Avoid:

    {"Effect": "Allow", "Action": "s3:HeadObject", "Resource": "arn:aws:s3:::documents/*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog import actions as reference
from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._actions import authorizing, known_service, wild, written
from iamsim.lints._grammar import MOST_GUESSES, nearest
from iamsim.lints._saying import quoted
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each action of a known service; what authorizes the operation of that name, or what may be meant."""
    guesses = 0
    for part, text, service, name in written(draft):
        if wild(name) or not known_service(service) or reference.exists(text.value):
            continue
        instead = authorizing(service, name)
        if instead:
            message = f"`{clipped(text.value)}` is an API operation, not an action: {quoted(instead)} authorizes it"
            yield Seen(f"{part.subject} {text.value}", message, text.at, confidence=Confidence.CERTAIN)
            continue
        guesses += 1
        meant = nearest(name, reference.names(service)) if guesses <= MOST_GUESSES else None
        yield Seen(
            f"{part.subject} {text.value}",
            f"AWS lists no action `{clipped(text.value)}` (as of {reference.date()})",
            text.at,
            (f"`{service}:{meant}` may be meant",) if meant else (),
        )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM policy validation check reference",
    confidence=Confidence.LIKELY,
    codes=("INVALID_ACTION",),
)
