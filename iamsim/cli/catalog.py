"""`iamsim catalog`: what is known of AWS, how old it is, and what it says of one name."""

from __future__ import annotations

import json

import click

from iamsim import redact
from iamsim.catalog import provenance
from iamsim.cli import _options
from iamsim.cli._known import Found, known
from iamsim.cli._outputs import answers, show, warning
from iamsim.cli._values import moment
from iamsim.errors import InputError


@click.command("catalog")
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--operation", is_flag=True, help="NAME is an API operation: s3:HeadObject.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@_options.AT
def command(name: str | None, *, operation: bool, as_json: bool, at: str | None) -> None:
    """
    Shows the data about AWS that come with iamsim, and how old they are.

    \b
    With NAME it shows what they say of
      s3:GetObject         an action: access level, resource types, condition keys
      's3:Get*'            a pattern: the actions that it names
      s3                   a service: its resource types
      aws:SourceIp         a condition key
      s3.head_object       an API operation: the actions that authorize it
      arn:aws:iam::aws:policy/ReadOnlyAccess
                           an AWS managed policy: its document

    \b
    Examples:
      iamsim catalog s3:GetObject
      iamsim catalog 's3:*Acl'
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    if name is None:
        if operation:
            raise InputError(
                "--operation is given without a name", hint="write iamsim catalog --operation s3:HeadObject"
            )
        found, lines = _parts(at)
    else:
        found, lines = known(name, operation=operation)
    if as_json:
        answers([json.dumps(found, indent=2, ensure_ascii=False)])
    else:
        show("\n".join(redact.line(line) for line in lines))
    for sentence in found.get("warnings", ()):
        warning(sentence)


def _parts(at: str | None) -> tuple[Found, list[str]]:
    now = moment(at)
    data = provenance.parts()
    rows = []
    for part in data:
        days = provenance.age(part, now)
        dated = "date not known" if days is None else f"{part.date}, {days} days old"
        rows.append(
            (part.name, dated, part.size or "not counted", f"{part.source}{' ' if part.version else ''}{part.version}")
        )
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    found = {
        "parts": [
            {
                "name": part.name,
                "source": part.source,
                "version": part.version or None,
                "date": part.date,
                "age_days": provenance.age(part, now),
                "size": part.size or None,
            }
            for part in data
        ],
        "warnings": list(provenance.warnings(data, now)),
    }
    return found, [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    ]


COMMAND = command
