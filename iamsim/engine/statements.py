"""Statements compiled element by element to tests that can explain themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from iamsim.engine import conditions, principals
from iamsim.engine.patterns import Test, arn_fused, arn_matcher, is_everything, matcher
from iamsim.engine.principals import ALL, NOTHING, OPEN, Bounds, Grant
from iamsim.engine.variables import Template, answered, template
from iamsim.model.policy import Effect, Element, Policy, PolicyType, Statement
from iamsim.model.principal import HOLE, LITERAL_MARK, LITERAL_STAR, PrincipalKind
from iamsim.model.request import Request
from iamsim.model.verdict import ElementVerdict, StatementVerdict

RequestTest = Callable[[Request], bool | None]

_WITH_PRINCIPAL = (PolicyType.RESOURCE, PolicyType.RCP, PolicyType.VPC_ENDPOINT)
_ACCOUNT_FIELD = 4
# Actions without a resource that AWS's own examples also grant on an ARN, while another page says `*` (ARN-008).
_OF_ALL = {"s3:listallmybuckets": "arn:aws:s3:::*"}
# Endpoints of these services come as gateways too, in whose policies an account means its root user alone (VPCE-004).
_GATEWAYS = ("s3:", "dynamodb:")


class CompiledStatement:
    """
    One statement as tests: `names` its action, `holds` its resource and conditions, `bounds` what it grants or denies.

    `verdict` runs the same tests without stopping at the first that fails.
    """

    __slots__ = ("_action", "_fixed", "_parts", "conditions", "deny", "policy", "resource", "statement", "type")

    def __init__(self, statement: Statement, policy: Policy, type: PolicyType) -> None:
        self.statement = statement
        self.policy = policy
        self.type = type
        self.deny = statement.effect is Effect.DENY
        self._action = _action_test(statement.action, deny=self.deny)
        self.resource = _resource_test(statement, policy, type)
        self.conditions = tuple(conditions.compiled(c, variables=policy.has_variables) for c in statement.conditions)
        tests = [] if self.resource is None else [self.resource]
        self._parts: tuple[RequestTest, ...] = (*tests, *(c.test for c in self.conditions))
        # A policy attached to its principal must not name one; AWS would not have stored it.
        attached = ALL if statement.principal is None else OPEN
        self._fixed = None if type in _WITH_PRINCIPAL else attached

    def names(self, action: str) -> bool | None:
        """Whether the statement speaks of the action (lower case)."""
        return self._action(action)

    def holds(self, request: Request) -> bool | None:
        """Whether resource and conditions match; the action is `names`' business."""
        answer: bool | None = True
        for test in self._parts:
            part = test(request)
            if part is False:
                return False
            if part is None:
                answer = None
        return answer

    def bounds(self, request: Request, *, bounded: bool | None) -> Bounds:
        """
        What the statement grants (or, in a Deny, whether it applies) for sure and at most, its action given.

        `bounded` is whether the caller has a permissions boundary, None when that was not seen.
        """
        holds = self.holds(request)
        if holds is False:
            return NOTHING
        granted = self._fixed or self.principal(request, bounded=bounded)
        return granted if holds else (Grant.NONE, granted[1])

    def principal(self, request: Request, *, bounded: bool | None) -> Bounds:
        """What the Principal element alone says of the caller."""
        element = self.statement.principal
        if self._fixed is not None:
            return self._fixed
        if element is None:
            if self.type is PolicyType.RCP:
                return ALL
            # Such a statement speaks of nobody; a Deny is not trusted to vanish (RES-052).
            return OPEN if self.deny else NOTHING
        caller = request.principal
        if self.type is PolicyType.VPC_ENDPOINT and self._may_mean_root_alone(request):
            return OPEN
        if self.deny:
            applies = principals.excluded(element, caller, bounded=bounded)
            return ALL if applies else OPEN if applies is None else NOTHING
        return principals.granted(element, caller, trusts=self.type is PolicyType.RESOURCE)

    def _may_mean_root_alone(self, request: Request) -> bool:
        """Whether the element names no more than the caller's account, in the policy of what may be a gateway endpoint."""
        element, caller = self.statement.principal, request.principal
        if element is None or element.negated or caller.kind is PrincipalKind.ROOT:
            return False
        gateway = request.action.lower().startswith(_GATEWAYS)
        return gateway and principals.granted(element, caller, trusts=False)[0] is Grant.ACCOUNT

    def verdict(self, request: Request, *, bounded: bool | None, level: int = 0) -> StatementVerdict:
        """How every element met the request, none skipped."""
        elements = [self._action_verdict(request)]
        if self.type in _WITH_PRINCIPAL:
            elements.append(self._principal_verdict(request, bounded=bounded))
        if self.resource is not None:
            elements.append(self._resource_verdict(request, self.resource))
        for condition in self.conditions:
            matched = condition.test(request)
            missing: tuple[str, ...] = ()
            if matched is None:
                open_keys = (key for key in condition.keys if _open(request, key))
                missing = tuple(open_keys)
            elements.append(
                ElementVerdict(
                    f"Condition {condition.condition.operator} {condition.condition.key}",
                    matched,
                    conditions.described(condition, request),
                    missing,
                    condition.condition.origin,
                )
            )
        return StatementVerdict(self.statement, self.policy.name, self.type, tuple(elements), level)

    def _action_verdict(self, request: Request) -> ElementVerdict:
        element = self.statement.action
        matched = self.names(request.action.lower())
        word = "NotAction" if element.negated else "Action"
        return ElementVerdict(word, matched, f"{request.action} against {_listed(element.values)}", (), element.origin)

    def _principal_verdict(self, request: Request, *, bounded: bool | None) -> ElementVerdict:
        element = self.statement.principal
        low, high = self.principal(request, bounded=bounded)
        matched = True if low > Grant.NONE else None if high > Grant.NONE else False
        caller = request.principal.arn.replace(HOLE, "…")
        if element is None:
            return ElementVerdict("Principal", matched, "the statement names no principal", (), self.statement.origin)
        word = "NotPrincipal" if element.negated else "Principal"
        values = ("*",) if element.anyone else (*element.aws, *element.service, *element.federated, *element.canonical)
        how = {Grant.ACCOUNT: ", by its account", Grant.ENTITY: ", by its role or user", Grant.DIRECT: ""}.get(low, "")
        return ElementVerdict(word, matched, f"{caller} against {_listed(values)}{how}", (), element.origin)

    def _resource_verdict(self, request: Request, test: RequestTest) -> ElementVerdict:
        element = self.statement.resource
        if element is None:
            return ElementVerdict("Resource", None, "the statement names no resource", (), self.statement.origin)
        matched = test(request)
        missing: tuple[str, ...] = ()
        if matched is None:
            keys = (k for value in element.values for k in _keys(value) if _open(request, k))
            missing = (*keys, *(request.unbound if HOLE in request.resource else ()))
        word = "NotResource" if element.negated else "Resource"
        detail = f"{request.resource.replace(HOLE, '…')} against {_listed(element.values)}"
        return ElementVerdict(word, matched, detail, missing, element.origin)


