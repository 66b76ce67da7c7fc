"""What a running server announces, held against a manifest, or written as the beginning of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iamsim import redact
from iamsim.model.server import Parameter, Provenance, Server
from iamsim.model.tool import Tool, Unresolved
from iamsim.tools import comparison
from iamsim.tools.comparison import Difference, What
from iamsim.tools.declarations import Declaration, declaration, left_out, parameters, plain
from iamsim.tools.manifest import Manifest
from iamsim.tools.servers import NAME

if TYPE_CHECKING:
    from iamsim.tools.session import Announced, Argument


@dataclass(frozen=True, slots=True)
class Discovery:
    """
    What a running server and a manifest say differently; `before` is the manifest, `after` the server.

    `without_needs` are tools that the manifest does not have, `without_tool` those of the manifest that the server
    does not announce. `arguments` and `needs` are of the tools that both have; `needs` only of those that declare
    some. `problems` are what is wrong with declarations, by tool.
    """

    without_needs: tuple[str, ...]
    without_tool: tuple[str, ...]
    arguments: tuple[Difference, ...]
    needs: tuple[Difference, ...]
    problems: Mapping[str, tuple[str, ...]]

    @property
    def differs(self) -> bool:
        """Whether anything is said differently, or cannot be read."""
        return any((self.without_needs, self.without_tool, self.arguments, self.needs, self.problems))


def compare(announced: Sequence[Announced], manifest: Manifest) -> Discovery:
    """
    The differences between what a server announces and a manifest, in the mode that it is in.

    An argument's default is not compared where one side states none, where it names another parameter, or where it
    is a list or an object; nor is what a manifest cannot say. What a need is called for (`via`, `source`, `note`) and
    how sure it is do not count.
    """
    known = {tool.name: tool for tool in manifest.tools}
    names = {tool.name for tool in announced}
    both = [(tool, known[tool.name]) for tool in announced if tool.name in known]
    declared = {tool.name: one for tool in announced if (one := declaration(tool, manifest.server)) is not None}
    return Discovery(
        without_needs=tuple(tool.name for tool in announced if tool.name not in known),
        without_tool=tuple(name for name in known if name not in names),
        arguments=tuple(one for tool, written in both for one in _arguments(tool, written)),
        needs=tuple(
            _needs(manifest, [(written, declared[tool.name]) for tool, written in both if tool.name in declared])
        ),
        problems={name: one.problems for name, one in declared.items() if one.problems},
    )


def skeleton(announced: Sequence[Announced], *, name: str, version: str, made: str) -> Manifest:
    """
    The beginning of a manifest: the tools with their arguments, and the needs that the server declares.

    A tool that declares none, or whose declaration cannot be read in whole, has something unresolved, so that no check
    of it says allowed. `made` is a day.
    """
    name, version = _printable(name) or "unnamed", _printable(version) or "unknown"
    server = Server(name, version)
    tools: list[Tool] = []
    shared: dict[str, Parameter] = {}
    for one in announced:
        found = declaration(one, server)
        beside = found.parameters if found else {}
        clashing = [key for key, parameter in beside.items() if shared.setdefault(key, parameter) != parameter]
        tools.append(_tool(one, name, found, clashing))
    provenance = Provenance(
        how="declared",
        subject=f"{name} {version}, as it announces itself",
        made=made,
        uncertain=(_DECLARED, *((_ASSUMES,) if any(one.assumes for one in tools) else ())),
    )
    return Manifest(replace(server, parameters=shared, provenance=provenance), tuple(tools))


# ---------------------------------------------------------------- helpers

_DESCRIPTION = 200
_DECLARED = "the needs are those that the server declares, and were not held against what it does"
_ASSUMES = "how the server assumes the role is nothing that it declares: [server.assume] is missing"
_RENAMED = "the same but for the names of parameters"


def _arguments(tool: Announced, written: Tool) -> Iterator[Difference]:
    new = {one.name: one for one in tool.arguments if NAME.fullmatch(one.name)}
    for name in dict.fromkeys((*written.parameters, *new)):
        mine, theirs = written.parameters.get(name), new.get(name)
        if mine is None or theirs is None or _differ(mine, theirs):
            before = _said(mine.default is None, mine.default) if mine else ""
            after = _said(theirs.required, theirs.default) if theirs else ""
            yield Difference(What.ARGUMENT, tool.name, name, before, after)


def _differ(mine: Parameter, theirs: Argument) -> bool:
    if (mine.default is None) != theirs.required:
        return True
    if mine.default is None or theirs.default is None:
        return False
    if "{" in mine.default or not plain(theirs.default) or theirs.kind in ("array", "object"):
        return False
    return mine.default != theirs.default


def _said(required: bool, default: str | None) -> str:  # noqa: FBT001 - our own two-argument helper
    if required:
        return "required"
    return f"optional, else `{redact.line(default)[:_DESCRIPTION]}`" if default else "optional"


def _needs(manifest: Manifest, pairs: Sequence[tuple[Tool, Declaration]]) -> Iterator[Difference]:
    """What the manifest's tools and their declarations say differently of the needs."""
    old, new = [], []
    for written, declared in pairs:
        if declared.needs is not None:
            # All but the needs is taken from the manifest, so that nothing else can differ.
            assumes = written.assumes if declared.assumes is None else declared.assumes
            old.append(written)
            new.append(replace(written, requirements=declared.needs, assumes=assumes))
    for one in comparison.compare(replace(manifest, tools=tuple(old)), replace(manifest, tools=tuple(new))):
        unsaid = one.what is What.OPERATION and not (one.before and one.after)
        renamed = one.what is What.RESOURCE and one.explained == _RENAMED
        if not unsaid and not renamed and one.what is not What.CONFIDENCE:
            yield one


def _tool(tool: Announced, server: str, found: Declaration | None, clashing: Sequence[str]) -> Tool:
    open_ = list(_open(found))
    open_ += [f"another tool declares another parameter `{name}`" for name in clashing]
    requirements = found.needs or () if found else ()
    description = _printable(" ".join(tool.description.split()))
    return Tool(
        server=server,
        name=_printable(tool.name),
        assumes=bool(found and found.assumes),
        requirements=requirements,
        description=description if len(description) <= _DESCRIPTION else f"{description[: _DESCRIPTION - 1]}…",
        credentials=tuple(dict.fromkeys(one for need in requirements for one in need.credentials)),
        parameters={one.name: one for one in parameters(tool)},
        notes=left_out(tool),
        unresolved=tuple(Unresolved("what the tool needs", why) for why in open_),
    )


def _open(found: Declaration | None) -> Iterator[str]:
    if found is None:
        yield "the server does not declare it"
    elif found.needs is None:
        yield f"what the server declares cannot be read: {found.problems[0]}"
    else:
        yield from found.problems


def _printable(text: str) -> str:
    """The text as a manifest may hold it: without secrets, on one line, each character one that is seen."""
    return "".join(letter if letter.isprintable() else " " for letter in redact.line(text)).strip()
