"""`iamsim rules show`: one rule explained."""

from __future__ import annotations

import click

from iamsim.cli._outputs import answers
from iamsim.cli._values import not_a_token
from iamsim.cli.rules._known import named


@click.command("show")
@click.argument("rule", metavar="ID|CODE")
def command(rule: str) -> None:
    """
    Explains one rule, by its id or by AWS's code: what it finds, why, what to avoid and what to prefer.

    \b
    Example:
      iamsim rules show passes-any-role
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    not_a_token(rule, "ID", "give the id of a rule")
    found = named(rule)
    lines = [
        f"{found.id}   {found.family}, {found.severity}"
        + ("" if found.confidence == "certain" else f", {found.confidence}")
        + ("" if found.audience == "everyone" else f", for the audience {found.audience}"),
        "",
        *found.page.splitlines(),
        "",
        f"Source: {found.cite}",
    ]
    if found.codes:
        lines.append(f"AWS: {', '.join(found.codes)}")
    if found.kinds:
        lines.append(f"Policies: {', '.join(found.kinds)}")
    answers(lines)


COMMAND = command
