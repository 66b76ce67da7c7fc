"""Policies as written: documents, statements, elements, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from iamsim.model.origin import NOWHERE, Origin


class Effect(StrEnum):
    """What a statement does with the requests it matches."""

    ALLOW = "Allow"
    DENY = "Deny"


class PolicyType(StrEnum):
    """The policy types that take part in a decision."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    BOUNDARY = "boundary"
    SCP = "scp"
    RCP = "rcp"
    SESSION = "session"
    VPC_ENDPOINT = "vpcEndpoint"


@dataclass(frozen=True, slots=True)
class Element:
    """Action, NotAction, Resource or NotResource: the values as written, and whether they are negated."""

    values: tuple[str, ...]
    negated: bool = False
    origin: Origin = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class PrincipalElement:
    """
    Principal or NotPrincipal, by kind.

    `anyone` is `"*"` or `{"AWS": "*"}`, which mean the same in a resource policy; `bare` tells the
    first form, which a role trust policy refuses.
    Source: IAM User Guide, "IAM JSON policy elements: Principal".
    """

    aws: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()
    anyone: bool = False
    bare: bool = False
    negated: bool = False
    origin: Origin = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator applied to one key: `operator` as written, with its set prefix and IfExists."""

    operator: str
    key: str
    values: tuple[str, ...]
    origin: Origin = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `resource` is None in a role trust policy, `principal` in a policy that is attached to its principal."""

    effect: Effect
    action: Element
    resource: Element | None
    principal: PrincipalElement | None
    conditions: tuple[Condition, ...]
    sid: str | None
    origin: Origin
    index: int = 0

    @property
    def label(self) -> str:
        """What a person calls the statement: its Sid, else its place in the list."""
        return self.sid or f"statement {self.index + 1}"


@dataclass(frozen=True, slots=True)
class Policy:
    """
    One policy document.

    `name` is what a person calls it; `arn` is that of a managed policy. `version` is as written;
    None means 2008-10-17 semantics (no policy variables).
    """

    name: str
    statements: tuple[Statement, ...]
    version: str | None
    arn: str | None
    origin: Origin

    @property
    def has_variables(self) -> bool:
        """Whether `${…}` is a policy variable here and not plain text."""
        return self.version == "2012-10-17"


@dataclass(frozen=True, slots=True)
class Layers:
    """
    The policies that apply to one request, by type.

    Empty `identity` means that no identity policy is attached. `session` is None when no session
    policy was passed, `boundary` and `vpc_endpoint` None when there is none. `scps` and `rcps` are
    levels, the organization's root first; empty when no organization policy applies. `unseen` names
    the types that could apply and were not loaded. `settings` are facts beside policies. `grants`
    are those statements of `resource` that grants of a KMS key stand for.
    """

    identity: tuple[Policy, ...] = ()
    resource: Policy | None = None
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None
    scps: tuple[tuple[Policy, ...], ...] = ()
    rcps: tuple[tuple[Policy, ...], ...] = ()
    vpc_endpoint: Policy | None = None
    unseen: frozenset[PolicyType] = frozenset()
    settings: Mapping[str, str] = field(default_factory=dict)
    grants: tuple[Statement, ...] = ()
