"""
A written value is not what its operator compares.

Numbers are written in digits, truth values as true or false, addresses as CIDR ranges, bytes in base64. Anything else is
compared with nothing: the condition does not match.

Avoid:

    {"IpAddress": {"aws:SourceIp": "203.0.113.0/255.255.255.0"}}

Prefer:

    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    family,
    lets_by,
    lines,
)
from iamsim.model.finding import Severity

_KINDS = {
    "boolean": ("TYPE_MISMATCH_BOOLEAN", "true or false", "true"),
    "numeric": ("TYPE_MISMATCH_NUMBER", "a number", "0"),
    "ip": ("TYPE_MISMATCH_IP_RANGE", "a CIDR range", "203.0.113.1"),
    "binary": ("TYPE_MISMATCH_STRING", "base64", ""),
}
"""AWS's code by family, what is wanted, and a value to try one written with: the operator leaves open what it cannot read."""


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value; variables are another lint's."""
    for line in lines(draft):
        reads = "boolean" if line.reading.null else family(line.operator) if line.operator is not None else ""
        if reads not in _KINDS:
            continue
        code, wanted, probe = _KINDS[reads]
        for text in line.test.values:
            if "${" in text.value:
                continue
            if line.operator is None:
                readable = text.value.lower() in ("true", "false")
            else:
                readable = line.operator.prepare(text.value)(probe) is not None
            if not readable:
                yield Seen(
                    f"{line.subject} {text.value}",
                    f"`{clipped(text.value)}` is not {wanted}, which {line.name} of {line.part.label} compares",
                    text.at,
                    code=code,
                    severity=Severity.HIGH if lets_by(line) else None,
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM JSON policy elements: Condition operators",
    codes=tuple(code for code, _, _ in _KINDS.values()),
)
