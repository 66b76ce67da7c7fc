"""The policy evaluation logic: how the policy types together make one decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from iamsim.engine.principals import Grant
from iamsim.model.policy import PolicyType
from iamsim.model.principal import PrincipalKind
from iamsim.model.verdict import Decision, Layer


@dataclass(frozen=True, slots=True)
class Situation:
    """
    What the flow chart asks about a request besides its policies.

    `cross_account`: caller and resource belong to different accounts. `resource_must_allow`: the
    resource policy has to allow even in one account (role trust, KMS key policies).
    `identity_must_allow`: an identity policy has to allow even where the resource policy names the
    caller; None where AWS does not say. `delegates`: an account in the resource policy counts as a
    grant; None where AWS does not say. `boundary_yields`: a grant that names the caller itself is
    not limited by a boundary; None where AWS does not say. `refused` is why the service refuses the
    request whatever the policies say; `open_to_all`: it needs no permission.
    `scps_apply`, `rcps_apply`: the caller is subject to SCPs, the resource to RCPs; None where AWS
    does not say.
    `resource_denies`: a Deny in the resource policy counts (False in the one case that S3 documents).
    `session_required`: the caller has nothing without a session policy, and none was passed.
    """

    kind: PrincipalKind
    cross_account: bool
    resource_must_allow: bool = False
    identity_must_allow: bool | None = False
    delegates: bool | None = True
    boundary_yields: bool | None = True
    scps_apply: bool | None = True
    rcps_apply: bool | None = True
    resource_denies: bool = True
    session_required: bool = False
    open_to_all: bool = False
    refused: str = ""

    @property
    def has_open_facts(self) -> bool:
        """Whether something that AWS does not say can turn the decision."""
        return self.open_to_all or None in (
            self.identity_must_allow,
            self.delegates,
            self.boundary_yields,
            self.scps_apply,
            self.rcps_apply,
        )


class Layers(Protocol):
    """
    What the flow chart asks of the policies, under one reading of what is not known.

    `favourable`: unknowns are taken in favour of access; else against it.
    """

    @property
    def favourable(self) -> bool:
        """The reading."""
        ...

    def denies(self, type: PolicyType) -> bool:
        """Whether a Deny statement of this type applies."""
        ...

    def allows(self, type: PolicyType) -> Grant:
        """The most direct Allow of this type; for SCPs and RCPs, NONE unless every level allows."""
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
OUTSIDERS = (PrincipalKind.ANONYMOUS, PrincipalKind.SERVICE, PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML)


def authorize(layers: Layers, situation: Situation) -> Outcome:
    """
    AWS's flow chart, the only copy: an explicit Deny anywhere ends it, then every layer that has to must allow.

    Monotone: an Allow more never turns allowed into denied, a Deny more never the reverse. So one
    run in favour of access and one against bound every request with unknowns.
    Source: IAM User Guide, "Policy evaluation logic" (EVAL-001 to 026, SESS, ORG, VPCE) and
    "Cross-account policy evaluation logic".
    """
    if situation.open_to_all:
        return _open_to_all(layers)
    if situation.refused:
        return Outcome(Decision.IMPLICIT_DENY, Layer.SERVICE, (Layer.SERVICE,))
    denying = tuple(
        Layer(kind.value) for kind in DENY_ORDER if _applies(kind, situation, layers) and layers.denies(kind)
    )
    if denying:
        return Outcome(Decision.EXPLICIT_DENY, denying[0], denying)
    failing = tuple(_failing(layers, situation))
    if failing:
        return Outcome(Decision.IMPLICIT_DENY, failing[0], failing)
    return Outcome(Decision.ALLOWED, Layer.RESOURCE if _by_resource(layers, situation) else Layer.IDENTITY)


def _open_to_all(layers: Layers) -> Outcome:
    """A call that needs no permission; whether an endpoint policy can stop it AWS does not say (VPCE-007)."""
    endpoint = PolicyType.VPC_ENDPOINT
    if layers.favourable or (layers.allows(endpoint) and not layers.denies(endpoint)):
        return Outcome(Decision.ALLOWED, None)
    return Outcome(Decision.IMPLICIT_DENY, Layer.VPC_ENDPOINT, (Layer.VPC_ENDPOINT,))


def _applies(type: PolicyType, situation: Situation, layers: Layers) -> bool:
    """Whether policies of this type can stop the request."""
    match type:
        case PolicyType.SCP:
            return _read(situation.scps_apply, against=True, layers=layers)
        case PolicyType.RCP:
            return _read(situation.rcps_apply, against=True, layers=layers)
        case PolicyType.RESOURCE:
            return situation.resource_denies
        case _:
            return True


def _failing(layers: Layers, situation: Situation) -> list[Layer]:
    """The layers without the Allow that they have to give, in AWS's order of enforcement (EVAL-004)."""
    failing = []
    if _applies(PolicyType.SCP, situation, layers) and not layers.allows(PolicyType.SCP):
        failing.append(Layer.SCP)
    if not layers.allows(PolicyType.VPC_ENDPOINT):
        failing.append(Layer.VPC_ENDPOINT)
    grant = _grant(layers, situation)
    outsider = situation.kind in OUTSIDERS
    if grant is Grant.NONE and (outsider or situation.cross_account or situation.resource_must_allow):
        failing.append(Layer.RESOURCE)
    if outsider:
        return failing
    root = situation.kind is PrincipalKind.ROOT
    # Across accounts nothing in the other account's policy stands in for the caller's own (PRIN-016).
    excused = Grant.NONE if situation.cross_account else grant
    demanded = _read(situation.identity_must_allow, against=True, layers=layers)
    if (excused < Grant.ENTITY or demanded) and not root and not layers.allows(PolicyType.IDENTITY):
        failing.append(Layer.IDENTITY)
    yields = excused is Grant.DIRECT and _read(situation.boundary_yields, against=False, layers=layers)
    if not yields and not root and not layers.allows(PolicyType.BOUNDARY):
        failing.append(Layer.BOUNDARY)
    if excused < Grant.DIRECT and (situation.session_required or not layers.allows(PolicyType.SESSION)):
        failing.append(Layer.SESSION)
    return failing


def _grant(layers: Layers, situation: Situation) -> Grant:
    grant = layers.allows(PolicyType.RESOURCE)
    if grant is Grant.ACCOUNT and not _read(situation.delegates, against=False, layers=layers):
        return Grant.NONE
    return grant


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
