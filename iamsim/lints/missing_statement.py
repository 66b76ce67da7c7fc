"""
The policy has no statement.

AWS refuses it. Statement holds one object, or a list with at least one.

Avoid:

    {"Version": "2012-10-17", "Statement": []}

Prefer:

    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import has
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for the policy."""
    value = draft.value
    if not isinstance(value, Mapping):
        return
    if not has(value, "Statement"):
        yield Seen("Statement", "the policy has no Statement: AWS refuses it")
    elif value.get("Statement") in ([], {}):
        yield Seen("Statement", "Statement is empty: AWS refuses the policy", ("Statement",))


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Statement",
    codes=("MISSING_STATEMENT",),
)
