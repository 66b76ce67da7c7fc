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
from iamsim.lints._trust import ASSUME, allowing, apart, role_arn, sure
from iamsim.model.finding import Audience, Severity

_KEYS = ("aws:principalorgid", "aws:principalorgpaths")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that lets in whoever is of the organization, and for no other reason."""
    role = role_arn(draft)
    if not role or draft.world is None:
        return
    for part, statement, element in allowing(draft):
        world = apart(draft.world, role, statement)
        values = [v for each in statement.conditions if each.key.lower() in _KEYS for v in each.values]
        if (
            not element.anyone
            or not values
            or sure(world.outside(stranger(), ASSUME, role, values=STRANGE, absent=STRANGE_ABSENT))
        ):
            continue
        for value in values:
            if sure(world.outside(stranger(), ASSUME, role, values=_of(value), absent=STRANGE_ABSENT)):
                told = f"any principal of `{value[:120]}` may assume the role"
                yield Seen(part.subject, told, (*part.at, "Condition"))
                break


def _of(value: str) -> dict[str, str | tuple[str, ...]]:
    """What somebody of the organization, or of the part of it, that a condition names brings."""
    id_, path = value.split("/", maxsplit=1)[0], value.replace("*", "x").replace("?", "x")
    paths = (path if "/" in value else f"{id_}/r-0000/",)
    return {**STRANGE, "aws:principalorgid": id_, "aws:principalorgpaths": paths}


LINT = Lint(
    check,
    Family.TRUST,
    Severity.MEDIUM,
    "IAM User Guide, AWS global condition context keys: aws:PrincipalOrgID",
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)
