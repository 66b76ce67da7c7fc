"""What `sdk.json` holds, read from the installed botocore and boto3."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version as installed
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from iamsim.catalog import actions, sdk

Model = dict[str, Any]

_LIST = re.compile(r"\[[\d*]*\]")

PREFIXES = {
    "cloudcontrol": "cloudformation",
    "cloudwatch": "cloudwatch",
    "iot-data": "iot",
    "iot-jobs-data": "iotjobsdata",
    "iotsecuretunneling": "iot",
    "mturk": "mechanicalturk",
    "partnercentral-account": "partnercentral",
    "partnercentral-benefits": "partnercentral",
    "partnercentral-channel": "partnercentral",
    "partnercentral-marketing": "partnercentral",
    "partnercentral-selling": "partnercentral",
    "resourcegroupstaggingapi": "tag",
}
"""The IAM prefix of the services that sign under a name that is none."""


def folder(package: str) -> Path:
    """Where a package lies, without importing it: only its data is wanted."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    return Path(spec.submodule_search_locations[0])


def clients() -> tuple[str, ...]:
    """The SDK's names of all services, sorted."""
    return tuple(sorted(path.parent.parent.name for path in _newest("*", "service-2.json.gz")))


def model(client: str) -> Model:
    """The newest model of a service's API."""
    (path,) = _newest(client, "service-2.json.gz")
    found: Model = json.loads(gzip.decompress(path.read_bytes()))
    return found


def content() -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """The head of `sdk.json`, and its tables: services, the methods that boto3 adds, and resource types."""
    head = {
        "source": "botocore (Apache-2.0), boto3 (Apache-2.0)",
        "botocore": installed("botocore"),
        "boto3": installed("boto3"),
    }
    models = {client: model(client) for client in clients()}
    services = {client: _service(client, found) for client, found in models.items()}
    resources = {
        path.parent.parent.name: _resources(path, models[path.parent.parent.name])
        for path in _newest("*", "resources-1.json", "boto3")
    }
    written = _written()
    methods = {
        client: {name: _method(written, method) for name, method in methods.items()}
        for client, methods in written["methods"].items()
    }
    return head, {"services": services, "methods": methods, "resources": resources}


# ---------------------------------------------------------------- clients


def _service(client: str, found: Model) -> dict[str, Any]:
    metadata = found["metadata"]
    signed = metadata.get("signingName", metadata["endpointPrefix"])
    prefix = PREFIXES.get(client, signed)
    entry: dict[str, Any] = {
        "id": metadata["serviceId"],
        "prefix": prefix if prefix in actions.services() else "",
        "operations": " ".join(sorted(found["operations"])),
    }
    methods = {_snake(name): name for name in sorted(found["operations"])}
    if apart := {method: name for method, name in methods.items() if sdk.method(name) != method}:
        entry["methods"] = apart
    if polling := {_snake(name): each["operation"] for name, each in waiters(client).items()}:
        entry["waiters"] = polling
    return entry


def waiters(client: str) -> dict[str, Any]:
    """The waiters of a service, by the names of its model."""
    paths = _newest(client, "waiters-2.json.gz") or _newest(client, "waiters-2.json")
    if not paths:
        return {}
    text = paths[0].read_bytes()
    found: dict[str, Any] = json.loads(gzip.decompress(text) if paths[0].suffix == ".gz" else text)["waiters"]
    return dict(sorted(found.items()))


def _newest(client: str, name: str, package: str = "botocore") -> list[Path]:
    """The file of this name in the newest version of each service."""
    newest = {path.parent.parent.name: path for path in sorted(folder(package).glob(f"data/{client}/*/{name}"))}
    return list(newest.values())


# ---------------------------------------------------------------- resources


def _resources(path: Path, api: Model) -> dict[str, Any]:
    client = path.parent.parent.name
    found = json.loads(path.read_text("utf-8"))
    kinds = {"": _resource(client, client, found["service"], found["resources"], api)}
    for kind, definition in sorted(found["resources"].items()):
        kinds[kind] = _resource(client, kind, definition, found["resources"], api)
    return kinds


