"""`iamsim trust`: everybody who can assume one role."""

from __future__ import annotations

import json
from typing import Any

import click

from iamsim import config
from iamsim.cli import _secrets
from iamsim.cli._graphed import details, said, simulator
from iamsim.cli._options import situation
from iamsim.cli._outputs import answers, show
from iamsim.cli._values import options, role_arn
from iamsim.errors import InputError
from iamsim.graph import drawing
from iamsim.graph.drawing import label, text
from iamsim.graph.model import State
from iamsim.graph.paths import Path
from iamsim.graph.trusted import MOST_CHAINS, Trust, Trusted, trust
from iamsim.model.account import Organization, Role

_SHOWN = 5


@click.command("trust")
@click.argument("role", metavar="ROLE_ARN")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@situation
def command(role: str, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Says who can assume a role: by name where loaded, by class where not.

    At once and through other roles, each with what the call has to carry, and those who are named
    and cannot with what stands in the way. Exits with 0 when the question was answered.

    \b
    Example:
      iamsim trust --policies policies/ arn:aws:iam::111122223333:role/tenant
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    chosen = options({**given, "role_arn": role})
    arn = role_arn(role) or role
    asked = simulator(chosen, (arn,))
    found = trust(asked, _loaded(asked.organization, arn))
    if as_json:
        answers([_secrets.hidden(json.dumps(_json(found), indent=2, ensure_ascii=False))])
    else:
        show(said(_lines(found)))


def _loaded(organization: Organization, arn: str) -> Role:
    role = organization.role(arn)
    if role is None or role.trust is None:
        names = [each.arn for each in organization.roles()]
        shown = f"loaded roles: {', '.join(names[:_SHOWN]) or 'none'}"
        what = "has no trust policy among what was loaded" if role is not None else "is not among the policies"
        way = config.closest(arn, (name for name in names if name != arn), shown)
        raise InputError(f"role `{text(arn)[:200]}` {what}", hint=text(way))
    return role


def _lines(found: Trust) -> list[str]:
    lines = [f"{found.role.arn} can be assumed by"]
    for each in found.trusted:
        lines += ["", *_entry(each)]
    if not found.trusted:
        lines.append("  nobody, by what was loaded")
    if found.refused:
        lines += ["", "named, and cannot"]
        for each in found.refused:
            lines += ["", *_entry(each)]
    if found.without:
        lines += ["", _count(found.without)]
    if found.chains:
        lines += ["", "through others"]
        lines += [f"  {path.state:<12} {_way(path, found)}" for path in found.chains]
        lines += [f"  … the first {MOST_CHAINS}; there are more"] if found.more_chains else []
    lines += ["", "the trust policy lets in"]
    for clause in found.clauses:
        when = f", if {' and '.join(clause.conditions)}" if clause.conditions else ", on no condition"
        lines.append(f"  {clause.label} ({clause.origin}){when}")
    return lines


def _entry(found: Trusted) -> list[str]:
    answer = found.edge.answer
    who = f": {answer.who}" if answer.who and answer.who not in answer.requires else ""
    across = "   (another account)" if found.edge.cross_account else ""
    lines = [f"  {found.edge.state:<12} {label(found.node)}{who}{across}"]
    return [*lines, *(f"               = {each}" for each in details(answer, found.beside))]


def _count(number: int) -> str:
    who = "1 loaded principal" if number == 1 else f"{number} loaded principals"
    return f"{who} of the trusted accounts cannot: no identity policy of theirs names the role"


def _way(path: Path, found: Trust) -> str:
    names = [label(found.nodes[node]) for node in path.nodes[:-1]]
    way = " -> ".join([*names, path.nodes[-1]])
    clauses = [" and ".join(edge.answer.requires) for edge in path.edges if edge.answer.requires]
    return way + (f"   if {'; '.join(clauses)}" if clauses else "")


def _json(found: Trust) -> dict[str, Any]:
    def entry(each: Trusted) -> dict[str, Any]:
        beside = [{"action": b.action, "state": str(b.state), "why": text(b.why)} for b in each.beside]
        return {**drawing.node_json(each.node), **drawing.edge_json(each.edge), "beside": beside}

    return {
        "role": text(found.role.arn),
        "trusted": [entry(each) for each in found.trusted],
        "refused": [entry(each) for each in found.refused],
        "without_permission": found.without,
        "chains": [drawing.path_json(path) for path in found.chains],
        "more_chains": found.more_chains,
        "statements": [
            {"label": text(c.label), "origin": text(str(c.origin)), "conditions": [text(each) for each in c.conditions]}
            for c in found.clauses
        ],
        "open": any(each.edge.state is State.UNKNOWN for each in found.trusted),
    }


COMMAND = command
