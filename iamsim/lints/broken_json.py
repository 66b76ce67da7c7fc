"""
The policy is not JSON.

AWS refuses it. Policies are strict JSON: no comments, no comma at the end, one object and nothing behind it.

Avoid:

    {"Version": "2012-10-17", "Statement": [],}

Prefer:

    {"Version": "2012-10-17", "Statement": []}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for the first mistake; what stands behind it cannot be told."""
    broken = draft.broken
    if broken is not None and "twice in one object" not in broken.message:
        yield Seen("text", f"the policy {broken.message}", evidence=(broken.hint,) if broken.hint else ())


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, Grammar of the IAM JSON policy language",
    codes=("JSON_SYNTAX_ERROR",),
)
