"""`iamsim tools diff`: what two manifests say differently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from iamsim.cli.tools._manifests import count, said
from iamsim.tools.comparison import Difference, What, compare
from iamsim.tools.manifest import named

_DIFFERS = 1


@click.command("diff")
@click.argument("before", metavar="NAME@VERSION|FILE")
@click.argument("after", metavar="NAME@VERSION|FILE")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 where the manifests differ.")
@click.pass_context
def command(context: click.Context, before: str, after: str, *, as_json: bool, exit_code: bool) -> None:
    """
    Compares two manifests: tools, arguments, needs, what is left open, the AssumeRole call.

    A difference that is to be expected says so, such as a need that holds only on a condition and
    was not seen. Descriptions, sources and notes are not compared.
    Exit codes: 0 compared, 1 with --exit-code where they differ, 2 wrong command or input.

    \b
    Example:
      iamsim tools diff quilt-mcp@0.21 quilt-mcp@2026-01
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    found = compare(named(before), named(after))
    said([difference(one) for one in found], lines(found, before, after), as_json=as_json)
    context.exit(_DIFFERS if found and exit_code else 0)


def lines(found: tuple[Difference, ...], before: str, after: str) -> Iterator[str]:
    """What differs, tool by tool, for a person."""
    if not found:
        yield f"{before} and {after} say the same"
        return
    yield f"- {before}"
    yield f"+ {after}"
    place: tuple[str | None, str] = (None, "")
    for one in found:
        subject = "" if one.what in _WHOLE else one.subject
        if one.tool != place[0]:
            yield ""
            yield one.tool or "the server"
        if subject and (one.tool, subject) != place:
            yield f"  {subject}"
        place = (one.tool, subject)
        yield from (f"{'    ' if subject else '  '}{line}" for line in _sides(one))
    explained = sum(bool(one.explained) for one in found)
    yield ""
    yield f"{count(len(found), 'difference')}{f', {explained} of them to be expected' if explained else ''}"


_WHOLE = {
    What.TOOL: "has the tool",
    What.ARGUMENT: "argument",
    What.ASSUMES: "assumes the role:",
    What.NEED: "needs",
    What.UNRESOLVED: "leaves open:",
    What.ASSUME: "",
}
"""Differences that are not of a need that both sides have, each with the words before what is said."""


def _sides(one: Difference) -> Iterator[str]:
    words = f"{one.subject}:" if one.what is What.ASSUME else _WHOLE.get(one.what, f"{one.what}:")
    if one.before:
        yield f"- {words} {one.before}"
    if one.after:
        yield f"+ {words} {one.after}"
    if one.explained:
        yield f"  ({one.explained})"


def difference(one: Difference) -> dict[str, Any]:
    """One difference for a program."""
    return {
        "tool": one.tool or None,
        "what": str(one.what),
        "subject": one.subject,
        "before": one.before or None,
        "after": one.after or None,
        "explained": one.explained or None,
    }


COMMAND = command
