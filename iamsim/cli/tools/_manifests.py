"""What the commands that show manifests have in common: their words, and how they are said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from iamsim import redact
from iamsim.cli import _secrets
from iamsim.cli._outputs import answers, show
from iamsim.errors import InputError
from iamsim.model.server import Server
from iamsim.model.tool import Tool
from iamsim.tools.manifest import Manifest
from iamsim.tools.tables import near

MADE = {
    "written": "written by hand",
    "inferred": "inferred from source",
    "recorded": "recorded from behaviour",
    "declared": "declared by the server",
}
"""How a manifest came to be, in words."""


def said(found: object, lines: Iterable[str], *, as_json: bool) -> None:
    """The answer on standard output: `found` for a program, `lines` for a person; without secrets and control characters."""
    if as_json:
        answers([_secrets.hidden(json.dumps(found, indent=2, ensure_ascii=False))])
    else:
        show("\n".join(redact.line(_secrets.hidden(line)) for line in lines))


def the_tool(manifest: Manifest, name: str) -> Tool:
    """The tool of this name; raises `InputError` with the nearest one."""
    for tool in manifest.tools:
        if tool.name == name:
            return tool
    server = manifest.server
    raise InputError(
        f"{server.name}@{server.version} has no tool `{redact.line(name)[:60]}`",
        hint=near(name, [tool.name for tool in manifest.tools]),
    )


def made(server: Server) -> str:
    """How the manifest was made, and when."""
    told = server.provenance
    return f"{MADE[told.how]}{f', {told.made}' if told.made else ''}" if told is not None else "not told how made"


def reviewed(server: Server) -> str:
    """When somebody held the manifest against the server's source; in few words where nobody did."""
    told = server.provenance
    return f"reviewed {told.reviewed}" if told is not None and told.reviewed else "not reviewed" if told else ""


def acts_with(tool: Tool) -> str:
    """Whose authority a tool acts with, before what follows in the same line."""
    # The colon: what follows `bearer` and a blank would be taken for a token, and hidden.
    return f"{', '.join(tool.credentials) or 'not told'}:"


def count(number: int, noun: str) -> str:
    """`1 tool`, `2 tools`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def columns(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """The rows as lines, every column but the last as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return [f"{indent}{line}".rstrip() for line in padded]


def filled(found: Mapping[str, Any]) -> dict[str, Any]:
    """Without the keys that say nothing."""
    return {key: value for key, value in found.items() if value not in ("", (), [], {}, None)}
