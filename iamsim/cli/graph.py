"""`iamsim graph`: who can become whom, as a whole, from one, or between two."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

import click

from iamsim import config
from iamsim.cli import _secrets
from iamsim.cli._graphed import details, said, simulator
from iamsim.cli._options import situation
from iamsim.cli._outputs import answers, save, show
from iamsim.cli._values import options
from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError
from iamsim.graph import drawing
from iamsim.graph.build import graph, unread_roles
from iamsim.graph.drawing import label, text
from iamsim.graph.model import Edge, Graph, State
from iamsim.graph.parts import between, from_, roots, to
from iamsim.graph.paths import MOST_PATHS, Path, cycles, paths, reach, sources
from iamsim.graph.walk import beside, explained, walked

FORMATS = ("tree", "mermaid", "dot", "graphml", "json")
_NONE, _OPEN = 1, 4
_EXPLAINED = 50


@click.command("graph")
@click.option(
    "--from", "start", metavar="WHO", help="Whom this one can become. [default: the server's principal of the settings]"
)
@click.option("--to", "end", metavar="ROLE_ARN", help="Who can become this role.")
@click.option("--all", "whole", is_flag=True, help="The whole graph, whatever the settings name.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="tree", show_default=True, help="How it is written."
)
@click.option("--output", metavar="FILE", help="Write it into this file.")
@click.option(
    "--ways",
    type=click.IntRange(1, MOST_PATHS),
    default=3,
    show_default=True,
    help="With --from and --to: how many ways are shown at most.",
)
@situation
@click.pass_context
def command(  # noqa: PLR0913 - an option each
    here: click.Context,
    /,
    start: str | None,
    end: str | None,
    *,
    whole: bool,
    form: str,
    output: str | None,
    ways: int,
    **given: Any,  # noqa: ANN401 - each option has its own type
) -> None:
    """
    Says who can become whom by assuming roles, by the decisions of the engine.

    With --from and --to it looks for ways between the two: it exits with 0 where there is one, with 1 where there is none, and with 4
    where there may be one and the inputs do not tell. Else it exits with 0.

    \b
    Examples:
      iamsim graph --policies policies/ --format dot --output roles.dot
      iamsim graph --policies policies/ --from arn:aws:iam::111122223333:role/task \\
        --to arn:aws:iam::111122223333:role/tenant
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    chosen = options({**given, "from": start, "to": end, "output": output})
    if whole and (start or end):
        raise InputError("--all goes with neither --from nor --to", hint="leave out one of them")
    if start is None and end is None and not whole:
        start = chosen("server_principal")
        start = None if start == "none" else start
    asked = simulator(chosen, tuple(name for name in (start, end) if name is not None and name.startswith("arn:")))
    found = graph(asked)
    for name, option in ((start, "--from"), (end, "--to")):
        _must_be_there(found, name, option)
    if start is not None and end is not None:
        given_, code = _ways(asked, found, start, end, ways)
        part = between(found, given_)
        lines = _told(asked, found, start, end, given_, code) if form == "tree" else []
        _write(_drawn(part, form, lines, given_, unread_roles(asked)), form, output)
        here.exit(code)
    part = from_(found, start) if start is not None else to(found, end) if end is not None else found
    lines = _tree(asked, part, start) if form == "tree" else []
    _write(_drawn(part, form, lines, None, unread_roles(asked)), form, output)


def _must_be_there(found: Graph, name: str | None, option: str) -> None:
    if name is None or name in found.nodes:
        return
    hint = config.closest(name, found.nodes, "iamsim graph --all shows who is there")
    raise InputError(f"`{text(name)[:200]}` of {option} is nobody in the graph", hint=text(hint))


def _ways(asked: Simulator, found: Graph, start: str, end: str, most: int) -> tuple[tuple[Path, ...], int]:
    """The ways as they can be walked, and the exit code that tells what they are worth."""
    many = False
    for sure in (True, False):
        tried = paths(found, start, end, most=MOST_PATHS, sure=sure)
        seen = [walked(asked, Path(tuple(explained(asked, edge) for edge in path.edges))) for path in tried]
        open_ = [path for path in seen if not any(edge.state is State.DENIED for edge in path.edges)]
        certain = [path for path in open_ if path.state is not State.UNKNOWN]
        if certain:
            return tuple(certain[:most]), 0
        if open_ and not sure:
            return tuple(open_[:most]), _OPEN
        # Ways beyond those that were tried may be open still.
        many = many or len(tried) >= MOST_PATHS
    unread = set(unread_roles(asked)) & {end, *sources(found, end)}
    return (), _OPEN if many or unread else _NONE


def _told(asked: Simulator, found: Graph, start: str, end: str, ways: tuple[Path, ...], code: int) -> list[str]:  # noqa: PLR0913, PLR0917 - the parts of an answer
    first, last = label(found.nodes[start]), label(found.nodes[end])
    if not ways:
        return [
            f"{first} cannot become {last}, by what was loaded"
            if code == _NONE
            else f"whether {first} can become {last} is not known",
            *_unread(asked),
        ]
    lines = []
    for number, path in enumerate(ways, 1):
        count = f"{len(path.edges)} step" + ("" if len(path.edges) == 1 else "s")
        verb = "may become" if path.state is State.UNKNOWN else "can become"
        lines += ["", f"way {number}, {path.state}: {first} {verb} {last} in {count}"]
        for edge in path.edges:
            lines.append(f"  {edge.state:<12} {label(found.nodes[edge.source])} -> {label(found.nodes[edge.target])}")
            lines += [f"               = {each}" for each in details(edge.answer, beside(asked, edge))]
    return lines[1:]


def _tree(asked: Simulator, part: Graph, start: str | None) -> list[str]:
    few = sum(1 for _ in zip(range(_EXPLAINED + 1), reach(part, start), strict=False)) <= _EXPLAINED if start else False

    def told(edge: Edge) -> tuple[str, ...]:
        if not few:
            return tuple(details(edge.answer))
        return tuple(details(explained(asked, edge).answer, beside(asked, edge)))

    lines = drawing.tree(part, (start,) if start is not None else roots(part), told)
    lines += _unread(asked)
    circles = cycles(part)
    for circle in circles:
        lines.append(text(f"cycle: {' -> '.join((*circle, circle[0]))}"))
    if start is not None and not any(part.out(start)):
        lines.append("  nobody else, by what was loaded")
    if not part.edges and not part.groups and start is None:
        lines.append("nobody can assume a role, by what was loaded")
    return lines


def _unread(asked: Simulator) -> list[str]:
    return [text(f"who can assume {arn} is not known: its trust policy was not loaded") for arn in unread_roles(asked)]


def _drawn(part: Graph, form: str, lines: list[str], ways: tuple[Path, ...] | None, unread: tuple[str, ...]) -> str:
    match form:
        case "mermaid":
            return drawing.mermaid(part)
        case "dot":
            return drawing.dot(part)
        case "graphml":
            return drawing.graphml(part)
        case "json":
            return drawing.as_json(part, cycles(part), ways, unread) + "\n"
        case _:
            return said(lines) + "\n"


def _write(drawn: str, form: str, output: str | None) -> None:
    drawn = _secrets.hidden(drawn)
    if output is not None and output != "-":
        save(FilePath(output), drawn)
    elif form == "tree":
        show(drawn)
    else:
        answers([drawn.removesuffix("\n")])


COMMAND = command
