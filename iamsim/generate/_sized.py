"""Statements as the policies that AWS takes: one where it fits, else several managed ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iamsim import documents, quotas
from iamsim.errors import InputError
from iamsim.generate._asked import Made, Side
from iamsim.generate._world import policy
from iamsim.model.arn import Arn
from iamsim.model.policy import Element, Policy, Statement
from iamsim.model.remedy import Slot
from iamsim.remedies._edits import NEW_POLICY


def sized(side: Side, owner: str, statements: tuple[Statement, ...]) -> tuple[Made, ...]:
    """
    The policies with these statements for the role or user `owner`; none for no statements.

    Raises `InputError` for more than AWS lets anybody attach.
    """
    if not statements:
        return ()
    one = policy(NEW_POLICY, statements)
    if quotas.QUOTAS[Arn.parse(owner).kind].takes(documents.text(one)):
        return (Made(side, side, owner, Slot.INLINE, one),)
    parts = quotas.managed(piece for whole in statements for piece in _pieces(whole))
    if not all(map(quotas.fits_managed, parts)):
        raise InputError(
            f"one statement for {owner} is longer than a managed policy can be",
            hint="name the resource by a pattern: --any NAME=PATTERN",
        )
    if len(parts) > quotas.MOST_ATTACHED:
        raise InputError(
            f"the permissions of {owner} take {len(parts)} managed policies, and AWS attaches at most {quotas.MOST_ATTACHED}",
            hint="give fewer values, or patterns with --any NAME=PATTERN; or several roles with fewer tools each",
        )
    found = []
    for number, part in enumerate(parts, 1):
        arn = Arn.parse(owner)
        name = f"{NEW_POLICY}-{arn.name[:90]}-{number}"
        managed = replace(policy(name, part), arn=arn.managed_policy(name))
        found.append(Made(side, f"{side}-{number}", owner, Slot.MANAGED, managed))
    return tuple(found)


def fits_trust(trust: Policy) -> bool:
    """Whether AWS takes the trust policy without a raised quota."""
    return quotas.QUOTAS["trust"].takes(documents.text(trust))


# ---------------------------------------------------------------- helpers


def _pieces(whole: Statement) -> Iterator[Statement]:
    """A statement, or where it alone is too long several that allow the same together, each as long as may be."""
    values = _values(whole)
    if quotas.fits_managed([whole]) or len(values) == 1:
        yield whole
        return
    number = 0
    while values:
        number += 1
        name = f"{whole.sid or ''}Part{number}"
        fitting, too_many = 1, len(values) + 1
        while too_many - fitting > 1:
            middle = (fitting + too_many) // 2
            fits = quotas.fits_managed([_of(whole, values[:middle], name)])
            fitting, too_many = (middle, too_many) if fits else (fitting, middle)
        yield _of(whole, values[:fitting], name)
        values = values[fitting:]


def _values(whole: Statement) -> tuple[str, ...]:
    """What a statement can be cut along: its resources, else its actions."""
    resources = whole.resource.values if whole.resource is not None else ()
    return resources if len(resources) > 1 else whole.action.values


def _of(whole: Statement, values: tuple[str, ...], sid: str) -> Statement:
    if whole.resource is not None and len(whole.resource.values) > 1:
        return replace(whole, resource=Element(values), sid=sid)
    return replace(whole, action=Element(values), sid=sid)
