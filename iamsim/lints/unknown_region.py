"""
A condition asks for a Region that AWS does not have.

`aws:RequestedRegion` holds a Region's code, such as `eu-west-1`; of global services `us-east-1`. No request is sent to
any other, so that the value matches nothing.

Avoid:

    {"StringEquals": {"aws:RequestedRegion": "eu-west1"}}

Prefer:

    {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    family,
    hints,
    is_wild,
    lets_by,
    lines,
    reads_wildcards,
)
from iamsim.lints._regions import REGIONS
from iamsim.model.finding import Confidence, Severity

_KEYS = frozenset({"aws:requestedregion", "ec2:region"})
_SHAPE = re.compile(r"[a-z]{2,4}(-[a-z]+){1,2}-[1-9]")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value; a pattern is wrong where it matches no Region."""
    did_you_mean = hints()
    for line in lines(draft):
        operator = line.operator
        if line.key not in _KEYS or operator is None or family(operator) != "string":
            continue
        for text in line.test.values:
            if "${" in text.value or (is_wild(text.value) and not reads_wildcards(operator)):
                continue
            if text.value not in REGIONS and not any(map(operator.prepare(text.value), REGIONS)):
                yield Seen(
                    f"{line.subject} {text.value}",
                    f"there is no Region `{clipped(text.value)}` ({line.part.label})",
                    text.at,
                    evidence=did_you_mean(text.value, sorted(REGIONS)),
                    severity=Severity.HIGH if lets_by(line) and len(line.values) == 1 else None,
                    confidence=Confidence.LIKELY if _SHAPE.fullmatch(text.value) else None,
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "AWS General Reference, AWS Regions; IAM User Guide, AWS global condition context keys: aws:RequestedRegion",
    codes=("INVALID_REGION",),
)
