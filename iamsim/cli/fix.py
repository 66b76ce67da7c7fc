"""`iamsim fix`: what closes the gaps, in the language of its source, printed or written."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from iamsim import config, fix, redact, renderers
from iamsim.cli import _secrets
from iamsim.cli._fixed import Fixed, Made, blocks, ending, text
from iamsim.cli._mending import Mending
from iamsim.cli._options import check_options, gate_options
from iamsim.cli._outputs import save, show, warning
from iamsim.cli._values import Options, options
from iamsim.cli._written import planned, source_of
from iamsim.errors import InputError
from iamsim.model.remedy import Together
from iamsim.model.report import Report
from iamsim.renderers._words import count, visible


@click.command("fix")
@check_options
@gate_options
@click.option(
    "--widen", is_flag=True, help="Take fixes that let more through than the tools need, where no other does."
)
@click.option("--remedy", "remedies", metavar="NUMBER", multiple=True, help="Only this fix of the report; repeatable.")
@click.option(
    "--form",
    "forms",
    metavar="FORM",
    multiple=True,
    help="The language: cli, cloudformation, diff, json-patch or terraform; repeatable. [default: that of the source]",
)
@click.option("--out", metavar="FOLDER", help="Write each block into a file of its own in this folder.")
@click.option("--write", is_flag=True, help="Make the edits in the JSON files of --policies.")
@click.option("--diff", is_flag=True, help="Show what --write would change, and change nothing.")
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Prints the edits that close the gaps of a check, all safe ones as one, proven together.

    \b
    It exits as `iamsim check` will once they are made: 0 nothing stands in the way, 1 gaps are left,
    which need a fix that widens (--widen) or a change beside the policies, 2 wrong command or input,
    3 nothing to check, 4 unknown and no gap, 5 AWS or the tool failed, 130 interrupted.
    Gaps that a baseline or a waiver accepts are left as they are.

    \b
    Example:
      iamsim fix --form terraform --out fixes/
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    names, named = _forms(given), _named(given)
    chosen = options(given)
    _must_be_beside(given["out"], chosen)
    mending = Mending(chosen, named)
    done = mending.done(widen=given["widen"])
    if given["write"] or given["diff"]:
        after = _in_files(mending, done, only_shown=given["diff"])
    else:
        after = mending.after(done)
        fixed = Fixed(mending.report, _secrets.shown(after), _secrets.shown(done), named, *mending.unless())
        made = tuple(blocks(_secrets.holed(done.edits), names))
        if given["out"] is not None:
            _save(Path(given["out"]), made)
            made = ()
        show(_secrets.hidden(text(fixed, made, renderers.options_for(sys.stdout, os.environ))))
    context.exit(after.exit_code)


COMMAND = command


# ---------------------------------------------------------------- what the options say


_NUMBER = re.compile(r"r?([1-9][0-9]{0,5})")


def _named(given: Mapping[str, Any]) -> frozenset[str]:
    """The ids of the remedies that are asked for."""
    if given["remedies"] and given["widen"]:
        raise InputError("--remedy names the fixes, and --widen chooses them", hint="give one of them")
    found = [_NUMBER.fullmatch(word.strip()) for word in given["remedies"]]
    for word, match in zip(given["remedies"], found, strict=True):
        if match is None:
            raise InputError(f"`{redact.line(word)[:60]}` is no number of a fix", hint="write --remedy 2 for fix 2")
    return frozenset(f"r{match[1]}" for match in found if match)


def _forms(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The forms that are asked for."""
    if (given["write"] or given["diff"]) and (given["forms"] or given["out"] is not None):
        what = "--form" if given["forms"] else "--out"
        raise InputError(f"{what} is for fixes that are shown, and --write edits files", hint="give one of them")
    known = {name.replace("_", "-"): name for name in fix.names()}
    found = []
    for word in given["forms"]:
        name = word.strip().lower().replace("_", "-")
        if name not in known:
            raise InputError(f"`{redact.line(word)[:60]}` is no form of a fix", hint=config.closest(name, known))
        found.append(known[name])
    return tuple(dict.fromkeys(found))


def _must_be_beside(out: str | None, chosen: Options) -> None:
    """Refuses a folder for blocks inside one of policies, which would be read as policies next time."""
    if out is not None and source_of(out, chosen("policies") or ()) == "json_folder":
        raise InputError(
            f"`{redact.line(out)[:200]}` is inside a folder of --policies, whose files are read as policies",
            hint="name a folder beside it",
        )


# ---------------------------------------------------------------- what is written


def _save(folder: Path, made: Iterable[Made]) -> None:
    """Each block in a file of its own, called by number, form and what it does."""
    written = set()
    for number, each in enumerate(made, 1):
        path = folder / f"{number:02}-{each.form}-{_slug(each.block.title)}{each.extension}"
        did = "replaced" if path.exists() else "wrote"
        save(path, _secrets.hidden(_content(each)))
        click.echo(f"{did} {redact.line(str(path))}", err=True)
        written.add(path.name)
    others = sorted(set(_ours(folder)) - written)
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        warning(f"{redact.line(str(folder / others[0]))}{more} stays from an earlier run; take it out")


def _slug(title: str) -> str:
    """A title as a part of a file's name, ARNs without what comes before the resource."""
    short = re.sub(r"arn:(?:[^:\s]*:){4}", "", title.lower())
    return re.sub(r"[^a-z0-9]+", "-", short).strip("-")[:_LONGEST].strip("-")


_LONGEST = 80


def _ours(folder: Path) -> Iterator[str]:
    """The files in the folder that are called as blocks are."""
    names = "|".join(name.replace("_", "-") for name in fix.names())
    for path in folder.iterdir() if folder.is_dir() else ():
        if re.fullmatch(rf"[0-9]{{2,}}-({names})-[a-z0-9-]*\.[a-z]+", path.name):
            yield path.name


def _content(made: Made) -> str:
    """A block, below its notes where its language has comments; `patch` and `git apply` pass over what stands before a diff."""
    if made.block.language == "json":
        return made.block.text
    return "".join(f"# {note}\n" for note in (made.block.title, *made.block.notes)) + made.block.text


def _in_files(mending: Mending, done: Together, *, only_shown: bool) -> Report:
    """Makes the edits in the files, or shows what would change in them; what a check says of the files then."""
    plan = planned(done.edits, mending.chosen("policies") or ())
    missing = [edit for edit, _ in plan.elsewhere]
    if only_shown:
        show(visible(_secrets.hidden("".join(change.diff() for change in plan.changes))) or "nothing to write\n")
        after = mending.after(replace(done, edits=tuple(edit for edit in done.edits if edit not in missing)))
    else:
        for change in plan.changes:
            save(change.path, change.after)
            click.echo(f"{'wrote' if change.before is None else 'changed'} {redact.line(str(change.path))}", err=True)
        after = mending.anew()
    for edit, why in plan.elsewhere:
        warning(f"not written: the {edit.slot} policy of {edit.owner}: {why}")
    if done.left:
        one = len(done.left) == 1
        click.echo(
            f"{count(len(done.left), 'gap')} {'stays' if one else 'stay'}: `iamsim fix` alone says why", err=True
        )
    if only_shown:
        click.echo(ending(after, len(plan.changes)), err=True)
    else:
        show(f"checked again: {ending(after)}")
    return after
