"""
Some actions of the statement know no tags.

A condition on a tag is about requests and resources that have tags. An action that takes none never sends the key: an
Allow does not allow it however the resource is tagged, a Deny does not keep it away. `NotAction` always leaves such
actions. Name those that know tags, and give the others a statement of their own.

Avoid:

    {
      "Effect": "Deny",
      "Action": ["ec2:TerminateInstances", "s3:ListAllMyBuckets"],
      "Resource": "*",
      "Condition": {"StringEquals": {"aws:ResourceTag/protected": "true"}}
    }

Prefer:

    {
      "Effect": "Deny",
      "Action": "ec2:TerminateInstances",
      "Resource": "*",
      "Condition": {"StringEquals": {"aws:ResourceTag/protected": "true"}}
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

_CODES = {
    ("Allow", False): "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    ("Allow", True): "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    ("Deny", False): "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    ("Deny", True): "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
}
"""AWS's codes by the effect, and whether the statement has NotAction."""


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line; IfExists says that the key may lack."""
    for line in lines(draft):
        part = line.part
        if not is_tag_key(line.key) or line.reading.if_exists or line.reading.null or not (part.allows or part.denies):
            continue
        rest = "NotAction" in part.value
        answers = sent_by(line)
        without = [pattern for pattern, answer in answers.items() if answer is False]
        if rest or (without and len(without) < len(answers)):
            who = "some of what NotAction leaves in" if rest else f"{quoted(without)} of"
            verb = "know" if rest or len(without) > 1 else "knows"
            yield Seen(
                line.subject,
                f"{who} {part.label} {verb} no `{clipped(line.test.key)}`{of_those(line)}",
                line.test.at,
                code=_CODES["Allow" if part.allows else "Deny", rest],
                severity=Severity.MEDIUM if (line.without_key is True) is part.allows else None,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, IAM Access Analyzer policy check reference: unsupported tag condition key for service",
    confidence=Confidence.LIKELY,
    audience=Audience.REVIEWER,
    codes=tuple(_CODES.values()),
)
