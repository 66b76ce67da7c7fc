"""On what a caller may take the actions that it needs, besides what it needs them for, by the engine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from iamsim.catalog import actions as catalog
from iamsim.drafts.world import examples
from iamsim.engine.actions import naming
from iamsim.engine.applicable import carrier_of
from iamsim.engine.patterns import arn_matcher, is_everything
from iamsim.model.policy import Statement
from iamsim.model.principal import HOLE, Principal
from iamsim.model.verdict import Decision
from iamsim.probes import Case
from iamsim.rules._spare import EVERY_TYPE, LEVELS, own_allows

ANY = "any"
"""In the place of a resource: whatever there is of its type."""

_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_COLONS = 5
_MOST_RESOURCES = 100
_MOST_ASKED = 2_000
_MOST_TOLD = 12


@dataclass(frozen=True, slots=True)
class Beyond:
    """
    By action, in AWS's case, one resource on which it is allowed and no tool asks for it, as a policy writes it or by its ARN, or
    `ANY`; the worst level first.

    `whole`: every action was asked about, on every resource that its statements reach.
    """

    actions: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True


def beyond(case: Case, caller: Principal, needed: Mapping[str, Iterable[str]]) -> Beyond:
    """
    What `caller` may do on resources besides those of `needed`: resources by action, with a `HOLE` for what is not told.

    Asked about are those that its own statements name, the loaded ones that they reach, and one that nobody named. What is
    behind one resource, as the objects of a bucket are, counts as one with it: of a tool that reads one object nobody tells which it
    will read next.
    """
    found: dict[str, str] = {}
    asked, whole = 0, True
    simulator = replace(case.setup.simulator, none_of=EVERY_TYPE)
    own, every = own_allows(case, caller), _loaded(case)
    for action, resources in sorted(needed.items()):
        known = catalog.action(action)
        if known is None or not known.resource_types:
            continue
        mine = tuple(resources)
        candidates = _candidates(known, own, every.get(known.service, ()), caller.account or "")
        whole &= len(candidates) <= _MOST_RESOURCES
        for resource, name in list(candidates.items())[:_MOST_RESOURCES]:
            if not _is_like(resource, known, mine) or _is_asked(resource, mine):
                continue
            asked += 1
            if asked > _MOST_ASKED:
                return Beyond(_sorted(found), whole=False)
            request = simulator.request(caller, action, resource, values=case.setup.server.context)
            if simulator.decide(request) is Decision.ALLOWED:
                found[str(known)] = name
                break
    return Beyond(_sorted(found), whole)


def told(found: Beyond) -> Iterator[str]:
    """A line with the actions, each with where it reaches besides."""
    if found.actions:
        shown = [f"{action} ({where})" for action, where in found.actions.items()]
        more = f" and {len(shown) - _MOST_TOLD} more" if len(shown) > _MOST_TOLD else ""
        yield f"needed, and on more than these tools ask for ({len(shown)}): {', '.join(shown[:_MOST_TOLD])}{more}"


# ---------------------------------------------------------------- helpers


def _candidates(
    action: catalog.Action, own: tuple[Statement, ...], loaded: Iterable[str], account: str
) -> Mapping[str, str]:
    """
    Resources that an action may be allowed on by one's own statements, each with how it is told.

    What nobody named comes first: whoever may use that may use any.
    """
    name = str(action)
    elements = [
        each.resource
        for each in own
        if each.resource is not None and naming(each.action, deny=False)(name.lower()) is not False
    ]
    found = dict.fromkeys(examples(name, (), account), ANY)
    values = dict.fromkeys(value for each in elements if not each.negated for value in each.values if HOLE not in value)
    for value in values:
        for resource in examples(name, (value,), account):
            found.setdefault(resource, value)
    tests = [arn_matcher(value) for value in values]
    negated = any(each.negated for each in elements)
    for arn in loaded:
        for resource in (arn, f"{arn}/example"):
            if negated or any(test(resource) is not False for test in tests):
                found.setdefault(resource, arn)
    return found


def _loaded(case: Case) -> Mapping[str, list[str]]:
    """The loaded resources by service, sorted."""
    accounts = case.setup.simulator.organization.accounts
    found: dict[str, list[str]] = {}
    for arn in sorted(arn for account in accounts.values() for arn in account.resources):
        found.setdefault("".join(arn.split(":")[2:3]), []).append(arn)
    return found


def _is_like(resource: str, action: catalog.Action, mine: tuple[str, ...]) -> bool:
    """
    Whether the resource is of a type that the action is about, and that its tools ask for.

    An object is no bucket, and a bucket no object; an access point, whose ARN has a Region, is neither.
    """
    forms = catalog.resource_types(action.service) or {}
    texts = [_VARIABLE.sub("*", forms[name]) for name in action.resource_types if name in forms]
    if action.service == "s3":
        texts = [text for text in texts if ("/" in text) == ("/" in resource)]
    regional = {bool(each.split(":")[3]) for each in mine if each.count(":") >= _COLONS}
    return (resource.split(":")[3:4] != [""]) in regional and any(arn_matcher(text)(resource) is True for text in texts)


def _is_asked(resource: str, mine: tuple[str, ...]) -> bool:
    """Whether a tool asks for the resource, for another one behind the same, or for one that may be it."""
    return any(
        is_everything(each)
        or arn_matcher(_pattern(each))(resource) is not False
        or arn_matcher(_pattern(_carrier(each)))(_carrier(resource)) is not False
        for each in mine
    )


def _carrier(resource: str) -> str:
    return carrier_of(resource) if resource.startswith("arn:") and resource.count(":") >= _COLONS else resource


def _pattern(resource: str) -> str:
    return "".join(f"${{{mark}}}" if mark in "*?$" else mark for mark in resource).replace(HOLE, "*")


def _sorted(found: Mapping[str, str]) -> Mapping[str, str]:
    def level(action: str) -> int:
        known = catalog.action(action)
        return LEVELS.index(known.access_level) if known is not None and known.access_level in LEVELS else len(LEVELS)

    return {action: found[action] for action in sorted(found, key=lambda action: (level(action), action))}
