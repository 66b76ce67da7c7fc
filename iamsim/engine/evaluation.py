"""The policy evaluation logic: how the policy types together make one decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from iamsim.engine.principals import Grant
from iamsim.model.policy import PolicyType
from iamsim.model.principal import PrincipalKind
from iamsim.model.verdict import Decision, Layer


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """
    What the flow chart asks about a request besides its policies; few values, each made once, and so compared as objects.

    `cross_account`: caller and resource belong to different accounts. `resource_must_allow`: the
    resource policy has to allow even in one account (role trust, KMS key policies).
    `identity_must_allow`: an identity policy has to allow even where the resource policy names the
    caller; None where AWS does not say. `delegates`: an account in the resource policy counts as a
    grant; None where AWS does not say. `boundary_yields`: a grant that names the caller itself is
    not limited by a boundary, `session_yields` the same of a session policy; None where AWS does not say. `refused` is why the service refuses the
    request whatever the policies say; `open_to_all`: it needs no permission.
    `scps_apply`, `rcps_apply`: the caller is subject to SCPs, the resource to RCPs; None where AWS
    does not say.
    `resource_denies`: a Deny in the resource policy counts (False in the one case that S3 documents).
    `resource_grants`: an Allow in it counts for this action. `resource_refuses`: the service refuses as
    by an explicit Deny in it (S3's Block Public Access); None when not told.
    `session_required`: the caller has nothing without a session policy, and none was passed.
    `side_grant`: the most that something of the resource beside its policy, which was not loaded, could
    grant (a grant of a KMS key, an access control list).
    """

    kind: PrincipalKind
    cross_account: bool
    resource_must_allow: bool = False
    identity_must_allow: bool | None = False
    delegates: bool | None = True
    boundary_yields: bool | None = True
    session_yields: bool | None = True
    scps_apply: bool | None = True
    rcps_apply: bool | None = True
    resource_denies: bool = True
    resource_grants: bool = True
    resource_refuses: bool | None = False
    session_required: bool = False
    open_to_all: bool = False
    refused: str = ""
    side_grant: Grant = Grant.NONE

    def is_open(self, present: frozenset[PolicyType]) -> bool:
        """Whether something that AWS does not say can turn the decision, where `present` are the types with a policy."""
        open_facts = [self.identity_must_allow, self.resource_refuses]
        for kind, fact in (
            (PolicyType.RESOURCE, self.delegates),
            (PolicyType.BOUNDARY, self.boundary_yields),
            (PolicyType.SCP, self.scps_apply),
            (PolicyType.RCP, self.rcps_apply),
        ):
            # The flow chart asks for these only where there is such a policy.
            if kind in present:
                open_facts.append(fact)
        if self.session_required or PolicyType.SESSION in present:
            open_facts.append(self.session_yields)
        return self.open_to_all or self.side_grant is not Grant.NONE or None in open_facts


class Layers(Protocol):
    """
    What the flow chart asks of the policies, under one reading of what is not known.

    `favourable`: unknowns are taken in favour of access; else against it. `denying` are the types
    that have a Deny which names the action, in `DENY_ORDER`; `present` those that have a policy, or
    could have one that was not seen: the others deny nothing and limit nothing.
    """

    @property
    def favourable(self) -> bool:
        """The reading."""
        ...

    @property
    def denying(self) -> tuple[PolicyType, ...]:
        """The types with a Deny that names the action."""
        ...

    @property
    def present(self) -> frozenset[PolicyType]:
        """The types with a policy, seen or not."""
        ...

    def denies(self, type: PolicyType) -> bool:
        """Whether a Deny statement of this type applies."""
        ...

    def allows(self, type: PolicyType) -> Grant:
        """The most direct Allow of this type; for SCPs, NONE unless every level allows."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision under one reading, the layer that made it, and every layer that stands in the way."""

    decision: Decision
    layer: Layer | None
    failing: tuple[Layer, ...] = ()


DENY_ORDER = (
    PolicyType.RCP,
    PolicyType.SCP,
    PolicyType.VPC_ENDPOINT,
    PolicyType.RESOURCE,
    PolicyType.IDENTITY,
    PolicyType.BOUNDARY,
    PolicyType.SESSION,
)
_LAYER = {kind: Layer(kind.value) for kind in PolicyType}
_SCP, _ENDPOINT, _RESOURCE = PolicyType.SCP, PolicyType.VPC_ENDPOINT, PolicyType.RESOURCE
_IDENTITY, _BOUNDARY, _SESSION = PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION
OUTSIDERS = (PrincipalKind.ANONYMOUS, PrincipalKind.SERVICE, PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML)


Obstacle = tuple[Decision, Layer]
"""A layer that decides: one that stands in the way, by an explicit Deny or for want of an Allow; or the one that allows."""


def authorize(layers: Layers, situation: Situation) -> Outcome:
    """The decision with every layer that stands in the way; of explicit and implicit denials only the explicit ones."""
    found = list(obstacles(layers, situation))
    if not found:
        return Outcome(Decision.ALLOWED, Layer.RESOURCE if _by_resource(layers, situation) else Layer.IDENTITY)
    decision, first = found[0]
    return Outcome(decision, first, tuple(layer for kind, layer in found if kind is decision))


def decision(layers: Layers, situation: Situation) -> Decision:
    """
    The decision alone.

    Law: `decision(l, s) == authorize(l, s).decision`; the first obstacle decides, and the rest is not asked.
    """
    first = next(obstacles(layers, situation), None)
    return Decision.ALLOWED if first is None else first[0]


def first(layers: Layers, situation: Situation) -> Obstacle:
    """
    The decision and the layer that made it.

    Law: `first(l, s) == (o.decision, o.layer)` for `o = authorize(l, s)`, asking no more than it needs.
    """
    found = next(obstacles(layers, situation), None)
    if found is not None:
        return found
    return Decision.ALLOWED, Layer.RESOURCE if _by_resource(layers, situation) else Layer.IDENTITY


def obstacles(layers: Layers, situation: Situation) -> Iterator[Obstacle]:
    """
    AWS's flow chart, the only copy: an explicit Deny anywhere ends it, then every layer that has to must allow.

    What stands in the way comes in AWS's order of enforcement (EVAL-004), and is only looked for as
    far as the caller asks. Monotone, the situation given: an Allow more never adds an obstacle, a Deny
    more never takes one away (a statement more can change the situation: what S3 calls public). So one
    run in favour of access and one against bound every request with unknowns.
    Source: IAM User Guide, "Policy evaluation logic" (EVAL-001 to 026, SESS, ORG, VPCE) and
    "Cross-account policy evaluation logic".
    """
    if situation.open_to_all:
        yield from _endpoint_alone(layers)
        return
    if situation.refused:
        yield Decision.IMPLICIT_DENY, Layer.SERVICE
        return
    for kind in layers.denying:
        if _applies(kind, situation, layers) and layers.denies(kind):
            yield Decision.EXPLICIT_DENY, _LAYER[kind]
    if _read(situation.resource_refuses, against=True, layers=layers):
        yield Decision.EXPLICIT_DENY, Layer.RESOURCE
    present = layers.present
    if _SCP in present and _applies(_SCP, situation, layers) and not layers.allows(_SCP):
        yield Decision.IMPLICIT_DENY, Layer.SCP
    if _ENDPOINT in present and not layers.allows(_ENDPOINT):
        yield Decision.IMPLICIT_DENY, Layer.VPC_ENDPOINT
    grant = _grant(layers, situation) if _RESOURCE in present or situation.side_grant else Grant.NONE
    outsider = situation.kind in OUTSIDERS
    if grant is Grant.NONE and (outsider or situation.cross_account or situation.resource_must_allow):
        yield Decision.IMPLICIT_DENY, Layer.RESOURCE
    if not outsider:
        yield from _own(layers, situation, grant)


def _own(layers: Layers, situation: Situation, grant: Grant) -> Iterator[Obstacle]:
    """What the caller's own policies lack, given what the resource policy grants."""
    root = situation.kind is PrincipalKind.ROOT
    # Across accounts nothing in the other account's policy stands in for the caller's own (PRIN-016).
    excused = Grant.NONE if situation.cross_account else grant
    needed = excused < Grant.ENTITY or _read(situation.identity_must_allow, against=True, layers=layers)
    if needed and not root and not layers.allows(_IDENTITY):
        yield Decision.IMPLICIT_DENY, Layer.IDENTITY
    if _BOUNDARY in layers.present and not root:
        yields = excused is Grant.DIRECT and _read(situation.boundary_yields, against=False, layers=layers)
        if not yields and not layers.allows(_BOUNDARY):
            yield Decision.IMPLICIT_DENY, Layer.BOUNDARY
    limited = excused < Grant.DIRECT or not _read(situation.session_yields, against=False, layers=layers)
    if limited and (situation.session_required or (_SESSION in layers.present and not layers.allows(_SESSION))):
        yield Decision.IMPLICIT_DENY, Layer.SESSION


def _endpoint_alone(layers: Layers) -> Iterator[Obstacle]:
    """A call that needs no permission; whether an endpoint policy can stop it AWS does not say (VPCE-007)."""
    if not layers.favourable and (not layers.allows(_ENDPOINT) or layers.denies(_ENDPOINT)):
        yield Decision.IMPLICIT_DENY, Layer.VPC_ENDPOINT


def _applies(type: PolicyType, situation: Situation, layers: Layers) -> bool:
    """Whether policies of this type can stop the request."""
    if type is _SCP:
        return _read(situation.scps_apply, against=True, layers=layers)
    if type is PolicyType.RCP:
        return _read(situation.rcps_apply, against=True, layers=layers)
    return situation.resource_denies if type is _RESOURCE else True


def _grant(layers: Layers, situation: Situation) -> Grant:
    if not situation.resource_grants:
        return Grant.NONE
    grant = layers.allows(PolicyType.RESOURCE)
    if grant is Grant.ACCOUNT and not _read(situation.delegates, against=False, layers=layers):
        grant = Grant.NONE
    return max(grant, situation.side_grant) if layers.favourable else grant


def _read(fact: bool | None, *, against: bool, layers: Layers) -> bool:  # noqa: FBT001 - a truth value
    """An open fact, read in favour of access or against it; `against` is the value that hinders access."""
    if fact is not None:
        return fact
    return not against if layers.favourable else against


def _by_resource(layers: Layers, situation: Situation) -> bool:
    """Whether the resource policy's Allow decided, and not the caller's own."""
    if situation.kind in OUTSIDERS:
        return True
    return (
        not situation.cross_account
        and _grant(layers, situation) >= Grant.ENTITY
        and not layers.allows(PolicyType.IDENTITY)
    )
