"""An organization as loaded: accounts, roles, users, groups, resources, and what is attached where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from iamsim.model.arn import Arn
from iamsim.model.origin import NOWHERE, Origin
from iamsim.model.policy import Policy, PolicyType


@dataclass(frozen=True, slots=True)
class Role:
    """
    An IAM role.

    `unread` names attached policies whose documents were not loaded; the identity layer is then not
    wholly seen. `boundary_arn` is set whenever a boundary is attached, `boundary` when its document
    was loaded. `max_session_duration` counts seconds, None where it is not told. Among `tags`, `HOLE` stands for
    tags of which not even the keys are told.
    """

    arn: str
    trust: Policy | None
    policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    boundary_arn: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    unique_id: str | None = None
    max_session_duration: int | None = 3600
    unread: tuple[str, ...] = ()
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user; `policies` are its own, those of its `groups` (ARNs) come on top."""

    arn: str
    policies: tuple[Policy, ...] = ()
    groups: tuple[str, ...] = ()
    boundary: Policy | None = None
    boundary_arn: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    unique_id: str | None = None
    unread: tuple[str, ...] = ()
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Group:
    """An IAM group: policies that its users share."""

    arn: str
    policies: tuple[Policy, ...] = ()
    unread: tuple[str, ...] = ()
    origin: Origin = NOWHERE


WITH_CONTEXT = frozenset(
    {
        "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
    }
)  # fmt: skip
"""
The operations that a grant can allow and whose encryption context its constraints test.

Source: AWS KMS API Reference, GrantConstraints: applied to cryptographic operations with a symmetric
key, and to no other.
"""

# Source: AWS KMS Developer Guide, "Grants in AWS KMS", grant operations.
GRANTABLE = WITH_CONTEXT | {
    "CreateGrant", "DeriveSharedSecret", "DescribeKey", "GenerateMac", "GetPublicKey", "RetireGrant", "Sign", "Verify",
    "VerifyMac",
}  # fmt: skip
"""The operations that a grant can allow."""


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """
    A grant of a KMS key: it lets `grantee` (an ARN, or a service) call `operations`, such as Decrypt.

    The pairs of `context_equals` have to be the whole encryption context of a request, those of
    `context_subset` a part of it; None where the grant has no such constraint. `source_arn` is the
    resource on whose behalf a request has to be made.
    Source: AWS KMS API Reference, GrantListEntry and GrantConstraints.
    """

    id: str
    grantee: str
    operations: tuple[str, ...]
    context_equals: tuple[tuple[str, str], ...] | None = None
    context_subset: tuple[tuple[str, str], ...] | None = None
    source_arn: str | None = None
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Resource:
    """
    A resource that can carry a policy: a bucket, a key, a domain.

    `policy` is None when the resource was seen and has none. `settings` are facts beside the
    policy, such as `restrict_public_buckets`. `grants` are those of a KMS key, None when they were
    not listed. `bucket` is the bucket behind an S3 access point. `unread` says why the policy that it
    has, or is about to get, could not be read. `partial`: only some of it is described, and what is left
    out stands elsewhere; a policy that is not there then counts as not seen. `adds`: the statements of its policy
    are some of those that the resource has, as AWS adds and takes away those of a function one by one.
    """

    arn: str
    policy: Policy | None = None
    tags: Mapping[str, str] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    origin: Origin = NOWHERE
    grants: tuple[KeyGrant, ...] | None = None
    bucket: str | None = None
    unread: str = ""
    partial: bool = False
    adds: bool = False


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    """A VPC endpoint and its policy; None is the default policy, which allows everything. `unread`: as in `Resource`."""

    id: str
    policy: Policy | None = None
    origin: Origin = NOWHERE
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Workload:
    """
    What runs with a role: an ECS task definition, a Lambda function, a pod.

    `name` is what its source calls it; `runs_on` what hands it the role, a name of
    `sts.first_role.COMPUTES`; `role` the ARN, empty where it runs without one, None where that is not told;
    `service_account` a pod's `NAMESPACE/NAME`.
    """

    name: str
    runs_on: str
    role: str | None
    service_account: str | None = None
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Change:
    """
    What a deploy does to a principal or resource that another source describes.

    `of` is its ARN. `policies` are those that it gains, or that take the place of an inline policy of the
    same name or a managed one of the same ARN; `unread` the ARNs of those that it gains whose text is not here.
    `groups` are the ARNs of groups that a user joins. `lost` are the names of inline policies and the ARNs of
    managed ones, and of groups, that it loses; for a resource `POLICY`. `trust` is the trust policy that a role gets.
    """

    of: str
    policies: tuple[Policy, ...] = ()
    unread: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    origin: Origin = NOWHERE
    trust: Policy | None = None


