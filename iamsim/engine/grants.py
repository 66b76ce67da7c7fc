"""The grants of a KMS key, as statements of the key's own side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from iamsim.model.account import GRANTABLE, WITH_CONTEXT, KeyGrant, Resource
from iamsim.model.origin import Origin
from iamsim.model.policy import Condition, Effect, Element, Policy, PrincipalElement, Statement


def with_grants(key: Resource) -> Policy | None:
    """The key policy, with the statements of its grants after its own."""
    return _with_grants(key.policy, granting(key.arn, key.grants), key.origin)


def may_be_granted(key: Resource, action: str) -> bool:
    """
    Whether a grant that no statement stands for could allow `action` (lower case).

    Where the grants were not listed; where a grant lets its holder create grants as constrained as
    itself, since the new grant's constraints are not told; where a grant is to be retired, since
    which one is not (KMS-008).
    """
    if key.grants is None:
        return action in _ACTIONS
    if action == "kms:retiregrant":
        return bool(key.grants)
    creates = (grant for grant in key.grants if "CreateGrant" in grant.operations)
    return action == "kms:creategrant" and any(map(_constrained, creates))


def untold(key: Resource) -> frozenset[str]:
    """The actions (lower case) that a grant which no statement stands for could allow, to anybody."""
    return frozenset(action for action in _ACTIONS if may_be_granted(key, action))


@lru_cache(maxsize=1024)
def granting(arn: str, grants: tuple[KeyGrant, ...] | None) -> tuple[Statement, ...]:
    """
    The statements that the grants of a key stand for: an Allow of the key's own side each, and never a Deny.

    A grant names a user, role, session or account as a key policy does, in full. Key names of its
    constraints compare without case, as condition keys do.
    Source: AWS KMS Developer Guide, "Grants in AWS KMS"; API Reference, GrantConstraints (KMS-008).
    """
    return tuple(statement for grant in grants or () for statement in _of(grant, arn))


# ---------------------------------------------------------------- helpers


_ACTIONS = frozenset(f"kms:{name.lower()}" for name in GRANTABLE)


@lru_cache(maxsize=1024)
def _with_grants(policy: Policy | None, more: tuple[Statement, ...], origin: Origin) -> Policy | None:
    if not more:
        return policy
    if policy is None:
        return Policy("grants of the key", more, None, None, origin)
    first = len(policy.statements)
    placed = (replace(statement, index=first + i) for i, statement in enumerate(more))
    literal = tuple(map(_without_variables, placed) if policy.has_variables else placed)
    return Policy(policy.name, (*policy.statements, *literal), policy.version, policy.arn, policy.origin)


def _constrained(grant: KeyGrant) -> bool:
    return grant.context_equals is not None or grant.context_subset is not None


def _of(grant: KeyGrant, arn: str) -> Iterator[Statement]:
    held = frozenset(grant.operations) - {"RetireGrant"}
    if _constrained(grant):
        held -= {"CreateGrant"}
    source = (Condition("StringEquals", "aws:SourceArn", (grant.source_arn,)),) if grant.source_arn else ()
    for operations, conditions in (
        (held & WITH_CONTEXT, (*_constraints(grant), *source)),
        (held - WITH_CONTEXT, source),
    ):
        if operations:
            yield Statement(
                Effect.ALLOW,
                Element(tuple(f"kms:{name}" for name in sorted(operations))),
                Element((arn,)),
                _grantee(grant.grantee),
                conditions,
                f"grant {grant.id}",
                grant.origin,
            )


def _constraints(grant: KeyGrant) -> Iterator[Condition]:
    """The encryption context that the request must bring: all of the pairs, and with `equals` no other."""
    for pairs in (grant.context_equals, grant.context_subset):
        for name, value in pairs or ():
            yield Condition("StringEquals", f"kms:EncryptionContext:{name}", (value,))
    if grant.context_equals is not None:
        names = tuple(name for name, _ in grant.context_equals)
        yield Condition("ForAllValues:StringEqualsIgnoreCase", "kms:EncryptionContextKeys", names)


def _grantee(text: str) -> PrincipalElement:
    """A user, role, session or account by ARN; of grants that services hold, AWS shows the service."""
    return PrincipalElement(aws=(text,)) if text.startswith("arn:") else PrincipalElement(service=(text,))


def _without_variables(statement: Statement) -> Statement:
    """The same statement for a document in which `${` begins a variable: the constraints of a grant have none."""
    literal = (replace(c, values=tuple(v.replace("${", "${$}{") for v in c.values)) for c in statement.conditions)
    return replace(statement, conditions=tuple(literal))
