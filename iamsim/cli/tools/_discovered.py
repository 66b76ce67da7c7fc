"""What a discovery found, as data and as lines to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from iamsim import redact
from iamsim.cli.tools._manifests import count, filled
from iamsim.model.server import Server
from iamsim.model.tool import Requirement
from iamsim.tools.declarations import Declaration, declaration

if TYPE_CHECKING:
    from iamsim.tools.comparison import Difference
    from iamsim.tools.discover import Discovery
    from iamsim.tools.session import Announced, Argument

Found = dict[str, Any]

_NOBODY = Server("the server", "1")
_SHOWN = 60


def data(name: str, version: str, announced: Sequence[Announced], spec: str | None, found: Discovery | None) -> Found:
    """The answer for a program; `differences` is None where the server was held against nothing."""
    return {
        "server": {"name": name or None, "version": version or None},
        "tools": [_tool(one) for one in announced],
        "manifest": spec,
        "differences": None if found is None else _differences(found),
    }


def lines(
    name: str, version: str, announced: Sequence[Announced], spec: str | None, found: Discovery | None
) -> list[str]:
    """The answer for a person: what differs from the manifest, else what is announced."""
    declared = {one.name: made for one in announced if (made := declaration(one, _NOBODY)) is not None}
    who = " ".join(word for word in (name, version) if word) or "the server"
    read = sum(one.needs is not None for one in declared.values())
    some = f"{read} declare{'s' if read == 1 else ''} needs" if read else "none declares needs"
    head = f"{who} announces {count(len(announced), 'tool')}{f', of which {some}' if announced else ''}"
    if found is None or spec is None:
        return [head, *(line for one in announced for line in ("", *_shown(one, declared.get(one.name))))]
    if not found.differs:
        return [head, f"nothing differs from {spec}"]
    return [head, *_parts(found, spec)]


# ---------------------------------------------------------------- for a person


def _shown(tool: Announced, declared: Declaration | None) -> Iterator[str]:
    yield f"{tool.name}({', '.join(map(_argument, tool.arguments))})"
    if declared is None:
        yield "  declares nothing"
        return
    if declared.assumes:
        yield "  runs only where its role can be assumed"
    if declared.needs is not None and not declared.needs:
        yield "  declares that it needs nothing"
    yield from (f"  {_need(need)}" for need in declared.needs or ())
    yield from (f"  ! {problem}" for problem in declared.problems)


def _argument(one: Argument) -> str:
    if one.required:
        return one.name
    # Not as NAME=VALUE, of which `max_tokens=1000` would be taken for a secret.
    return f"{one.name}: {one.default[:_SHOWN]}" if one.default else f"{one.name}?"


def _need(need: Requirement) -> str:
    how = "" if need.necessity == "required" else f", {need.necessity}"
    when = f" when {need.when}" if need.when else ""
    return f"{need.action} on {', '.join(need.resources)} with {', then '.join(need.credentials)}{how}{when}"


def _parts(found: Discovery, spec: str) -> Iterator[str]:
    if found.without_needs:
        yield from ("", f"tools without needs: announced, and not in {spec}")
        yield from (f"  {name}" for name in found.without_needs)
    if found.without_tool:
        yield from ("", f"needs without a tool: in {spec}, and not announced")
        yield from (f"  {name}" for name in found.without_tool)
    if found.arguments:
        yield from ("", "arguments")
        yield from (f"  {one.tool}  {one.subject}: {_sides(one)}" for one in found.arguments)
    if found.needs:
        yield from ("", "declared needs")
        yield from (f"  {one.tool}  {_difference(one)}" for one in found.needs)
    if found.problems:
        yield from ("", "declarations that cannot be taken as they are")
        yield from (f"  {name}  {problem}" for name, problems in found.problems.items() for problem in problems)


def _sides(one: Difference) -> str:
    if not one.before:
        return f"announced ({one.after}), and not in the manifest"
    if not one.after:
        return f"in the manifest ({one.before}), and not announced"
    return f"{one.before} in the manifest, {one.after} as announced"


def _difference(one: Difference) -> str:
    if one.what == "need":
        said = one.before or one.after
        return f"{said}: {'in the manifest, and not declared' if one.before else 'declared, and not in the manifest'}"
    before, after = (side or "nothing" for side in (one.before, one.after))
    about = f"{one.subject}, {one.what}" if one.what != "assumes" else "assumes"
    return f"{about}: {before} in the manifest, {after} as declared"


# ---------------------------------------------------------------- for a program


def _tool(tool: Announced) -> Found:
    made = declaration(tool, _NOBODY)
    return {
        "name": redact.line(tool.name),
        "description": "\n".join(map(redact.line, tool.description.splitlines())),
        "arguments": [
            {
                "name": redact.line(one.name),
                "required": one.required,
                "default": None if one.default is None else redact.line(one.default),
                "kind": one.kind,
            }
            for one in tool.arguments
        ],
        "declared": None
        if made is None or made.needs is None
        else {"assumes": made.assumes, "needs": [filled(msgspec.to_builtins(need)) for need in made.needs]},
        "problems": list(made.problems) if made is not None else [],
    }


def _differences(found: Discovery) -> Found:
    return {
        "tools_without_needs": [redact.line(name) for name in found.without_needs],
        "needs_without_tool": list(found.without_tool),
        "arguments": [_said(one) for one in found.arguments],
        "needs": [_said(one) for one in found.needs],
        "problems": {redact.line(name): list(problems) for name, problems in found.problems.items()},
    }


def _said(one: Difference) -> Found:
    return {
        "tool": redact.line(one.tool),
        "what": str(one.what),
        "subject": one.subject,
        "manifest": one.before or None,
        "server": one.after or None,
    }
