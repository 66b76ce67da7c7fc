"""
It may do something of which every call asks for another permission, which it has nowhere.

lambda:CreateFunction hands a role to the function, and so needs iam:PassRole; s3:GetObjectAttributes needs
s3:GetObject. With the one and without the other, the call is denied. A policy that stands alone may have its other half
in another one.

Avoid:

    {"Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": "*"}

Prefer:

    [
      {"Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": "*"},
      {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": "arn:aws:iam::111122223333:role/report-function",
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
      }
    ]
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen, _needed
from iamsim.lints._saying import allowing, quoted
from iamsim.model.finding import Audience, Confidence, Severity


def check(holder: Holder) -> Iterator[Seen]:
    """One for each action that is allowed by its name, by the engine."""
    needs = _needed.always()
    for name in _needed.may(holder, needs, by_name=True):
        missing = [each for each in needs[name] if _needed.somewhere(holder, each) is None]
        asked = _needed.somewhere(holder, name)
        if missing and asked is not None:
            yield Seen(
                name,
                f"{holder.label} may call {name}, which needs {quoted(missing)} as well",
                places=allowing(asked),
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "Service Authorization Reference, dependent actions; the services' own documentation of each operation",
    confidence=Confidence.LIKELY,
    audience=Audience.REVIEWER,
    scope=Scope.PRINCIPAL,
)
