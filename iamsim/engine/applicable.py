"""Which policies of an organization apply to one principal and one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from iamsim import documents
from iamsim.engine.grants import granting, may_be_granted, with_grants
from iamsim.engine.services import RCP_SERVICES
from iamsim.engine.services._endpoints import may_be_ignored
from iamsim.model.account import Account, Organization, Resource, Role, User
from iamsim.model.arn import Arn, is_role
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Layers, Policy, PolicyType
from iamsim.model.principal import HOLE, Principal, PrincipalKind

# Services without resource-based policies; for a service that is neither here nor loaded the policy counts as not seen.
# Source: IAM User Guide, "AWS services that work with IAM", column "Resource-based policies".
WITHOUT_RESOURCE_POLICIES = frozenset(
    {
        "aoss",
        "athena",
        "autoscaling",
        "ce",
        "cloudformation",
        "cloudfront",
        "cloudwatch",
        "cognito-idp",
        "ec2",
        "ecs",
        "eks",
        "elasticache",
        "elasticloadbalancing",
        "iam",
        "lakeformation",
        "organizations",
        "rds",
        "route53",
        "sso",
        "states",
        "tag",
    }
)

# Principals of no account. Whether the SCPs of a provider's account reach a federation call AWS does not say: they are
# among the layers, and `Situation.scps_apply` leaves it open (ORG-016).
_OF_NO_ACCOUNT = (PrincipalKind.ANONYMOUS, PrincipalKind.SERVICE)


@dataclass(frozen=True, slots=True)
class Applicable:
    """
    The layers for one caller and one resource.

    `owner` is the account that owns the resource, None when it is not known; `assumed` is what was
    taken for granted to find it.
    """

    layers: Layers
    owner: str | None
    assumed: str = ""


def applicable(  # noqa: PLR0913 - the facts of one look-up
    organization: Organization,
    caller: Principal,
    action: str,
    resource: str,
    *,
    none_of: frozenset[PolicyType] = frozenset(),
    endpoint: str | None = None,
) -> Applicable:
    """
    The policies that apply when `caller` does `action` to `resource`.

    `none_of` are policy types that the user states to be unattached wherever they were not seen;
    `endpoint` is the VPC endpoint that the request goes through, empty for none, None when that is
    not known.
    """
    owner, assumed = _owner(organization, caller, resource)
    unseen: set[PolicyType] = set()
    attached: set[PolicyType] = set()
    home = organization.accounts.get(caller.account or "")
    there = organization.accounts.get(owner or "")
    entity = _entity(organization, caller)
    identity, boundary = _own(caller, entity, home, unseen, attached)
    policy = _resource_policy(organization, action, resource, there, unseen, attached)
    scps: tuple[tuple[Policy, ...], ...] = ()
    if caller.kind not in _OF_NO_ACCOUNT and not caller.service_linked and not (home and home.management):
        scps = _levels(home, PolicyType.SCP, unseen)
    rcps: tuple[tuple[Policy, ...], ...] = ()
    if not (there and there.management) and _service(action) in RCP_SERVICES:
        rcps = _levels(there, PolicyType.RCP, unseen)
    gateway = _endpoint_policy(home or there, endpoint, unseen, attached)
    settings: Mapping[str, str] = {}
    if gateway is not None and may_be_ignored(gateway, _service(action)):
        # Whether it counts is not told: as a policy that is there and was not seen (VPCE-005).
        gateway, settings = None, {"endpoint_policy": "may be ignored"}
        unseen.add(PolicyType.VPC_ENDPOINT)
        attached.add(PolicyType.VPC_ENDPOINT)
    session = caller.session.policies if caller.session is not None else None
    loaded = organization.owner(carrier_of(resource)) if resource != "*" else None
    carrier = loaded[1] if loaded is not None else None
    return Applicable(
        Layers(
            identity,
            policy,
            boundary,
            session,
            scps,
            rcps,
            gateway,
            frozenset(unseen - (_stated(none_of, action) - attached)),
            {**_settings(action, resource, carrier), **settings},
            granting(carrier.arn, carrier.grants) if carrier is not None and _is_key(resource) else (),
        ),
        owner,
        assumed,
    )


def _settings(action: str, resource: str, carrier: Resource | None) -> Mapping[str, str]:
    """
    What was loaded about the resource beside its policy, "unknown" where it counts and nobody told.

    Whether a bucket restricts public policies (S3-022), who manages a key (KMS-012), and whether a
    grant could allow the action that no statement stands for.
    """
    if _is_key(resource):
        told = carrier.settings if carrier is not None else {}
        grants = "unknown" if carrier is not None and may_be_granted(carrier, action.lower()) else "listed"
        return {"key_manager": "unknown", **told, "grants": grants}
    if carrier is None or _service(action) != "s3":
        return {}
    return {"restrict_public_buckets": "unknown", **carrier.settings}


def _is_key(resource: str) -> bool:
    return resource.startswith("arn:") and ":kms:" in resource and ":key/" in resource


def _stated(none_of: frozenset[PolicyType], action: str) -> frozenset[PolicyType]:
    """The types that can be stated to be unattached: no role is without a trust policy, no key without a key policy."""
    return none_of - {PolicyType.RESOURCE} if _service(action) in ("sts", "kms") else none_of


def resolved(organization: Organization, caller: Principal) -> Principal:
    """
    `caller` with what was loaded about it: the path of its role, its tags, its unique id.

    A session ARN does not tell the role's path: the loaded role of that name is taken, and two of
    one name in one account cannot be. Where none is loaded, a hole stands for the path.
    """
    entity = _entity(organization, caller)
    if entity is None:
        return caller if caller.path_told else replace(caller, entity=_somewhere(caller), path_told=True)
    unique_id = caller.unique_id or entity.unique_id
    return replace(caller, entity=entity.arn, unique_id=unique_id, tags=entity.tags, path_told=True)


# Names that tell the path, or its beginning: IAM User Guide, "Create a service-linked role"; IAM Identity Center User
# Guide, "Referencing permission sets in resource policies" (with the Region between, outside us-east-1).
_PATHS = (
    ("AWSServiceRoleFor", f"aws-service-role/{HOLE}/"),
    ("AWSReservedSSO_", f"aws-reserved/sso.amazonaws.com/{HOLE}"),
)


def _somewhere(caller: Principal) -> str | None:
    """The role of a session, on a path that nobody told."""
    if caller.entity is None:
        return None
    head, _, name = caller.entity.rpartition("/")
    path = next((path for start, path in _PATHS if name.startswith(start)), HOLE)
    return f"{head}/{path}{name}"


def _service(action: str) -> str:
    return action.partition(":")[0].lower()


def _entity(organization: Organization, caller: Principal) -> Role | User | None:
    if caller.entity is None:
        return None
    if caller.kind in (PrincipalKind.USER, PrincipalKind.FEDERATED_USER):
        return organization.user(caller.entity)
    exact = organization.role(caller.entity)
    if exact is not None:
        return exact
    account = organization.accounts.get(caller.account or "")
    name = Arn.parse(caller.entity).name
    # Role names are unique in an account, whatever their path (IAM User Guide, "IAM identifiers").
    named = [role for role in account.roles.values() if Arn.parse(role.arn).name == name] if account else []
    return named[0] if len(named) == 1 and f":assumed-role/{name}/" in caller.arn else None


def _own(
    caller: Principal,
    entity: Role | User | None,
    home: Account | None,
    unseen: set[PolicyType],
    attached: set[PolicyType],
) -> tuple[tuple[Policy, ...], Policy | None]:
    """The caller's identity policies and boundary."""
    if caller.entity is None:
        return (), None
    if entity is None or home is None:
        unseen |= {PolicyType.IDENTITY, PolicyType.BOUNDARY}
        return (), None
    policies, unread = entity.policies, list(entity.unread)
    if isinstance(entity, User):
        for name in entity.groups:
            group = home.groups.get(name)
            if group is None:
                unread.append(name)
            else:
                policies += group.policies
                unread += group.unread
    if unread:
        unseen.add(PolicyType.IDENTITY)
    if entity.boundary is None and (entity.boundary_arn is not None or PolicyType.BOUNDARY not in home.seen):
        unseen.add(PolicyType.BOUNDARY)
        if entity.boundary_arn is not None:
            attached.add(PolicyType.BOUNDARY)
    return policies, entity.boundary


