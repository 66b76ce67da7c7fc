"""`iamsim lint`: what is wrong with policies."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import click

from iamsim import config, redact
from iamsim.baseline import Known
from iamsim.cli import _secrets
from iamsim.cli._accepted import Found, accepting, judged
from iamsim.cli._drafts import Read, read, rewritten
from iamsim.cli._linted import FORMATS, brief_text, render
from iamsim.cli._loading import Loading
from iamsim.cli._options import BASELINE, ENDPOINT, PARAMETER, PROFILE, READ_AS, REGION, WAIVERS, WRITE_BASELINE
from iamsim.cli._outputs import done, progress, put, save, show, targets, timed
from iamsim.cli._speech import begin, speech, speech_options
from iamsim.cli._values import options, role_arn
from iamsim.drafts import Draft, PolicyKind
from iamsim.edits import edited
from iamsim.errors import InputError
from iamsim.lint import Linted, Selection, lint
from iamsim.lints import Family, lints
from iamsim.model.finding import Audience, Finding, Severity

_FOUND = 1
_ROUNDS = 50
"""Edits of one file that are made one after the other at most."""


def _words(kind: type[StrEnum]) -> list[str]:
    return [each.value for each in kind]


@click.command("lint")
@click.argument("paths", metavar="[KIND:]PATH|aws…", nargs=-1, required=True)
@click.option(
    "--kind", type=click.Choice(_words(PolicyKind)), help="What the policies are, where text and name do not tell."
)
@click.option("--service", help="Of resource policies: the service of the resource, such as s3.")
@click.option("--select", metavar="ID|CODE", multiple=True, help="Only these rules; AWS's codes work too. Repeatable.")
@click.option("--ignore", metavar="ID|CODE", multiple=True, help="Not these rules. Repeatable.")
@click.option(
    "--family", type=click.Choice(_words(Family)), multiple=True, help="Only rules of this family. Repeatable."
)
@click.option(
    "--severity", type=click.Choice(_words(Severity)), default="info", show_default=True, help="The least that is told."
)
@click.option(
    "--audience",
    type=click.Choice(_words(Audience)),
    default="everyone",
    show_default=True,
    help="For whom: reviewer adds what a security review looks at, style what is a matter of taste.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*_words(Severity), "never"]),
    default="medium",
    show_default=True,
    help="The least severity that ends with exit code 1.",
)
@BASELINE
@WRITE_BASELINE
@WAIVERS
@click.option("--fix", is_flag=True, help="Put right what is safe to put right, in the files.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option(
    "--format",
    "forms",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help="How to report: text, json, sarif, markdown, junit, github or gitlab; repeatable. [default: text]",
)
@click.option("--role-arn", metavar="ARN", help="The role that a policy without an owner belongs to.")
@PARAMETER
@REGION
@PROFILE
@READ_AS
@ENDPOINT
@speech_options
@click.pass_context
def command(here: click.Context, /, paths: tuple[str, ...], **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Finds what is wrong with policies: what AWS refuses, what does nothing, what gives too much, whom roles trust.

    \b
    PATH is a policy, a folder of policies or of accounts, or anything that --policies takes.
    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong command or input, 3 no policy
    found, 5 AWS or the tool failed.
    `iamsim rules list` names the rules, `iamsim rules show ID` explains one.

    \b
    Example:
      iamsim lint policies/ --fail-on high
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    begin(here, quiet=given["quiet"], verbose=given["verbose"])
    where = targets(given["forms"] or ("text",), FORMATS)
    chosen = options({name: value for name, value in given.items() if name not in _OWN})
    if given["write_baseline"] and given["diff"]:
        raise InputError("--diff changes nothing, and --write-baseline writes a file", hint="give one of them")
    selection = _selection(given)
    asked = accepting(chosen)
    loading = Loading(chosen, role_arn(given["role_arn"]), progress)
    with timed("reading"):
        found = read(paths, loading, *_said(given))
    with timed("judging"):
        linted = _judged(found, selection)
    if given["diff"] or given["fix"]:
        changed = _changes(found, selection, linted)
        if given["diff"]:
            show(
                _secrets.hidden("".join(_diff(path, old, new) for path, (old, new) in changed.items()))
                or "nothing to fix\n"
            )
            here.exit(0)
        for path, (_, new) in changed.items():
            save(Path(path), new)
            done(f"fixed {path}")
        if changed:
            found = read(paths, Loading(chosen, role_arn(given["role_arn"]), progress), *_said(given))
            linted = _judged(found, selection)
    said = judged(
        asked, Found({"command": "lint"}, linted.findings, selection.ids, told=partial(_would_tell, selection))
    )
    failing = _failing(linted, given["fail_on"]) - {each.key for each in said.accepted}
    code = _FOUND if failing or said.overdue else 0
    for form, file in where:
        brief = form == "text" and file is None and speech().quiet
        text = brief_text(linted, said) if brief else render(form, linted, code, failing, said)
        put(text, file, people=form == "text")
    here.exit(code)


_OWN = (
    "select",
    "ignore",
    "family",
    "severity",
    "audience",
    "fail_on",
    "fix",
    "diff",
    "forms",
    "kind",
    "quiet",
    "verbose",
)


def _said(given: Mapping[str, Any]) -> tuple[PolicyKind | None, str | None]:
    return (PolicyKind(given["kind"]) if given["kind"] else None), given["service"]


def _judged(found: Read, selection: Selection) -> Linted:
    return lint(found.drafts, found.worlds, selection, found.inputs, progress)


def _selection(given: Mapping[str, Any]) -> Selection:
    ids = _named(given["select"]) or frozenset(lints())
    if given["family"]:
        ids = frozenset(id_ for id_ in ids if lints()[id_].family in given["family"])
    return Selection(ids - _named(given["ignore"]), Severity(given["severity"]), Audience(given["audience"]))


def _named(words: tuple[str, ...]) -> frozenset[str]:
    """The ids of rules that ids, or AWS's codes, name."""
    found: set[str] = set()
    known = lints()
    for word in (each.strip() for text_ in words for each in text_.split(",")):
        named = {id_ for id_, one in known.items() if word == id_ or word.upper() in one.codes}
        if not named:
            raise InputError(f"`{redact.line(word)[:80]}` is no rule", hint=config.closest(word, known))
        found |= named
    return frozenset(found)


