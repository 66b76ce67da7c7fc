"""
It may act on any resource, where it could name those that it is about.

What can be limited to a bucket or a table is allowed on all of them. Much of this is meant: it is for a review to say.
Actions that cannot be limited to a resource are left out.

Avoid:

    {"Effect": "Allow", "Action": ["dynamodb:PutItem", "dynamodb:DeleteItem"], "Resource": "*"}

Prefer:

    {
      "Effect": "Allow",
      "Action": ["dynamodb:PutItem", "dynamodb:DeleteItem"],
      "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
    }
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from iamsim.catalog import actions
from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._powers import Answer, Powers, powers
from iamsim.lints._saying import places
from iamsim.lints._strength import administrator
from iamsim.lints._summaries import compressed, named, whole_service
from iamsim.model.finding import Audience, Severity

_READS = ("Read", "List")
_TRIED, _MOST, _ENOUGH, _PLACES = 3, 150, 7, 3


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder: of what changes something, else one of reads for those who like it tidy."""
    asked = powers(holder)
    values = list(dict.fromkeys(v for _, v in named(asked) if v.strip("*:") and whole_service(v) is None))[:_MOST]
    for reading in (False, True):
        found = _found(asked, values, reading=reading)
        if found and not administrator(asked):
            yield Seen(
                "any resource",
                f"{holder.label} may {'read' if reading else 'change'} any resource by {compressed(found)}"
                + (", and perhaps more" if len(found) == _ENOUGH else ""),
                places=places(*(v for answer in list(found.values())[:_PLACES] for v in answer.allowing)),
                severity=Severity.LOW if reading else Severity.MEDIUM,
                audience=Audience.STYLE if reading else Audience.REVIEWER,
            )
        if found:
            return


def _found(asked: Powers, values: list[str], *, reading: bool) -> dict[str, Answer]:
    """The values that allow something on any resource, and one answer for each, up to enough of them."""
    found: dict[str, Answer] = {}
    for value in values:
        answer = next((a for name in _of(value, reading=reading) if (a := asked.anywhere(name)) is not None), None)
        if answer is not None:
            found[value] = answer
            if len(found) == _ENOUGH:
                break
    return found


@lru_cache(maxsize=4096)
def _of(value: str, *, reading: bool) -> tuple[str, ...]:
    """A few of the actions that the value names and that can be limited to resources."""
    known = (actions.action(name) for name in actions.expand(value))
    found = (str(k) for k in known if k is not None and k.resource_types and (k.access_level in _READS) is reading)
    return tuple(name for name, _ in zip(found, range(_TRIED), strict=False))


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM JSON policy elements: Resource",
    audience=Audience.REVIEWER,
    scope=Scope.PRINCIPAL,
)
