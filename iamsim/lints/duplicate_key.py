"""
A JSON object holds a key twice.

AWS refuses the policy: no element may stand twice in one object. Most programs that read JSON keep the last one and
drop the first, so that a Deny, or a whole condition, goes missing before anybody sees it.

Avoid:

    {"Effect": "Deny", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for the first key that comes again: the text is not read behind it."""
    broken = draft.broken
    if broken is not None and "twice in one object" in broken.message:
        yield Seen("keys", f"{broken.message}: AWS refuses the policy", evidence=(broken.hint,) if broken.hint else ())


LINT = Lint(check, Family.REFUSED, Severity.HIGH, "IAM User Guide, Grammar of the IAM JSON policy language")
