"""
A trust policy asks those for MFA who cannot have it.

`aws:MultiFactorAuthPresent` is about the users who sign in. A role that assumes another one, a service and a federated
identity have never signed in with an MFA device of AWS's: the condition does not hold, and the statement lets nobody in.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"},
      "Action": "sts:AssumeRole",
      "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"},
      "Action": "sts:AssumeRole",
      "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines_of,
)
from iamsim.lints._saying import quoted
from iamsim.model.finding import Confidence, Severity

_KEYS = ("aws:multifactorauthpresent", "aws:multifactorauthage")
_ROLE = re.compile(r"arn:[^:]*:(iam:[^:]*:[^:]*:role|sts:[^:]*:[^:]*:assumed-role)/.+", re.DOTALL)
# Whether it is false or absent in a role's session, AWS's pages do not agree.
_OF_A_ROLE: tuple[Mapping[str, tuple[str, ...]], ...] = (
    {"aws:multifactorauthpresent": (), "aws:multifactorauthage": ()},
    {"aws:multifactorauthpresent": ("false",), "aws:multifactorauthage": ()},
)


def check(draft: Draft) -> Iterator[Seen]:
    """One for each Allow that names nobody who could have MFA, and holds for nobody without, by the engine."""
    for part in draft.statements():
        principals = part.principals()
        found = [
            line for line in lines_of(part) if line.key in _KEYS and not any(line.answer(each) for each in _OF_A_ROLE)
        ]
        if not part.allows or not found or not principals or "NotPrincipal" in part.value:
            continue
        if all(kind in ("Service", "Federated") or _ROLE.fullmatch(text.value) for kind, text in principals):
            line = found[0]
            yield Seen(
                line.subject,
                f"{line.name} of {part.label} is asked of {quoted(text.value for _, text in principals)}, which cannot have MFA: nobody gets in",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.HIGH,
    "IAM User Guide, AWS global condition context keys: aws:MultiFactorAuthPresent",
    confidence=Confidence.LIKELY,
    kinds=frozenset({PolicyKind.TRUST}),
)
