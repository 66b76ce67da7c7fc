"""`iamsim snapshot`: a whole live account, or all of an organization, in one file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from iamsim import __version__, redact
from iamsim.cli import _options, _secrets
from iamsim.cli._outputs import answers, progress, save
from iamsim.cli._values import endpoint, moment, options
from iamsim.errors import InputError, OutsideError
from iamsim.model.account import Organization
from iamsim.model.report import Input
from iamsim.sources import Loaded, _reader
from iamsim.sources._live import missing_permission
from iamsim.sources._partial import Partial, opened
from iamsim.sources._snapshot_file import write

_NOT_ALL = 4
_SHOWN = 10


@click.command("snapshot")
@click.option(
    "-o", "--output", metavar="FILE|-", default="iamsim-snapshot.json", show_default=True, help="Where it is written."
)
@_options.PROFILE
@_options.REGION
@click.option(
    "--regions",
    metavar="REGION,…|all",
    multiple=True,
    help="The Regions that are read; all: those that the account has enabled. [default: the session's]",
)
@_options.ENDPOINT
@_options.READ_AS
@click.option("--organization", is_flag=True, help="Read every account of the organization.")
@click.option("--member-role", metavar="NAME", help="With --organization: the role to read each account as.")
@click.option("--fresh", is_flag=True, help="Begin anew, whatever an earlier run has left.")
@click.option(
    "--max-age",
    metavar="HOURS",
    type=click.IntRange(min=1, max=24 * 365),
    default=24,
    show_default=True,
    help="How old may be what an earlier run has left.",
)
@click.option(
    "--policy", "as_policy", is_flag=True, help="Print the IAM policy that the reading takes, and read nothing."
)
@click.pass_context
def command(  # noqa: PLR0913 - an option each
    here: click.Context,
    /,
    *,
    output: str,
    regions: tuple[str, ...],
    member_role: str | None,
    max_age: int,
    organization: bool,
    fresh: bool,
    as_policy: bool,
    **given: Any,  # noqa: ANN401 - each option has its own type
) -> None:
    """
    Reads a whole live account into one file, which --policies takes from then on.

    Every call only reads. A run that was interrupted goes on where it was: what it has read is kept in FILE.partial. It exits
    with 0 when everything was read, with 4 when the file is written and something in it could not be read, and with 5 when AWS
    fails.

    \b
    Example:
      iamsim snapshot --profile audit --output account.json
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    chosen = options({**given, "output": output, "regions": regions, "member_role": member_role})
    if organization != (member_role is not None):
        raise InputError(
            "--organization and --member-role go together", hint="name the role that every account has for its readers"
        )
    named = tuple(word.strip() for text in regions for word in text.split(",") if word.strip())
    if regions and not named:
        raise InputError("--regions names no Region", hint="write --regions us-east-1,eu-west-1, or all")
    asked = _reader.Asked(
        profile=chosen("profile"),
        region=chosen("region"),
        regions=named,
        endpoint_url=endpoint(chosen("endpoint_url")),
        read_as=tuple(chosen("read_as") or ()),
        member_role=member_role,
    )
    if as_policy:
        _print_policy(asked)
        return
    loaded, partial = _read(asked, output, timedelta(hours=max_age), fresh=fresh)
    not_seen = [each for each in loaded.inputs if each.kind == "not seen"]
    pairs = [(each.location, each.detail) for each in not_seen]
    text = write(loaded.organization, pairs, at=partial.since, tool_version=__version__)
    if output == "-":
        answers([text.removesuffix("\n")])
    else:
        save(Path(output), text)
    partial.remove()
    _tell(_counted(loaded.organization))
    for line in _summary(not_seen):
        _tell(line)
    if output != "-":
        _tell(f"wrote {output}")
    here.exit(_NOT_ALL if not_seen else 0)


