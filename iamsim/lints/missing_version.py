"""
The policy does not say its version.

AWS reads it as one of 2008. In that version `${aws:username}` is plain text, and the statement matches nothing that
anybody meant. IAM refuses managed policies without Version.

Avoid:

    {"Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}

Prefer:

    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._versions import missing, newer, wants_newer
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for the policy, with the element where it changes nothing."""
    if missing(draft) and not wants_newer(draft):
        yield Seen("Version", "the policy has no Version and is read as one of 2008", fix=newer(draft))


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, IAM JSON policy elements: Version",
    codes=("MISSING_VERSION",),
)
