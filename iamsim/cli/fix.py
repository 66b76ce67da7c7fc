"""`iamsim fix`: what closes the gaps, in the language of its source, printed or written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from iamsim import config, fix, gate, redact
from iamsim.check import Inputs, check
from iamsim.cli import _secrets
from iamsim.cli._accepted import accepting
from iamsim.cli._fixed import Made, left, text
from iamsim.cli._gated import gated, verdict
from iamsim.cli._inputs import inputs
from iamsim.cli._options import check_options, gate_options
from iamsim.cli._outputs import progress, save, show
from iamsim.cli._values import Options, options
from iamsim.cli._written import Planned, planned
from iamsim.errors import InputError
from iamsim.fix import Block
from iamsim.model.finding import Kind
from iamsim.model.remedy import Edit, Together
from iamsim.model.report import Report
from iamsim.proof import edited
from iamsim.renderers._view import View

_DEFAULT = "diff"
"""The form of edits whose source is written in none of the others."""


@click.command("fix")
@check_options
@gate_options
@click.option("--widen", is_flag=True, help="Take fixes that let more through than the tools need, where no other does.")
@click.option("--remedy", "remedies", metavar="ID", multiple=True, help="Only this fix, as r2; repeatable.")
@click.option(
    "--form",
    "forms",
    metavar="FORM",
    multiple=True,
    help="The language: diff, json-patch, terraform, cloudformation, cli; repeatable. [default: that of the source]",
)
@click.option("--out", metavar="DIR", help="Write each block into a file of its own in this folder.")
@click.option("--write", is_flag=True, help="Make the edits in the JSON files of --policies.")
@click.option("--diff", is_flag=True, help="Show what --write would change, and change nothing.")
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Prints the edits that close the gaps of a check, all safe ones as one, each proven.

    \b
    It exits as `iamsim check` will once they are made: 0 nothing stands in the way, 1 gaps are left
    that need a fix that widens (--widen) or a change beside the policies, 2 wrong command or input,
    3 nothing to check, 4 unknown and no gap, 5 AWS or the tool failed.

    \b
    Example:
      iamsim fix --form terraform --out fixes/
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    chosen = options({name: value for name, value in given.items() if name not in _FLAGS})
    names = _forms(given)
    report, read = _judged(chosen, given)
    done = _taken(report, given)
    after = _after(report, read, done)
    plan = planned(done.edits, chosen("policies") or ()) if given["write"] or given["diff"] else None
    if given["diff"] and plan is not None:
        show(_secrets.hidden("".join(change.diff() for change in plan.changes)) or "nothing to write\n")
        _tell_elsewhere(plan)
        context.exit(after.exit_code)
    if plan is not None:
        for change in plan.changes:
            save(change.path, change.after)
            click.echo(f"wrote {redact.line(str(change.path))}", err=True)
        _tell_elsewhere(plan)
        after = gated(chosen)
        show(f"Checked again: {View(_secrets.shown(after)).verdict.word}\n")
        context.exit(after.exit_code)
    shown, told = _secrets.shown(report), _shown(done)
    made = tuple(_blocks(told.edits, names))
    if given["out"] is not None:
        for path, content in _files(Path(given["out"]), made).items():
            save(path, content)
            click.echo(f"wrote {redact.line(str(path))}", err=True)
    show(text(shown, told, () if given["out"] is not None else made, hides=told.edits != done.edits, after=after))
    context.exit(after.exit_code)


_FLAGS = ("widen", "write", "diff", "remedies", "forms", "out")