@lru_cache(maxsize=16384)
def compiled(policy: Policy, type: PolicyType) -> tuple[CompiledStatement, ...]:
    """The statements of one policy, compiled once and shared by every set that contains it."""
    return tuple(CompiledStatement(statement, policy, type) for statement in policy.statements)


# ---------------------------------------------------------------- helpers


def _action_test(element: Element, *, deny: bool) -> Test:
    """
    Service and name compare without case; a wildcard works in the name only (ACT-001 to 007).

    What AWS refuses to store (no colon, two colons) grants nothing, and a Deny is not trusted to
    vanish with it; a wildcard in the service is left open. `*:Name` was seen to be stored, its
    meaning is not documented: a Deny matches, an Allow is left open (GRAM-018).
    """
    # What is not sure counts against access: as listed in a Deny, as not listed in an Allow.
    cautious = deny is not element.negated
    tests = [_one_action(value.lower(), cautious=cautious) for value in element.values]

    def listed(action: str) -> bool | None:
        answers = [test(action) for test in tests]
        return True if True in answers else None if None in answers else False

    if not element.negated:
        return tests[0] if len(tests) == 1 else listed

    def others(action: str) -> bool | None:
        answer = listed(action)
        return None if answer is None else not answer

    return others


def _one_action(pattern: str, *, cautious: bool) -> Test:
    if is_everything(pattern) or pattern == "*:*":
        return lambda _: True
    service, colon, name = pattern.partition(":")
    if not colon or not name or ":" in name:
        return lambda _: None if cautious else False
    test = matcher(name)
    if service == "*":
        return lambda action: (True if cautious else None) if test(action.partition(":")[2]) else False
    if "*" in service or "?" in service:
        whole = matcher(pattern)
        return lambda action: None if whole(action) else False
    head = service + ":"
    if "*" not in name and "?" not in name:
        return pattern.__eq__
    return lambda action: action.startswith(head) and test(action[len(head) :])


