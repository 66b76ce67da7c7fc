"""
Attributes of DynamoDB items are limited, and not what a query selects.

`dynamodb:Attributes` judges the attributes that a request names. A query that names none returns them all, unless
`dynamodb:Select` asks for `SPECIFIC_ATTRIBUTES`.

Avoid:

    {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["id", "name"]}}

Prefer:

    {
      "ForAllValues:StringEquals": {"dynamodb:Attributes": ["id", "name"]},
      "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
    sent_by,
)
from iamsim.lints._saying import quoted
from iamsim.model.finding import Severity

_SELECT = "dynamodb:select"


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line of an Allow about an action that selects."""
    for line in lines(draft):
        part = line.part
        if line.key != "dynamodb:attributes" or not part.allows or _SELECT in line.block.keys:
            continue
        selecting = [pattern for pattern, answer in sent_by(line, _SELECT).items() if answer is not False]
        if selecting:
            yield Seen(
                line.subject,
                f"{line.name} of {part.label} does not keep {quoted(selecting)} from selecting every attribute: ask for `dynamodb:Select` too",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "Amazon DynamoDB Developer Guide, Using IAM policy conditions for fine-grained access control",
    codes=("DYNAMODB_ATTRIBUTES_WITHOUT_SELECT",),
)
