"""
The id of a VPC or of its endpoint is not one.

A VPC's id is `vpc-` and 8 or 17 hexadecimal digits, an endpoint's `vpce-` and the same. Any other value matches no
request; most often one stands where the other belongs.

Avoid:

    {"StringNotEquals": {"aws:SourceVpce": "vpc-0123456789abcdef0"}}

Prefer:

    {"StringNotEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    family,
    is_wild,
    lets_by,
    lines,
    reads_wildcards,
)
from iamsim.model.finding import Severity

_CODES = {"vpc": "INVALID_VPC_FORMAT", "vpce": "INVALID_VPCE_FORMAT"}
_KEYS = {"aws:sourcevpc": "vpc", "aws:ec2instancesourcevpc": "vpc", "aws:sourcevpce": "vpce"}
_FORMS = {head: re.compile(rf"{head}-([0-9a-f]{{8}}|[0-9a-f]{{17}})") for head in _CODES}
_PATTERNS = {head: re.compile(rf"\*.*|{head[:3]}[*?].*|{head}[*?-][0-9a-f*?]*", re.DOTALL) for head in _CODES}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value; patterns need only be able to match."""
    for line in lines(draft):
        operator = line.operator
        if line.key not in _KEYS or operator is None or family(operator) != "string":
            continue
        head = _KEYS[line.key]
        for text in line.test.values:
            if "${" in text.value or (is_wild(text.value) and not reads_wildcards(operator)):
                continue
            if not (_PATTERNS if is_wild(text.value) else _FORMS)[head].fullmatch(text.value):
                yield Seen(
                    f"{line.subject} {text.value}",
                    f"`{clipped(text.value)}` in {line.part.label} is no id that {line.name} can match: {head}- and 8 or 17 hexadecimal digits",
                    text.at,
                    code=_CODES[head],
                    severity=Severity.HIGH if lets_by(line) else None,
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, AWS global condition context keys: aws:SourceVpc, aws:SourceVpce",
    codes=tuple(_CODES.values()),
)
