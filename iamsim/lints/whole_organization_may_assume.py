"""
Any principal of an organization may assume the role.

The condition on the organization keeps everybody else out, and lets in every role and user of every account in it
that its own policies allow to assume the role: accounts for trials too, and those that join later.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "*"},
      "Action": "sts:AssumeRole",
      "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}}
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "*"},
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"},
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.drafts.world import STRANGE, STRANGE_ABSENT, stranger
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import ASSUME, part_of, role_arn, sure
from iamsim.model.finding import Audience, Severity

_KEYS = ("aws:principalorgid", "aws:principalorgpaths")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that lets in whoever is of the organization, and for no other reason."""
    role = role_arn(draft)
    if not role or draft.world is None or draft.policy is None:
        return
    tests = [
        (condition.key.lower(), value)
        for statement in draft.policy.statements
        for condition in statement.conditions
        if condition.key.lower() in _KEYS
        for value in condition.values
    ]
    strange = sure(draft.world.outside(stranger(), ASSUME, role, values=STRANGE, absent=STRANGE_ABSENT))
    seen = {part.index for verdict in strange if (part := part_of(draft, verdict)) is not None}
    for key, value in tests:
        id_ = value.split("/")[0]
        path = value.replace("*", "x").replace("?", "x")
        values: dict[str, str | tuple[str, ...]] = {
            **STRANGE,
            "aws:principalorgid": id_,
            "aws:principalorgpaths": (path if "/" in value else f"{id_}/r-0000/",),
        }
        asked = draft.world.outside(stranger(), ASSUME, role, values=values, absent=STRANGE_ABSENT)
        for verdict in sure(asked):
            part = part_of(draft, verdict)
            if part is not None and part.index not in seen:
                seen.add(part.index)
                told = f"any principal of `{value}` may assume the role"
                yield Seen(part.subject, told, (*part.at, "Condition") if key else part.at)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.MEDIUM,
    "IAM User Guide, AWS global condition context keys: aws:PrincipalOrgID",
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)
