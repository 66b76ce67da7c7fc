"""Statements compiled element by element to tests that can explain themselves."""

from __future__ import annotations

from typing import Any
from weakref import WeakValueDictionary

from iamsim.engine import actions, conditions, principals, resources
from iamsim.engine.principals import ALL, NOTHING, OPEN, Bounds, Grant
from iamsim.engine.resources import RequestTest
from iamsim.model.policy import Effect, Policy, PolicyType, PrincipalElement, Statement
from iamsim.model.principal import HOLE, Principal, PrincipalKind
from iamsim.model.request import Request

_WITH_PRINCIPAL = (PolicyType.RESOURCE, PolicyType.RCP, PolicyType.VPC_ENDPOINT)
_NAMED_BY_ARN = (PrincipalKind.ROLE_SESSION, PrincipalKind.USER)
# Endpoints of these services come as gateways too, in whose policies an account means its root user alone (VPCE-004).
_GATEWAYS = ("s3:", "dynamodb:")


class CompiledStatement:
    """
    One statement as tests: `names` its action, `holds` its resource and conditions, `bounds` what it grants or denies.

    `verdict` runs the same tests without stopping at the first that fails. `tests` are those of
    `holds`. A resource without holes can only match if it is one of `arns` or begins with one of
    `heads`, and then `behind_resource` are the tests that are left; where it may match otherwise,
    `arns` is None. `fixed` is what the Principal element answers
    whoever asks, None where that depends. `words` is where `verdicts` keeps its own.
    """

    __slots__ = (
        "_action", "_named", "_names_sessions", "arns", "behind_resource", "conditions", "deny", "fixed", "heads", "policy", "resource",
        "statement", "tests", "type", "words",
    )  # fmt: skip

    def __init__(self, statement: Statement, policy: Policy, type: PolicyType) -> None:
        self.statement = statement
        self.policy = policy
        self.type = type
        self.deny = statement.effect is Effect.DENY
        self._action = actions.naming(statement.action, deny=self.deny)
        self.resource = resources.matching(statement, policy, type)
        self.conditions = tuple(conditions.compiled(c, variables=policy.has_variables) for c in statement.conditions)
        held: tuple[RequestTest, ...] = tuple(c.test for c in self.conditions)
        self.tests = held if self.resource is None else (self.resource, *held)
        self.arns, self.heads, enough = resources.index(statement, policy)
        self.behind_resource = held if enough else self.tests
        self.fixed = _fixed(statement, type)
        self._named = _plain(statement.principal, type)
        # The name of a session may not be told; only where sessions are named does that matter.
        self._names_sessions = any(":assumed-role/" in value for value in self._named or ())
        self.words: Any = None

    @property
    def has_principal(self) -> bool:
        """Whether a Principal element counts in policies of this type."""
        return self.type in _WITH_PRINCIPAL

    @property
    def unconditional(self) -> bool:
        """Whether the statement applies to every request that asks for its action."""
        return not self.tests and self.fixed is ALL

    def names(self, action: str) -> bool | None:
        """Whether the statement speaks of the action (lower case)."""
        return self._action(action)

    def holds(self, request: Request) -> bool | None:
        """Whether resource and conditions match; the action is `names`' business."""
        answer: bool | None = True
        for test in self.tests:
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
        granted = self.fixed or self.principal(request, bounded=bounded)
        return granted if holds else (Grant.NONE, granted[1])

    def principal(self, request: Request, *, bounded: bool | None) -> Bounds:
        """What the Principal element alone says of the caller."""
        element = self.statement.principal
        if self.fixed is not None:
            return self.fixed
        caller = request.principal
        if element is None:
            return OPEN
        if (
            self._named is not None
            and caller.kind in _NAMED_BY_ARN
            and HOLE not in (caller.entity or "")
            and (HOLE not in caller.arn or not self._names_sessions)
        ):
            grant = _plainly(self._named, caller)
            return (ALL if grant else NOTHING) if self.deny else (grant, grant)
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


Named = tuple[CompiledStatement, bool]
"""A statement that names an action, and whether it does for sure."""

ACTIONS = 4096
"""How many actions are remembered with their statements: one per action asked, so that hostile names cannot fill memory."""


class CompiledPolicy:
    """The compiled statements of one policy."""

    __slots__ = ("__weakref__", "_naming", "policy", "statements")

    def __init__(self, policy: Policy, type: PolicyType) -> None:
        self.policy = policy
        self.statements = tuple(CompiledStatement(statement, policy, type) for statement in policy.statements)
        self._naming: dict[str, tuple[Named, ...]] = {}

    def naming(self, action: str) -> tuple[Named, ...]:
        """
        The statements that name the action (lower case), or of which that is open.

        Law: deciding with them is deciding with all, since a statement that does not name the action never applies.
        """
        found = self._naming.get(action)
        if found is None:
            if len(self._naming) >= ACTIONS:
                self._naming.clear()
            found = self._naming[action] = tuple(
                [(each, named is True) for each in self.statements if (named := each.names(action)) is not False]
            )
        return found


def compiled(policy: Policy, type: PolicyType) -> CompiledPolicy:
    """The statements of this very policy, compiled once for as long as somebody has them."""
    found = _compiled.get((id(policy), type))
    if found is None:
        found = _compiled[id(policy), type] = CompiledPolicy(policy, type)
    return found


# By identity: comparing policies would read them whole. Each keeps its policy, so that no id in here is another's.
_compiled: WeakValueDictionary[tuple[int, PolicyType], CompiledPolicy] = WeakValueDictionary()


# ---------------------------------------------------------------- helpers


def _fixed(statement: Statement, type: PolicyType) -> Bounds | None:
    """What the Principal element answers whoever asks; None where that depends on the caller."""
    element = statement.principal
    if type not in _WITH_PRINCIPAL:
        # A policy attached to its principal must not name one; AWS would not have stored it.
        return ALL if element is None else OPEN
    if element is None:
        # Such a statement speaks of nobody, except in an RCP; a Deny is not trusted to vanish (RES-052).
        return ALL if type is PolicyType.RCP else OPEN if statement.effect is Effect.DENY else NOTHING
    return ALL if statement.effect is Effect.DENY and element.anyone and not element.negated else None


def _plain(element: PrincipalElement | None, type: PolicyType) -> frozenset[str] | None:
    """The accounts and ARNs that the element lists, where it holds nothing that asks for more than a look into the list."""
    if element is None or element.negated or element.anyone or element.canonical or type is PolicyType.VPC_ENDPOINT:
        return None
    plain = principals.storable(element) and not any(map(principals.UNIQUE_ID.fullmatch, element.aws))
    return frozenset(element.aws) if plain else None


def _plainly(named: frozenset[str], caller: Principal) -> Grant:
    """
    How directly a plain list names a user or a role session whose names are told.

    Law: the same as `principals.granted`, for such lists and callers.
    """
    if caller.arn in named:
        return Grant.DIRECT
    if caller.entity in named:
        return Grant.ENTITY
    own = caller.account in named or f"arn:{caller.partition}:iam::{caller.account}:root" in named
    return Grant.ACCOUNT if own else Grant.NONE
