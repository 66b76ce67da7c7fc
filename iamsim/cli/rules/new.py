"""`iamsim rules new`: a rule to begin with, and its fixtures."""

from __future__ import annotations

import re
from pathlib import Path

import click

from iamsim import redact
from iamsim.cli._outputs import save
from iamsim.errors import InputError
from iamsim.lints import Family, lints

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_MODULE = '''"""
{title}.

Say why it matters and how AWS treats it.

Avoid:

    {{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}

Prefer:

    {{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that …"""
    for part in draft.statements():
        for text in part.resources():
            if part.allows and text.value == "*":
                yield Seen(part.subject, f"{{part.label}} …", text.at)


LINT = Lint(check, Family.{family}, Severity.MEDIUM, "the page that taught it")
'''

_FIXTURES = """[[flagged]]
why = "what the case shows"
policy = '''
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
'''
[[flagged.finding]]
at = "/Statement/0/Resource"
says = "statement 1"

[[clean]]
why = "what is right"
policy = '''
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}]}
'''

[[near_miss]]
why = "what looks alike and is right all the same"
policy = '''
{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}
'''

[planted]
patch = [{ op = "replace", path = "/Statement/0/Resource", value = "*" }]
"""


@click.command("new")
@click.argument("rule", metavar="ID")
@click.option("--family", type=click.Choice([family.value for family in Family]), required=True, help="Its family.")
def command(rule: str, family: str) -> None:
    """
    Begins a rule of `iamsim lint` in the sources of iamsim: its module and its fixtures.

    Run it at the top of a working copy; both files are whole, and their test passes as they are.

    \b
    Example:
      iamsim rules new passes-too-much --family excessive
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    if not _ID.fullmatch(rule):
        raise InputError(f"`{redact.line(rule)[:60]}` is no id", hint="write words with hyphens: allows-everything")
    if rule in lints():
        raise InputError(f"there is a rule `{rule}`", hint=f"see iamsim rules show {rule}")
    module, fixtures = Path("iamsim/lints") / f"{rule.replace('-', '_')}.py", Path("fixtures/lints") / f"{rule}.toml"
    for path in (module, fixtures):
        if not path.parent.is_dir():
            raise InputError(f"there is no folder `{path.parent}` here", hint="run it at the top of a working copy")
        if path.exists():
            raise InputError(f"`{path}` exists", hint="choose another id, or remove it")
    title = rule.replace("-", " ").capitalize()
    save(module, _MODULE.format(title=title, family=Family(family).name))
    save(fixtures, _FIXTURES)
    click.echo(f"wrote {module}", err=True)
    click.echo(f"wrote {fixtures}", err=True)


COMMAND = command
