"""
Bool is given several values.

A key of this type is true or false. One value asks which; both hold whenever the key is in the request, which Null
says plainly.

Avoid:

    {"Bool": {"aws:SecureTransport": ["true", "false"]}}

Prefer:

    {"Bool": {"aws:SecureTransport": "true"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    family,
    lines,
)
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each key with more than one value."""
    for line in lines(draft):
        if line.operator is not None and family(line.operator) == "boolean" and len(line.values) > 1:
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} has {len(line.values)} values: one is enough",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM Access Analyzer policy check reference: Invalid condition multiple Boolean",
    codes=("INVALID_CONDITION_MULTIPLE_BOOLEAN",),
)
