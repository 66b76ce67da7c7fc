"""The actions that are asked about: AWS's catalog as numbered bits, and what elements and resources select of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from iamsim.catalog import actions as catalog
from iamsim.catalog import condition_keys
from iamsim.engine.actions import naming
from iamsim.engine.context import derived
from iamsim.model.policy import Element
from iamsim.model.principal import ANONYMOUS
from iamsim.model.request import Context, Request

LEVELS = ("Permissions management", "Write", "Tagging", "Read", "List")
"""AWS's access levels, the most dangerous first."""
UNLISTED = "not listed by AWS"
"""The level of an action that a policy writes out and the catalog does not have."""

ASSUMING = frozenset({"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})
"""The actions that are asked by role and not here, lower case: who can assume whom depends on what the call carries."""

_FREE = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})
"""Of these no policy is asked (EVAL-023): nobody gains or loses them."""

Mask = int
"""A set of actions: bit n is action n of the domain."""

_PLAIN = re.compile(r"[a-z0-9-]+:[a-z0-9]+", re.ASCII)
_ORDERLY = re.compile(r"[a-z0-9-]+:[!-9;-~]+", re.ASCII)
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_SERVICE_FIELD = 2


class Domain:
    """
    Every action of the catalog, and those of `written` that are no patterns and not in it; of some `services` alone, where they are named.

    What is worked out for an element, a key or a resource is kept for as long as the domain lives.
    """

    def __init__(self, written: Iterable[str] = (), services: frozenset[str] | None = None) -> None:
        listed = [name for name in catalog.expand("*") if name.lower() not in ASSUMING | _FREE]
        if services is not None:
            listed = [name for name in listed if name.partition(":")[0] in services]
            written = [value for value in written if value.partition(":")[0].lower() in services]
        known = {name.lower() for name in listed} | ASSUMING | _FREE
        more = {value.lower() for value in written if value.isascii() and _PLAIN.fullmatch(value.lower())} - known
        self.names: tuple[str, ...] = (*listed, *sorted(more))
        self.lower = tuple(name.lower() for name in self.names)
        self.all: Mask = (1 << len(self.names)) - 1
        self._unlisted = self.all & ~((1 << len(listed)) - 1)
        self._index = {name: number for number, name in enumerate(self.lower)}
        self._services: dict[str, list[int]] = {}
        for number, name in enumerate(self.lower):
            self._services.setdefault(name.partition(":")[0], []).append(number)
        self._of_service = {service: mask(numbers) for service, numbers in self._services.items()}
        self._named: dict[tuple[frozenset[str], bool, bool], tuple[Mask, Mask]] = {}
        self._fitting: dict[str, Mask] = {}
        self._sent: dict[str, dict[int, bool | None]] = {}
        self._owner_told: dict[int, bool] = {}
        self._typed: dict[tuple[str, str], Mask] = {}
        self._read: set[str] = set()

    @property
    def listed(self) -> int:
        """How many actions there are."""
        return len(self.names)

    def service(self, name: str) -> Mask:
        """The actions of one service (its prefix in lower case)."""
        return self._of_service.get(name, 0)

    def by_service(self, wanted: Mask) -> Iterator[tuple[str, Mask]]:
        """The actions by their service, in the order of their first."""
        while wanted:
            first = (wanted & -wanted).bit_length() - 1
            service = self.lower[first].partition(":")[0]
            found = self._of_service[service] & wanted
            yield service, found
            wanted &= ~found

    def number(self, name: str) -> int | None:
        """The number of an action, in any case."""
        return self._index.get(name.lower())

    def level(self, number: int) -> str:
        """The access level of an action."""
        found = catalog.action(self.names[number])
        return UNLISTED if found is None else found.access_level

    def named(self, element: Element, *, deny: bool) -> tuple[Mask, Mask]:
        """The actions that an Action or NotAction element names for sure, and those of which that is open."""
        key = frozenset(element.values), element.negated, deny
        found = self._named.get(key)
        if found is None:
            found = self._named[key] = self._naming(element, deny=deny)
        return found

    def fitting(self, resource: str) -> Mask:
        """
        The actions that can be asked of a resource: for `*` all, for an ARN those of its type.

        Where AWS lists no such type, those of its service that take a resource at all.
        """
        found = self._fitting.get(resource)
        if found is None:
            found = self._fitting[resource] = self.all if resource == "*" else self._fits(resource)
        return found

    def sent(self, number: int, key: str) -> bool | None:
        """`condition_keys.sends` of an action by its number."""
        known = self._sent.setdefault(key, {})
        if number not in known:
            known[number] = condition_keys.sends(self.lower[number], key)
        return known[number]

    def tells_owner(self, number: int) -> bool:
        """Whether AWS sends the resource's owner with the action, as the engine reads it."""
        found = self._owner_told.get(number)
        if found is None:
            request = Request(ANONYMOUS, self.lower[number], "*", Context(), "0")
            found = self._owner_told[number] = "aws:resourceaccount" in derived(request).context.values
        return found

    # ------------------------------------------------------------ helpers

    def _naming(self, element: Element, *, deny: bool) -> tuple[Mask, Mask]:
        values = [value.lower() for value in element.values]
        if element.negated and not any("*" in v.partition(":")[0] or "?" in v.partition(":")[0] for v in values):
            # Law of `naming`: NotAction names what Action does not, and what is open stays so.
            sure, open_ = self.named(Element(element.values), deny=not deny)
            return self.all & ~(sure | open_), open_
        test = naming(element, deny=deny)
        sure = open_ = 0
        for number in self._candidates(values, negated=element.negated):
            answer = test(self.lower[number])
            if answer:
                sure |= 1 << number
            elif answer is None:
                open_ |= 1 << number
        return sure, open_

    def _candidates(self, values: list[str], *, negated: bool) -> Iterable[int]:
        """The actions that the values could name; all where a value is no plain service with a name."""
        found: set[int] = set()
        for value in values:
            # What AWS would not have stored may name anything.
            if negated or not _ORDERLY.fullmatch(value):
                return range(len(self.names))
            number = self._index.get(value)
            if number is not None:
                found.add(number)
            elif not _PLAIN.fullmatch(value):
                found.update(self._services.get(value.partition(":")[0], ()))
        return sorted(found)

    def _fits(self, resource: str) -> Mask:
        service = resource.split(":", 3)[_SERVICE_FIELD].lower() if resource.count(":") > _SERVICE_FIELD else ""
        found = 0
        for owner, forms in _forms(service).items():
            fits = [(literals, name) for literals, name, test in forms if test.fullmatch(resource)]
            # Of the types that it could be, the one that says most: an object's ARN reads like a bucket's with a long name.
            most = max((literals for literals, _ in fits), default=0)
            for literals, name in fits:
                if literals == most:
                    found |= self._of_type(owner, name)
        of_service = self.service(service)
        if not found:
            return mask(n for n in bits(of_service) if catalog.takes_resource(self.names[n]) is not False)
        return found | (self._unlisted & of_service)

    def _of_type(self, service: str, kind: str) -> Mask:
        if service not in self._read:
            self._read.add(service)
            for number in self._services.get(service, ()):
                found = catalog.action(self.names[number])
                for name in found.resource_types if found is not None else ():
                    self._typed[service, name] = self._typed.get((service, name), 0) | 1 << number
        return self._typed.get((service, kind), 0)


