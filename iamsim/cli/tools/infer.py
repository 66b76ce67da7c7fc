"""`iamsim tools infer`: a manifest from a server's source, which is read and never run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iamsim import redact
from iamsim.cli._options import AT
from iamsim.cli._outputs import progress, save, show, warning
from iamsim.cli._values import moment
from iamsim.cli.tools._manifests import count, said
from iamsim.errors import InputError
from iamsim.model.finding import Confidence

if TYPE_CHECKING:
    from iamsim.tools.comparison import Difference
    from iamsim.tools.infer import Inferred

_DIFFERS = 1
_SHOWN = 20


@click.command("infer")
@click.argument("source", metavar="SOURCE")
@click.option("--name", default="", help="The server's name. [default: of its metadata, else of the folder]")
@click.option("--version", default="", help="The server's version. [default: of its metadata, else 0]")
@click.option("--write", "target", metavar="FILE", help="Write the manifest; never over a file that is there.")
@click.option("--against", metavar="NAME@VERSION|FILE", help="Show what differs from this manifest instead.")
@click.option("--json", "as_json", is_flag=True, help="What was found, or what differs, as JSON.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 where --against differs and nothing explains it.")
@AT
@click.pass_context
def command(context: click.Context, /, *, as_json: bool, exit_code: bool, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Infers what each tool needs from the source of a Python MCP server: a folder, or one file.

    \b
    The source is read; nothing of it is imported or run. The manifest is marked as inferred: what
    the source does not tell stands in it as confidence = "likely", as [[tool.unresolved]], or
    among the sentences of its provenance. Without --write it goes to standard output.
    Exit codes: 0 inferred, 1 with --exit-code where it differs, 2 wrong command or input.

    \b
    Examples:
      iamsim tools infer ./my-server --write my-server.toml
      iamsim tools infer ./my-server --against my-server.toml --exit-code
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    from iamsim.tools import written  # noqa: PLC0415 - with the three below more than a page of help needs
    from iamsim.tools.comparison import compare  # noqa: PLC0415 - as above
    from iamsim.tools.infer import infer  # noqa: PLC0415 - as above
    from iamsim.tools.manifest import named  # noqa: PLC0415 - as above

    against, target = given["against"], given["target"]
    if exit_code and against is None:
        raise InputError("--exit-code is given, and no manifest", hint="name it with --against")
    if target is not None and Path(target).exists():
        raise InputError(f"`{redact.line(target)[:120]}` is there already", hint="name another file, or remove it")
    known = named(against) if against is not None else None
    found = infer(
        Path(given["source"]),
        made=moment(given["at"]).date().isoformat(),
        name=given["name"],
        version=given["version"],
        progress=progress,
    )
    text = written.toml(found.manifest)
    if target is not None:
        save(Path(target), text)
        click.echo(f"wrote {redact.line(target)}", err=True)
    if known is not None:
        differences = compare(known, found.manifest)
        said([_difference(one) for one in differences], _differing(differences, against), as_json=as_json)
        context.exit(_DIFFERS if exit_code and any(not one.explained for one in differences) else 0)
    if as_json:
        said(_json(found), (), as_json=True)
    elif target is not None:
        said(None, _summary(found), as_json=False)
    else:
        show(text)
    for note in found.notes[:_SHOWN]:
        warning(note)
    if len(found.notes) > _SHOWN:
        warning(f"{len(found.notes) - _SHOWN} more; all stand in the manifest's provenance")


# ---------------------------------------------------------------- what is said


def _summary(found: Inferred) -> Iterator[str]:
    tools = found.manifest.tools
    needs = [need for tool in tools for need in tool.requirements]
    likely = sum(need.confidence is not Confidence.CERTAIN for need in needs)
    open_ = [(tool, one) for tool in tools for one in tool.unresolved]
    yield (
        f"{count(found.files, 'file')} read: {count(len(tools), 'tool')}, {count(len(needs), 'need')}"
        f" ({len(needs) - likely} certain, {likely} likely), {len(open_)} unresolved"
    )
    for tool, one in open_[:_SHOWN]:
        yield f"  {tool.name}: {one.what}: {one.why} ({one.source})"
    if len(open_) > _SHOWN:
        yield f"  … and {len(open_) - _SHOWN} more"


def _json(found: Inferred) -> dict[str, Any]:
    return {
        "server": found.manifest.server.name,
        "version": found.manifest.server.version,
        "files": found.files,
        "tools": [
            {
                "name": tool.name,
                "assumes": tool.assumes,
                "needs": [
                    {
                        "action": need.action,
                        "operation": need.operation or None,
                        "resources": list(need.resources),
                        "credentials": [str(each) for each in need.credentials],
                        "necessity": str(need.necessity),
                        "when": need.when or None,
                        "condition": need.condition or None,
                        "confidence": str(need.confidence),
                        "source": need.source,
                        "note": need.note or None,
                    }
                    for need in tool.requirements
                ],
                "unresolved": [{"what": one.what, "why": one.why, "source": one.source} for one in tool.unresolved],
            }
            for tool in found.manifest.tools
        ],
        "notes": list(found.notes),
    }


def _difference(one: Difference) -> dict[str, Any]:
    from iamsim.cli.tools.diff import difference  # noqa: PLC0415 - only this answer needs it

    return difference(one)


def _differing(differences: tuple[Difference, ...], against: str) -> Iterator[str]:
    from iamsim.cli.tools.diff import lines  # noqa: PLC0415 - only this answer needs it

    yield from lines(differences, against, "the source")


COMMAND = command
