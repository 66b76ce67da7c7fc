"""The manifest that a recording shows, and what it shows that another one does not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from iamsim.model.server import Parameter, Provenance, Server
from iamsim.model.tool import Tool
from iamsim.tools import comparison, templates
from iamsim.tools._explained import RENAMED
from iamsim.tools._matched import ACCOUNT, REGION
from iamsim.tools._recorded_needs import UNSEEN, printable, tool
from iamsim.tools.comparison import Difference, What
from iamsim.tools.manifest import Manifest
from iamsim.tools.record import Recording

__all__ = ("UNSEEN", "against", "manifest")


def manifest(recording: Recording, *, made: str) -> Manifest:
    """
    What was seen, as a manifest; `made` is the day (ISO 8601).

    A tool that was not called, that always failed or that did something of which no report tells has
    that under `unresolved`. Every need was seen; its resource was not (reports hold no parameters), and
    is told by the arguments that have the names of the API's parameters.
    """
    name, version = (printable(text) for text in recording.identity)
    name, version = name or "unnamed", version or "unknown"
    tools = tuple(tool(announced, recording, name) for announced in recording.tools)
    provenance = Provenance("recorded", f"{name} {version}", made, "", tuple(_uncertain(recording, tools)))
    return Manifest(Server(name, version, parameters=_parameters(recording, tools), provenance=provenance), tools)


def against(made: Manifest, other: Manifest, recording: Recording) -> tuple[Difference, ...]:
    """
    What `made`, the recording's manifest, shows that `other` does not say, and the reverse; `before` is `other`.

    Only tools, needs, their credentials and resources count, and what was seen of which neither can tell
    what it needs: arguments are announced and not recorded, and what a need depends on is not seen.
    Nothing is said of tools that were not called. The AssumeRole call that `other` describes under
    `server.assume` is none of its needs.
    """
    called = [tool for tool in made.tools if tool.name not in recording.not_called]
    announced = {tool.name for tool in made.tools}
    names = {tool.name for tool in called}
    old = replace(other, tools=tuple(tool for tool in other.tools if tool.name in names or tool.name not in announced))
    return tuple(one for one in comparison.compare(old, replace(made, tools=tuple(called))) if _counts(one))


# ---------------------------------------------------------------- helpers

_COUNTS = (What.TOOL, What.ASSUMES, What.NEED, What.CREDENTIALS, What.RESOURCE)


def _counts(one: Difference) -> bool:
    if one.what is What.UNRESOLVED:
        return one.missing == "before" and not one.explained
    return one.what in _COUNTS and one.explained != RENAMED


def _parameters(recording: Recording, tools: tuple[Tool, ...]) -> Mapping[str, Parameter]:
    """What the needs name that is no argument of their tool."""
    found = {}
    words = {REGION: "The region of the call", ACCOUNT: "The account that the resources are in"}
    settings = [name for run in recording.runs for name in run.call.settings]
    for name in (*words, *dict.fromkeys(settings)):
        used = any(
            name in {base.partition(".")[0] for text in need.resources for base in templates.names(text)}
            and name not in tool.parameters
            for tool in tools
            for need in tool.requirements
        )
        if used:
            found[name] = Parameter(name, words.get(name, "Set while this was recorded"))
    return found


def _uncertain(recording: Recording, tools: tuple[Tool, ...]) -> Iterator[str]:
    made = len(recording.runs)
    called = len({run.call.tool for run in recording.runs})
    yield (
        f"recorded in {made} call{'s' * (made != 1)} of {called} tool{'s' * (called != 1)}: what other arguments, another"
        " account or another moment make the server do was not seen"
    )
    if any(tool.requirements for tool in tools):
        yield "reports hold no parameters: resources are told by arguments that have the names of API parameters"
    if any(need.action.startswith("sts:AssumeRole") for tool in tools for need in tool.requirements):
        yield "what the server sends with its AssumeRole call was not seen: describe it under [server.assume]"
    for calls, where in (
        (recording.before, "before the first call of a tool"),
        (recording.apart, "after every tool's time"),
    ):
        if calls:
            yield f"seen {where}, and so counted to no tool: {', '.join(dict.fromkeys(call.name for call in calls))}"
    lost = sum(recording.dropped.values())
    if lost:
        yield f"{lost} report{'s' * (lost != 1)} could not be used: {', '.join(sorted(recording.dropped))}"
    if recording.stopped:
        yield "the recording ended before its last call"
