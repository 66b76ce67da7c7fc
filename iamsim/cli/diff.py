"""`iamsim diff`: what a change of policies does to a server's tools, and to everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from iamsim import config, redact
from iamsim.check import Inputs, check
from iamsim.cli import _secrets
from iamsim.cli._inputs import inputs
from iamsim.cli._loading import organization, parameters
from iamsim.cli._options import check_options
from iamsim.cli._outputs import answers, progress, save, show
from iamsim.cli._values import Options, moment, none_of, options, role_arn, stated
from iamsim.diff import Asked, Side, diff, gate, markdown, saved, text
from iamsim.diff.domain import UNLISTED
from iamsim.diff.model import Difference
from iamsim.errors import InputError
from iamsim.model.account import Organization

FORMS: dict[str, Callable[[Difference], str]] = {
    "json": saved.render,
    "markdown": markdown.render,
    "text": text.render,
}
_LEVELS = (*gate.LEVEL_WORDS, gate.ANY)


@click.command("diff")
@click.argument("before", required=False)
@click.argument("after", required=False)
@click.option(
    "--over",
    metavar="PATH",
    multiple=True,
    help="What a deploy would change (a plan, a template, a folder): laid over the one side to make the other.",
)
@click.option("--principal", "only", metavar="ARN", multiple=True, help="Only what this role or user gains and loses.")
@click.option(
    "--fail-on-gain",
    metavar="LEVELS",
    multiple=True,
    help=f"Also fail where a principal gains actions of these access levels: {','.join(_LEVELS)}.",
)
@click.option(
    "--format",
    "formats",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help="How to report: text, json or markdown; repeatable. [default: text]",
)
@check_options
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Says what changes between two states of the policies.

    Which needs of the server's tools come out otherwise, which actions each principal gains or
    loses, who can assume which role. BEFORE and AFTER are locations as `--policies` takes them;
    `--policies` beside them lies under both.

    \b
    Examples:
      iamsim diff before/ after/
      iamsim diff snapshot.json --over plan.json
      iamsim diff --over plan.json --format markdown=comment.md  (over the settings' policies)

    \b
    Without --tools (or settings that name them) the needs are left out.
    Exit codes: 0 nothing got worse, 1 a need did or --fail-on-gain met a gain, 4 that is
    unknown, 2 wrong command or input, 5 AWS or the tool failed, 130 interrupted.
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    chosen = options(given)
    # The settings' formats are those of reports.
    where = _targets(given["formats"] or ("text",))
    levels = _levels(chosen("fail_on_gain") or ())
    found = diff(replace(_asked(chosen), only=frozenset(chosen("only") or ()), levels=levels))
    found = saved.shown(found, _secrets.hidden)
    for name, file in where:
        _write(name, FORMS[name](found), file)
    context.exit(found.exit_code)


COMMAND = command


# ---------------------------------------------------------------- what is compared


def _locations(chosen: Options) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The locations of the two sides, each laid over the ones before it."""
    before, after = chosen("before"), chosen("after")
    over: tuple[str, ...] = tuple(chosen("over") or ())
    under: tuple[str, ...] = tuple(chosen.given.get("policies") or ())
    if before is None:
        # Nothing but what a deploy changes: what is there already is what the other commands read.
        base = tuple(chosen("policies") or ())
        if not over or not base:
            raise InputError(
                "what is to be compared is not told" if not over else "what the change is laid over is not told",
                hint="write `iamsim diff BEFORE AFTER`, or `iamsim diff BEFORE --over CHANGE`",
            )
        return base, (*base, *over)
    if after is None and not over:
        raise InputError(
            f"what `{redact.line(before)[:200]}` is compared with is not told",
            hint="write `iamsim diff BEFORE AFTER`, or `iamsim diff BEFORE --over CHANGE`",
        )
    return (*under, before), (*under, after if after is not None else before, *over)


def _asked(chosen: Options) -> Asked:
    """Both sides read, and checked where a server is named."""
    halves = _halves(chosen)
    sides = _plain(chosen, halves) if chosen("tools") is None else _checked(halves)
    return Asked(
        *sides,
        at=moment(chosen("at")),
        region=chosen("region"),
        stated=stated(chosen),
        none_of=none_of(chosen),
    )


def _halves(chosen: Options) -> tuple[Options, Options]:
    """The options of each side: its own locations, and of the parameters of templates those that its templates have."""
    sides = [Options({**chosen.given, "policies": locations}, chosen.settings) for locations in _locations(chosen)]
    given = parameters(chosen)
    if given:
        taken = [_taken(side, given) for side in sides]
        for name in given:
            if not any(name in some for some in taken):
                hint = config.closest(name, taken[0] | taken[1]) if any(taken) else "no template is among the policies"
                raise InputError(f"no template has a parameter `{redact.line(name)[:80]}`", hint=hint)
        sides = [
            _with_parameters(side, {name: value for name, value in given.items() if name in some})
            for side, some in zip(sides, taken, strict=True)
        ]
    before, after = sides
    return before, after


