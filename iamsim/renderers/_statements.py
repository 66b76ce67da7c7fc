"""How a statement met a request, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iamsim.documents import statement_document
from iamsim.model.origin import Origin
from iamsim.model.policy import Condition, Effect, PolicyType, Statement
from iamsim.model.verdict import ElementVerdict, Explanation, Layer, StatementVerdict
from iamsim.renderers._words import ONE_POLICY, Label, Tone, listed


@dataclass(frozen=True, slots=True)
class Row:
    """One element of a statement: its name, its JSON, its line where known, and how it met the request."""

    name: str
    value: str
    note: str
    matched: bool | None
    line: int | None


def place(verdict: StatementVerdict) -> str:
    """What a person calls the statement: kind and name of its policy, and its Sid or number."""
    statement = verdict.statement
    trust = verdict.type is PolicyType.RESOURCE and statement.resource is None
    kind = "trust policy" if trust else ONE_POLICY[verdict.type]
    name = "" if verdict.policy.lower() in kind else f" {verdict.policy}"
    return f"{kind}{name}, {'statement ' if statement.sid else ''}{statement.label} ({statement.effect})"


def rows(verdict: StatementVerdict) -> tuple[Row, ...]:
    """The elements that kept the statement from matching, or for one that matched all of them."""
    decisive = [e for e in verdict.elements if e.matched is not True] or list(verdict.elements)
    return tuple(_row(verdict.statement, element) for element in decisive)


def statement_text(statement: Statement, *, lines: int = 60) -> str:
    """The statement as indented JSON, cut after `lines`."""
    text = json.dumps(statement_document(statement), indent=2, ensure_ascii=False).split("\n")
    return "\n".join([*text[:lines], f"… {len(text) - lines} more lines"] if len(text) > lines else text)


def side(explanation: Explanation, type: PolicyType) -> Label:
    """How the policies of one type met the request."""
    verdicts = [v for v in explanation.statements if v.type is type]
    allows = [v for v in verdicts if v.statement.effect is Effect.ALLOW]
    if any(v.matched for v in verdicts if v.statement.effect is Effect.DENY):
        return Label("denies", Tone.BAD)
    if any(v.matched for v in allows):
        return Label("allows", Tone.GOOD)
    if type in explanation.unseen:
        return Label("not seen", Tone.OPEN)
    missing = dict.fromkeys(key for v in verdicts for key in v.missing)
    if missing:
        return Label(f"depends on {listed(missing, limit=3)}", Tone.OPEN)
    if Layer(type.value) in explanation.failing or explanation.denied:
        return Label("does not allow", Tone.BAD)
    return Label("need not allow", Tone.FLAT)


def other_layers(explanation: Explanation) -> tuple[str, ...]:
    """The failing layers besides the two sides."""
    sides = (Layer.IDENTITY, Layer.RESOURCE)
    return tuple(_LAYER[layer] for layer in explanation.failing if layer not in sides)


def compact(value: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    """A JSON value on one line; of long lists the beginning."""
    if isinstance(value, list | tuple) and len(value) > _LIST:
        inner = ", ".join(compact(item) for item in value[:_LIST])
        return f"[{inner}, … {len(value) - _LIST} more]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {compact(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(compact(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False, default=str)


_LIST = 4
_LAYER = {Layer(layer.value): word for layer, word in ONE_POLICY.items()} | {Layer.SERVICE: "the service itself"}


def _row(statement: Statement, verdict: ElementVerdict) -> Row:
    document = statement_document(statement)
    condition = _condition(statement, verdict)
    if condition is not None:
        name: str = "Condition"
        value: Any = {condition.operator: {condition.key: document["Condition"][condition.operator][condition.key]}}
        place = condition.origin
    else:
        asked = verdict.element.split(" ")[0]
        name = next((key for key in (asked, f"Not{asked}") if key in document), "")
        if not name:
            return Row("", "", verdict.detail or verdict.element, verdict.matched, verdict.origin.line)
        value, place = document[name], _origin(statement, name)
    return Row(name, compact(value), verdict.detail, verdict.matched, verdict.origin.line or place.line)


def _condition(statement: Statement, verdict: ElementVerdict) -> Condition | None:
    """The condition that a verdict speaks of: by its place, else by operator and key in its name."""
    tail = [part.replace("~1", "/").replace("~0", "~") for part in verdict.origin.pointer.split("/")[-2:]]
    for condition in statement.conditions:
        if tail == [condition.operator, condition.key]:
            return condition
    name = verdict.element.lower()
    for condition in statement.conditions:
        if condition.operator.lower() in name and condition.key.lower() in name:
            return condition
    return None


def _origin(statement: Statement, name: str) -> Origin:
    match name.removeprefix("Not"):
        case "Action":
            return statement.action.origin
        case "Resource" if statement.resource is not None:
            return statement.resource.origin
        case "Principal" if statement.principal is not None:
            return statement.principal.origin
        case _:
            return statement.origin
