"""
A policy variable stands where AWS puts none in.

`${aws:username}` and its like are put in under string and ARN operators. Under numbers, dates, addresses, truth values
and Null the value stays text, and matches nothing.

Avoid:

    {"IpAddress": {"aws:SourceIp": "${aws:PrincipalTag/address}"}}

Prefer:

    {"StringEquals": {"aws:SourceIp": "${aws:PrincipalTag/address}"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
)
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such line."""
    for line in lines(draft):
        takes = line.operator.variables if line.operator is not None else not line.reading.null
        found = next((text for text in line.test.values if "${" in text.value), None)
        if not takes and found is not None:
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} takes no policy variable: `{clipped(found.value)}` stays text",
                found.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM policy elements: Variables and tags",
    codes=("INVALID_VARIABLE_FOR_OPERATOR",),
)
