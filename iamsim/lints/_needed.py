"""What an action is of no use without, as the catalog of operations tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from iamsim.catalog import actions as reference
from iamsim.catalog import operations, sdk
from iamsim.drafts.world import Holder
from iamsim.engine.actions import naming
from iamsim.model.policy import Statement
from iamsim.model.verdict import Explanation

_ALWAYS = "always"
_KEY = frozenset({"kms:Decrypt", "kms:GenerateDataKey"})


@cache
def always() -> Mapping[str, tuple[str, ...]]:
    """By action, what every call that it authorizes asks for as well."""
    found: dict[str, list[set[str]]] = {}
    for own, operation in _operations():
        implied = (
            each
            for each in operation.implied
            if each.when.startswith(_ALWAYS) and not each.instead and not each.inferred
        )
        found.setdefault(own, []).append(
            {*(operation.actions or ()), *(name for each in implied for name in each.actions)}
        )
    common = {own: tuple(sorted(set.intersection(*sets) - {own})) for own, sets in found.items()}
    return {own: names for own, names in common.items() if names}


@cache
def under_a_key() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """By action, what is asked of the KMS key where the data are under one, each with the case in words."""
    found: dict[str, dict[str, str]] = {}
    for own, operation in _operations():
        for each in operation.implied:
            if (
                each.actions
                and _KEY.issuperset(each.actions)
                and not each.instead
                and not each.when.startswith(_ALWAYS)
            ):
                for name in each.actions:
                    found.setdefault(own, {}).setdefault(name, each.when)
    return {own: tuple(sorted(names.items())) for own, names in found.items()}


def may(holder: Holder, names: Iterable[str], *, by_name: bool = False) -> Iterator[str]:
    """Those of the actions that a policy of the holder allows, and the engine too, on something; `by_name`: without a wildcard."""
    stated = [(each, naming(each.action, deny=False)) for each in _allowing(holder)]
    written = {value.lower() for each, _ in stated if not each.action.negated for value in each.action.values}
    for name in names:
        own = name.lower()
        if own in written if by_name else any(test(own) for _, test in stated):
            found = somewhere(holder, name)
            if found is not None and found.allowed:
                yield name


def stating(holder: Holder, name: str) -> tuple[Statement, ...]:
    """The Allow statements of the holder that name the action, or may."""
    return tuple(each for each in _allowing(holder) if naming(each.action, deny=False)(name.lower()) is not False)


def _allowing(holder: Holder) -> Iterator[Statement]:
    return (each for policy in holder.policies() for each in policy.statements if each.effect == "Allow")


def somewhere(holder: Holder, name: str) -> Explanation | None:
    """As `Holder.somewhere`, asked on the loaded resources of the service too: their policies may allow it."""
    account = holder.world.organization.accounts[holder.account]
    service = name.partition(":")[0]
    own = (arn for arn in sorted(account.resources) if arn.split(":")[2:3] == [service])
    return holder.somewhere(name, on=(*holder.examples(name), *own))


def _operations() -> Iterator[tuple[str, operations.Operation]]:
    """Each operation with the action of its name, where that is among those it asks for."""
    for service in operations.services():
        for name in operations.names(service):
            known = operations.describe(service, name)
            own = reference.action(f"{sdk.prefix(service)}:{name}")
            if known is not None and known.actions and own is not None and str(own) in known.actions:
                yield str(own), known
