"""
ArnEquals has a wildcard in its value.

`ArnEquals` and `ArnLike` are the same to AWS: both read wildcards. Like says so to people.

Avoid:

    {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}

Prefer:

    {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    family,
    is_wild,
    lines,
)
from iamsim.model.finding import Audience, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line; whether a name says Like is asked of the name, since the engine reads both alike."""
    for line in lines(draft):
        operator = line.operator
        if operator is None or family(operator) != "arn" or not operator.name.endswith("Equals"):
            continue
        wild = [text for text in line.test.values if is_wild(text.value)]
        if wild:
            like = line.test.operator.replace("Equals", "Like")
            yield Seen(line.subject, f"{line.name} of {line.part.label} reads wildcards: `{like}` says so", wild[0].at)


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.INFO,
    "IAM User Guide, IAM JSON policy elements: Condition operators, ARN condition operators",
    audience=Audience.STYLE,
)
