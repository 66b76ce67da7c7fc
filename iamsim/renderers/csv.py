"""The matrix of tools and needs, one row each, for spreadsheets."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator

from iamsim.model.report import Need, Report, ToolResult
from iamsim.renderers import Renderer, RenderOptions
from iamsim.renderers._words import line

COLUMNS = (
    "tool",
    "role_use",
    "tool_status",
    "action",
    "resources",
    "necessity",
    "needed",
    "credential",
    "principal",
    "status",
    "gap",
    "once_assumed",
    "alternative",
    "set",
    "why_not_told",
)
"""One row per need, in the order of the manifest; a tool without any has one row, whose columns of needs are empty."""


def render(report: Report, _options: RenderOptions) -> str:
    """Lines end as RFC 4180 has it; several values of one cell stand with a space between."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row] for tool in report.tools for row in _rows(tool))
    return file.getvalue()


def _rows(tool: ToolResult) -> Iterator[tuple[str, ...]]:
    head = (tool.name, tool.role, tool.status)
    for need in tool.needs:
        yield (*head, *_need(need), "")
    for open_ in tool.unresolved:
        yield (*head, *[""] * (len(COLUMNS) - len(head) - 1), f"{open_.what}: {open_.why}")
    if not tool.needs and not tool.unresolved:
        yield (*head, *[""] * (len(COLUMNS) - len(head)))


def _need(need: Need) -> tuple[str, ...]:
    asked = need.requirement
    return (
        asked.action,
        " ".join(need.resources),
        asked.necessity,
        _word(need.needed),
        " ".join(dict.fromkeys(attempt.credential for attempt in need.attempts)),
        " ".join(dict.fromkeys(attempt.principal for attempt in need.attempts if attempt.principal)),
        need.status,
        _word(need.gap),
        _word(need.hypothetical),
        asked.any_of or "",
        " ".join(need.unbound),
    )


def _word(answer: bool | None) -> str:  # noqa: FBT001 - the value itself
    return "unknown" if answer is None else "yes" if answer else "no"


def _cell(value: str) -> str:
    """Text that no spreadsheet takes for a formula: one that begins like one begins with an apostrophe instead."""
    shown = line(value)
    # Some spreadsheets take the full-width signs for the others.
    return f"'{shown}" if unicodedata.normalize("NFKC", shown).lstrip().startswith(_FORMULA) else shown


_FORMULA = ("=", "+", "-", "@")


RENDERER = Renderer("csv", ".csv", render)
