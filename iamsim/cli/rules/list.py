"""`iamsim rules list`: the rules there are."""

from __future__ import annotations

import json

import click

from iamsim.cli._outputs import answers
from iamsim.cli.rules._known import Known, known
from iamsim.lints import Family

_FAMILIES = [*(family.value for family in Family), "server"]


@click.command("list")
@click.option(
    "--family",
    type=click.Choice(_FAMILIES),
    help="Those of one family; server are those that `iamsim check` judges a server by.",
)
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
def command(family: str | None, *, as_json: bool) -> None:
    """
    Lists the rules: id, severity, and what each finds.

    \b
    Example:
      iamsim rules list
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    found = [each for each in known() if family in (None, each.family)]
    if as_json:
        answers([json.dumps([_data(each) for each in found], indent=2, ensure_ascii=False)])
        return
    lines: list[str] = []
    wide = max((len(each.id) for each in found), default=0)
    for name in _FAMILIES:
        of_family = [each for each in found if each.family == name]
        if of_family:
            lines += [*([""] if lines else []), f"{name} ({len(of_family)})"]
            lines += [f"  {each.id:<{wide}}  {each.severity:<8}  {each.title}" for each in of_family]
    answers(lines)


def _data(each: Known) -> dict[str, object]:
    return {
        "id": each.id,
        "family": each.family,
        "severity": each.severity,
        "confidence": each.confidence,
        "audience": each.audience,
        "codes": list(each.codes),
        "kinds": list(each.kinds),
        "title": each.title,
        "cite": each.cite,
    }


COMMAND = command
