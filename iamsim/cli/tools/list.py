"""`iamsim tools list`: the manifests that come with the program, or the tools of one manifest."""

from __future__ import annotations

from typing import Any

import click

from iamsim.cli.tools._manifests import acts_with, columns, count, made, reviewed, said
from iamsim.model.tool import Tool
from iamsim.tools.manifest import Manifest, named, shipped

_ACTIONS = 4
"""Actions that stand in the line of a tool."""


@click.command("list")
@click.argument("manifest", metavar="[NAME@VERSION|FILE]", required=False)
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
def command(manifest: str | None, *, as_json: bool) -> None:
    """
    Lists the manifests that come with iamsim, or the tools of one.

    Of a manifest: its tools and needs, how it was made, and whether anybody has held it against the
    server's source. Of a tool: whose credentials it acts with, how many needs it has, and the actions.

    \b
    Examples:
      iamsim tools list
      iamsim tools list quilt-mcp@2026-01
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    if manifest is None:
        read = {name: named(name) for name in shipped()}
        rows = [_row(name, one) for name, one in read.items()]
        said([_manifest(name, one) for name, one in read.items()], columns(rows), as_json=as_json)
    else:
        tools = named(manifest).tools
        lines = columns([_tool_row(tool) for tool in tools]) if tools else ["no tools"]
        said([_tool(tool) for tool in tools], lines, as_json=as_json)


def _needs(manifest: Manifest) -> int:
    return sum(len(tool.requirements) for tool in manifest.tools)


def _row(name: str, manifest: Manifest) -> tuple[str, ...]:
    server = manifest.server
    tools, needs = count(len(manifest.tools), "tool"), count(_needs(manifest), "need")
    return name, tools, needs, made(server), reviewed(server), server.title


def _tool_row(tool: Tool) -> tuple[str, ...]:
    actions = tuple(dict.fromkeys(need.action for need in tool.requirements))
    more = f" and {len(actions) - _ACTIONS} more" if len(actions) > _ACTIONS else ""
    open_ = f"; {count(len(tool.unresolved), 'thing')} not told" if tool.unresolved else ""
    needs = count(len(tool.requirements), "need")
    return tool.name, acts_with(tool), needs, f"{', '.join(actions[:_ACTIONS])}{more}{open_}".removeprefix("; ")


def _manifest(name: str, manifest: Manifest) -> dict[str, Any]:
    server, told = manifest.server, manifest.server.provenance
    return {
        "name": name,
        "title": server.title,
        "tools": len(manifest.tools),
        "needs": _needs(manifest),
        "how": told.how if told else None,
        "subject": told.subject or None if told else None,
        "made": told.made or None if told else None,
        "reviewed": told.reviewed or None if told else None,
    }


def _tool(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "assumes": tool.assumes,
        "credentials": list(map(str, tool.credentials)),
        "needs": len(tool.requirements),
        "actions": list(dict.fromkeys(need.action for need in tool.requirements)),
        "unresolved": len(tool.unresolved),
    }


COMMAND = command
