"""
It can make something that runs with a stronger role do what it likes.

To change the code of a function, or to get a shell on an instance, is to have its role; iam:PassRole is not asked for
again. A policy that stands alone is found where it may do so to any of them; where it names them, a review has to say
whether their roles are stronger. With loaded roles there has to be one that trusts the service and is stronger.

Avoid:

    {"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": "*"}

Prefer:

    {
      "Effect": "Allow",
      "Action": "lambda:UpdateFunctionCode",
      "Resource": "arn:aws:lambda:us-east-1:111122223333:function:report"
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._escalating import seen
from iamsim.model.finding import Severity


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder, with every way that the engine finds open."""
    yield from seen(holder, "existing", "can run what it likes with a role of something that exists", Severity.MEDIUM)


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "https://pathfinding.cloud, existing PassRole paths",
    scope=Scope.PRINCIPAL,
)
