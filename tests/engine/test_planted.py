"""One-line bugs planted in the engine, each of which the vectors must catch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

import pytest

from iamsim.engine import conditions, context, patterns, policyset, principals, statements, variables
from iamsim.engine.evaluation import Situation
from iamsim.engine.operators import date, operators
from iamsim.engine.principals import Grant
from iamsim.model.policy import Policy, PolicyType
from tests import vectors

CASES = vectors.cases()


@dataclass(frozen=True, slots=True)
class Bug:
    """`owner.name` becomes what `planted` makes of it."""

    sentence: str
    owner: object
    name: str
    planted: Callable[[object], object]

    def __str__(self) -> str:
        return self.sentence


def an_operator(name: str, **changes: object) -> Callable[[object], object]:
    """The table of operators with one of them changed."""
    return lambda original: lambda: {**original(), name: replace(original()[name], **changes)}


def a_fact(**changes: object) -> Callable[[object], object]:
    """The facts of a request with some of them changed."""

    def planted(original: Callable[..., Situation]) -> object:
        return lambda *given: replace(original(*given), **changes)

    return planted


def level(before: Grant, after: Grant) -> Callable[[object], object]:
    """A principal that counts for more or less than it does."""

    def planted(original: Callable[..., Grant | None]) -> object:
        def changed(*given: object) -> Grant | None:
            found = original(*given)
            return after if found is before else found

        return changed

    return planted


def blind_to(kind: PolicyType) -> Callable[[object], object]:
    """Deny statements of one policy type are not seen."""
    return lambda original: lambda self, asked: asked is not kind and original(self, asked)


def when_absent(answer: bool) -> Callable[[object], object]:  # noqa: FBT001 - a truth value
    """A condition that answers so whenever its key has no value."""

    def planted(original: Callable[..., object]) -> object:
        def surround(key: str, *given: object) -> object:
            test = original(key, *given)
            return lambda request: test(request) if key in request.context.values else answer

        return surround

    return planted


def any_of_the_negated(original: Callable[..., object]) -> object:
    def planted(operator, values, *, variables):
        if not operator.negated or len(values) < 2:
            return original(operator, values, variables=variables)
        each = [original(operator, (value,), variables=variables) for value in values]
        return (lambda value, told: any(test(value, told) for test, _ in each)), ()

    return planted


def by_text(original: object) -> object:
    return an_operator("NumericLessThan", prepare=lambda written: lambda value: value < written)(original)


def exempt_anyway(original: Callable[..., object]) -> object:
    return lambda element, caller, *, bounded: original(element, caller, bounded=bounded and False)


BUGS = (
    Bug(
        "a star in an action crosses services",
        statements,
        "_one_action",
        lambda _: lambda p, **_k: patterns.matcher(p.replace(":", "*")),
    ),
    Bug("an action pattern is a prefix", statements, "matcher", lambda original: lambda p: original(p + "*")),
    Bug(
        "NotAction is read as Action",
        statements,
        "_action_test",
        lambda original: lambda e, **k: original(replace(e, negated=False), **k),
    ),
    Bug(
        "resources have no case",
        statements,
        "arn_fused",
        lambda original: lambda ps: lambda v: original([p.lower() for p in ps])(v.lower()),
    ),
    Bug("a star in an ARN field crosses colons", patterns, "_segment", lambda _: vars(patterns)["_regex"]),
    Bug("a short ARN is not completed", patterns, "arn_regex", lambda _: vars(patterns)["_regex"]),
    Bug("documents of 2008 have variables", Policy, "has_variables", lambda _: property(lambda _: True)),
    Bug("a default is used although the key is there", variables, "literal", lambda _: lambda _: "company-wide"),
    Bug("a wildcard in a value acts as one", variables, "literal", lambda _: lambda value: value),
    Bug("an absent key fails a negated operator", conditions, "_one", when_absent(answer=False)),
    Bug("an absent key satisfies every operator", conditions, "_one", when_absent(answer=True)),
    Bug("an absent key fails ForAllValues", conditions, "_all", when_absent(answer=False)),
    Bug("an absent key satisfies ForAnyValue", conditions, "_any", when_absent(answer=True)),
    Bug("Null is always satisfied", conditions, "_null", lambda _: lambda *_: lambda _: True),
    Bug("negated values are alternatives", conditions, "_matches", any_of_the_negated),
    Bug("ForAnyValue is ForAllValues", conditions, "_any", lambda _: vars(conditions)["_all"]),
    Bug("numbers compare as text", conditions, "operators", by_text),
    Bug(
        "StringEquals knows wildcards",
        conditions,
        "operators",
        an_operator("StringEquals", prepare=patterns.matcher, fuse=patterns.fused),
    ),
    Bug("a date is compared without its zone", date, "_offset", lambda _: lambda _: 0),
    Bug(
        "less than includes the bound",
        conditions,
        "operators",
        an_operator("NumericLessThan", prepare=operators()["NumericLessThanEquals"].prepare),
    ),
    Bug("NotIpAddress is IpAddress", conditions, "operators", an_operator("NotIpAddress", negated=False)),
    Bug("an account is a grant by itself", principals, "_level", level(Grant.ACCOUNT, Grant.ENTITY)),
    Bug("a role is as direct as its session", principals, "_level", level(Grant.ENTITY, Grant.DIRECT)),
    Bug("a session is no more direct than its role", principals, "_level", level(Grant.DIRECT, Grant.ENTITY)),
    Bug("NotPrincipal spares bounded principals", principals, "excluded", exempt_anyway),
    Bug("two accounts are one", policyset, "situation", a_fact(cross_account=False)),
    Bug("a trust policy is not needed", policyset, "situation", a_fact(resource_must_allow=False)),
    Bug("a federated user needs no session policy", policyset, "situation", a_fact(session_required=False)),
    Bug("RCPs bind nobody", policyset, "situation", a_fact(rcps_apply=False)),
    Bug("SCPs bind nobody", policyset, "situation", a_fact(scps_apply=False)),
    Bug(
        "a named user needs no permission to set a source identity",
        policyset,
        "situation",
        a_fact(identity_must_allow=False),
    ),
    Bug("a session policy denies nothing", policyset.Slice, "denies", blind_to(PolicyType.SESSION)),
    Bug("a boundary denies nothing", policyset.Slice, "denies", blind_to(PolicyType.BOUNDARY)),
    Bug("an identity policy denies nothing", policyset.Slice, "denies", blind_to(PolicyType.IDENTITY)),
    Bug("an endpoint policy denies nothing", policyset.Slice, "denies", blind_to(PolicyType.VPC_ENDPOINT)),
    Bug("one level of SCPs is enough", policyset, "min", lambda _: max),
)


def clear() -> None:
    """What is remembered of compiled text and policies is forgotten."""
    remembered = (
        patterns.matcher,
        patterns.arn_matcher,
        patterns.arn_condition_matcher,
        variables.template,
        statements.compiled,
    )
    for function in remembered:
        getattr(function, "cache_clear", lambda: None)()


@contextmanager
def planting(bug: Bug) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        original = getattr(bug.owner, bug.name, None)
        # A property belongs to the class, and is planted there as it is.
        patch.setattr(bug.owner, bug.name, bug.planted(original), raising=original is not None)
        clear()
        yield
    clear()


def right(case: vectors.Case) -> bool:
    return policyset.compile(case.layers).decide(context.derived(case.request)) == case.decision


@cache
def decided() -> tuple[vectors.Case, ...]:
    """The cases that the engine decides as it should: only they can catch a bug."""
    clear()
    return tuple(case for case in CASES if right(case))


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_vectors_catch_the_bug(bug):
    trusted = decided()

    with planting(bug):
        caught = next((case for case in trusted if not right(case)), None)

    assert caught is not None


def test_the_engine_is_whole_again_after_every_bug():
    trusted = decided()
    for bug in BUGS:
        with planting(bug):
            pass

    assert all(right(case) for case in trusted)
