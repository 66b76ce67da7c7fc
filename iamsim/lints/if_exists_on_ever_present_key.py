"""
IfExists is asked of a key that every request has.

It says nothing there, and makes readers look for the request that lacks the key.

Avoid:

    {"BoolIfExists": {"aws:SecureTransport": "false"}}

Prefer:

    {"Bool": {"aws:SecureTransport": "false"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog.condition_keys import Presence
from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
    present,
)
from iamsim.model.finding import Audience, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such key."""
    for line in lines(draft):
        if line.reading.if_exists and line.operator is not None and present(line.key) is Presence.ALWAYS:
            yield Seen(
                line.subject,
                f"every request has `{line.test.key}`: IfExists of {line.part.label} says nothing",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.INFO,
    "IAM User Guide, AWS global condition context keys",
    audience=Audience.STYLE,
)
