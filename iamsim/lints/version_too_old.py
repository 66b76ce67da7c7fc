"""
A managed policy, an SCP or an RCP is not written in the version of the language that AWS wants there.

IAM answers that the document "must be version 2012-10-17 or greater"; AWS Organizations wants the same.

Avoid:

    {"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}

Prefer:

    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._versions import newer, wants_newer
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for the policy; a boundary is a managed policy too."""
    if wants_newer(draft):
        place = ("Version",) if "Version" in draft.value else ()
        yield Seen("Version", "AWS takes this policy in version 2012-10-17 only", place, fix=newer(draft))


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "AWS Organizations User Guide, SCP syntax; IAM User Guide, IAM JSON policy elements: Version",
    kinds=frozenset({PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SCP, PolicyKind.RCP}),
)
