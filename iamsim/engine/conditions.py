"""Quantifiers, negation, IfExists, Null and absence: what surrounds an operator."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from iamsim.engine.operators import Operator, operators
from iamsim.engine.patterns import Test
from iamsim.engine.variables import Template, answered, template
from iamsim.model.policy import Condition
from iamsim.model.principal import HOLE
from iamsim.model.request import Context, Request

_NAME = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?")


class Quantifier(Enum):
    """How many of the request's values must satisfy the operator."""

    ONE = ""
    ALL = "ForAllValues"
    ANY = "ForAnyValue"


@dataclass(frozen=True, slots=True)
class Reading:
    """An operator name taken apart: `ForAllValues:StringLikeIfExists` is ALL, StringLike, True. `operator` is None for a word AWS does not have."""

    quantifier: Quantifier
    operator: Operator | None
    if_exists: bool
    null: bool = False


def reading(name: str) -> Reading:
    """`name` taken apart; names are case-sensitive (GRAM-027)."""
    match = _NAME.fullmatch(name)
    if match is None:
        return Reading(Quantifier.ONE, None, if_exists=False)
    prefix, base, suffix = match.groups()
    if base == "Null" and not prefix and not suffix:
        return Reading(Quantifier.ONE, None, if_exists=False, null=True)
    return Reading(Quantifier(prefix or ""), operators().get(base), suffix is not None)


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """
    One operator, one key: `test(request)` is True, False, or None where the request does not tell.

    `keys` are those on which it depends; `known` is whether AWS has such an operator.
    """

    condition: Condition
    key: str
    test: Callable[[Request], bool | None]
    keys: tuple[str, ...]
    known: bool = True


def compiled(condition: Condition, *, variables: bool) -> CompiledCondition:
    """
    The test for one written condition; `variables` is whether the policy's version has them.

    An operator that AWS does not have makes the condition unknown for every request: a statement
    that cannot be interpreted neither allows nor vanishes (UNK-011).
    """
    key = condition.key.lower()
    parts = reading(condition.operator)
    if HOLE in key:
        # Which key it asks for is not told.
        return CompiledCondition(condition, key, lambda _: None, (key,))
    if parts.null:
        return CompiledCondition(condition, key, _null(key, condition.values), (key,))
    if parts.operator is None:
        return CompiledCondition(condition, key, lambda _: None, (), known=False)
    matches = _matches(parts.operator, condition.values, variables=variables and parts.operator.variables)
    surround = {Quantifier.ONE: _one, Quantifier.ALL: _all, Quantifier.ANY: _any}[parts.quantifier]
    return CompiledCondition(condition, key, surround(key, parts, matches), (key, *matches.depends))


@dataclass(frozen=True, slots=True)
class Matches:
    """
    Whether one request value satisfies the operator, negation included, against the written values.

    `depends` are the keys of the policy variables among them; `plain` is the same test where there are none.
    """

    test: Callable[[str, Context], bool | None]
    plain: Test | None
    depends: tuple[str, ...] = ()
    written: int = 1

    def too_many(self, values: tuple[str, ...]) -> bool:
        """Whether there is more to compare than is compared: the answer is then left open."""
        return len(values) * self.written > _MAX_COMPARISONS


def _matches(operator: Operator, values: tuple[str, ...], *, variables: bool) -> Matches:
    """
    Several written values are alternatives; a negated operator holds when none of them matches.

    Source: IAM User Guide, "… Condition operators" ("evaluated using logical OR … NOR"), and
    "… Variables and tags" for a variable that the request does not have (VAR-005 to 007).
    """
    written = [template(value) if variables else value for value in values]
    plain = [value for value in written if isinstance(value, str)]
    dynamic = [value for value in written if isinstance(value, Template)]
    static = _alternatives(operator, plain)
    if not dynamic:
        test = _negation(operator, static, written) if operator.negated else static
        return Matches(lambda value, _: test(value), test, written=len(written))

    def positive(value: str, context: Context) -> bool | None:
        answer = static(value)
        void = False
        for entry in dynamic:
            resolved = answered(entry, context, operator.prepare)
            void = void or resolved.void is not False
            if resolved.test is not None:
                answer = _or(answer, resolved.test(value))
        # A page warns that an unresolved variable may void the whole statement: another entry's match is then not sure.
        return None if void and answer is not False and len(written) > 1 else answer

    def negative(value: str, context: Context) -> bool | None:
        answer = positive(value, context)
        return None if answer is None or not operator.readable(value) else not answer

    keys = tuple(key for entry in dynamic for key in entry.keys)
    return Matches(negative if operator.negated else positive, None, keys, len(written))


