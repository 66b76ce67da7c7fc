"""`iamsim tools show`: everything that a manifest says of a server, or of one of its tools."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from iamsim.cli.tools._manifests import MADE, acts_with, columns, count, filled, said, the_tool
from iamsim.model.finding import Confidence
from iamsim.model.server import Parameter, Server
from iamsim.model.tool import Necessity, Requirement, Tool, Tried
from iamsim.tools.manifest import Manifest, named


@click.command("show")
@click.argument("manifest", metavar="NAME@VERSION|FILE")
@click.argument("tool", metavar="[TOOL]", required=False)
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
def command(manifest: str, tool: str | None, *, as_json: bool) -> None:
    """
    Shows what a manifest says of its server, or of one of its tools.

    Of the server: how the manifest came to be, the tokens that it accepts, the AssumeRole call that it
    builds, what can be set, its tools. Of a tool: its arguments and every permission that it needs.

    \b
    Example:
      iamsim tools show quilt-mcp@2026-01 athena_query_execute
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    found = named(manifest)
    if tool is None:
        said(_json(found), _lines(found), as_json=as_json)
    else:
        one = the_tool(found, tool)
        said(_tool_json(one), _tool_lines(one), as_json=as_json)


# ---------------------------------------------------------------- for a person


def _lines(manifest: Manifest) -> Iterator[str]:
    server = manifest.server
    yield f"{server.name}@{server.version}{f': {server.title}' if server.title else ''}"
    yield from _rows(
        {
            "source": server.source,
            "own credentials": server.base,
            "bearer credential": server.bearer,
            "errors are": server.errors,
            "modes": ", ".join(server.modes),
            "every call carries": _pairs(server.context),
        }
    )
    yield from (f"  {note}" for note in server.notes)
    yield from _provenance(server)
    if server.token is not None:
        token = server.token
        yield from ("", "tokens")
        yield from _rows(
            {
                "verified": "yes" if token.verifies else "no: any token is taken as it comes",
                "algorithms": ", ".join(token.algorithms),
                "claims it must have": ", ".join(token.required_claims),
                "issuer": token.issuer and f"checked where {token.issuer} is set",
                "audience": token.audience and f"checked where {token.audience} is set",
            }
        )
    if server.assume is not None:
        yield from ("", f"the {server.assume.operation} call")
        kept = {
            name: value
            for name in server.assume.__dataclass_fields__
            if (value := getattr(server.assume, name)) not in ("", (), None) and name not in ("operation", "messages")
        }
        yield from _rows(
            {name: ", ".join(value) if isinstance(value, tuple) else str(value) for name, value in kept.items()}
        )
    if server.broker is not None:
        yield from ("", f"credentials from {server.broker.name}")
        yield from _rows({"how": server.broker.description, "source": server.broker.source})
    if server.suite is not None:
        yield from ("", f"its own tests: {server.suite.name}")
        yield from _rows({"a pass rests on": ", ".join(server.suite.looks_at), "source": server.suite.source})
    if server.parameters:
        yield from ("", "what can be set")
        yield from columns([_parameter(one) for one in server.parameters.values()], "  ")
    yield from ("", count(len(manifest.tools), "tool"))
    rows = [(one.name, acts_with(one), count(len(one.requirements), "need"), one.description) for one in manifest.tools]
    yield from columns(rows, "  ") if rows else ()


def _provenance(server: Server) -> Iterator[str]:
    told = server.provenance
    if told is None:
        return
    yield from ("", "this manifest")
    yield from _rows(
        {
            "made": f"{MADE[told.how]}{f', {told.made}' if told.made else ''}",
            "of": told.subject,
            "reviewed": told.reviewed or "by nobody",
        }
    )
    yield from (f"  uncertain: {sentence}" for sentence in told.uncertain)


def _tool_lines(tool: Tool) -> Iterator[str]:
    yield f"{tool.name}{f': {tool.description}' if tool.description else ''}"
    yield from _rows(
        {
            "acts with": ", then ".join(tool.credentials),
            "assumes the role": "yes, and runs only where it can" if tool.assumes else "",
            "modes": ", ".join(tool.modes),
            "source": tool.source,
            "when it fails": tool.on_failure,
            "errors are": tool.errors,
            "looks for credentials": "" if tool.lookups is None else count(tool.lookups, "time"),
            "tested with": "; ".join(_tried(one) for one in tool.tests),
        }
    )
    yield from (f"  {note}" for note in tool.notes)
    if tool.parameters:
        yield from ("", "arguments")
        yield from columns([_parameter(one) for one in tool.parameters.values()], "  ")
    for need in tool.requirements:
        yield from ("", *_need(need, tool))
    for one in tool.unresolved:
        yield from ("", f"not told: {one.what}")
        yield from _rows({"why": one.why, "source": one.source})
    if not tool.requirements and not tool.unresolved:
        yield from ("", "needs nothing of IAM")


def _tried(one: Tried) -> str:
    return "arguments not told" if one.arguments is None else json.dumps(one.arguments, ensure_ascii=False)


def _need(need: Requirement, tool: Tool) -> Iterator[str]:
    yield f"{need.action}{f' ({need.operation})' if need.operation else ''}"
    yield from (f"  on {resource}" for resource in need.resources)
    when = "; ".join(text for text in (need.condition, need.when and f"when {need.when}") if text)
    label = f"{need.any_of}{f': {need.option}' if need.option else ''}"
    yield from _rows(
        {
            "with": ", then ".join(need.credentials) if need.credentials != tool.credentials else "",
            "needed": "; ".join(
                text for text in (str(need.necessity) if need.necessity is not Necessity.REQUIRED else "", when) if text
            ),
            "one way of several": label,
            "sure": "no, but likely" if need.confidence is Confidence.LIKELY else "",
            "sends": _pairs(need.context),
            "does not send": ", ".join(need.absent),
            "by": need.via,
            "source": need.source if need.source != tool.source else "",
            "note": need.note,
        }
    )


def _parameter(parameter: Parameter) -> tuple[str, str, str]:
    kind = "" if parameter.kind == "text" else parameter.kind
    default = "" if parameter.default is None else f"default `{parameter.default}`"
    return parameter.name, ", ".join(text for text in (kind, default) if text), parameter.description


def _rows(found: dict[str, str]) -> list[str]:
    rows = [(name, text) for name, text in found.items() if text]
    return columns(rows, "  ") if rows else []


def _pairs(context: Any) -> str:  # noqa: ANN401 - a mapping of names to texts
    return "; ".join(f"{key} = {', '.join(values) or '(nothing)'}" for key, values in context.items())


# ---------------------------------------------------------------- for a program


def _json(manifest: Manifest) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415 - not for those who read

    server = filled(msgspec.to_builtins(manifest.server))
    server.pop("origin", None)
    return {**server, "tools": [_tool_json(tool) for tool in manifest.tools]}


def _tool_json(tool: Tool) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415 - as above

    found: dict[str, Any] = msgspec.to_builtins(tool)
    found["needs"] = [filled(need) for need in found.pop("requirements")]
    return {**filled(found), "assumes": tool.assumes, "needs": found["needs"]}


COMMAND = command
