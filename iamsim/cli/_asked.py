"""One request, asked of the loaded policies, and its answer in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from iamsim import config, redact
from iamsim.catalog import actions
from iamsim.cli import _layers as layers
from iamsim.cli import _secrets
from iamsim.cli._loading import arn_of, must_be_loaded, organization, simulator
from iamsim.cli._outputs import progress, warning
from iamsim.cli._values import is_key, not_a_token, options, stated
from iamsim.errors import InputError
from iamsim.model.arn import Arn
from iamsim.model.principal import HOLE, principal
from iamsim.model.verdict import Explanation, StatementVerdict
from iamsim.sts import messages

_ACTION = re.compile(r"[A-Za-z0-9-]{1,60}:[A-Za-z0-9]{1,200}")
_MARKS = {True: "yes", False: "no", None: "?"}


def answered(given: Mapping[str, Any]) -> Explanation:
    """The answer to the question that the options put."""
    caller, action, resource, absent = given["caller"], given["action"], given["resource"], given["absent"]
    rest = {name: value for name, value in given.items() if name != "caller"}
    chosen = options({**rest, "principal": caller})
    not_a_token(caller, "--principal", "give the ARN of the role, session or user that asks")
    not_a_token(resource, "--resource", "give the ARN of what is asked for")
    if not _ACTION.fullmatch(action):
        raise InputError(
            f"`{redact.line(action)[:60]}` is no action", hint="write one with its service, such as s3:GetObject"
        )
    for key in absent:
        if not is_key(key):
            raise InputError(f"`{redact.line(key)[:60]}` is no condition key", hint="write --absent aws:SourceIp")
    told = stated(chosen)
    for key in absent:
        if key.lower() in told:
            raise InputError(f"`{redact.line(key)[:60]}` is stated and absent", hint="leave out one of them")
    if resource != "*":
        Arn.parse(resource)
    asker = principal(caller)
    if not actions.exists(action):
        warning(f"AWS lists no action `{action}`{_near(action)}")
    needed = tuple(arn for arn in (arn_of(asker), resource) if arn.startswith("arn:"))
    loaded = organization(chosen, needed, asker.entity, progress)
    must_be_loaded(asker, loaded.organization)
    asked = simulator(chosen, loaded.organization)
    return asked.explain(asked.request(asker, action, resource, absent=absent))


def words(explanation: Explanation, *, statements: bool) -> str:
    """The answer as lines of text, what must not be said hidden; with what every statement had to say, or without."""
    return _secrets.hidden("\n".join(_lines(explanation, statements=statements)))


def _near(action: str) -> str:
    """A listed action that is written like this one: of its service, or the same of a service that is."""
    service, _, name = action.partition(":")
    known = [f"{service}:{each}" for each in actions.names(service)]
    services = (each for each in actions.services() if name.lower() in map(str.lower, actions.names(each)))
    near = config.closest(action, known or [f"{each}:{name}" for each in services], "")
    return f"; {near}" if near else ""


def _lines(explanation: Explanation, *, statements: bool) -> list[str]:
    request = explanation.request
    found = [
        f"{explanation.decision}   {request.action} on {request.resource}",
        f"   asked by {request.principal.entity or request.principal.arn}",
        *([f"   {layers.meaning(explanation)}"] if statements else []),
        f"   = {explanation.reason}",
    ]
    if explanation.denied:
        trust = request.action.startswith("sts:")
        found.append(f"   = AWS would answer (inferred): {messages.denial(explanation, trust=trust).text}")
    found += [f"   = {note}" for note in explanation.notes]
    if statements:
        found += layers.lines(explanation)
        for title, verdicts in layers.parted(explanation):
            found += ["", title, *(line for verdict in verdicts for line in ("", *_statement(verdict)))]
    if not explanation.statements:
        found += ["", "no policy applies to this request"]
    return [redact.line(line.replace(HOLE, "<unknown>")) for line in found]


def _statement(verdict: StatementVerdict) -> list[str]:
    applies = {True: "applies", False: "does not apply", None: "may apply"}[verdict.matched]
    head = f"{verdict.statement.effect} {applies}: {verdict.type} policy {verdict.policy}, {verdict.statement.label}"
    return [
        head,
        f"  --> {verdict.statement.origin}",
        *(f"   {_MARKS[element.matched]:>3}  {element.element}: {element.detail}" for element in verdict.elements),
    ]
