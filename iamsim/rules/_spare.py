"""What a caller may do besides what it is there for, by the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from iamsim.catalog import actions as catalog
from iamsim.catalog import condition_keys
from iamsim.catalog.patterns import patterns
from iamsim.drafts.world import examples
from iamsim.engine.actions import naming
from iamsim.engine.patterns import is_everything
from iamsim.engine.simulator import Simulator
from iamsim.model.account import Account, Role, User
from iamsim.model.policy import Effect, Element, Policy, PolicyType, Statement
from iamsim.model.principal import HOLE, Principal
from iamsim.model.verdict import Decision
from iamsim.probes import Case

LEVELS = ("Permissions management", "Write", "Tagging", "Read", "List")
"""AWS's access levels, the most dangerous first."""

EVERY_TYPE = frozenset(PolicyType) - {PolicyType.SESSION}
"""The policy types that are taken to forbid nothing where they were not seen."""

_MOST_ASKED = 3_000
_MOST_EXAMPLES = 12
_MOST_TESTED = 5_000_000
_MOST_TOLD = 3_000
_MOST_PATTERNS = 12
# Whose logic turns on the action's name, and not on its resource alone (`engine.services`).
_BY_NAME = frozenset({"es", "kms", "sts"})
_BY_TYPE = frozenset({"iam", "s3", "sqs"})
# Of these no policy is asked (EVAL-023).
_FREE = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})
_OF_OWNER = ("aws:resourceaccount", "aws:resourceorg")
# Where permissions are managed first of all; asked of when there are too many actions to look at each.
_TELLING = ("iam", "kms", "lambda", "organizations", "s3", "secretsmanager", "sts")


@dataclass(frozen=True, slots=True)
class Spare:
    """
    Actions that a caller may take and does not need, in AWS's case; `by` are the statements of its own that allow them.

    `seen`: no policy of the caller or its account is unseen. `whole`: every action was asked about.
    """

    actions: tuple[str, ...]
    by: Mapping[str, tuple[Statement, ...]]
    seen: bool
    whole: bool


def spare(case: Case, caller: Principal, needed: Iterable[str]) -> Spare | None:
    """
    What `caller` may do besides `needed`, on a resource that its own policies speak of; None for one that is not loaded, and for
    policies of a size that AWS does not store.

    What was not seen is taken not to forbid anything. Of actions that the same statements name, one is asked for all,
    unless a statement's resources or conditions could tell them apart.
    """
    loaded = _holder(case, caller)
    if loaded is None:
        return None
    account, holder = loaded
    own = own_allows(case, caller)
    without = {name.lower() for name in needed} | _FREE
    candidates = [n for n in dict.fromkeys(a for s in own for a in _candidates(s.action)) if n.lower() not in without]
    every = (statement for policy in _all(holder, account, caller) for statement in policy.statements)
    marked = _Marked(own, every, candidates)
    if marked.too_many:
        return None
    simulator = replace(case.setup.simulator, none_of=EVERY_TYPE)
    limits = {PolicyType.SCP, PolicyType.BOUNDARY}
    seen = limits <= account.seen | case.setup.simulator.none_of and not holder.unread
    found: list[str] = []
    by: dict[str, tuple[Statement, ...]] = {}
    asked, whole = 0, True
    for group in marked.groups():
        one = group[0]
        allowing = marked.allowing(one)
        written = (
            v for s in allowing if s.resource is not None for v in (("*",) if s.resource.negated else s.resource.values)
        )
        on = examples(one, (v for v in written if HOLE not in v), caller.account or "")[:_MOST_EXAMPLES]
        asked += len(on)
        if asked > _MOST_ASKED:
            whole = False
            break
        allowed = next((r for r in on if _decision(simulator, case, caller, one, r) is Decision.ALLOWED), None)
        if allowed is None:
            continue
        found += group
        by |= dict.fromkeys(group, allowing)
    return Spare(tuple(sorted(found)), by, seen, whole)


def own_allows(case: Case, caller: Principal) -> tuple[Statement, ...]:
    """The Allow statements of the policies of a loaded caller and its groups."""
    loaded = _holder(case, caller)
    if loaded is None:
        return ()
    account, holder = loaded
    return tuple(s for policy in _own(holder, account) for s in policy.statements if s.effect is Effect.ALLOW)


