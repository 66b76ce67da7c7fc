"""
It may do everything.

There is nothing left to escalate to: whoever gets hold of such a principal has the account. Nobody needs everything
all the time, and no program does.

Avoid:

    {"Effect": "Allow", "Action": "*", "Resource": "*"}

Prefer:

    {
      "Effect": "Allow",
      "Action": ["s3:GetObject", "s3:PutObject"],
      "Resource": "arn:aws:s3:::documents/*"
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._powers import powers
from iamsim.lints._saying import places
from iamsim.lints._strength import OF_IAM, OF_SERVICES, administrator
from iamsim.lints._summaries import anywhere, compressed
from iamsim.model.finding import Severity


def check(holder: Holder) -> Iterator[Seen]:
    """One for an administrator, by samples of every kind; one by NotAction alone is another rule's."""
    asked = powers(holder)
    if not asked.names(OF_IAM[0]) or not administrator(asked):
        return
    found = anywhere(asked, (*OF_IAM, *OF_SERVICES))
    by = dict.fromkeys(v for answer in found.values() for v in answer.allowing)
    if all(v.statement.action.negated for v in by):
        return
    kept = [name for name in OF_SERVICES if name not in found]
    yield Seen(
        "everything",
        f"{holder.label} may do everything" + (f" but for guards, such as those on {compressed(kept)}" if kept else ""),
        places=places(*by),
    )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.HIGH,
    "IAM User Guide, Security best practices in IAM: apply least-privilege permissions",
    scope=Scope.PRINCIPAL,
)
