"""What every principal gains and loses, by the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from iamsim.diff import places, plain
from iamsim.diff.comparing import Comparing, Found
from iamsim.diff.domain import LEVELS, Domain, Mask
from iamsim.diff.model import Cause, Presence, PrincipalChange, Resource, Row, Standing, Trend
from iamsim.diff.patterns import Levels
from iamsim.diff.people import Who, account_facts, outsiders
from iamsim.diff.standing import in_words, trend
from iamsim.engine.applicable import applicable
from iamsim.engine.grants import untold
from iamsim.engine.simulator import Simulator
from iamsim.model.account import Account, Organization, Role, User
from iamsim.model.arn import is_role
from iamsim.model.policy import Effect, Element, Policy, PolicyType
from iamsim.model.principal import HOLE
from iamsim.model.verdict import Decision, Explanation, StatementVerdict

_TRENDS = tuple(Trend)
_LEVELS = {level: rank for rank, level in enumerate(LEVELS)}
_CAUSES = 4
_GONE = "it is not there any more"
# Of its own, or of its account; what resources say is asked by resource.
_WITH_RESOURCES = (PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SCP)


@dataclass(slots=True)
class Gains:
    """What was found, and how much was asked for it."""

    changes: tuple[PrincipalChange, ...] = ()
    outsiders: tuple[Who, ...] = ()
    resources: set[str] = field(default_factory=set)
    asked: int = 0
    actions: int = 0


def gains(  # noqa: PLR0913 - the parts of a comparison
    before: Simulator,
    after: Simulator,
    everyone: tuple[Who, ...],
    accounts: tuple[str, ...],
    *,
    needed: Iterable[str] = (),
    only: frozenset[str] = frozenset(),
    alike: bool = True,
    services: frozenset[str] | None = None,
) -> Gains:
    """
    What every principal stands otherwise to: `everyone` who was loaded, and whom changed policies of resources name besides.

    `accounts` are those that both sides describe, `needed` ARNs to ask of whatever policies say, `only` the
    principals to ask about (empty: all), `services` those whose actions are asked about (None: all). Without `alike` nothing
    is taken to be the same on both sides: everybody is asked for every action, one by one.
    """
    domain = Domain(_written(before.organization, after.organization), services)
    comparing = Comparing(before, after, domain, alike=alike)
    region = before.region or "us-east-1"
    in_play = _distinct(
        [*_of(before, accounts), *_of(after, accounts), *(r for arn in needed for r in places.known(arn))]
    )
    carriers: dict[str, bool] = {}

    def is_turned(resource: Resource) -> bool:
        if resource.asked not in carriers:
            carriers[resource.asked] = not alike or _carrier(before, resource) != _carrier(after, resource)
        return carriers[resource.asked]

    turned = [each for each in in_play if is_turned(each)]
    known = frozenset(who.id for who in everyone)
    # What a grant allows that is not told may be anybody's, whom no policy of the key has to name.
    granted = any(_untold_grants(before, each) != _untold_grants(after, each) for each in turned)
    owned = [
        side.organization.owner(each.asked) for side in (before, after) for each in (in_play if granted else turned)
    ]
    others = outsiders([each[1].policy for each in owned if each is not None], known, accounts)
    told = Gains(outsiders=tuple(others), actions=domain.listed)
    changes = []
    levels = Levels(domain)
    for who in (*everyone, *others):
        if only and who.id not in only:
            continue
        if who.presence is Presence.GONE:
            changes.append(PrincipalChange(who.id, who.words, who.loaded, who.presence, ()))
            continue
        own = places.written(_elements((before, after), who), account=who.caller.account or "", region=region)
        if who.changed or not alike:
            asked = _distinct([places.ANYTHING, *in_play, *own])
        else:
            # What its own policies write may be part of a resource that is described otherwise, or a role that is.
            asked = _distinct([*turned, *filter(is_turned, own)])
        told.resources.update(each.name for each in asked)
        rows = _rows(comparing, levels, who, asked)
        if rows or who.presence is not Presence.BOTH:
            changes.append(PrincipalChange(who.id, who.words, who.loaded, who.presence, rows))
    told.changes = tuple(sorted(changes, key=lambda each: (not each.loaded, each.arn)))
    told.asked = comparing.asked
    return told


# ---------------------------------------------------------------- what is asked


def _written(*organizations: Organization) -> Iterator[str]:
    """Every action that a policy writes out."""
    for organization in organizations:
        for account in organization.accounts.values():
            for policy in _policies(account):
                for statement in policy.statements:
                    yield from (value for value in statement.action.values if "*" not in value and "?" not in value)


def _policies(account: Account) -> Iterator[Policy]:
    entities: list[Role | User] = [*account.roles.values(), *account.users.values()]
    for entity in entities:
        yield from entity.policies
        if entity.boundary is not None:
            yield entity.boundary
    for group in account.groups.values():
        yield from group.policies
    for resource in account.resources.values():
        if resource.policy is not None:
            yield resource.policy
    for level in (*account.scps, *account.rcps):
        yield from level


def _of(side: Simulator, accounts: tuple[str, ...]) -> Iterator[Resource]:
    organization = Organization({id_: side.organization.accounts[id_] for id_ in accounts})
    yield from places.loaded(organization)


def _untold_grants(side: Simulator, resource: Resource) -> frozenset[str]:
    """What anybody may be allowed by a grant of the key that is not told; nothing of what is no key."""
    found = side.organization.owner(resource.asked) if ":kms:" in resource.asked else None
    return untold(found[1]) if found is not None else frozenset()


def _carrier(side: Simulator, resource: Resource) -> object:
    """Everything that decides about a resource besides who asks."""
    found = side.organization.owner(resource.asked)
    if found is None:
        role = side.organization.role(resource.asked) if is_role(resource.asked) else None
        return role and (plain.of_policy(role.trust), plain.plain(role.tags))
    account, carrier = found
    behind = f"arn:aws:s3:::{carrier.bucket}" if carrier.bucket else None
    bucket = side.organization.owner(behind) if behind is not None else None
    return plain.plain(carrier), account.id, account_facts(account), bucket and plain.plain(bucket[1])


def _elements(sides: Iterable[Simulator], who: Who) -> Iterator[Element | None]:
    """The Resource elements of the policies that apply to a principal wherever it asks."""
    for side, there in zip(sides, who.present, strict=True):
        if not there:
            continue
        layers = applicable(side.organization, who.caller, "s3:listallmybuckets", "*").layers
        for each in plain.Reader().spoken(layers):
            if each.type in _WITH_RESOURCES:
                yield each.statement.resource


def _distinct(found: Iterable[Resource]) -> list[Resource]:
    """Each ARN once, under the plainest of its names; sorted, `*` first."""
    names: dict[str, str] = {}
    for each in found:
        old = names.get(each.asked)
        if old is None or (each.name != each.asked, each.name) < (old != each.asked, old):
            names[each.asked] = each.name
    return [
        Resource(name, asked)
        for asked, name in sorted(names.items(), key=lambda item: (item[0] != "*", item[1], item[0]))
    ]


# ---------------------------------------------------------------- what is told


def _rows(comparing: Comparing, levels: Levels, who: Who, asked: Iterable[Resource]) -> tuple[Row, ...]:
    rows: list[Row] = []
    for resource in asked:
        masks: dict[Row, Mask] = {}
        for found in comparing.differing(who.caller, resource.asked, who.present):
            told = _told(comparing, who, resource, found)
            masks[told] = masks.get(told, 0) | found.actions
        fitting = comparing.domain.fitting(resource.asked)
        for told, actions in masks.items():
            shown = Resource(resource.name, resource.asked.replace(HOLE, "*"))
            rows.append(replace(told, resource=shown, levels=levels.of(actions, fitting)))
    return tuple(sorted(rows, key=_order))


def _order(row: Row) -> tuple[object, ...]:
    worst = min((_LEVELS.get(level.name, len(_LEVELS)) for level in row.levels), default=len(_LEVELS))
    return _TRENDS.index(row.trend), worst, row.resource.name != "*", row.resource.name, row.resource.asked, row.actions


def _told(comparing: Comparing, who: Who, resource: Resource, found: Found) -> Row:
    """The row of what was found, without its actions."""
    explained = [
        side.explain(side.request(who.caller, found.one, resource.asked)) if there else None
        for side, there in zip(comparing.sides, who.present, strict=True)
    ]
    before, after = explained
    way = trend(found.before, found.after)
    open_ = found.after if found.after.standing in (Standing.UNKNOWN, Standing.SEEN) else found.before
    was, now = (
        in_words(each) if each is not None and each.decision is Decision.UNKNOWN else () for each in (before, after)
    )
    return Row(
        way,
        found.before.standing,
        found.after.standing,
        resource,
        (),
        open_.depends,
        open_.unseen,
        was,
        now,
        after.reason if after is not None else _GONE,
        _causes(way, before, after),
    )


def _causes(way: Trend, before: Explanation | None, after: Explanation | None) -> tuple[Cause, ...]:
    """The statements that made the difference: what came and what went, as far as it speaks for the way it went."""
    gained = way in (Trend.GAINS, Trend.MAY_GAIN)
    if way in (Trend.OTHER_TERMS, Trend.TOLD_LESS, Trend.TOLD_MORE):
        come, gone = None, None
    else:
        come, gone = (Effect.ALLOW, Effect.DENY) if gained else (Effect.DENY, Effect.ALLOW)
    found = [*_only(after, before, "after", come), *_only(before, after, "before", gone)]
    return tuple(found[:_CAUSES])


def _only(one: Explanation | None, other: Explanation | None, side: str, effect: Effect | None) -> Iterator[Cause]:
    """The statements that decide on one side, or may, and do not apply on the other."""
    if one is None or one.decision is Decision.IMPLICIT_DENY:
        return
    applying = {_key(v) for v in other.statements if v.matched} if other is not None else set()
    for verdict in one.decisive:
        counts = verdict.matched is not False and _key(verdict) not in applying
        if counts and (effect is None or verdict.statement.effect is effect):
            statement = verdict.statement
            yield Cause(side, statement.effect, verdict.type, verdict.policy, statement.label, str(statement.origin))


def _key(verdict: StatementVerdict) -> object:
    return verdict.type, plain.said(verdict.statement, variables=True)
