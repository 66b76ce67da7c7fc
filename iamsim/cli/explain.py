"""`iamsim explain`: one request, every statement's verdict."""

from __future__ import annotations

from typing import Any

import click

from iamsim import redact
from iamsim.cli import _options
from iamsim.cli._inputs import keys, moment, none_of, options, organization
from iamsim.cli._outputs import progress
from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError
from iamsim.model.arn import Arn
from iamsim.model.principal import RESERVED, principal
from iamsim.model.verdict import Explanation, StatementVerdict
from iamsim.sts import messages

_MARKS = {True: "yes", False: "no", None: "?"}


@click.command("explain")
@click.option(
    "--principal",
    "caller",
    metavar="ARN",
    required=True,
    help="Who asks: a role, session, user, root, service, or anonymous.",
)
@click.option("--action", required=True, help="What is asked for, such as s3:GetObject.")
@click.option("--resource", metavar="ARN|*", default="*", show_default=True, help="On what.")
@_options.POLICIES
@_options.CONTEXT
@click.option("--absent", metavar="KEY", multiple=True, help="A condition key that the request does not have.")
@_options.ASSUME
@_options.ASSUME_NONE
@_options.AT
@_options.REGION
@_options.PROFILE
@_options.ENDPOINT
def command(caller: str, action: str, resource: str, absent: tuple[str, ...], **given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """
    Answers one request and shows what every statement had to say.

    Exits with 0 when the question was answered, whatever the answer.
    """
    chosen = options(given)
    if ":" not in action:
        raise InputError(
            f"`{redact.line(action)[:60]}` is no action", hint="write it with its service, such as s3:GetObject"
        )
    if any(mark in resource for mark in RESERVED):
        raise InputError("the resource holds a private-use character", hint="AWS takes no such character")
    if resource != "*":
        Arn.parse(resource)
    asker = principal(caller)
    needed = tuple(arn for arn in (asker.entity, resource) if arn is not None and arn != "*")
    loaded = organization(chosen, needed, asker.entity, progress)
    simulator = Simulator(
        loaded.organization,
        at=moment(chosen("at")),
        region=chosen("region"),
        stated={**keys(chosen, "assume"), **keys(chosen, "context")},
        none_of=none_of(chosen),
    )
    explanation = simulator.explain(simulator.request(asker, action, resource, absent=absent))
    click.echo(redact.text("\n".join(_lines(explanation))))


def _lines(explanation: Explanation) -> list[str]:
    request = explanation.request
    found = [
        f"{explanation.decision}   {request.action} on {request.resource}",
        f"   asked by {request.principal.entity or request.principal.arn}",
        f"   = {explanation.reason}",
    ]
    if explanation.denied:
        trust = request.action.startswith("sts:")
        found.append(f"   = AWS would answer (inferred): {messages.denial(explanation, trust=trust).text}")
    found += [f"   = {note}" for note in explanation.notes]
    for verdict in explanation.statements:
        found += ["", *_statement(verdict)]
    if not explanation.statements:
        found += ["", "no policy applies to this request"]
    return [redact.line(line) for line in found]


def _statement(verdict: StatementVerdict) -> list[str]:
    applies = {True: "applies", False: "does not apply", None: "may apply"}[verdict.matched]
    head = f"{verdict.statement.effect} {applies}: {verdict.type} policy {verdict.policy}, {verdict.statement.label}"
    return [
        head,
        f"  --> {verdict.statement.origin}",
        *(f"   {_MARKS[element.matched]:>3}  {element.element}: {element.detail}" for element in verdict.elements),
    ]


COMMAND = command