def _resource_test(statement: Statement, policy: Policy, type: PolicyType) -> RequestTest | None:
    """
    The test of Resource or NotResource; None where there is nothing to test.

    A resource policy without Resource (a role trust policy) speaks of the resource it is attached
    to. For a request without a resource only `*` matches (ARN-007, 008).
    """
    element = statement.resource
    if element is None:
        return None if type is PolicyType.RESOURCE else lambda _: None
    written = [_resource_template(value) if policy.has_variables else value for value in element.values]
    plain = [value for value in written if isinstance(value, str)]
    dynamic = [value for value in written if isinstance(value, Template)]
    static: Test = arn_fused(plain) if plain else lambda _: False
    anything = any(is_everything(value) for value in plain)
    if anything and not dynamic and not element.negated:
        return None

    if not dynamic and not anything and not set(_OF_ALL.values()) & set(plain):
        # No pattern but `*` matches a request without a resource.
        if not element.negated:
            return lambda request: static(request.resource)
        return lambda request: None if (answer := static(request.resource)) is None else not answer

    heads = [(entry, _head(entry)) for entry in dynamic]

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
        if answer is False or len(written) == 1:
            return answer
        # A page warns that an unresolved variable may void the statement: another entry's match is then not sure (VAR-007).
        void = any(answered(entry, request.context, arn_matcher).void is not False for entry in dynamic)
        return None if void else answer

    if not element.negated:
        return listed
    allow = statement.effect is Effect.ALLOW

    def others(request: Request) -> bool | None:
        answer = listed(request)
        # An unresolved entry excludes nothing; whether an Allow then still holds is not documented (VAR-004).
        if (
            allow
            and answer is False
            and any(answered(entry, request.context, arn_matcher).void is not False for entry in dynamic)
        ):
            return None
        return None if answer is None else not answer

    return others


def _head(entry: Template) -> str:
    """What every value of the entry begins with: its text before the first variable or wildcard."""
    first = entry.parts[0] if not entry.broken and isinstance(entry.parts[0], str) else ""
    return re.split(f"[*?{HOLE}{LITERAL_STAR}{LITERAL_MARK}]", first)[0]


def _resource_template(value: str) -> Template | str:
    """A variable in the partition, service or region field is left open: the pages speak of the resource part (VAR-003)."""
    found = template(value)
    if isinstance(found, Template):
        first = found.parts[0]
        if isinstance(first, str) and first.count(":") < _ACCOUNT_FIELD:
            return Template(found.parts, broken=True)
    return found


def _keys(value: str) -> tuple[str, ...]:
    found = template(value)
    return found.keys if isinstance(found, Template) else ()


def _open(request: Request, key: str) -> bool:
    """Whether the request leaves the key open: unknown, or with a hole."""
    values = request.context.values.get(key)
    if values is None:
        return not request.context.is_absent(key)
    return any(HOLE in value for value in values)


def _listed(values: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{value}`" for value in values[:4])
    return shown + (f" and {len(values) - 4} more" if len(values) > 4 else "")  # noqa: PLR2004 - a line's worth
