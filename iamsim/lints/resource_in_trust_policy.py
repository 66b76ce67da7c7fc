"""
A trust policy has Resource.

IAM refuses it ("Has prohibited field Resource"): the role that the policy hangs on is the resource.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"Service": "ecs-tasks.amazonaws.com"},
      "Action": "sts:AssumeRole",
      "Resource": "*"
    }

Prefer:

    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.jsontext import written
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity, TextEdit


def check(draft: Draft) -> Iterator[Seen]:
    """One for each element; `*` is taken away, since it says what AWS takes for granted."""
    for part in draft.statements():
        for element in ("Resource", "NotResource"):
            if element in part.value:
                place = (*part.at, element)
                plain = element == "Resource" and part.value[element] in ("*", ["*"])
                yield Seen(
                    f"{part.subject} {element}",
                    f"{part.label} has {element}, which a trust policy does not take: IAM refuses it",
                    place,
                    fix=(TextEdit(written(place), None),) if plain else (),
                )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM policy validation check reference",
    codes=("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE",),
    kinds=frozenset({PolicyKind.TRUST}),
)
