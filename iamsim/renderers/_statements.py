"""How a statement met a request, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iamsim.documents import document, statement_document
from iamsim.model.origin import Origin
from iamsim.model.policy import Condition, Effect, Policy, PolicyType, Statement
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
    name = verdict.policy
    if not name.lower().startswith(kind):
        name = kind if name.lower() in kind else f"{kind} {name}"
    return f"{name}, {'statement ' if statement.sid else ''}{statement.label} ({statement.effect})"


def at(verdict: StatementVerdict) -> Origin:
    """Where to look: the element that did not match, else the statement."""
    failed = (e.origin for e in verdict.elements if e.matched is not True and e.origin.document)
    return next(failed, verdict.statement.origin)


def decisive(explanation: Explanation) -> tuple[StatementVerdict, ...]:
    """
    The statements that decided.

    Where none names the action, the Allow statements for the same service that match in all else.
    """
    if explanation.decisive or not explanation.denied:
        return explanation.decisive
    layers = {layer.value for layer in explanation.failing}
    near = (v for v in explanation.statements if v.type.value in layers and v.statement.effect is Effect.ALLOW)
    return tuple(v for v in near if _lacks_only(v, explanation.request.action))[:_NEAR]


def looked_through(explanation: Explanation) -> tuple[str, ...]:
    """The policies of the layers that do not allow the request, each with the place of its first statement."""
    layers = {layer.value for layer in explanation.failing}
    found: dict[str, Origin] = {}
    for verdict in explanation.statements:
        if verdict.type.value in layers:
            found.setdefault(verdict.policy, verdict.statement.origin)
    return tuple(_named(name, origin) for name, origin in found.items())


def policy_place(policy: Policy) -> str:
    """A policy with the place of its first statement."""
    return _named(policy.name, policy.statements[0].origin if policy.statements else policy.origin)


def said_of(verdict: StatementVerdict) -> str:
    """How sentences of evidence begin that speak of the statement."""
    return f"{verdict.policy}, {verdict.statement.label}: "


def rows(verdict: StatementVerdict) -> tuple[Row, ...]:
    """The elements that kept the statement from matching, or for one that matched all of them."""
    decisive = [e for e in verdict.elements if e.matched is not True] or list(verdict.elements)
    return tuple(_row(verdict.statement, element) for element in decisive)


def statement_text(statement: Statement, *, lines: int = 60) -> str:
    """The statement as indented JSON, cut after `lines`."""
    text = json.dumps(statement_document(statement), indent=2, ensure_ascii=False).split("\n")
    return "\n".join([*text[:lines], f"… {len(text) - lines} more lines"] if len(text) > lines else text)


def side(explanation: Explanation, type: PolicyType, *, seen: bool = True) -> Label:
    """How the policies of one type met the request; `seen` whether anything tells that such a policy was read."""
    verdicts = [v for v in explanation.statements if v.type is type]
    allows = [v for v in verdicts if v.statement.effect is Effect.ALLOW]
    if any(v.matched for v in verdicts if v.statement.effect is Effect.DENY):
        return Label("denies", Tone.BAD)
    if any(v.matched for v in allows):
        return Label("allows", Tone.GOOD)
    if type in explanation.unseen or not seen:
        return Label("not seen", Tone.OPEN)
    missing = dict.fromkeys(key for v in verdicts for key in v.missing)
    if missing:
        return Label(f"depends on {listed(missing, limit=3)}", Tone.OPEN)
    if Layer(type.value) in explanation.failing or explanation.denied:
        return Label("does not allow", Tone.BAD)
    return Label("need not allow", Tone.FLAT)


def other_layers(explanation: Explanation) -> tuple[str, ...]:
    """What the layers besides the two sides do: those not seen, and those that do not allow the request."""
    sides = (Layer.IDENTITY, Layer.RESOURCE)
    unseen = {Layer(kind.value) for kind in explanation.unseen}
    blind = [_LAYER[layer] for layer in explanation.failing if layer not in sides and layer in unseen]
    others = [_LAYER[layer] for layer in explanation.failing if layer not in sides and layer not in unseen]
    return (*([f"not seen: {listed(blind)}"] if blind else ()), *(f"also in the way: {layer}" for layer in others))


def policy_lines(policy: Policy, width: int) -> list[str]:
    """The policy as JSON that takes few lines, of `width` columns where it can be broken."""
    whole = document(policy)
    statements = whole["Statement"] if isinstance(whole["Statement"], list) else [whole["Statement"]]
    head = "".join(f"{json.dumps(k)}: {_json(v)}, " for k, v in whole.items() if k != "Statement")
    lines = ["{" + head + '"Statement": [']
    for number, statement in enumerate(statements):
        row = "  {"
        members = [_members(name, value) for name, value in statement.items()]
        end = "}" if number == len(statements) - 1 else "},"
        for at, pieces in enumerate(members):
            for piece_at, piece in enumerate(pieces):
                last = piece_at == len(pieces) - 1
                text = piece + ("" if not last else ", " if at < len(members) - 1 else end)
                if row.strip() not in ("", "{") and len(row) + len(text.rstrip()) > width:
                    lines.append(row.rstrip())
                    row = "   " if piece_at == 0 else "      "
                row += text
        lines.append(row)
    return [*lines, "]}"]


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
_NEAR = 3
_LAYER = {Layer(layer.value): word for layer, word in ONE_POLICY.items()} | {Layer.SERVICE: "the service itself"}


def _named(name: str, origin: Origin) -> str:
    return f"{name} ({origin})" if origin.document else name


def _members(name: str, value: Any) -> list[str]:  # noqa: ANN401 - JSON is any of six types
    """One member of a statement in the pieces between which its line may end."""
    if not isinstance(value, list) or len(value) < 2:  # noqa: PLR2004 - of one item there is nothing to break
        return [f"{json.dumps(name)}: {_json(value)}"]
    items = [f"{_json(item)}, " for item in value[:-1]] + [f"{_json(value[-1])}]"]
    return [f"{json.dumps(name)}: [{items[0]}", *items[1:]]


def _json(value: Any) -> str:  # noqa: ANN401 - as above
    return json.dumps(value, ensure_ascii=False, default=str)


def _lacks_only(verdict: StatementVerdict, action: str) -> bool:
    """Whether the statement is for the action's service and fails by its action alone."""
    missed = [element for element in verdict.elements if element.matched is not True]
    service = action.partition(":")[0].lower()
    served = {value.partition(":")[0].lower() for value in verdict.statement.action.values}
    return len(missed) == 1 and missed[0].element.startswith(("Action", "NotAction")) and service in served


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
