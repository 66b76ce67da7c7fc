"""One principal and one resource, asked on both sides: for every action, or for one of all that no policy tells apart."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from msgspec import structs

from iamsim import plugins
from iamsim.diff import plain
from iamsim.diff.domain import Domain, Mask, bits, mask, size
from iamsim.diff.plain import Spoken
from iamsim.diff.standing import Outcome, outcome
from iamsim.engine import services
from iamsim.engine.applicable import applicable, resolved
from iamsim.engine.services import RCP_SERVICES, s3, situation
from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError
from iamsim.model.policy import Layers, PolicyType
from iamsim.model.principal import Principal, PrincipalKind
from iamsim.model.request import Request

MOST = 1_000_000
"""Requests that one comparison asks at most."""

_MOST_PAIRS = 1_000_000
_MOST_READ = 100_000_000
"""Statements that are held against resources at most, each as often as it is."""

_LOADED = (PrincipalKind.ROLE_SESSION, PrincipalKind.USER)
# Services with a logic of their own that changes with the action in their situation alone.
_BY_SITUATION = frozenset({"s3", "iam", "es", "sqs"})
# The one action that a Resource other than `*` may match without a resource (ARN-008).
_OF_ALL = "s3:listallmybuckets"
_ALWAYS = ("aws:resourceaccount", "aws:resourceorgid")


class Found(NamedTuple):
    """Actions that came out the same, and how on each side; `one` is the action that was asked."""

    actions: Mask
    before: Outcome
    after: Outcome
    one: str


@dataclass(frozen=True, slots=True)
class _Half:
    """What one side has to say of a principal and a resource, for the actions of one kind of service."""

    layers: Layers
    owner: str | None
    spoken: tuple[Spoken, ...]
    facts: object
    context: object


class Comparing:
    """
    Asks two simulators the same, and counts.

    Without `alike` every action is asked, whatever the policies say. Law: the answers are the same. Of actions that the same
    statements name on both sides, of one service where a statement asks for a condition key, whose keys are sent alike and
    whose situation is the same, one is asked for all; services with a logic of their own are told apart action by action, but
    for those whose logic is all in their situation.
    """

    def __init__(self, before: Simulator, after: Simulator, domain: Domain, *, alike: bool = True) -> None:
        self.sides = before, after
        self.domain = domain
        self.asked = 0
        self.alike = alike
        self._masks: dict[bool, dict[str, Mask]] = {}
        self._reader = plain.Reader()
        self._read = 0
        self._by_keys: dict[tuple[Mask, frozenset[str]], list[Mask]] = {}

    def differing(self, caller: Principal, resource: str, present: tuple[bool, bool]) -> Iterator[Found]:
        """
        The actions on `resource` that `caller` stands otherwise to after than before.

        `present` is on which side there is such a caller at all; on the other it is denied everything.
        """
        for actions in self._kinds(resource):
            one = self.domain.lower[next(bits(actions))]
            halves = [
                self._half(side, caller, one, resource) if there else None
                for side, there in zip(self.sides, present, strict=True)
            ]
            wanted = self._turned(caller, resource, one, actions, halves) if self.alike else actions
            for group in self._groups(caller, resource, wanted, halves) if wanted else ():
                action = self.domain.names[next(bits(group))]
                before, after = (
                    self._ask(side, caller, action, resource) if there else Outcome.nobody()
                    for side, there in zip(self.sides, present, strict=True)
                )
                if not before.alike(after):
                    yield Found(group, before, after, action)

    # ------------------------------------------------------------ which actions

    def _kinds(self, resource: str) -> Iterator[Mask]:
        """The actions that fit the resource, by what the engine tells of their service before it looks at a statement."""
        fitting = self.domain.fitting(resource)
        if resource != "*":
            yield from (found for _, found in self.domain.by_service(fitting))
            return
        stated = any(side.stated.get("aws:sourcevpce") for side in self.sides)
        yield from self._traits(stated=stated).values()

    def _traits(self, *, stated: bool) -> dict[str, Mask]:
        """Of requests without a resource: a service with a logic of its own, or that an endpoint policy may be ignored by, is by itself."""
        known = self._masks.get(stated)
        if known is None:
            known = {}
            for service, actions in self.domain.by_service(self.domain.all):
                own = service in special() or stated
                trait = service if own else "*reached" if service in RCP_SERVICES else "*"
                known[trait] = known.get(trait, 0) | actions
            self._masks[stated] = known
        return known

    def _half(self, side: Simulator, caller: Principal, action: str, resource: str) -> _Half:
        stated = side.stated.get("aws:sourcevpce")
        # As the simulator reads what the user states of the way that requests take.
        endpoint = stated[0] if stated else "" if "aws:sourceip" in side.stated else None
        who = resolved(side.organization, caller)
        found = applicable(side.organization, who, action, resource, none_of=side.none_of, endpoint=endpoint)
        self._read += self._reader.size(found.layers)
        if self._read > _MOST_READ:
            raise _too_much()
        spoken = self._reader.spoken(found.layers, resource)
        accounts = side.organization.accounts
        home, there = accounts.get(who.account or ""), accounts.get(found.owner or "")
        facts = plain.shape(found.layers), found.owner, who.entity, who.unique_id, _grants(side, resource)
        context = (
            plain.plain(who.tags),
            _trust(side, who),
            home and home.organization,
            there and there.organization,
            _tags(side, resource),
        )
        return _Half(found.layers, found.owner, spoken, facts, context)

    def _turned(self, caller: Principal, resource: str, action: str, actions: Mask, halves: list[_Half | None]) -> Mask:
        """
        The actions of which the two sides could answer differently.

        Law: where the layers have the same shape, and the same statements name an action, and either no statement that names
        it asks for a condition key or the keys are the same, the decision is the same; and without an Allow on
        the caller's or the resource's own side there is nothing to lose.
        """
        before, after = halves
        possible = 0
        for half in halves:
            possible |= self._possible(half, caller, action, resource) if half is not None else 0
        wanted = actions & possible
        if not wanted or before is None or after is None or before.facts != after.facts or _through(resource):
            return wanted
        unshared = plain.unshared(before.spoken, after.spoken)
        kinds = {each.type for each in unshared}
        if PolicyType.RESOURCE in kinds and (_is_outside(caller, before) or _is_outside(caller, after)):
            # What S3 calls public hangs on the whole policy.
            return wanted
        turned = self._named(unshared)
        if before.context != after.context:
            turned |= self._named(s for s in (*before.spoken, *after.spoken) if _keys(s))
        return wanted & turned

    def _possible(self, half: _Half, caller: Principal, action: str, resource: str) -> Mask:
        """The actions that the caller could be allowed, whatever limits it."""
        service = action.partition(":")[0].lower()
        open_ = half.layers.unseen & {PolicyType.IDENTITY, PolicyType.RESOURCE}
        if open_ or service in ("kms", "sts") or caller.kind not in _LOADED or _through(resource):
            return self.domain.all
        if service == "s3" and s3.acls_are_on(half.layers):
            return self.domain.all
        granting = (PolicyType.IDENTITY, PolicyType.RESOURCE)
        return self._named(each for each in half.spoken if not each.deny and each.type in granting)

    def _named(self, spoken: Iterable[Spoken]) -> Mask:
        found = 0
        for each in spoken:
            sure, open_ = self.domain.named(each.statement.action, deny=each.deny)
            found |= sure | open_
        return found

    # ------------------------------------------------------------ one for all

    def _groups(self, caller: Principal, resource: str, wanted: Mask, halves: list[_Half | None]) -> Iterator[Mask]:
        """Actions in groups of which one is asked for all."""
        if not self.alike or _through(resource):
            yield from (1 << number for number in bits(wanted))
            return
        spoken = [each for half in halves if half is not None for each in half.spoken]
        named = {each.said: (self._named((each,)), _keys(each)) for each in spoken}
        asking = [(actions, keys) for actions, keys in set(named.values()) if keys]
        parts = {part for each in spoken for part in self.domain.named(each.statement.action, deny=each.deny)}
        blocks = sorted(_blocks(wanted, parts), key=lambda each: each & -each)
        # Where it would take long to tell which keys a block is asked for, all of them are taken for asked.
        short = len(blocks) * len(asking) <= _MOST_PAIRS
        every = frozenset().union(*(keys for _, keys in asking))
        for block in blocks:
            first = block & -block
            keys = frozenset().union(*(keys for actions, keys in asking if actions & first)) if short else every
            yield from self._split(caller, resource, block, keys, halves)

    def _split(
        self, caller: Principal, resource: str, block: Mask, keys: frozenset[str], halves: list[_Half | None]
    ) -> Iterator[Mask]:
        """A block that the same statements name, by all else that the engine could tell actions apart by."""
        own = special()
        plainly = block
        for service in own:
            plainly &= ~self.domain.service(service)
        if plainly and not keys:
            yield plainly
        elif plainly:
            known = self._by_keys.get((plainly, keys))
            if known is None:
                known = list(self._by(plainly, lambda number: self._told(number, keys)))
                self._by_keys[plainly, keys] = known
            yield from known
        for service in sorted(own):
            apart = block & self.domain.service(service)
            if not apart:
                continue
            if service not in _BY_SITUATION:
                yield from (1 << number for number in bits(apart))
                continue
            requests = [
                (side.request(caller, self.domain.lower[next(bits(apart))], resource), half.layers)
                for side, half in zip(self.sides, halves, strict=True)
                if half is not None
            ]

            def told(number: int, requests: list[tuple[Request, Layers]] = requests) -> object:
                name = self.domain.lower[number]
                # Situations are compared as objects, which the answer keeps.
                facts = tuple(situation(structs.replace(asked, action=name), layers) for asked, layers in requests)
                return facts, name == _OF_ALL, self._told(number, keys) if keys else ()

            yield from self._by(apart, told)

    def _told(self, number: int, keys: frozenset[str]) -> object:
        """What the context of a request owes to its action."""
        sent = tuple(self.domain.sent(number, key) for key in (*sorted(keys), *_ALWAYS))
        return self.domain.lower[number].partition(":")[0], sent, self.domain.tells_owner(number)

    @staticmethod
    def _by(actions: Mask, told: Callable[[int], object]) -> Iterator[Mask]:
        found: dict[object, list[int]] = {}
        for number in bits(actions):
            found.setdefault(told(number), []).append(number)
        yield from map(mask, found.values())

    def _ask(self, side: Simulator, caller: Principal, action: str, resource: str) -> Outcome:
        self.asked += 1
        if self.asked > MOST:
            raise _too_much()
        return outcome(side, caller, action, resource)


# ---------------------------------------------------------------- helpers


def _too_much() -> InputError:
    return InputError(
        "too much differs: more than a million requests, or policies without end, would have to be gone through",
        hint="name the principals that matter with --principal",
    )


@cache
def special() -> frozenset[str]:
    """The services with a logic of their own."""
    table = plugins.table(sys.modules[services.__name__], "SERVICE")
    return frozenset(each.prefix for each in table.values() if isinstance(each, services.Service))


def _through(resource: str) -> bool:
    """Whether a request for the resource is asked of two resources: an access point, and the bucket behind it."""
    return ":accesspoint/" in resource


def _is_outside(caller: Principal, half: _Half) -> bool:
    return caller.kind not in _LOADED or half.owner != caller.account


def _keys(spoken: Spoken) -> frozenset[str]:
    return plain.keys(spoken.statement, variables=spoken.policy.has_variables)


def _blocks(wanted: Mask, parts: Iterable[Mask]) -> list[Mask]:
    """The actions that are in the same of the parts, together; the work is that of the smaller side of each part."""
    marks: dict[int, list[int]] = {}
    for place, part in enumerate(parts):
        inside = part & wanted
        outside = wanted & ~part
        if inside and outside:
            for number in bits(min(inside, outside, key=size)):
                marks.setdefault(number, []).append(place)
    found: dict[tuple[int, ...], list[int]] = {}
    for number, places in marks.items():
        found.setdefault(tuple(places), []).append(number)
    blocks = list(map(mask, found.values()))
    rest = wanted & ~mask(marks)
    return [*blocks, rest] if rest else blocks


def _trust(side: Simulator, who: Principal) -> object:
    """What a role's trust policy lets its sessions carry."""
    role = side.organization.role(who.entity) if who.entity is not None and ":role/" in who.entity else None
    return None if role is None else plain.of_policy(role.trust)


def _grants(side: Simulator, resource: str) -> object:
    """The grants of a key, None where they were not listed: which actions that leaves open the layers tell of one action alone."""
    found = side.organization.owner(resource) if ":kms:" in resource else None
    return None if found is None else (plain.plain(found[1].grants), plain.plain(found[1].settings))


def _tags(side: Simulator, resource: str) -> object:
    """The tags of a resource, and whether they count."""
    found = side.organization.owner(resource) if resource != "*" else None
    if found is not None:
        return plain.plain(found[1].tags), found[1].settings.get("abac")
    role = side.organization.role(resource) if resource.startswith("arn:") and ":role/" in resource else None
    return None if role is None else plain.plain(role.tags)
