"""How every element of a statement met one request, in words, none skipped."""

from __future__ import annotations

from iamsim import redact
from iamsim.engine.conditions import CompiledCondition
from iamsim.engine.principals import NOTHING, Bounds, Grant
from iamsim.engine.statements import CompiledStatement
from iamsim.engine.variables import Template, template
from iamsim.model.principal import HOLE
from iamsim.model.request import Request
from iamsim.model.verdict import ElementVerdict, StatementVerdict

_HOW = {Grant.ACCOUNT: ", by its account", Grant.ENTITY: ", by its role or user"}
_SHOWN = 4


class Telling:
    """
    The words for one request: what is the same for all statements is worked out once.

    `bounded` is whether the caller has a permissions boundary, None when that was not seen.
    """

    def __init__(self, request: Request, *, bounded: bool | None) -> None:
        self._request = request
        self._bounded = bounded
        self._action = request.action.lower()
        self._caller = request.principal.arn.replace(HOLE, "…")
        self._resource = request.resource.replace(HOLE, "…")
        self._states: dict[str, str] = {}

    def verdict(self, statement: CompiledStatement, level: int) -> tuple[StatementVerdict, Bounds]:
        """
        How every element met the request, and what follows: what the statement grants, or whether a Deny applies.

        Law: the second is what `names` and `bounds` of the statement give.
        """
        words = _words(statement)
        elements = [self._of_action(statement, words)]
        granted = statement.fixed or statement.principal(self._request, bounded=self._bounded)
        if statement.has_principal:
            elements.append(self._of_principal(statement, words, granted))
        if statement.resource is not None:
            elements.append(self._of_resource(statement, words))
        elements += map(self._of_condition, statement.conditions, words.conditions)
        verdict = StatementVerdict(statement.statement, statement.policy.name, statement.type, tuple(elements), level)
        return verdict, self._bounds(verdict, granted, skipped=1 if statement.has_principal else None)

    def _bounds(self, verdict: StatementVerdict, granted: Bounds, skipped: int | None) -> Bounds:
        sure = True
        for place, element in enumerate(verdict.elements):
            if place == skipped:
                continue
            if element.matched is False:
                return NOTHING
            sure = sure and element.matched is True
        return granted if sure else (Grant.NONE, granted[1])

    def _of_action(self, statement: CompiledStatement, words: _Words) -> ElementVerdict:
        element = statement.statement.action
        word = "NotAction" if element.negated else "Action"
        matched = statement.names(self._action)
        return ElementVerdict(word, matched, f"{self._request.action} against {words.action}", (), element.origin)

    def _of_principal(self, statement: CompiledStatement, words: _Words, granted: Bounds) -> ElementVerdict:
        element = statement.statement.principal
        low, high = granted
        matched = True if low > Grant.NONE else None if high > Grant.NONE else False
        if element is None:
            told = "the statement names no principal"
            return ElementVerdict("Principal", matched, told, (), statement.statement.origin)
        word = "NotPrincipal" if element.negated else "Principal"
        pathless = matched is None and HOLE in (self._request.principal.entity or "")
        detail = f"{self._caller} against {words.principal}{_HOW.get(low, '')}"
        return ElementVerdict(word, matched, detail, ("the role's path",) if pathless else (), element.origin)

    def _of_resource(self, statement: CompiledStatement, words: _Words) -> ElementVerdict:
        element, test = statement.statement.resource, statement.resource
        if element is None or test is None:
            told = "the statement names no resource"
            return ElementVerdict("Resource", None, told, (), statement.statement.origin)
        matched = test(self._request)
        missing: tuple[str, ...] = ()
        if matched is None:
            keys = (key for value in element.values for key in _keys(value) if self._open(key))
            missing = (*keys, *(self._request.unbound if HOLE in self._request.resource else ()))
        word = "NotResource" if element.negated else "Resource"
        return ElementVerdict(word, matched, f"{self._resource} against {words.resource}", missing, element.origin)

    def _of_condition(self, condition: CompiledCondition, words: tuple[str, str]) -> ElementVerdict:
        name, wanted = words
        matched = condition.test(self._request)
        missing = () if matched is not None else tuple(key for key in condition.keys if self._open(key))
        if condition.known:
            detail = f"{condition.condition.key} is {self._state(condition)}; {wanted}"
        else:
            detail = f"`{condition.condition.operator}` is no operator of IAM"
        return ElementVerdict(name, matched, detail, missing, condition.condition.origin)

    def _state(self, condition: CompiledCondition) -> str:
        """What the request says of the key."""
        key = condition.key
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = _state(self._request, key, condition.condition.key)
        return found

    def _open(self, key: str) -> bool:
        """Whether the request leaves the key open: unknown, or with a hole."""
        context = self._request.context
        values = context.values.get(key)
        if values is None:
            return not context.is_absent(key)
        return any(HOLE in value for value in values)


def _state(request: Request, key: str, name: str) -> str:
    values = request.context.values.get(key)
    if values is None:
        return "absent from this request" if request.context.is_absent(key) else "not known"
    tag = name.partition("/")[2]
    return ", ".join(_shown(tag, value) for value in values) or "an empty set"


def _shown(tag: str, value: str) -> str:
    """A request value as it may be told: tags can be credentials."""
    text = str(redact.value(tag, value)).replace(HOLE, "…")
    return f"`{text}`" if text else "empty"


class _Words:
    """What the elements of a statement ask for; the same whatever the request is."""

    __slots__ = ("action", "conditions", "principal", "resource")

    def __init__(self, statement: CompiledStatement) -> None:
        written = statement.statement
        self.action = _listed(written.action.values)
        element = written.principal
        named = () if element is None else (*element.aws, *element.service, *element.federated, *element.canonical)
        self.principal = _listed(("*",) if element is not None and element.anyone else named)
        self.resource = _listed(written.resource.values if written.resource else ())
        self.conditions = tuple(
            (f"Condition {each.operator} {each.key}", f"{each.operator} wants {_wanted(each.values)}")
            for each in written.conditions
        )


def _words(statement: CompiledStatement) -> _Words:
    if statement.words is None:
        statement.words = _Words(statement)
    found: _Words = statement.words
    return found


def _wanted(values: tuple[str, ...]) -> str:
    return ", ".join(f"`{value}`" for value in values) or "nothing"


def _keys(value: str) -> tuple[str, ...]:
    found = template(value)
    return found.keys if isinstance(found, Template) else ()


def _listed(values: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{value}`" for value in values[:_SHOWN])
    return shown + (f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else "")
