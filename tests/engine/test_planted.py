"""One-line bugs planted in the engine, each of which the vectors must catch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_network

import pytest
from msgspec import structs

from iamsim.engine import (
    actions,
    conditions,
    context,
    evaluation,
    groups,
    patterns,
    plans,
    policyset,
    principals,
    resources,
    statements,
    variables,
)
from iamsim.engine.evaluation import Situation
from iamsim.engine.operators import date, ip, operators
from iamsim.engine.principals import Grant
from iamsim.model.policy import Policy, PolicyType, Statement
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

    def planted(original: Callable[..., groups.About]) -> object:
        def about(self: groups.Side, action: str) -> groups.About:
            found = original(self, action)
            return replace(found, deny=groups.NOBODY) if self.type is kind else found

        return about

    return planted


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
        return conditions.Matches(lambda value, told: any(one.test(value, told) for one in each), None)

    return planted


def by_text(original: object) -> object:
    return an_operator("NumericLessThan", prepare=lambda written: lambda value: value < written)(original)


def exempt_anyway(original: Callable[..., object]) -> object:
    return lambda element, caller, *, bounded: original(element, caller, bounded=bounded and False)


def one_of_them(_: object) -> object:
    return lambda levels: groups.OneLevel(pair for level in levels for pair in level.named)


def as_resource(original: Callable[..., object]) -> object:
    def planted(statement: Statement, *given: object) -> object:
        element = statement.resource
        return original(replace(statement, resource=element and replace(element, negated=False)), *given)

    return planted


def heads_as_arns(original: Callable[..., object]) -> object:
    def planted(*given: object) -> object:
        found = original(*given)
        return found if found.arns is None else found._replace(arns=found.arns + found.heads, heads=())

    return planted


def arns_as_heads(original: Callable[..., object]) -> object:
    def planted(*given: object) -> object:
        found = original(*given)
        return found._replace(heads=found.heads + (found.arns or ()))

    return planted


def as_met(original: Callable[..., object]) -> object:
    def surround(*given: object) -> object:
        test = original(*given)
        return lambda request: test(request) is not False

    return surround


BUGS = (
    Bug(
        "a star in an action crosses services",
        actions,
        "_one_action",
        lambda _: lambda p, **_k: patterns.matcher(p.replace(":", "*")),
    ),
    Bug("an action pattern is a prefix", actions, "matcher", lambda original: lambda p: original(p + "*")),
    Bug(
        "NotAction is read as Action",
        actions,
        "naming",
        lambda original: lambda e, **k: original(replace(e, negated=False), **k),
    ),
    Bug(
        "resources have no case",
        groups.OneLevel,
        "answer",
        lambda original: lambda s, q, b: original(s, structs.replace(q, resource=q.resource.lower()), b),
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
    Bug(
        "a boundary limits what is granted to the caller itself", policyset, "situation", a_fact(boundary_yields=False)
    ),
    Bug("an account in a key policy delegates nothing", policyset, "situation", a_fact(delegates=False)),
    Bug("a domain policy grants configuration", policyset, "situation", a_fact(resource_grants=True)),
    Bug("root is locked out by its bucket policy", policyset, "situation", a_fact(resource_denies=True)),
    Bug("Block Public Access is off", policyset, "situation", a_fact(resource_refuses=False)),
    Bug("every operation is open to other accounts", policyset, "situation", a_fact(refused="")),
    Bug("GetCallerIdentity needs a permission", policyset, "situation", a_fact(open_to_all=False)),
    Bug("a session policy denies nothing", groups.Side, "about", blind_to(PolicyType.SESSION)),
    Bug("a boundary denies nothing", groups.Side, "about", blind_to(PolicyType.BOUNDARY)),
    Bug("an identity policy denies nothing", groups.Side, "about", blind_to(PolicyType.IDENTITY)),
    Bug("an endpoint policy denies nothing", groups.Side, "about", blind_to(PolicyType.VPC_ENDPOINT)),
    Bug("a resource policy denies nothing", groups.Side, "about", blind_to(PolicyType.RESOURCE)),
    Bug("an SCP denies nothing", groups.Side, "about", blind_to(PolicyType.SCP)),
    Bug("an RCP denies nothing", groups.Side, "about", blind_to(PolicyType.RCP)),
    Bug("one level of SCPs is enough", groups, "SeveralLevels", one_of_them),
    Bug("only the SCPs of the account itself count", groups, "SeveralLevels", lambda _: lambda levels: levels[-1]),
    Bug("NotResource is read as Resource", resources, "matching", as_resource),
    Bug("a resource pattern is found by its text alone", resources, "index", heads_as_arns),
    Bug("what begins like a resource is that resource", resources, "index", arns_as_heads),
    Bug("a role in a list is found only with its account", statements, "_plainly", lambda _: lambda *_: Grant.ACCOUNT),
    Bug("an unknown key satisfies its operator", conditions, "_one", as_met),
    Bug("a question mark is plain text", patterns, "_literals", lambda _: lambda text, **_k: re.escape(text)),
    Bug("truth values have case", conditions, "operators", an_operator("Bool", prepare=lambda w: lambda v: v == w)),
    Bug("seconds since 1970 are no date", date, "_EPOCH", lambda _: re.compile(r"(?!)")),
    Bug("a second of a date is lost", date, "_usual", lambda original: lambda text: original(text) - 1),
    Bug("an address has to be the first of its range", ip, "ip_network", lambda _: lambda text, **_k: ip_network(text)),
    Bug("the own policies of the caller are not asked", evaluation, "_own", lambda _: lambda *_: iter(())),
)


def clear() -> None:
    """What is remembered of compiled text and policies is forgotten."""
    remembered = (
        patterns.matcher,
        patterns.arn_matcher,
        patterns.arn_condition_matcher,
        variables.template,
        plans.shape,
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
