"""Which action and which resource an API call is about, by the names that logs and events have for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache, lru_cache

from iamsim.catalog import actions, operation_resources, operations, sdk

_VERSION = re.compile(r"\d{4}_?\d{2}_?\d{2}(?:v\d)?$")
# AWS ended MediaStore on 2025-11-13 (AWS Elemental MediaStore User Guide, "End of support notice"): its GetObject is not meant.
_ENDED = frozenset({"mediastore", "mediastore-data"})
# Hosts whose first label is neither the SDK's name of the service nor its IAM prefix.
_HOSTS = {"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi", "email": "ses"}


@lru_cache(maxsize=4096)
def named(service: str, operation: str) -> str:
    """
    An operation as `Call.operation` has it: `s3:HeadObject` for `s3.amazonaws.com` and `HeadObject`.

    `service` is an event source, an endpoint's first label, an SDK's name of the service or its service id, or
    empty; a service that the operation alone tells is added. A version behind the name (`ListFunctions20150331`,
    CloudTrail's for Lambda and CloudFront) is left out where the SDK knows the name without it.
    """
    service = service.removesuffix(".amazonaws.com").removesuffix(".amazonaws.com.cn")
    found = _services(service) if service else owners(operation)
    for name in dict.fromkeys((operation, _VERSION.sub("", operation))):
        for each in found:
            spelled = _spelled(each).get(name.lower())
            if spelled is not None and (service or len(found) == 1):
                return f"{each}:{spelled}"
    return f"{found[0] if found else service.lower()}:{operation}" if service else operation


def owners(operation: str) -> tuple[str, ...]:
    """The SDK's services that have an operation of this name."""
    return _owners().get(operation.lower(), ())


def action(operation: str, parameters: Collection[str] = (), *, allowed: bool = False) -> str | None:
    """
    The one action that a call of `operation` (as `named` gives it) asks for; None where it is several or not known.

    Of a call that was allowed (`allowed`) it is the one that every call of the operation asks for: it was allowed,
    whatever was asked besides.
    """
    return _action(operation, frozenset(parameters), allowed)


def resource(operation: str, asked: str | None, values: Mapping[str, str], region: str, account: str) -> str | None:
    """
    The ARN that a call with these parameters asks `asked` on; None where that is several, or not wholly told.

    `values` are keyed as the API spells its parameters, with dots between levels; `*` stands for an action that
    takes no resource.
    """
    service, _, name = operation.rpartition(":")
    templates = _templates(service, name, asked, frozenset(values)) if asked and service else None
    if templates is None or len(templates) != 1:
        return None
    if templates == ("*",):
        return "*"
    found = operation_resources.filled(service, templates[0], values, region=region or "*", account=account or "*")
    if "*" in found or not found.startswith("arn:"):
        return None
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else ""
    return found.replace("arn:aws:", f"arn:{partition}:", 1) if partition else found


def spelled(name: str) -> str:
    """An action in AWS's own case (`sns:Publish` for `SNS:Publish`), as it stands where AWS lists none of the name."""
    found = actions.action(name)
    return str(found) if found is not None else name


# ---------------------------------------------------------------- helpers


@lru_cache(maxsize=4096)
def _action(operation: str, parameters: frozenset[str], allowed: bool) -> str | None:  # noqa: FBT001 - internal
    service, _, name = operation.rpartition(":")
    found = operations.actions(service, name, parameters) if service else None
    if found is None or len(found) == 1:
        return found[0] if found else None
    plain = operations.actions(service, name) if allowed else None
    return plain[0] if plain is not None and len(plain) == 1 else None


@lru_cache(maxsize=1024)
def _templates(service: str, name: str, asked: str, sent: frozenset[str]) -> tuple[str, ...] | None:
    return operation_resources.resources(service, name, asked, sent)


@cache
def _services(word: str) -> tuple[str, ...]:
    """The SDK's services that a word may mean, the likeliest first."""
    word = word.lower()
    known = sdk.services()
    # Names of events in botocore's log have hyphens for the spaces of the id.
    by_id = sdk.service_by_id(word) or sdk.service_by_id(word.replace("-", " "))
    first = [each for each in (_HOSTS.get(word), word, by_id) if each is not None and each in known]
    return tuple(dict.fromkeys((*first, *_prefixed().get(word, ()))))


@cache
def _prefixed() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for service in sorted(sdk.services()):
        prefix = sdk.prefix(service)
        if prefix:
            found[prefix] = (*found.get(prefix, ()), service)
    return found


@cache
def _spelled(service: str) -> Mapping[str, str]:
    return {name.lower(): name for name in sdk.operations(service)}


@cache
def _owners() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for service in sorted(sdk.services() - _ENDED):
        for name in _spelled(service):
            found[name] = (*found.get(name, ()), service)
    return found
