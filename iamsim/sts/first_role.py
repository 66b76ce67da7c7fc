"""Where a server's own role session comes from: the service or the provider that its role has to trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iamsim.engine.simulator import Simulator
from iamsim.model.arn import Arn
from iamsim.model.principal import HOLE, Principal, PrincipalKind
from iamsim.model.request import Request

ASSUME_ROLE, TAG_SESSION = "sts:AssumeRole", "sts:TagSession"
WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"


@dataclass(frozen=True, slots=True)
class Compute:
    """
    One way in which a process is handed a role session.

    `service` is the service principal that assumes the role, empty where an identity provider does.
    `actions` are the permissions that the role's trust policy has to give it. `source_arn` is how
    the aws:SourceArn that it sends begins, with `{region}` and `{account}`; empty where AWS's page
    tells of none. `source` is that page.
    """

    title: str
    service: str
    actions: tuple[str, ...]
    source_arn: str
    source: str


COMPUTES: Mapping[str, Compute] = {
    "ecs-task": Compute(
        "Amazon ECS",
        "ecs-tasks.amazonaws.com",
        (ASSUME_ROLE,),
        "arn:aws:ecs:{region}:{account}:",
        "Amazon ECS Developer Guide, Amazon ECS task IAM role",
    ),
    "ec2": Compute(
        "Amazon EC2",
        "ec2.amazonaws.com",
        (ASSUME_ROLE,),
        "",
        "Amazon EC2 User Guide, IAM roles for Amazon EC2",
    ),
    "lambda": Compute(
        "AWS Lambda",
        "lambda.amazonaws.com",
        (ASSUME_ROLE,),
        "",
        "AWS Lambda Developer Guide, Defining Lambda function permissions with an execution role",
    ),
    "pod-identity": Compute(
        "EKS Pod Identity",
        "pods.eks.amazonaws.com",
        (ASSUME_ROLE, TAG_SESSION),
        "arn:aws:eks:{region}:{account}:cluster/",
        "Amazon EKS User Guide, Create IAM role with trust policy required by EKS Pod Identity",
    ),
    "irsa": Compute(
        "the cluster's OIDC provider",
        "",
        (WEB_IDENTITY,),
        "",
        "Amazon EKS User Guide, Assign IAM roles to Kubernetes service accounts",
    ),
}
"""Every way that is known, by the name that the command line has for it."""

_TAGS = (
    "eks-cluster-arn", "eks-cluster-name", "kubernetes-namespace", "kubernetes-service-account", "kubernetes-pod-name",
    "kubernetes-pod-uid",
)  # fmt: skip


def requests(
    compute: Compute, role: str, simulator: Simulator, *, service_account: str | None = None
) -> tuple[Request, ...]:
    """
    The requests that AWS authorizes before a process has a session of `role`.

    `service_account` is `namespace/name` of the pod's, None where it is not told.
    """
    arn = Arn.parse(role)
    callers = _providers(role, simulator) if not compute.service else (_service(compute, arn.account),)
    return tuple(
        simulator.request(caller, action, role, values=_sent(compute, caller, arn, simulator.region, service_account))
        for caller in callers
        for action in compute.actions
    )


# ---------------------------------------------------------------- helpers


def _service(compute: Compute, account: str) -> Principal:
    # The service acts in the account of the task, instance or function, which is the role's own.
    return Principal(PrincipalKind.SERVICE, compute.service, account)


def _providers(role: str, simulator: Simulator) -> tuple[Principal, ...]:
    """The EKS providers that the trust policy names; one that is not told where it names none."""
    arn = Arn.parse(role)
    loaded = simulator.organization.role(role)
    statements = loaded.trust.statements if loaded is not None and loaded.trust is not None else ()
    named = dict.fromkeys(
        provider
        for statement in statements
        for provider in (statement.principal.federated if statement.principal else ())
        if ":oidc-provider/oidc.eks." in provider and Arn.parse(provider).account == arn.account
    )
    untold = f"arn:{arn.partition}:iam::{arn.account}:oidc-provider/oidc.eks.{HOLE}"
    return tuple(
        Principal(PrincipalKind.WEB_IDENTITY, provider, arn.account, arn.partition) for provider in named or (untold,)
    )


def _sent(
    compute: Compute, caller: Principal, role: Arn, region: str | None, service_account: str | None
) -> dict[str, tuple[str, ...]]:
    """The condition keys that are known of the call."""
    if not compute.service:
        issuer = caller.arn.partition(":oidc-provider/")[2].lower()
        namespace, _, name = (service_account or f"{HOLE}/{HOLE}").partition("/")
        return {
            f"{issuer}:aud": ("sts.amazonaws.com",),
            f"{issuer}:sub": (f"system:serviceaccount:{namespace}:{name}",),
        }
    found: dict[str, tuple[str, ...]] = {}
    if compute.source_arn:
        written = compute.source_arn.format(region=region or HOLE, account=role.account)
        found["aws:sourcearn"] = (written + HOLE,)
        found["aws:sourceaccount"] = (role.account,)
    if TAG_SESSION in compute.actions:
        namespace, _, name = (service_account or f"{HOLE}/{HOLE}").partition("/")
        known = {"kubernetes-namespace": namespace, "kubernetes-service-account": name}
        found |= {f"aws:requesttag/{tag}": (known.get(tag, HOLE),) for tag in _TAGS}
        found["aws:tagkeys"] = found["sts:transitivetagkeys"] = _TAGS
    return found
