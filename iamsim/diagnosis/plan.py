"""The fewest tool calls that would prove every permission that is needed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iamsim import redact
from iamsim.catalog import actions
from iamsim.diagnosis.scene import Scene
from iamsim.model.diagnosis import Plan, Trial
from iamsim.model.principal import HOLE
from iamsim.model.report import Need, ToolResult
from iamsim.model.server import Parameter
from iamsim.model.tool import Credential, Necessity, Tool
from iamsim.tools.bindings import TRUE

_SHOWS = {Necessity.REQUIRED, Necessity.CONDITIONAL, Necessity.DECIDES_RESULT}
_AWS = {Credential.ROLE, Credential.SERVER, Credential.BROKERED}
_WRITES = {"Write", "Permissions management", "Tagging"}
# AWS lists using a key, and asking for a session, as writing.
_CHANGES_NOTHING = ("sts:", "kms:")
_WHY = {
    Necessity.OPTIONAL: "a tool goes on without it",
    Necessity.DEFERRED: "it is asked for after the tool has answered",
}

Permission = tuple[str, str, str]
"""An action, a resource and whose credential."""


@dataclass(frozen=True)
class Candidate:
    """One call that could be made, and what it would prove."""

    tool: str
    arguments: Mapping[str, Any]
    to_fill: tuple[str, ...]
    proves: frozenset[Permission]
    writes: bool


def plan(scene: Scene, settings: Mapping[str, tuple[str, ...]] | None = None) -> Plan:
    """
    A cover of the needs of the checked tools, chosen greedily and then thinned out; `settings` are values of parameters, as `--set` gives them.

    Of calls that prove as many, one that changes nothing and needs nothing filled in comes first. Without a check there are no needs.
    """
    needed = _needed(scene)
    candidates = [one for tool in scene.checked.values() for one in _candidate(scene, tool, settings or {})]
    chosen = cover(candidates)
    proven = frozenset().union(*(one.proves for one in chosen)) if chosen else frozenset()
    left = {permission: why for permission, why in needed.items() if permission not in proven}
    return Plan(
        tuple(_trial(scene, one) for one in sorted(chosen, key=lambda one: one.writes)),
        len(needed),
        tuple(f"{_said(permission)}: {why}" for permission, why in sorted(left.items())),
    )


# ---------------------------------------------------------------- what is needed, and what a call proves


def _needed(scene: Scene) -> dict[Permission, str]:
    """Every permission that a tool needs, with the reason for which no call may show it."""
    found: dict[Permission, str] = {}
    for tool in scene.checked.values():
        for need in tool.needs:
            for permission in _permissions(need):
                why = _WHY.get(need.requirement.necessity, "no call of a tool shows it")
                found[permission] = why
    return found


def _permissions(need: Need) -> Iterator[Permission]:
    """A need that counts, once for each of its resources."""
    credential = need.requirement.credentials[0]
    if need.needed is True and not need.spared and credential in _AWS:
        for resource in need.resources:
            yield need.requirement.action, resource.replace(HOLE, "*"), str(credential)


def _candidate(scene: Scene, checked: ToolResult, settings: Mapping[str, tuple[str, ...]]) -> Iterator[Candidate]:
    tool = scene.tools.get(checked.name)
    shown = [need for need in checked.needs if need.requirement.necessity in _SHOWS]
    proves = frozenset(permission for need in shown for permission in _permissions(need))
    if tool is None or not proves:
        return
    arguments, to_fill = _arguments(tool, settings, _tried(scene, tool))
    writes = any(_changes(need.requirement.action) for need in checked.own_needs if need.needed is not False)
    yield Candidate(tool.name, arguments, to_fill, proves, writes)


def _tried(scene: Scene, tool: Tool) -> Mapping[str, Any]:
    """The arguments of a call of it that the evidence has and that the server does not refuse."""
    fitting = (
        item.arguments
        for item in scene.items
        if item.tool is not None and item.tool.name == tool.name and item.arguments and not scene.lacks(item)
    )
    return next(fitting, {})


def _arguments(
    tool: Tool, settings: Mapping[str, tuple[str, ...]], tried: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The arguments of a call as far as anything tells them, and the names of those that have to be filled in."""
    found: dict[str, Any] = {}
    to_fill = []
    for name, parameter in tool.parameters.items():
        if name in tried:
            found[name] = tried[name]
        elif settings.get(name):
            if parameter.default is None or settings[name] != (parameter.default,):
                found[name] = _value(parameter, settings[name])
        elif parameter.default is None:
            to_fill.append(name)
    cleaned: dict[str, Any] = dict(redact.arguments(found))
    hidden = [name for name, value in found.items() if json.dumps(cleaned.get(name)) != json.dumps(value)]
    kept = {name: value for name, value in cleaned.items() if name not in hidden}
    return kept, (*to_fill, *hidden)


def _value(parameter: Parameter, values: tuple[str, ...]) -> Any:  # noqa: ANN401 - an argument is any JSON value
    if parameter.kind == "flag":
        return values[0].lower() in TRUE
    if parameter.kind == "number":
        return float(values[0]) if any(mark in values[0] for mark in ".eE") else int(values[0])
    # Manifests do not tell lists: several URIs are one, and so is what is called so.
    several = parameter.kind == "s3-uri" and parameter.name.endswith("s")
    return list(values) if len(values) > 1 or several else values[0]


def _changes(action: str) -> bool:
    known = actions.action(action)
    return known is not None and known.access_level in _WRITES and not action.startswith(_CHANGES_NOTHING)


# ---------------------------------------------------------------- the cover


def cover(candidates: Iterable[Candidate]) -> list[Candidate]:
    """As few of the candidates as are found to prove what all of them do, and none that the others make needless."""
    return _thinned(_greedy(candidates))


def _greedy(candidates: Iterable[Candidate]) -> list[Candidate]:
    left = list(candidates)
    open_ = set().union(*(one.proves for one in left)) if left else set()
    chosen: list[Candidate] = []
    while open_:
        best = min(
            left, key=lambda one: (-len(one.proves & open_), one.writes, len(one.to_fill), len(one.arguments), one.tool)
        )
        chosen.append(best)
        open_ -= best.proves
    return chosen


def _thinned(chosen: list[Candidate]) -> list[Candidate]:
    """Without calls whose permissions the others prove, those that change something tried first."""
    kept = list(chosen)
    for one in sorted(chosen, key=lambda one: (not one.writes, len(one.proves))):
        others = frozenset().union(*(other.proves for other in kept if other is not one))
        if one.proves <= others:
            kept.remove(one)
    return kept


def _trial(scene: Scene, one: Candidate) -> Trial:
    tool, server = scene.tools[one.tool], scene.server
    errors = tool.errors or (server.errors if server is not None else "")
    sees = {
        "answered": "its answer holds no error: this server answers a call that failed like any other",
        "flagged": "it is not answered as an error",
    }.get(errors, "its answer holds no error, and is not answered as one")
    return Trial(
        one.tool, one.arguments, tuple(_said(each) for each in sorted(one.proves)), one.to_fill, one.writes, sees
    )


def _said(permission: Permission) -> str:
    action, resource, credential = permission
    whose = {"role": "the role", "server": "the server", "brokered": "the session"}[credential]
    return f"{action} on {resource} by {whose}"
