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
from iamsim.check import Inputs, check
from iamsim.cli import _secrets
from iamsim.cli._accepted import Accepting, accepting
from iamsim.cli._fixed import Fixed, Made, ending, text
from iamsim.cli._gated import verdict
from iamsim.cli._inputs import inputs
from iamsim.cli._loading import organization
from iamsim.cli._options import check_options, gate_options
from iamsim.cli._outputs import progress, save, show, warning
from iamsim.cli._values import Options, options, policy_type
from iamsim.cli._written import Planned, planned, source_of
from iamsim.errors import InputError
from iamsim.model.account import Organization
from iamsim.model.finding import Kind
from iamsim.model.remedy import Edit, Reason, Together
from iamsim.model.report import Report
from iamsim.proof import edited
from iamsim.renderers._words import visible

_DEFAULT = "diff"
"""The form of edits whose source is written in none of the forms, as a new policy in a folder of JSON files is."""


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
    judge = _Judge(chosen, named)
    done = judge.done(widen=given["widen"])
    if given["write"] or given["diff"]:
        plan = planned(done.edits, chosen("policies") or ())
        missing = [edit for edit, _ in plan.elsewhere]
        written = replace(done, edits=tuple(edit for edit in done.edits if edit not in missing))
        if given["diff"]:
            show(visible(_secrets.hidden("".join(change.diff() for change in plan.changes))) or "nothing to write\n")
            after = judge.after(written)
        else:
            _write(plan)
            after = judge.anew()
        _tell_elsewhere(plan)
        ended = Fixed(judge.report, _secrets.shown(after), written, named)
        if given["diff"]:
            click.echo(ending(ended), err=True)
        else:
            show(f"checked again: {ending(replace(ended, done=_NOTHING))}")
        context.exit(after.exit_code)
    after = judge.after(done)
    fixed = Fixed(judge.report, _secrets.shown(after), _secrets.shown(done), named, *judge.unless())
    made = tuple(_made(_secrets.holed(done.edits), names))
    if given["out"] is not None:
        _save(Path(given["out"]), made)
    words = text(fixed, () if given["out"] is not None else made, renderers.options_for(sys.stdout, os.environ))
    show(_secrets.hidden(words))
    context.exit(after.exit_code)


COMMAND = command


# ---------------------------------------------------------------- what is judged


_NOTHING = Together((), (), ())
_UNSURE = (Reason.INSTRUCTION, Reason.NOTHING)
"""Why gaps are left that an edit may yet close, did it not depend on what was not seen."""


class _Judge:
    """One check, and what later ones say of the edits that it found."""

    def __init__(self, chosen: Options, named: frozenset[str]) -> None:
        self.chosen = chosen
        self.asked: Accepting = accepting(chosen)
        self.read: Inputs = replace(inputs(chosen, progress), remedies=tuple(sorted(named)))
        self.found = check(self.read)
        self.judged = verdict(chosen, self.asked, self.found)
        _must_be_there(named, self.found)
        gaps = frozenset(finding.key for finding in self.found.findings if finding.kind is Kind.GAP)
        if gaps & self.judged.left:
            self.read = replace(self.read, spared=gaps & self.judged.left)
            self.found = check(self.read)
        told = replace(self.judged, together=self.found.together, widened=self.found.widened)
        self.report: Report = _secrets.shown(told)

    def done(self, *, widen: bool) -> Together:
        """The remedies that are taken, as one."""
        return (self.found.widened if widen else None) or self.found.together or _NOTHING

    def after(self, done: Together) -> Report:
        """What a check says once the edits are made; what is accepted and no longer there is no news then."""
        if not done.edits:
            return self.judged
        made = edited(self.read.organization, done.edits)
        return verdict(self.chosen, self.asked, check(self._again(made)), lambda _: None)

    def anew(self) -> Report:
        """What a check says of the policies as they are now; nothing else is read again, as a token on standard input is there once."""
        loaded = organization(self.chosen, _described(self.read.organization), self.found.role_arn, progress)
        return verdict(self.chosen, self.asked, check(self._again(loaded.organization)))

    def unless(self) -> tuple[tuple[str, ...], int]:
        """The fewest policy types that would have to be unattached for more gaps to be closed for sure, and how many then are."""
        done = self.found.together
        if done is None or self.read.remedies or not any(left.reason in _UNSURE for left in done.left):
            return (), 0
        accounts = self.read.organization.accounts.values()
        unseen = [word for word in config.POLICY_TYPES if any(policy_type(word) not in each.seen for each in accounts)]
        gaps = {*done.closed, *(left.finding for left in done.left)}
        then = gaps & self._closed(unseen)
        if len(then) <= len(done.closed):
            return (), 0
        for word in tuple(unseen):
            fewer = [each for each in unseen if each != word]
            if then <= self._closed(fewer):
                unseen = fewer
        return tuple(unseen), len(then)

    def _closed(self, unattached: Iterable[str]) -> frozenset[str]:
        """The gaps that would be closed if these policy types were not attached where none were seen; perhaps others than there are now."""
        stated = self.read.none_of.union(map(policy_type, unattached))
        done = check(replace(self.read, none_of=stated)).together
        return frozenset(done.closed if done is not None else ())

    def _again(self, made: Organization) -> Inputs:
        return replace(self.read, organization=made, remedies=(), spared=frozenset())


def _described(found: Organization) -> tuple[str, ...]:
    """The ARNs of what was loaded, for a source that is asked for things by name."""
    accounts = found.accounts.values()
    return tuple(arn for account in accounts for arn in (*account.roles, *account.users, *account.resources))


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


def _must_be_there(named: frozenset[str], found: Report) -> None:
    known = {remedy.id for remedy in found.remedies}
    for name in sorted(named - known):
        there = f"the fixes are {', '.join(sorted((id_[1:] for id_ in known), key=int))}" if known else "there is none"
        raise InputError(f"there is no fix {name[1:]}", hint=f"{there}; iamsim check describes each")


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


def _made(edits: tuple[Edit, ...], names: tuple[str, ...]) -> Iterator[Made]:
    """The blocks of the edits in the forms that are named; else each edit in that of its source."""
    if names:
        chosen = dict.fromkeys(names, edits)
    else:
        chosen = {}
        for edit in edits:
            name = next((name for name, form in fix.forms().items() if form.fits(edit)), _DEFAULT)
            chosen[name] = (*chosen.get(name, ()), edit)
    for name, some in chosen.items():
        form = fix.form(name)
        for block in form.write(some):
            yield Made(name.replace("_", "-"), form.title, form.extension, block)


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


def _write(plan: Planned) -> None:
    for change in plan.changes:
        save(change.path, change.after)
        click.echo(f"{'wrote' if change.before is None else 'changed'} {redact.line(str(change.path))}", err=True)


def _tell_elsewhere(plan: Planned) -> None:
    for edit, why in plan.elsewhere:
        warning(f"not written: the {edit.slot} policy of {edit.owner}: {why}")