def mask(numbers: Iterable[int]) -> Mask:
    """The set of these actions."""
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


def bits(found: Mask) -> Iterator[int]:
    """The numbers in a set, ascending."""
    if found.bit_count() <= _FEW:
        while found:
            lowest = found & -found
            yield lowest.bit_length() - 1
            found ^= lowest
        return
    # Of many, in the time of one look at each place.
    at = 0
    text = bin(found)[:1:-1]
    while (at := text.find("1", at)) >= 0:
        yield at
        at += 1


_FEW = 32


def size(found: Mask) -> int:
    """How many actions a set has."""
    return found.bit_count()


@cache
def _written_forms() -> dict[str, dict[str, list[tuple[str, str]]]]:
    """By the service field of ARNs, and by the service that lists them: the name of each resource type, and its form."""
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for service in sorted(catalog.services()):
        for name, form in (catalog.resource_types(service) or {}).items():
            fields = _PLACEHOLDER.sub("\0", form).replace("*", "\0").split(":", 3)
            if len(fields) > _SERVICE_FIELD + 1:
                found.setdefault(fields[_SERVICE_FIELD], {}).setdefault(service, []).append((name, form))
    return found


@cache
def _forms(service: str) -> dict[str, list[tuple[int, str, re.Pattern[str]]]]:
    """Of ARNs with this service field, by the service that lists them: how much a form says, the type's name, a test."""
    found: dict[str, list[tuple[int, str, re.Pattern[str]]]] = {}
    for owner, forms in _written_forms().get(service, {}).items():
        for name, form in forms:
            *fields, last = _PLACEHOLDER.sub("\0", form).replace("*", "\0").split(":", 5)
            literals = sum(len(field.replace("\0", "")) for field in (*fields, last))
            written = [re.escape(field).replace("\0", "[^:]*") for field in fields]
            text = ":".join([*written, re.escape(last).replace("\0", ".+")])
            found.setdefault(owner, []).append((literals, name, re.compile(text, re.DOTALL)))
    return found


def examples(service: str, *, partition: str, region: str, account: str, unnamed: str) -> tuple[str, ...]:
    """One ARN of each resource type that is written with this service, its names `unnamed`; sorted."""
    words = {"Partition": partition, "Region": region, "Account": account}
    found = set()
    for forms in _written_forms().get(service, {}).values():
        for _, form in forms:
            text = _PLACEHOLDER.sub(lambda match: words.get(match[0][2:-1], unnamed), form).replace("*", unnamed)
            if text.split(":", 3)[_SERVICE_FIELD] == service:
                found.add(text)
    return tuple(sorted(found))
