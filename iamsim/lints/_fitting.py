"""Whether a resource as it is written can be one that an action is about, by the ARN forms that AWS lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache

from iamsim.catalog import actions as reference
from iamsim.drafts import Part, Text
from iamsim.lints import _arns
from iamsim.lints._grammar import told

_NAME = "\x00"
"""In a form: any text without a slash."""

_TAGS = re.compile("Tags?(?:$|[A-Z])")
_ANY = re.compile(r"\$\{[^{}]*\}")
_MOST, _MOST_WILDCARDS = 2_048, 12
"""Longer ARNs than AWS has fit whatever they are for, as do those with more wildcards than anybody writes."""

_MOST_ACTIONS = 500
"""Of a statement with more different actions nothing is said."""


def resources(part: Part, element: str) -> tuple[str, ...]:
    """
    The values of Resource or NotResource as patterns, variables as `*`; empty where they cannot be judged.

    That is so where `*` stands among them, or one that is no ARN that AWS has: another rule's finding.
    """
    if part.statement is None or [each for each in ("Resource", "NotResource") if each in part.value] != [element]:
        return ()
    found = tuple(_arns.pattern(text.value) for text in part.texts(element))
    return found if found and all(_judged(each) for each in found) else ()


def named(part: Part) -> tuple[tuple[Text, tuple[reference.Action, ...]], ...]:
    """The texts of Action that name an action, each with what it names; empty where that is not told, or too much."""
    if "NotAction" in part.value:
        return ()
    texts = part.texts("Action")
    if not all(told(text.value) and ":" in text.value.strip("*:") for text in texts):
        return ()
    found = [
        (text, tuple(each for name in reference.expand(text.value) if (each := reference.action(name))))
        for text in texts
    ]
    if len({name for _, names in found for name in names}) > _MOST_ACTIONS:
        return ()
    return tuple((text, names) for text, names in found if names)


def about(pattern: str) -> tuple[reference.Action, ...]:
    """The actions that can be about what a pattern matches, of every service that has such resources."""
    _, _, named, _ = pattern.split(":", 3)
    found = (reference.action(f"{service}:{name}") for service in _askers()[named] for name in reference.names(service))
    return tuple(each for each in found if each is not None and fits(each, (pattern,)))


def fits(action: reference.Action, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns can match a resource that the action is about; True where AWS's list does not tell."""
    tags = action.service != "s3" and (action.access_level == "Tagging" or _TAGS.search(action.name) is not None)
    return any(_fits(action.service, action.resource_types, tags, each) for each in patterns)


def forms(actions: Iterable[reference.Action], most: int = 3) -> str:
    """What the actions are about, as AWS writes it; `*` for those that know no resource."""
    found: dict[str, None] = {}
    for action in actions:
        types = reference.resource_types(action.service) or {}
        for kind in action.resource_types or ("",):
            found[types.get(kind, "*")] = None
    shown = sorted(found, key=len)
    return " or ".join(f"`{each}`" for each in shown[:most]) + (" or others" if len(shown) > most else "")


# ---------------------------------------------------------------- helpers


@cache
def _askers() -> Mapping[str, frozenset[str]]:
    """By the service in an ARN, the services whose actions may be about it."""
    found: dict[str, set[str]] = {service: {service} & reference.services() for service in _arns.services()}
    for service in reference.services():
        for text in (reference.resource_types(service) or {}).values():
            for each in text.split(", "):
                found.setdefault(each.split(":")[2], set()).add(service)
    return {own: frozenset(services) for own, services in found.items()}


def _judged(pattern: str) -> bool:
    fields = pattern.split(":", _arns.FIELDS - 1)
    whole = len(fields) == _arns.FIELDS and fields[0] == "arn" and not _arns.wild(fields[2])
    if not whole or len(pattern) > _MOST or pattern.count("*") + pattern.count("?") > _MOST_WILDCARDS:
        return False
    return _arns.known_service(fields[2]) and not _arns.fault(_arns.Written(*fields[1:]))


@lru_cache(maxsize=65_536)
def _fits(service: str, types: tuple[str, ...], tags: bool, pattern: str) -> bool:  # noqa: FBT001 - remembered by it
    _, _, named, region, _, resource = pattern.split(":", _arns.FIELDS - 1)
    listed = _forms(service, types)
    own = named in (service, *(each for each, _, _ in listed or ())) or service.startswith(named)
    # AWS lists no resource for iam:ListRoles, and yet its own policies allow it on role/*, or ssmmessages:OpenDataChannel
    # on session/*; and of what can be tagged its lists are behind.
    if own and (not resource.strip("*") or (not types and resource.endswith("*")) or tags):
        return True
    if named == "iam" and resource == "root":
        # No list has the root user, of whose credentials IAM is asked all the same.
        return service == "iam"
    # Buckets have no Region, and access points have one; of others another rule says what their Region is to be.
    anywhere = named != "s3" or _arns.wild(region)
    return listed is None or any(
        each == named and (anywhere or bool(where) == bool(region)) and _meet(resource, form)
        for each, where, form in listed
    )


@lru_cache(maxsize=4096)
def _forms(service: str, types: tuple[str, ...]) -> tuple[tuple[str, str, str], ...] | None:
    """The forms of the types: the service in the ARN, its Region and the last field. None where one is not listed, or in no form that can be read."""
    table = reference.resource_types(service) or {}
    every = [text for each in table.values() for text in each.split(", ")]
    found = []
    for kind in types:
        for text in table.get(kind, "").split(", "):
            fields = _ANY.sub("*", text).split(":", _arns.FIELDS - 1)
            if len(fields) < _arns.FIELDS or _arns.wild(fields[2]):
                return None
            # A bucket's name has no slash: with one, the ARN is that of an object, which AWS lists beside it.
            name = text.endswith("}") and any(other.startswith(f"{text}/") for other in every)
            found.append((fields[2], fields[3], fields[5][:-1] + _NAME if name else fields[5]))
    return tuple(found)


@lru_cache(maxsize=65_536)
def _meet(written: str, form: str) -> bool:
    """Whether some text matches both; in `form`, `*` is any text and `_NAME` any without a slash."""
    states = _closed(written, {0})
    for sign in form:
        if sign in ("*", _NAME):
            for at in range(min(states), len(written)):
                if at in states and (sign == "*" or written[at] != "/"):
                    states.add(at + 1)
        else:
            ahead = {
                at + (written[at] != "*") for at in states if at < len(written) and written[at] in (sign, "?", "*")
            }
            states = _closed(written, ahead)
        if not states:
            return False
    return len(written) in states


def _closed(written: str, states: set[int]) -> set[int]:
    """The states with those behind each `*`, which may stand for nothing."""
    found = set(states)
    for at in states:
        ahead = at
        while ahead < len(written) and written[ahead] == "*":
            ahead += 1
            found.add(ahead)
    return found
