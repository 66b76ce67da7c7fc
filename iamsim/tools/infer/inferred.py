"""What a source was seen to do, as a manifest: operations become actions, parameters resources, tests conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from iamsim.model.server import AssumeTemplate, Parameter, Provenance, Server
from iamsim.model.tool import Tool
from iamsim.tools.infer.assuming import template
from iamsim.tools.infer.credentials import ASSUMES
from iamsim.tools.infer.interpreter import Interpreter
from iamsim.tools.infer.made import Made
from iamsim.tools.infer.merging import always
from iamsim.tools.infer.resources import Names
from iamsim.tools.infer.tool_needs import ToolNeeds
from iamsim.tools.infer.walk import Outcome
from iamsim.tools.infer.wording import LINE, printable
from iamsim.tools.manifest import Manifest


def manifest(outcome: Outcome, *, name: str, version: str, subject: str, made: str) -> tuple[Manifest, tuple[str, ...]]:
    """
    The manifest of what was walked, and sentences on what the walk could not tell of the server as a whole.

    `subject` says what was looked at, `made` is today (ISO 8601).
    """
    walk = outcome.walk
    uncertain: list[str] = []
    server_names = Names({})
    chosen, assume = _assumed(walk, outcome, server_names, uncertain)
    tools = tuple(ToolNeeds(walk, each, name, server_names, chosen).tool() for each in outcome.tools)
    uncertain += [f"{what} ({site})" for site, what in sorted(walk.unnamed.items())]
    outside = {(one.operation, one.unresolved, one.site) for one in outcome.start if one.unresolved}
    uncertain += [f"outside of the tools, {what}: {why} ({site})" for what, why, site in sorted(outside)[:LINE]]
    uncertain += [f"not read: {note}" for note in walk.tree.notes]
    if not tools:
        uncertain.insert(0, "no tool is registered in this source that could be found")
    notes = _start(outcome)
    kinds = _argument_kinds(tools)
    declared = {**kinds, **server_names.declared}
    server = Server(
        name=name,
        version=version,
        title=name,
        base="boto3's default chain, or what the source gives its sessions"
        if any(tool.requirements for tool in tools)
        else "",
        assume=assume,
        parameters=dict(sorted(declared.items())),
        notes=notes,
        source=walk.tree.root,
        provenance=Provenance(
            "inferred", subject, made, "", tuple(printable(each) for each in dict.fromkeys(uncertain))
        ),
    )
    tools = tuple(
        replace(tool, parameters={key: _base(one, declared) for key, one in tool.parameters.items()}) for tool in tools
    )
    return Manifest(server, tools), tuple(dict.fromkeys(uncertain))


def _base(parameter: Parameter, declared: Mapping[str, Parameter]) -> Parameter:
    """An argument as a reader of the manifest has it: what the server's parameter of its name says, with its own default."""
    shared = declared.get(parameter.name)
    return parameter if shared is None else replace(shared, default=parameter.default)


def _argument_kinds(tools: Iterable[Tool]) -> dict[str, Parameter]:
    """Arguments that a tool's text cannot tell the kind of: flags that must be given."""
    return {
        one.name: Parameter(one.name, f"The argument {one.name}", None, "flag")
        for tool in tools
        for one in tool.parameters.values()
        if one.kind == "flag" and one.default not in ("true", "false")
        and all(other.parameters[one.name].kind == "flag" for other in tools if one.name in other.parameters)
    }  # fmt: skip


def _assumed(
    walk: Interpreter, outcome: Outcome, names: Names, uncertain: list[str]
) -> tuple[Made | None, AssumeTemplate | None]:
    """The AssumeRole call that most tools make, and how it is built; others are needs of their own."""
    counts: dict[tuple[object, ...], int] = {}
    calls: dict[tuple[object, ...], Made] = {}
    for each in outcome.tools:
        made = {
            one.alike: one
            for one in each.made
            if one.call and one.name in ASSUMES and one.name != "sts.AssumeRoleWithSAML"
        }
        for key, one in made.items():
            calls.setdefault(key, one)
            counts[key] = counts.get(key, 0) + any(always(other) for other in each.made if other.alike == key)
    known = [key for key in calls if counts[key]]
    if not known:
        # A role that is assumed only at times is a need of its tools.
        return None, None
    chosen = max(known, key=lambda key: (counts[key], calls[key].site))
    others = sorted({calls[key].site for key in calls if key != chosen})
    if others:
        uncertain.append(
            f"roles are assumed in several ways; server.assume describes the one of {calls[chosen].site}, those of"
            f" {', '.join(others)} are needs of their tools"
        )
    return calls[chosen], template(walk, calls[chosen], names, uncertain)


def _start(outcome: Outcome) -> tuple[str, ...]:
    names = sorted(
        {
            made.name
            for made in outcome.start
            if made.operation and not made.unresolved and made.name not in ASSUMES and not made.method
        }
    )
    if not names:
        return ()
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")  # noqa: PLR2004
    return (f"when it starts, or outside of its tools, the source may call {shown}",)