def _would_tell(selection: Selection, known: Known) -> bool:
    """Whether a finding like this would be told: of an entry only its severity is known."""
    return selection.audience is Audience.STYLE and known.severity.reaches(selection.severity)


def _failing(linted: Linted, least: str) -> frozenset[str]:
    """The keys of the findings at or above the least severity that fails."""
    if least == "never":
        return frozenset()
    order = [*Severity]
    counts = order[: order.index(Severity(least)) + 1]
    return frozenset(each.key for each in linted.findings if each.severity in counts)


# ---------------------------------------------------------------- fixes


def _changes(found: Read, selection: Selection, linted: Linted) -> dict[str, tuple[str, str]]:
    """By file, the text before and after every fix; each is made on what the one before left, and judged anew."""
    fixable = {each.origins[0].document for each in linted.findings if each.fix and each.origins}
    changed: dict[str, tuple[str, str]] = {}
    for draft in found.drafts:
        document = draft.origin(()).document
        if draft.text is not None and document in fixable:
            new = _fixed(draft, document, selection)
            if new != draft.text:
                changed[document] = draft.text, new
    return dict(sorted(changed.items()))


def _fixed(draft: Draft, document: str, selection: Selection) -> str:
    for _ in range(_ROUNDS):
        fix = next((each.fix for each in _alone(draft, selection) if each.fix), None)
        if fix is None:
            break
        draft = rewritten(draft, edited(str(draft.text), fix, document))
    return str(draft.text)


def _alone(draft: Draft, selection: Selection) -> tuple[Finding, ...]:
    return lint((draft,), (), selection).findings


def _diff(path: str, old: str, new: str) -> str:
    return "".join(difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), path, path, n=3))


COMMAND = command