def _taken(side: Options, given: Mapping[str, str]) -> frozenset[str]:
    """The parameters that the templates of a side have; none where there is no template. What they are deployed to has to be told even to find out."""
    pseudo = {name: value for name, value in given.items() if name.startswith("AWS::")}
    role = role_arn(side.given.get("role_arn"))
    try:
        return organization(_with_parameters(side, pseudo), (), role, progress).parameters
    except InputError:
        if not pseudo:
            raise
    return organization(_with_parameters(side, {}), (), role, progress).parameters


def _with_parameters(side: Options, found: Mapping[str, str]) -> Options:
    return Options({**side.given, "parameter": ()}, replace(side.settings, parameter=found))


def _plain(chosen: Options, halves: tuple[Options, Options]) -> tuple[Side, Side]:
    """Both sides without a server."""
    role = role_arn(chosen.given.get("role_arn"))
    old = organization(halves[0], (), role, progress)
    new = organization(halves[1], _described(old.organization), role, progress)
    return Side(old.organization, old.inputs), Side(new.organization, new.inputs)


def _described(found: Organization) -> tuple[str, ...]:
    """The ARNs that a side describes: what a source reads by name is asked for them on the other."""
    return tuple(
        arn for account in found.accounts.values() for arn in (*account.roles, *account.users, *account.resources)
    )


def _checked(halves: tuple[Options, Options]) -> tuple[Side, Side]:
    """
    Both sides with the check of the server on each.

    The server's principal and role may be there on one side alone: what else the command says is read beside that one.
    """
    first = 0
    try:
        found = inputs(halves[0], progress)
    except InputError as error:
        try:
            found, first = inputs(halves[1], progress), 1
        except InputError:
            raise error from None
    other = organization(halves[1 - first], _described(found.organization), found.role_arn, progress)
    beside = replace(
        found,
        organization=other.organization,
        inputs=(*other.inputs, *(each for each in found.inputs if each.kind in _OF_THE_COMMAND)),
    )
    before, after = (_side(each) for each in ((found, beside) if first == 0 else (beside, found)))
    return before, after


_OF_THE_COMMAND = ("tools", "settings", "server principal")


def _side(found: Inputs) -> Side:
    """One side with its report, or with what it does not have and the check would need."""
    missing = _missing(found)
    if missing:
        return Side(found.organization, found.inputs, None, missing)
    return Side(found.organization, found.inputs, check(found))


def _missing(found: Inputs) -> str:
    """Which role or user that the server is about is not there, in words; empty where all are."""
    caller = found.caller.entity if found.caller is not None else None
    for arn in filter(None, (found.role_arn, caller, *found.chain)):
        account = found.organization.accounts.get(arn.split(":")[4])
        if account is not None and arn not in account.roles and arn not in account.users:
            return f"`{arn}` is not there"
    return ""


# ---------------------------------------------------------------- what is written


def _levels(texts: Iterable[str]) -> frozenset[str]:
    words = [word.strip() for each in texts for word in each.split(",") if word.strip()]
    for word in words:
        if word not in _LEVELS:
            way = config.closest(word, _LEVELS, f"choose {', '.join(_LEVELS)}")
            raise InputError(f"`{redact.line(word)[:60]}` is no access level", hint=way)
    if gate.ANY in words:
        return frozenset({*gate.LEVEL_WORDS.values(), UNLISTED})
    return frozenset(gate.LEVEL_WORDS[word] for word in words)


def _targets(formats: Iterable[str]) -> tuple[tuple[str, str | None], ...]:
    """(format, file) pairs of `FORMAT` and `FORMAT=FILE`; None is standard output, which one of them can have."""
    found: list[tuple[str, str | None]] = []
    for each in formats:
        name, equals, file = each.partition("=")
        if name not in FORMS:
            way = config.closest(name, FORMS, f"choose {', '.join(FORMS)}")
            raise InputError(f"`{redact.line(name)[:60]}` is no format of diff", hint=way)
        if equals and not file:
            raise InputError(f"`{redact.line(each)[:60]}` names no file", hint=f"write --format {name}=FILE")
        found.append((name, None if file in ("", "-") else file))
    files = [file for _, file in found]
    if files.count(None) > 1:
        raise InputError(
            "two formats want standard output", hint="give all but one a file: --format markdown=comment.md"
        )
    twice = next((file for file in files if file is not None and files.count(file) > 1), None)
    if twice is not None:
        raise InputError(f"two formats want the file `{redact.line(twice)[:200]}`", hint="give each a file of its own")
    return tuple(found)


def _write(name: str, rendered: str, file: str | None) -> None:
    if file is not None:
        save(Path(file), rendered)
        click.echo(f"wrote {redact.line(file)}", err=True)
    elif name == "text":
        show(rendered)
    else:
        answers(rendered.rstrip("\n").split("\n"))
