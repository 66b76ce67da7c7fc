"""Two organizations compared: which needs change their verdict, and what every principal gains and loses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from iamsim import __version__
from iamsim.catalog import actions
from iamsim.diff import gate, needs, trusts
from iamsim.diff.domain import ASSUMING
from iamsim.diff.gains import Gains, gains
from iamsim.diff.model import SCHEMA, Difference
from iamsim.diff.people import Who, comparable, loaded
from iamsim.diff.places import UNNAMED
from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError
from iamsim.garbage import seldom_collected
from iamsim.model.account import Organization
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE
from iamsim.model.report import Input, Report

__all__ = ["Asked", "Difference", "Side", "diff"]


@dataclass(frozen=True, slots=True)
class Side:
    """
    One of the two: its policies, where they came from, and the report of the check on them.

    `report` is None where no server was named, or where `missing` says what the check would need and the side does not have.
    """

    organization: Organization
    inputs: tuple[Input, ...] = ()
    report: Report | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What is compared, and what is taken for granted on both sides.

    `stated` and `none_of` are as `Simulator` takes them. `only` are the principals to ask about (empty: all), `levels` the access levels of which a gain fails the comparison.
    """

    before: Side
    after: Side
    at: datetime
    region: str | None = None
    stated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    none_of: frozenset[PolicyType] = frozenset()
    only: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()


def diff(asked: Asked) -> Difference:
    """
    Everything that differs; the gate's verdict included.

    Raises `InputError` for a principal that neither side has, and for more than can be asked.
    """
    sides = [
        Simulator(side.organization, asked.at, asked.region, asked.stated, asked.none_of)
        for side in (asked.before, asked.after)
    ]
    before, after = sides
    accounts, lost, come = comparable(before.organization, after.organization)
    served = asked.before.report or asked.after.report
    with seldom_collected():
        everyone = tuple(loaded(before, after, accounts))
        _must_be_there(asked.only, everyone)
        resources = tuple(sorted({*_of_needs(asked.before.report), *_of_needs(asked.after.report)}))
        found = gains(before, after, everyone, accounts, needed=resources, only=asked.only)
        assumed = trusts.ranked(trusts.assumes(before, after, everyone, accounts))
    if asked.only:
        assumed = tuple(each for each in assumed if asked.only & {each.source, each.role})
    told = Difference(
        SCHEMA,
        __version__,
        asked.at,
        asked.before.inputs,
        asked.after.inputs,
        needs.changes(asked.before.report, asked.after.report, (asked.before.missing, asked.after.missing))
        if served is not None
        else None,
        found.changes,
        assumed,
        _domain(everyone, found, asked.only),
        tuple(_notes(asked, accounts)),
        tuple(
            f"account {account} is described {where} only: what its principals could do on the other side is not told"
            for some, where in ((lost, "before"), (come, "after"))
            for account in some
        ),
    )
    return replace(told, exit_code=gate.exit_code(told, asked.levels))


# ---------------------------------------------------------------- helpers


def _must_be_there(only: frozenset[str], everyone: tuple[Who, ...]) -> None:
    known = {who.id for who in everyone}
    for arn in sorted(only):
        if arn not in known:
            names = ", ".join(sorted(known)[:5]) or "none"
            raise InputError(f"`{arn[:200]}` is loaded on neither side", hint=f"loaded: {names}")


def _of_needs(report: Report | None) -> tuple[str, ...]:
    """The resources that the needs of tools were asked of, as far as they are told."""
    found = (probe.explanation.request.resource for probe in (report.probes if report is not None else ()))
    return tuple(each for each in found if each != "*" and HOLE not in each and ":role/" not in each)


def _domain(everyone: tuple[Who, ...], found: Gains, only: frozenset[str]) -> str:
    """What was asked, in words, so that nobody takes the answer for more."""
    changed = sum(who.changed for who in everyone if not only or who.id in only)
    count = len(only) or len(everyone)
    outside = ", ".join(who.words for who in found.outsiders)
    named = f", and whom changed policies of resources name besides ({outside})" if outside else ""
    return (
        f"{count} of the loaded roles and users, {changed} of them with policies, limits or tags of their own that differ{named}; "
        f"each of the {found.actions:,} actions that AWS lists as of {actions.date()} or a policy writes out, but for the "
        f"{len(ASSUMING)} that assume a role, which are asked by role; "
        f"on {len(found.resources)} of the resources in play: loaded ones, those that tools need, an example of each pattern in "
        f"the principal's own policies (what it leaves open is called `{UNNAMED}`), and `*` for all that nobody named; "
        f"by sessions and calls of which nothing else is told. {found.asked:,} requests were asked."
    )


def _notes(asked: Asked, accounts: tuple[str, ...]) -> list[str]:
    """What was taken for granted, and which policies an answer may need that nobody saw."""
    found = [f"calls go to {asked.region} (--region): what is so elsewhere is not asked"] if asked.region else []
    found += [f"{key} is {', '.join(values)} (stated)" for key, values in sorted(asked.stated.items())]
    found += [
        f"no {kind.value} policies are attached where none were seen (--assume-none)" for kind in sorted(asked.none_of)
    ]
    for name, side in (("before", asked.before), ("after", asked.after)):
        for account in accounts:
            unseen = _COUNTING - side.organization.accounts[account].seen - asked.none_of
            if unseen:
                kinds = ", ".join(sorted(kind.value for kind in unseen))
                found.append(
                    f"{name}, account {account}: not all {kinds} policies were seen, so that what is allowed is so as far as seen "
                    "(--assume-none states that there are none)"
                )
    return found


_COUNTING = frozenset({PolicyType.SCP, PolicyType.RCP, PolicyType.BOUNDARY, PolicyType.RESOURCE})
