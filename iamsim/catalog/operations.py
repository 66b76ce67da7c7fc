"""From an API operation (S3 HeadObject) to the actions that authorize it (s3:GetObject)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache

import msgspec

from iamsim.catalog import read


def actions(service: str, operation: str, parameters: Collection[str] = ()) -> tuple[str, ...] | None:
    """
    The actions that must all be allowed for one call of `operation`; empty if none is asked for.

    `service` is the SDK's name for it (`s3`, `s3control`, `opensearch`), `operation` the API's name
    in any case, or the SDK method's (`head_object`). `parameters` are those the call sends, in the
    API's spelling with dots between levels (`VersionId`, `CopySource.VersionId`): some bring an
    action more, or another one. An action may be asked on another resource than the call's own
    (CopyObject reads the source), and what depends on the resource, such as a KMS key on the
    object, is not in the list.

    None for an operation that is not mapped: its name is never taken for the action's (ACT-004).
    Operations that do share their action's name are listed one by one in `operation_names.json`.
    """
    table = _services().get(service.lower())
    name = operation.replace("_", "").lower()
    if table is None or not operation.isascii():
        return None
    own = table.operations.get(name)
    if own is None or own.actions is None:
        alike = _alike().get(service.lower(), {}).get(name)
        if alike is None:
            return None
        found = [f"{table.prefix}:{alike}"]
    else:
        found = list(own.actions)
    if own is not None:
        for parameter in parameters:
            instead = own.instead.get(parameter, {})
            found = [instead.get(action, action) for action in found]
        found += [action for parameter in parameters for action in own.also.get(parameter, ())]
    return tuple(dict.fromkeys(found))


def alike() -> Iterator[tuple[str, str, frozenset[str]]]:
    """For the refresh: each SDK service with its IAM prefix and the operations whose name proves nothing."""
    for service, table in _services().items():
        if table.alike:
            yield service, table.prefix, frozenset(table.unmapped)


class _Operation(msgspec.Struct):
    """`actions` None: the action of the same name. `also` and `instead` are keyed by parameter."""

    actions: tuple[str, ...] | None = None
    also: Mapping[str, tuple[str, ...]] = {}
    instead: Mapping[str, Mapping[str, str]] = {}


class _Service(msgspec.Struct):
    """`alike`: the operations of this service are named as their actions, but for those written here."""

    prefix: str
    alike: bool = False
    unmapped: Mapping[str, str] = {}
    operations: Mapping[str, _Operation] = {}


class _File(msgspec.Struct):
    services: Mapping[str, _Service]


class _Names(msgspec.Struct):
    operations: Mapping[str, tuple[str, ...]]


@cache
def _services() -> Mapping[str, _Service]:
    services = msgspec.json.decode(read("operations.json"), type=_File).services
    for service in services.values():
        service.operations = {name.lower(): operation for name, operation in service.operations.items()}
    return services


@cache
def _alike() -> Mapping[str, Mapping[str, str]]:
    listed = msgspec.json.decode(read("operation_names.json"), type=_Names).operations
    return {service: {name.lower(): name for name in names} for service, names in listed.items()}