_MAX_COMPARISONS = 1_000_000
"""Values of a request times values of a condition; AWS takes no request and no policy with so many."""


def _negation(operator: Operator, test: Test, written: Sequence[object]) -> Test:
    """None of the written values matches; open where the operator cannot read the value, or where none is written."""
    readable = operator.readable

    def negated(value: str) -> bool | None:
        answer = test(value)
        return None if answer is None or not written or not readable(value) else not answer

    return negated


def _alternatives(operator: Operator, written: list[str]) -> Test:
    if not written:
        return lambda _: False
    if len(written) == 1:
        return operator.prepare(written[0])
    if operator.fuse is not None:
        return operator.fuse(written)
    tests = [operator.prepare(value) for value in written]

    def test(value: str) -> bool | None:
        answer: bool | None = False
        for one in tests:
            answer = _or(answer, one(value))
            if answer:
                return True
        return answer

    return test


def _one(key: str, parts: Reading, matches: Matches) -> Callable[[Request], bool | None]:
    """
    No set prefix. An absent key: IfExists and negated operators hold, others do not.

    Several request values under a plain operator: a positive one does not match; a negated one is
    left open, AWS only says that a set operator must be used (COND-005 to 007, 053).
    """
    operator = parts.operator
    negated = operator is not None and operator.negated
    when_absent = parts.if_exists or negated

    def without_one(values: tuple[str, ...] | None, context: Context) -> bool | None:
        if values is None:
            return when_absent if context.is_absent(key) else None
        if not values:
            return when_absent
        return None if negated else False

    plain, with_variables = matches.plain, matches.test

    def test(request: Request) -> bool | None:
        context = request.context
        values = context.values.get(key)
        if values is None or len(values) != 1:
            return without_one(values, context)
        return with_variables(values[0], context) if plain is None else plain(values[0])

    return test


def _all(key: str, _: Reading, matches: Matches) -> Callable[[Request], bool | None]:
    """Every request value; true for an absent key, an empty set and a single empty string (COND-045)."""

    def test(request: Request) -> bool | None:
        context = request.context
        values = context.values.get(key)
        if values is None:
            return True if context.is_absent(key) else None
        if values == ("",):
            return True
        if matches.too_many(values):
            return None
        answer: bool | None = True
        for value in values:
            one = matches.test(value, context)
            if one is False:
                return False
            answer = None if one is None else answer
        return answer

    return test


def _any(key: str, parts: Reading, matches: Matches) -> Callable[[Request], bool | None]:
    """
    At least one request value; false for an absent key, an empty set and a single empty string (COND-044).

    With IfExists an absent key is left open: AWS's pages disagree (COND-051).
    """
    when_absent = None if parts.if_exists else False

    def test(request: Request) -> bool | None:
        context = request.context
        values = context.values.get(key)
        if values is None:
            return when_absent if context.is_absent(key) else None
        if not values or values == ("",):
            return when_absent
        if matches.too_many(values):
            return None
        answer: bool | None = False
        for value in values:
            answer = _or(answer, matches.test(value, context))
            if answer:
                return True
        return answer

    return test


def _null(key: str, values: tuple[str, ...]) -> Callable[[Request], bool | None]:
    """`Null`: "true" where the key is absent, "false" where it is present; an empty string is left open (COND-008)."""
    wanted = {value.lower() for value in values}
    readable = wanted <= {"true", "false"} and bool(wanted)

    def test(request: Request) -> bool | None:
        present = request.context.values.get(key)
        if not readable:
            return None
        if len(wanted) > 1:
            return True
        if present == ("",):
            return None
        if present is None and not request.context.is_absent(key):
            return None
        return ("false" if present else "true") in wanted

    return test


def _or(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001 - Kleene's or, of two truth values
    if left is True or right is True:
        return True
    return None if left is None or right is None else False
