"""Whether a Resource or NotResource element matches, and how a resource leads to the statements that may match it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from iamsim.engine.patterns import Test, arn_fused, arn_head, arn_matcher, is_everything
from iamsim.engine.variables import Template, answered, template
from iamsim.model.policy import Effect, Element, Policy, PolicyType, Statement
from iamsim.model.principal import HOLE, LITERAL_MARK, LITERAL_STAR
from iamsim.model.request import Request

RequestTest = Callable[[Request], bool | None]

_ACCOUNT_FIELD = 4
# Actions without a resource that AWS's own examples also grant on an ARN, while another page says `*` (ARN-008).
_OF_ALL = {"s3:listallmybuckets": "arn:aws:s3:::*"}


class Index(NamedTuple):
    """`enough`: a resource that is one of `arns` or begins with one of `heads` matches; else it may, and no other does."""

    arns: tuple[str, ...] | None
    heads: tuple[str, ...] = ()
    enough: bool = False


def matching(statement: Statement, policy: Policy, type: PolicyType) -> RequestTest | None:
    """
    The test of Resource or NotResource; None where there is nothing to test.

    A resource policy without Resource (a role trust policy) speaks of the resource it is attached
    to. For a request without a resource only `*` matches (ARN-007, 008).
    """
    element = statement.resource
    if element is None:
        return None if type is PolicyType.RESOURCE else lambda _: None
    if not all(map(_storable, element.values)):
        return _doubtful(statement, element, policy)
    return _written(element, policy, allow=statement.effect is Effect.ALLOW)


def _written(element: Element, policy: Policy, *, allow: bool) -> RequestTest | None:
    """The test of an element as it is written; None where it matches everything."""
    written = [_template(value) if policy.has_variables else value for value in element.values]
    plain = [value for value in written if isinstance(value, str)]
    dynamic = [value for value in written if isinstance(value, Template)]
    anything = any(is_everything(value) for value in plain)
    if anything and not dynamic and not element.negated:
        return None
    if not dynamic and not anything and not set(_OF_ALL.values()) & set(plain):
        # No pattern but `*` matches a request without a resource.
        static = arn_fused(plain)
        if not element.negated:
            return lambda request: static(request.resource)
        return lambda request: None if (answer := static(request.resource)) is None else not answer
    listed = _listed(plain, dynamic)
    return _others(listed, dynamic, allow=allow) if element.negated else listed


def _listed(plain: list[str], dynamic: list[Template]) -> RequestTest:
    """Whether one of the entries matches, those with variables among them."""
    static: Test = arn_fused(plain) if plain else lambda _: False
    anything = any(is_everything(value) for value in plain)
    heads = [(entry, _head(entry)) for entry in dynamic]
    alone = len(plain) + len(dynamic) == 1

    def listed(request: Request) -> bool | None:
        resource = request.resource
        if resource == "*":
            answer: bool | None = anything or (None if _OF_ALL.get(request.action.lower()) in plain else False)
            near = []
        else:
            answer = static(resource)
            # An entry whose text before the first variable differs matches nothing, whatever the values are.
            near = [entry for entry, head in heads if resource.startswith(head) or HOLE in resource]
        for entry in near:
            test = answered(entry, request.context, arn_matcher).test
            one = test(resource) if test is not None else False
            answer = True if one or answer else None if one is None or answer is None else False
        if answer is False or alone:
            return answer
        # A page warns that an unresolved variable may void the statement: another entry's match is then not sure (VAR-007).
        return None if _may_be_void(dynamic, request) else answer

    return listed


def _others(listed: RequestTest, dynamic: list[Template], *, allow: bool) -> RequestTest:
    """Whether none of the entries matches."""

    def others(request: Request) -> bool | None:
        answer = listed(request)
        # An unresolved entry excludes nothing; whether an Allow then still holds is not documented (VAR-004).
        if allow and answer is False and _may_be_void(dynamic, request):
            return None
        return None if answer is None else not answer

    return others


def _may_be_void(dynamic: list[Template], request: Request) -> bool:
    return any(answered(entry, request.context, arn_matcher).void is not False for entry in dynamic)


# `*`, or an ARN with its partition and service; AWS stores nothing else. Source: IAM User Guide, "… Resource" (GRAM-025).
_RESOURCE = re.compile(r"\*+|arn:[^:\s]+:[^\s].*|arn:\*+", re.DOTALL)


def _storable(value: str) -> bool:
    """Whether AWS could have stored the value as a resource."""
    return value == value.strip() and _RESOURCE.fullmatch(value) is not None


def _doubtful(statement: Statement, element: Element, policy: Policy) -> RequestTest:
    """
    The test of an element that AWS would not have stored: what the rest of it does not settle is left open.

    By such a text an Allow gives nothing for sure, and nothing at all where it does not match as it is
    written; a Deny is not trusted to vanish with it, nor a list of exceptions to be whole.
    """
    allow = statement.effect is Effect.ALLOW
    known = tuple(value for value in element.values if _storable(value))
    rest = _written(replace(element, values=known), policy, allow=allow) if known else lambda _: element.negated
    whole = _written(element, policy, allow=allow)
    settled = not element.negated

    def doubtful(request: Request) -> bool | None:
        answer = settled if rest is None else rest(request)
        if answer is settled:
            return answer
        if allow and settled and whole is not None and whole(request) is False:
            return False
        return None

    return doubtful


def _head(entry: Template | str) -> str:
    """What every value of the entry begins with: its text before the first variable or wildcard."""
    if isinstance(entry, str):
        first: object = entry
    else:
        first = "" if entry.broken else entry.parts[0]
    if not isinstance(first, str):
        return ""
    return re.split(f"[*?{HOLE}{LITERAL_STAR}{LITERAL_MARK}]", first)[0]


def _template(value: str) -> Template | str:
    """A variable in the partition, service or region field is left open: the pages speak of the resource part (VAR-003)."""
    found = template(value)
    if isinstance(found, Template):
        first = found.parts[0]
        if isinstance(first, str) and first.count(":") < _ACCOUNT_FIELD:
            return Template(found.parts, broken=True)
    return found


def index(statement: Statement, policy: Policy) -> Index:
    """How a resource leads to the statement; without `arns` where it may match a resource whatever that begins with."""
    element = statement.resource
    if element is None or element.negated:
        return Index(None)
    arns: list[str] = []
    heads: list[str] = []
    enough = True
    if not all(map(_storable, element.values)):
        return Index(None)
    for value in element.values:
        written = _template(value) if policy.has_variables else value
        whole = None if isinstance(written, Template) else arn_head(written)
        head = whole or _head(written)
        if not head or value in _OF_ALL.values():
            return Index(None)
        enough = enough and whole is not None
        (arns if whole == written else heads).append(head)
    return Index(tuple(dict.fromkeys(arns)), tuple(dict.fromkeys(heads)), enough)