POLICY = "policy"
"""In `Change.lost` of a resource: the policy that it has."""


@dataclass(frozen=True, slots=True)
class Account:
    """
    One AWS account as loaded.

    Maps are keyed by ARN (endpoints by id). `seen` names the policy types that the source could
    see in full: seen and nothing there means none is attached; not seen means not known. `scps`
    and `rcps` are levels, the organization's root first; `organization` is `o-…`, empty when the
    account is in none, None when that is not known. `oidc_providers` holds the client ids of the
    account's providers for OpenID Connect by issuer, a URL with `https://`; None when they were not
    loaded; `saml_providers` the ARNs of those for SAML, likewise; `more_providers`: the account may have others
    besides. `policies` are the managed policies whose
    text is known, by ARN, attached or not; whoever has the principals gives the same texts there. `workloads` are what runs with a role of the account.
    `changes` and `removed` are what a deploy does to what another source describes: `removed` names ARNs,
    ids of VPC endpoints and issuers that are gone after it.
    Source of the providers: IAM API Reference, GetOpenIDConnectProvider and ListSAMLProviders.
    """

    id: str
    roles: Mapping[str, Role] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    endpoints: Mapping[str, VpcEndpoint] = field(default_factory=dict)
    seen: frozenset[PolicyType] = frozenset()
    scps: tuple[tuple[Policy, ...], ...] = ()
    rcps: tuple[tuple[Policy, ...], ...] = ()
    organization: str | None = None
    management: bool = False
    origin: Origin = NOWHERE
    oidc_providers: Mapping[str, tuple[str, ...]] | None = None
    saml_providers: frozenset[str] | None = None
    more_providers: bool = False
    policies: Mapping[str, Policy] = field(default_factory=dict)
    workloads: tuple[Workload, ...] = ()
    changes: tuple[Change, ...] = ()
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Organization:
    """Everything that was loaded, by account id."""

    accounts: Mapping[str, Account] = field(default_factory=dict)

    def role(self, arn: str) -> Role | None:
        """The loaded role with exactly this ARN (path included)."""
        account = self.accounts.get(Arn.parse(arn).account)
        return account.roles.get(arn) if account else None

    def user(self, arn: str) -> User | None:
        """The loaded user with exactly this ARN."""
        account = self.accounts.get(Arn.parse(arn).account)
        return account.users.get(arn) if account else None

    def roles(self) -> Iterator[Role]:
        """Every loaded role, by account and ARN."""
        for _, account in sorted(self.accounts.items()):
            for _, role in sorted(account.roles.items()):
                yield role

    def owner(self, resource: str) -> tuple[Account, Resource] | None:
        """
        The loaded resource that carries the policy for `resource`, and its account.

        An S3 object is covered by its bucket, an OpenSearch path by its domain, and so on: the
        resource whose ARN is `resource` or the longest that continues with `/` or `:`.
        """
        # AWS's ARNs have at most 2,048 characters: text without end is not searched through.
        for end in range(min(len(resource), _LONGEST_ARN), 0, -1):
            if end < len(resource) and resource[end] not in "/:":
                continue
            for account in self.accounts.values():
                found = account.resources.get(resource[:end])
                if found is not None:
                    return account, found
        return None


_LONGEST_ARN = 2048