def by_level(actions: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """The actions by access level, the most dangerous first; of very many only those that tell the worst level."""
    looked = actions if len(actions) <= _MOST_TOLD else [a for a in actions if a.partition(":")[0] in _TELLING]
    found: dict[str, list[str]] = {}
    for name in looked:
        known = catalog.action(name)
        if known is not None:
            found.setdefault(known.access_level, []).append(name)
    return {level: tuple(found[level]) for level in LEVELS if level in found}


def told(actions: tuple[str, ...], levels: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """A line for each level: its actions as patterns with their counts; of very many actions how many of how many services."""
    services = {name.partition(":")[0] for name in actions}
    if len(actions) > _MOST_TOLD:
        yield f"{len(actions):,} actions of {len(services):,} services"
        return
    universe: dict[str, list[str]] = {}
    for service in sorted(services):
        for name in catalog.names(service):
            known = catalog.action(f"{service}:{name}")
            if known is not None:
                universe.setdefault(known.access_level, []).append(str(known))
    for level, some in levels.items():
        shown = [name if n == 1 else f"{name} ({n} actions)" for name, n in patterns(some, universe[level])]
        more = f" and {len(shown) - _MOST_PATTERNS} more" if len(shown) > _MOST_PATTERNS else ""
        yield f"{level} ({len(some)}): {', '.join(shown[:_MOST_PATTERNS])}{more}"


# ---------------------------------------------------------------- helpers


@dataclass(slots=True)
class _Alike:
    """The statements whose elements name the same actions, to the same effect."""

    limited: bool = False
    keys: set[str] = field(default_factory=set)
    own: dict[Statement, None] = field(default_factory=dict)


class _Marked:
    """Actions, and which statements name each; an account has many statements, and few ways to name actions."""

    def __init__(self, own: Iterable[Statement], every: Iterable[Statement], candidates: list[str]) -> None:
        self._candidates = candidates
        found: dict[object, tuple[Statement, _Alike]] = {}
        for is_own, statements in ((True, own), (False, every)):
            for statement in statements:
                key = statement.effect, statement.action.negated, frozenset(statement.action.values)
                _, alike = found.setdefault(key, (statement, _Alike()))
                alike.limited |= _is_limited(statement)
                alike.keys |= {condition.key.lower() for condition in statement.conditions}
                if is_own:
                    alike.own[statement] = None
        self._alike = [alike for _, alike in found.values()]
        # What names everything tells no actions apart by that.
        self._all: list[int] = []
        self._marks: dict[str, list[int]] = {}
        wanted = {name.lower(): name for name in candidates}
        odd = sum(not all(map(_is_plain, statement.action.values)) for statement, _ in found.values())
        self.too_many = odd * len(candidates) > _MOST_TESTED
        for number, (statement, _) in enumerate(found.values() if not self.too_many else ()):
            named = _named(statement, wanted)
            if named is None:
                self._all.append(number)
                continue
            for name in named:
                self._marks.setdefault(name, []).append(number)

    def allowing(self, action: str) -> tuple[Statement, ...]:
        """The caller's own Allow statements that name an action, or may."""
        return tuple(statement for alike in self._of(self._marks.get(action, ())) for statement in alike.own)

    def groups(self) -> Iterator[list[str]]:
        """The actions that nothing tells apart, together."""
        found: dict[object, list[str]] = {}
        known: dict[tuple[int, ...], tuple[bool, tuple[str, ...]]] = {}
        for action in self._candidates:
            marks = tuple(self._marks.get(action, ()))
            if marks not in known:
                named = self._of(marks)
                keys = sorted({key for alike in named for key in alike.keys})
                known[marks] = any(alike.limited for alike in named), tuple(keys)
            found.setdefault((marks, *_apart(action, *known[marks])), []).append(action)
        yield from found.values()

    def _of(self, marks: Iterable[int]) -> list[_Alike]:
        return [self._alike[number] for number in sorted((*self._all, *marks))]


def _apart(action: str, limited: bool, keys: tuple[str, ...]) -> tuple[object, ...]:  # noqa: FBT001 - one of two facts
    """What could tell an action from others that the same statements name."""
    service = action.partition(":")[0]
    if service in _BY_NAME or any(key.startswith(_OF_OWNER) for key in keys):
        return (action,)
    own = service if service in _BY_TYPE or limited or keys else ""
    listed = catalog.action(action) if limited or service in _BY_TYPE else None
    types = listed.resource_types if listed is not None else ()
    return own, types, tuple(condition_keys.sends(action, key) for key in keys)


def _decision(simulator: Simulator, case: Case, caller: Principal, action: str, resource: str) -> Decision:
    return simulator.decide(simulator.request(caller, action, resource, values=case.setup.server.context))


def _holder(case: Case, caller: Principal) -> tuple[Account, Role | User] | None:
    """The loaded role or user behind a caller, and its account."""
    account = case.setup.simulator.organization.accounts.get(caller.account or "")
    entity = caller.entity or ""
    holder = None if account is None else account.roles.get(entity) or account.users.get(entity)
    return None if account is None or holder is None else (account, holder)


def _own(holder: Role | User, account: Account) -> Iterator[Policy]:
    yield from holder.policies
    for name in holder.groups if isinstance(holder, User) else ():
        group = account.groups.get(name)
        if group is not None:
            yield from group.policies


def _all(holder: Role | User, account: Account, caller: Principal) -> Iterator[Policy]:
    """Every policy that could speak of a request of the holder's."""
    yield from _own(holder, account)
    if holder.boundary is not None:
        yield holder.boundary
    yield from (caller.session.policies or ()) if caller.session is not None else ()
    for level in (*account.scps, *account.rcps):
        yield from level
    found = [each.policy for each in account.resources.values()]
    found += [each.policy for each in account.endpoints.values()]
    yield from (policy for policy in found if policy is not None)


def _candidates(element: Element) -> Iterable[str]:
    """The actions of the catalog that an Action or NotAction of an Allow names."""
    if not element.negated:
        return [name for value in element.values for name in catalog.expand(value)]
    test = naming(element, deny=False)
    return [name for name in catalog.expand("*") if test(name.lower())]


def _named(statement: Statement, wanted: Mapping[str, str]) -> Iterable[str] | None:
    """Of the wanted actions those that a statement names, or may; for NotAction those that tell it from others; None for all."""
    element = statement.action
    if any(is_everything(value) or value == "*:*" for value in element.values):
        return () if element.negated else None
    if all(_is_plain(value) for value in element.values):
        listed = {name.lower() for value in element.values for name in catalog.expand(value)} & wanted.keys()
        return [wanted[low] for low in (wanted.keys() - listed if element.negated else listed)]
    test = naming(element, deny=statement.effect is Effect.DENY)
    return [name for low, name in wanted.items() if test(low) is not False]


def _is_plain(value: str) -> bool:
    service, colon, name = value.partition(":")
    return bool(colon) and value.isascii() and HOLE not in value and not {"*", "?"} & set(service) and ":" not in name


def _is_limited(statement: Statement) -> bool:
    """Whether a statement is about some resources alone."""
    resource = statement.resource
    return resource is not None and (resource.negated or not any(map(is_everything, resource.values)))