def _owner(organization: Organization, caller: Principal, resource: str) -> tuple[str | None, str]:
    """The account that owns the resource, and what was assumed to tell."""
    if resource == "*":
        return caller.account, ""
    loaded = organization.owner(resource)
    if loaded is not None:
        return loaded[0].id, ""
    name = Arn.parse(resource).bucket or resource
    account = Arn.parse(resource).account
    # An ARN of AWS's own (`arn:aws:iam::aws:policy/…`) names no account.
    if account.isdigit() or caller.account is None:
        return account or None, ""
    return caller.account, f"`{name}` was not loaded: it is taken to belong to the caller's account {caller.account}"


def _resource_policy(  # noqa: PLR0913, PLR0917 - the facts of one look-up
    organization: Organization,
    action: str,
    resource: str,
    there: Account | None,
    unseen: set[PolicyType],
    attached: set[PolicyType],
) -> Policy | None:
    if resource == "*" or _service(action) in WITHOUT_RESOURCE_POLICIES:
        return None
    if _service(action) == "sts":
        if not is_role(resource):
            return None
        role = organization.role(resource)
        if role is None or role.trust is None:
            unseen.add(PolicyType.RESOURCE)
        return role.trust if role else None
    carrier = carrier_of(resource)
    loaded = organization.owner(carrier)
    if loaded is not None:
        found = loaded[1]
        if found.unread or (found.partial and (found.policy is None or found.adds)):
            unseen.add(PolicyType.RESOURCE)
        if found.unread:
            # Nobody can state that there is none, and it may allow as well as deny.
            attached.add(PolicyType.RESOURCE)
            return _untold(found.arn)
        return with_grants(found) if _is_key(resource) else found.policy
    # No KMS key is without a key policy: one that is not described was not seen. Which resource a hole stands for is
    # not told, nor then what policy it carries.
    # An access point that is not described may have any policy, and any bucket behind it.
    key = _service(action) == "kms" or ":accesspoint/" in carrier
    if there is None or key or PolicyType.RESOURCE not in there.seen or HOLE in carrier:
        unseen.add(PolicyType.RESOURCE)
    return None


