"""
A statement of a trust or resource policy names nobody.

AWS refuses it: such a policy says in Principal whom it is about, and the element holds at least one name.

Avoid:

    {"Effect": "Allow", "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.drafts import WITH_PRINCIPAL, Draft, Part
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import PRINCIPALS, has
from iamsim.model.finding import Severity

_ABSENT, _LIST, _OBJECT = "MISSING_PRINCIPAL", "EMPTY_ARRAY_PRINCIPAL", "EMPTY_OBJECT_PRINCIPAL"


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement, or for each empty list of names."""
    for part in draft.statements():
        if part.value and not has(part.value, "Principal", "NotPrincipal"):
            yield Seen(part.subject, f"{part.label} has no Principal: AWS refuses the policy", part.at, code=_ABSENT)
        for element in ("Principal", "NotPrincipal"):
            yield from _empty(part, element)


def _empty(part: Part, element: str) -> Iterator[Seen]:
    value, place = part.value.get(element), (*part.at, element)
    if value in ({}, []):
        code = _OBJECT if value == {} else _LIST
        yield Seen(
            f"{part.subject} {element}",
            f"{part.label} has an empty {element}: AWS refuses the policy",
            place,
            code=code,
        )
    for kind in PRINCIPALS:
        if isinstance(value, Mapping) and value.get(kind) == []:
            yield Seen(
                f"{part.subject} {element} {kind}",
                f"{part.label} names no {kind} in {element}: AWS refuses the policy",
                (*place, kind),
                code=_LIST,
            )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, AWS JSON policy elements: Principal",
    codes=(_ABSENT, _LIST, _OBJECT),
    kinds=WITH_PRINCIPAL,
)
