"""Sentences about a decision, shared by the rules that report one."""

from __future__ import annotations

from collections.abc import Iterable

from iamsim.model.origin import Origin
from iamsim.model.principal import HOLE
from iamsim.model.report import Need, ToolResult
from iamsim.model.verdict import ElementVerdict, Explanation
from iamsim.tokens.claims import Built


def places(explanation: Explanation) -> tuple[Origin, ...]:
    """Where the deciding statements stand: at the element that failed where there is one."""
    found: list[Origin] = []
    for verdict in explanation.decisive:
        failure = next((element for element in verdict.elements if element.matched is not True), None)
        found.append(failure.origin if failure is not None and failure.origin.document else verdict.statement.origin)
    return tuple(dict.fromkeys(found))


def sentences(explanation: Explanation, built: Built | None = None) -> tuple[str, ...]:
    """For each deciding statement what did not match; the reason and AWS's words stand with the probe."""
    found: list[str] = []
    for verdict in explanation.decisive:
        failures = [e for e in verdict.elements if e.matched is not True]
        where = f"{verdict.policy}, {verdict.statement.label}"
        if not failures:
            found.append(f"{where}: {verdict.statement.effect} applies")
        found += [f"{where}: {failure.detail}{_never(failure, explanation, built)}" for failure in failures]
    return tuple(dict.fromkeys(found))


def _never(failure: ElementVerdict, explanation: Explanation, built: Built | None) -> str:
    """Said of a condition on something that the server's call never carries."""
    key = failure.element.rpartition(" ")[2].lower()
    asks = failure.matched is False and failure.element.startswith("Condition") and key.startswith("sts:")
    if asks and built is not None and explanation.request.context.is_absent(key):
        return "; the server never sends it, so the condition can never match"
    return ""


def caller(explanation: Explanation) -> str:
    """Who asked, as a person names it: the role or user behind a session."""
    principal = explanation.request.principal
    return principal.entity or principal.arn


def shown(resource: str) -> str:
    """A resource as a person reads it: text that is not told as a star."""
    return resource.replace(HOLE, "*")


def probes(need: Need) -> tuple[str, ...]:
    """The probes of all attempts of a need."""
    return tuple(probe for attempt in need.attempts for probe in attempt.probes)


def own_needs(tool: ToolResult) -> Iterable[Need]:
    """The needs of a tool without those of the AssumeRole call."""
    return (need for need in tool.needs if need.requirement.via != "sts.assume_role")


def count(number: int, noun: str) -> str:
    """`1 tool`, `2 tools`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