@lru_cache(maxsize=1024)
def _untold(arn: str) -> Policy:
    """What stands for the policy of a resource of which no more is told than that there is one."""
    return documents.anything(f"policy of {arn}", NOWHERE, of_resource=True)


def carrier_of(resource: str) -> str:
    """
    The resource whose policy speaks of `resource`: the bucket of an object, the domain of a path, the Data Catalog of a table.

    Source: AWS Glue Developer Guide, "Resource-based policy examples" (one policy per catalog).
    """
    arn = Arn.parse(resource)
    if arn.service == "glue":
        return str(replace(arn, resource="catalog"))
    if arn.service == "es":
        return str(replace(arn, resource="/".join(arn.resource.split("/")[:2])))
    return str(replace(arn, resource=arn.bucket)) if arn.bucket else resource


def _levels(account: Account | None, kind: PolicyType, unseen: set[PolicyType]) -> tuple[tuple[Policy, ...], ...]:
    levels = () if account is None else account.scps if kind is PolicyType.SCP else account.rcps
    # Some levels and not all of them are no whole either.
    if account is None or kind not in account.seen:
        unseen.add(kind)
    return levels


def _endpoint_policy(
    account: Account | None, endpoint: str | None, unseen: set[PolicyType], attached: set[PolicyType]
) -> Policy | None:
    if endpoint == "":
        return None
    if endpoint is not None:
        found = account.endpoints.get(endpoint) if account else None
        if found is None or found.unread:
            unseen.add(PolicyType.VPC_ENDPOINT)
        if found is not None and found.unread:
            attached.add(PolicyType.VPC_ENDPOINT)
        return found.policy if found else None
    guarded = account is not None and any(each.policy is not None or each.unread for each in account.endpoints.values())
    if account is None or PolicyType.VPC_ENDPOINT not in account.seen or guarded:
        # Through one with the default policy everything passes (VPCE-002): then which it is, does not matter.
        unseen.add(PolicyType.VPC_ENDPOINT)
    if guarded:
        attached.add(PolicyType.VPC_ENDPOINT)
    return None