def _read(asked: _reader.Asked, output: str, most: timedelta, *, fresh: bool) -> tuple[Loaded, Partial]:
    """Everything that was asked for; whatever ends the reading leaves what was read for the next time."""
    progress("asking AWS who reads")
    reader = _reader.Reader(asked)
    header = {
        "version": __version__,
        "account": reader.account,
        "regions": list(reader.regions),
        "member_role": asked.member_role,
        "read_as": list(asked.read_as),
        "endpoint_url": asked.endpoint_url,
    }
    now = moment(None)
    if output == "-":
        partial = Partial(Path(), now)
    else:
        partial = opened(Path(f"{output}.partial"), header, now=now, most=most, fresh=fresh)
    bar = _Bar()
    try:
        return reader.read(bar, partial.over), partial
    except InputError:
        partial.remove()
        raise
    except OutsideError as error:
        if partial.file is None:
            raise
        raise OutsideError(error.message, hint=f"{error.hint}; {_kept(partial)}") from None
    except KeyboardInterrupt:
        bar.end()
        if partial.file is not None:
            _tell(_kept(partial))
        raise
    finally:
        bar.end()
        partial.close()


def _kept(partial: Partial) -> str:
    return f"what was read is kept in `{partial.path}`, and the same command goes on from there"


def _print_policy(asked: _reader.Asked) -> None:
    """The policy on standard output; beside it, what the credentials need to become who reads."""
    asked.check()
    answers([json.dumps(_reader.policy(asked), indent=2)])
    if asked.read_as:
        _tell(
            f"this is for {asked.read_as[-1]}; whoever assumes the roles needs sts:AssumeRole on "
            f"{', '.join(asked.read_as)}, each from the one before it, and their trust policies have to name them"
        )
    if asked.member_role is not None:
        _tell(
            f"the role {asked.member_role} of each account needs the same without organizations:…; who reads needs "
            f"sts:AssumeRole on arn:aws:iam::*:role/{asked.member_role} besides, and its trust policy has to name the reader"
        )


def _counted(found: Organization) -> str:
    accounts = found.accounts.values()
    of = next(iter(accounts)).id if len(accounts) == 1 else f"{len(accounts)} accounts"
    counts = (
        (sum(len(account.roles) for account in accounts), "role"),
        (sum(len(account.users) for account in accounts), "user"),
        (sum(len(account.groups) for account in accounts), "group"),
        (sum(len(account.resources) for account in accounts), "resource"),
    )
    told = ", ".join(f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in counts)
    return f"read {'account ' if len(accounts) == 1 else ''}{of}: {told}"


def _summary(not_seen: Iterable[Input]) -> list[str]:
    """What could not be read: each missing permission once, then what no permission would help."""
    denied: dict[str, set[str]] = {}
    others: dict[tuple[str, str], None] = {}
    for each in not_seen:
        permission = missing_permission(each.detail)
        if permission is None:
            others[each.location, each.detail] = None
        else:
            denied.setdefault(permission, set()).add(each.location)
    lines = [f"not read: {permission} was denied for {_subjects(of)}" for permission, of in sorted(denied.items())]
    lines += [f"not read: {subject}: {reason}" for subject, reason in list(others)[:_SHOWN]]
    if len(others) > _SHOWN:
        lines.append(f"not read: {len(others) - _SHOWN} more; the file names all of them")
    return lines


def _subjects(of: set[str]) -> str:
    return next(iter(of)) if len(of) == 1 else f"{len(of):,} subjects, such as {min(of)}"


def _tell(line: str) -> None:
    click.echo(redact.line(_secrets.hidden(line)), err=True)


class _Bar:
    """How far the reading is, on a terminal only."""

    def __init__(self) -> None:
        self.what = ""
        self.done = 0
        self.shown: Any = None
        self.open = ExitStack()

    def __call__(self, what: str, done: int, of: int) -> None:
        """`done` of `of` things are read; 0 of 0 is a step of which it is not known how long it takes."""
        if not sys.stderr.isatty():
            return
        if of == 0:
            self.end()
            progress(f"reading {what}")
            return
        if what != self.what:
            self.end()
            self.what = what
            label = redact.line(_secrets.hidden(what))
            self.shown = self.open.enter_context(click.progressbar(length=of, label=label, file=sys.stderr))
        self.shown.update(done - self.done)
        self.done = done

    def end(self) -> None:
        """Leaves the terminal as it was: what follows begins on a line of its own."""
        self.open.close()
        self.what, self.done, self.shown = "", 0, None


COMMAND = command
