"""`iamsim tools validate`: everything that is wrong with manifest files, each with its line."""

from __future__ import annotations

from typing import Any

import click

from iamsim.cli.tools._manifests import count, said
from iamsim.errors import InputError
from iamsim.tools.manifest import written
from iamsim.tools.validation import Level, Problem, problems


@click.command("validate")
@click.argument("files", metavar="NAME@VERSION|FILE…", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@click.option("--strict", is_flag=True, help="Exit with 2 for warnings too.")
@click.pass_context
def command(context: click.Context, files: tuple[str, ...], *, as_json: bool, strict: bool) -> None:
    """
    Checks manifest files, and says all that is wrong with each.

    \b
    Errors are what a check would refuse: structure (a JSON Schema describes it) and meaning.
    Warnings are what AWS's lists do not know: an action, a resource that no resource type of
    its action looks like, a condition key that is not sent with it.
    Exit codes: 0 valid, 2 something is wrong.

    \b
    Example:
      iamsim tools validate my-server.toml
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    found: dict[str, tuple[Problem, ...]] = {}
    for file in dict.fromkeys(files):
        text, document = written(file)
        found[document] = problems(text, document=document)
    lines = [line for document, several in found.items() for line in _lines(document, several)]
    said([_json(document, several) for document, several in found.items()], lines, as_json=as_json)
    levels = {one.level for several in found.values() for one in several}
    context.exit(InputError.exit_code if Level.ERROR in levels or (strict and levels) else 0)


def _lines(document: str, found: tuple[Problem, ...]) -> list[str]:
    errors = sum(one.level is Level.ERROR for one in found)
    warnings = len(found) - errors
    noted = f", {count(warnings, 'warning')}" if warnings else ""
    return [*map(str, found), f"{document}: {count(errors, 'error') if errors else 'valid'}{noted}"]


def _json(document: str, found: tuple[Problem, ...]) -> dict[str, Any]:
    return {
        "file": document,
        "valid": all(one.level is not Level.ERROR for one in found),
        "problems": [
            {
                "level": str(one.level),
                "line": one.origin.line,
                "pointer": one.origin.pointer or None,
                "message": one.message,
                "hint": one.hint or None,
            }
            for one in found
        ],
    }


COMMAND = command