def _resource(client: str, kind: str, definition: Model, all_of_them: Model, api: Model) -> dict[str, Any]:
    from boto3.resources.model import ResourceModel  # type: ignore[import-untyped]
    from botocore.model import ServiceModel  # type: ignore[import-untyped]

    resource = ResourceModel(kind, definition, all_of_them)
    shape = ServiceModel(api, client).shape_for(resource.shape) if resource.shape else None
    resource.load_rename_map(shape)
    attributes = resource.get_attributes(shape) if shape else {}
    aliases = {each.member_name: each.name for each in resource.identifiers if each.member_name in attributes}
    polled = {_snake(name): each["operation"] for name, each in waiters(client).items()}
    entry: dict[str, Any] = {
        "identifiers": [each.name for each in resource.identifiers],
        "aliases": aliases,
        "attributes": sorted(name for name in attributes if name not in aliases),
        "actions": {each.name: _action(each) for each in resource.actions},
        "subresources": {each.name: _made(each.resource) for each in resource.subresources},
        "references": {each.name: _made(each.resource) for each in resource.references},
        "collections": {each.name: _collection(each) for each in resource.collections},
        "waiters": {
            each.name: {"operation": polled[_snake(each.waiter_name)], "parameters": _values(each.params)}
            for each in resource.waiters
        },
    }
    if resource.load:
        entry["load"] = _call(resource.load.request)
    _added(client, kind, entry)
    return {name: value for name, value in entry.items() if value}


def _action(action: Any) -> dict[str, Any]:  # noqa: ANN401  # boto3 carries no types
    """An action without a request (`delete` of an alarm's history, say) makes a resource only."""
    entry: dict[str, Any] = {"calls": [_call(action.request)] if action.request else []}
    if action.resource:
        entry["gives"] = _made(action.resource)
    return entry


def _collection(collection: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
    entry = {"call": _call(collection.request), "gives": _made(collection.resource)}
    if batch := {each.name: _action(each) for each in collection.batch_actions}:
        entry["batch"] = batch
    return entry


def _call(request: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
    entry: dict[str, Any] = {"operation": request.operation}
    if parameters := _values(request.params):
        entry["parameters"] = parameters
    return entry


def _made(made: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
    entry: dict[str, Any] = {"type": made.type}
    if identifiers := _values(made.identifiers, snake=True):
        entry["identifiers"] = identifiers
    if "[" in (made.path or "") or any("[" in (each.path or "") for each in made.identifiers):
        entry["many"] = True
    return entry


def _values(parameters: Iterable[Any], *, snake: bool = False) -> dict[str, list[str]]:
    values = {}
    for each in parameters:
        target = _snake(each.target) if snake else _LIST.sub("", each.target)
        values[target] = _value(each, target)
    return values


def _value(parameter: Any, target: str) -> list[str]:  # noqa: ANN401  # as above
    if parameter.source == "input":
        return ["argument", target]
    if parameter.source == "requestParameter":
        return ["argument", _LIST.sub("", parameter.path)]
    if parameter.source == "identifier":
        return ["identifier", _snake(parameter.name)]
    if parameter.source == "string":
        return ["constant", str(parameter.value)]
    return ["attribute" if parameter.source == "data" else "answer", parameter.path]


def _snake(name: str) -> str:
    """A name as the SDK writes it in Python."""
    from botocore import xform_name  # type: ignore[import-untyped]

    snake: str = xform_name(name)
    return snake


# ---------------------------------------------------------------- what boto3 adds in code


def _written() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "transfers.json").read_text("utf-8"))
    return found


def _added(client: str, kind: str, entry: dict[str, Any]) -> None:
    """Completes a resource type by what the models do not say."""
    written = _written()
    methods = {
        name: _method(written, method)
        for name, method in written["resources"].get(f"{client}.{kind or client}", {}).items()
    }
    if load := methods.pop("load", None):
        (entry["load"],) = load["calls"]
    entry["actions"] |= methods


def _method(written: Mapping[str, Any], method: Mapping[str, Any]) -> dict[str, Any]:
    arguments = method.get("arguments", [])
    entry: dict[str, Any] = {"calls": [_with(call, method) for call in written["calls"][method["calls"]]]}
    if arguments:
        entry["arguments"] = arguments
    if "ExtraArgs" in arguments:
        entry["passed_on"] = "ExtraArgs"
    return entry


def _with(call: Mapping[str, Any], method: Mapping[str, Any]) -> dict[str, Any]:
    """A call with its parameters: those of the target, or of the source that a copy names."""
    entry = {name: value for name, value in call.items() if name not in ("of", "with")}
    parameters = dict(method.get("parameters", {}))
    source = {name: ["argument", f"CopySource.{name}"] for name in ("Bucket", "Key", "VersionId")}
    if call.get("of") == "source":
        parameters = source
    elif "with" in call:
        parameters |= {f"{call['with']}.{name}": value for name, value in source.items()}
    if parameters:
        entry["parameters"] = parameters
    return entry
