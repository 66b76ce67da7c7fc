"""What the catalog says of one name: as data, and as lines to read."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from iamsim import redact
from iamsim.catalog import actions, condition_keys, managed_policies, operation_resources, operations
from iamsim.cli._values import not_a_token, unreadable
from iamsim.errors import InputError

Found = dict[str, Any]

_LONGEST = 300
_SHOWN = 200
"""Actions of a pattern that the lines show; the data have them all."""


def known(name: str, *, operation: bool) -> tuple[Found, list[str]]:
    """What `name` is decides what is told of it; raises `InputError` for a name that nothing has."""
    not_a_token(name, "NAME", "give the name of an action, an operation or a managed policy")
    if not name.strip() or len(name) > _LONGEST or unreadable(name):
        raise InputError(
            f"`{redact.line(name)[:60]}` is no name",
            hint=f"write up to {_LONGEST} plain characters, such as s3:GetObject",
        )
    if operation or (":" not in name and "." in name):
        return _operation(name)
    if name.startswith("arn:"):
        return _policy(name)
    if "*" in name or "?" in name:
        return _pattern(name)
    if ":" not in name:
        return _service(name)
    return _action(name) if actions.exists(name) else _key(name)


# ---------------------------------------------------------------- kinds of names


def _action(name: str) -> tuple[Found, list[str]]:
    action = actions.action(name)
    if action is None:
        raise InputError(f"AWS lists no action `{name}`", hint="run iamsim catalog SERVICE")
    types = actions.resource_types(action.service) or {}
    spelled = actions.key_names(action.service)
    found: Found = {
        "action": str(action),
        "access_level": action.access_level,
        "resource_types": {kind: types.get(kind) for kind in action.resource_types},
        "condition_keys": {spelled.get(key, key): condition_keys.kind(key) for key in action.condition_keys},
        "as_of": actions.date().isoformat(),
    }
    return found, [
        f"{found['action']}   {found['access_level']}",
        "resource types" if action.resource_types else "resource types: none, it only takes *",
        *_pairs(found["resource_types"]),
        "condition keys, besides the global ones" if action.condition_keys else "condition keys: the global ones only",
        *_pairs(found["condition_keys"]),
    ]


def _pattern(name: str) -> tuple[Found, list[str]]:
    named = actions.expand(name)
    if not named:
        service = name.partition(":")[0]
        known = service.lower() in actions.services()
        raise InputError(
            f"`{redact.line(name)[:60]}` names no action",
            hint=f"run iamsim catalog {service.lower()}" if known else _near(service, actions.services()),
        )
    left = [f"… {len(named) - _SHOWN:,} more: --json has them all"] if len(named) > _SHOWN else []
    found: Found = {"pattern": name, "actions": list(named), "as_of": actions.date().isoformat()}
    return found, [
        f"{name} names {len(named):,} action{'' if len(named) == 1 else 's'}",
        *(f"  {each}" for each in named[:_SHOWN]),
        *left,
    ]


def _service(name: str) -> tuple[Found, list[str]]:
    types = actions.resource_types(name)
    if types is None:
        raise InputError(f"AWS lists no service `{redact.line(name)[:60]}`", hint=_near(name, actions.services()))
    service = name.lower()
    found: Found = {
        "service": service,
        "actions": [f"{service}:{each}" for each in sorted(actions.names(service))],
        "resource_types": dict(types),
        "condition_keys": {key: condition_keys.kind(key) for key in sorted(actions.key_names(service).values())},
        "as_of": actions.date().isoformat(),
    }
    return found, [
        f"{service}   {len(found['actions'])} actions; iamsim catalog '{service}:*' lists them",
        "resource types" if types else "resource types: none",
        *_pairs(found["resource_types"]),
        "condition keys" if found["condition_keys"] else "condition keys: the global ones only",
        *_pairs(found["condition_keys"]),
    ]


def _key(name: str) -> tuple[Found, list[str]]:
    kind = condition_keys.kind(name)
    service = name.partition(":")[0].lower()
    if kind is None:
        known = [f"{service}:{each}" for each in actions.names(service)] + list(actions.key_names(service).values())
        known += [key.key for key in condition_keys.global_keys() if key.key.lower().startswith(f"{service}:")]
        if not known:
            raise InputError(
                f"AWS lists no service `{redact.line(service)[:60]}`", hint=_near(service, actions.services())
            )
        raise InputError(
            f"AWS lists no action and no condition key `{redact.line(name)[:60]}` (as of {actions.date()})",
            hint=_near(name, known, or_else=f"run iamsim catalog {service}" if service in actions.services() else ""),
        )
    known_of = condition_keys.global_key(name)
    found: Found = {
        "condition_key": known_of.key if known_of else actions.key_names(service).get(name.lower(), name),
        "type": kind,
    }
    if known_of is not None:
        found |= {"present": str(known_of.present), "note": known_of.note, "source": known_of.source}
    lines = [f"{found['condition_key']}   {kind}"]
    lines += [f"  {label}: {found[label]}" for label in ("present", "note", "source") if found.get(label)]
    return found, lines


def _operation(name: str) -> tuple[Found, list[str]]:
    client, _, method = name.partition("." if "." in name and ":" not in name else ":")
    if client.lower() not in operations.services():
        likely = operations.namesake(client, method)
        raise InputError(
            f"the operations of `{redact.line(client)[:60]}` are not mapped",
            hint=f"there is an action {likely}; that it is the one is likely, not certain"
            if likely
            else _near(client, operations.services()),
        )
    known = operations.describe(client, method)
    if known is None:
        listed = operations.names(client)
        # The method of the SDK is spelled apart: compare both without underscores.
        by_letters = {each.lower(): each for each in listed}
        near = difflib.get_close_matches(method.replace("_", "").lower(), by_letters, n=1)
        raise InputError(
            f"no operation `{redact.line(method)[:60]}` of `{client.lower()}` is known",
            hint=f"did you mean `{by_letters[near[0]]}`?"
            if near
            else "an operation newer than this iamsim is not known",
        )
    found: Found = {
        "operation": f"{known.service}.{known.name}",
        "actions": None if known.actions is None else list(known.actions),
        "resources": {action: list(on) for action, on in _asked_on(known).items()},
        "one_of": {parameter: list(named) for parameter, named in known.choices.items()},
        "also": {parameter: list(named) for parameter, named in known.also.items()},
        "instead": {parameter: dict(pairs) for parameter, pairs in known.instead.items()},
        "implied": [
            {
                "actions": list(each.actions),
                "on": each.on,
                "when": each.when,
                "instead": each.instead,
                "source": each.source,
                "inferred": each.inferred or None,
            }
            for each in known.implied
        ],
        "unmapped": known.unmapped or None,
        "inferred": known.inferred or ("the operation has the name of the action" if known.alike else None),
    }
    return found, [f"{found['operation']}", *_told(known, found)]


def _told(known: operations.Operation, found: Mapping[str, Any]) -> Iterable[str]:
    if known.actions is None:
        yield f"  which actions it asks for is not known: {known.unmapped}"
    elif known.actions:
        yield f"  asks for {', '.join(known.actions)}"
        for action, on in found["resources"].items():
            likely = operation_resources.source(known.service, known.name, action) == "derived"
            yield f"    {action} on {' and '.join(on)}" + (" (likely)" if likely else "")
    elif not known.choices:
        yield "  asks for no permission"
    for parameter, named in known.choices.items():
        yield f"  with {parameter}: {', '.join(named)}"
    for parameter, named in known.also.items():
        yield f"  with {parameter} also {', '.join(named)}"
    for parameter, pairs in known.instead.items():
        for before, after in pairs.items():
            yield f"  with {parameter} {after} instead of {before}"
    for each in known.implied:
        brought = ", ".join(each.actions) or "more"
        yield f"  {'instead' if each.instead else 'also'} {brought} on {each.on}, when {each.when}"
        yield f"    {each.source}" + (f" (inferred: {each.inferred})" if each.inferred else "")
    if found["inferred"]:
        yield f"  inferred: {found['inferred']}"


def _asked_on(known: operations.Operation) -> dict[str, tuple[str, ...]]:
    asked = {action: operation_resources.resources(known.service, known.name, action) for action in known.actions or ()}
    return {action: on for action, on in asked.items() if on is not None}


def _policy(arn: str) -> tuple[Found, list[str]]:
    document = managed_policies.document(arn)
    if document is None:
        raise InputError(
            f"`{redact.line(arn)[:200]}` is no AWS managed policy (as of {managed_policies.date()})",
            hint=_near(arn, managed_policies.arns(), or_else="those of other partitions than aws are not known"),
        )
    found: Found = {"arn": arn, "document": document, "as_of": managed_policies.date().isoformat()}
    return found, [f"{arn}   as of {found['as_of']}", *json.dumps(document, indent=2).split("\n")]


def _pairs(pairs: Mapping[str, str | None]) -> list[str]:
    width = max((len(name) for name in pairs), default=0)
    return [f"  {name.ljust(width)}   {value or 'not known'}" for name, value in pairs.items()]


def _near(word: str, known: Iterable[str], *, or_else: str = "") -> str:
    """The way out of a misspelt name: the nearest that there are, up to three; case does not count."""
    spelled = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower()[:_LONGEST], spelled, n=3)
    if near:
        return f"did you mean {' or '.join(f'`{spelled[each]}`' for each in near)}?"
    return or_else or "run iamsim catalog NAME with a service such as s3"
