"""The role sessions that EKS Pod Identity and IAM Roles Anywhere make, with the tags that they put on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from iamsim.engine.simulator import Simulator
from iamsim.model.arn import Arn
from iamsim.model.principal import HOLE, Principal, Session, principal, role_session
from iamsim.model.server import Call
from iamsim.sts import assume_role
from iamsim.sts.assume_role import ASSUME_ROLE, SET_SOURCE_IDENTITY, TAG_SESSION, Permission

PODS, ROLES_ANYWHERE = "pods.eks.amazonaws.com", "rolesanywhere.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Pod:
    """
    A pod with an association of EKS Pod Identity; what is not told may be left out.

    `tagged` is False for an association with disableSessionTags.
    Source: Amazon EKS User Guide, "Grant Pods access to AWS resources based on tags" (STS-070).
    """

    cluster_arn: str = ""
    namespace: str = ""
    service_account: str = ""
    name: str = ""
    uid: str = ""
    tagged: bool = True


def pod_call(role_arn: str, pod: Pod) -> Call:
    """The AssumeRole call that the service makes for a pod; its tags are all transitive, its session name is its own."""
    cluster = pod.cluster_arn.rpartition("/")[2]
    tags = {
        "eks-cluster-arn": pod.cluster_arn,
        "eks-cluster-name": cluster,
        "kubernetes-namespace": pod.namespace,
        "kubernetes-service-account": pod.service_account,
        "kubernetes-pod-name": pod.name,
        "kubernetes-pod-uid": pod.uid,
    }
    told = {key: value or HOLE for key, value in tags.items()} if pod.tagged else {}
    return Call(role_arn, HOLE, tags=told, transitive_tag_keys=tuple(told))


def pod_permissions(role_arn: str, pod: Pod, simulator: Simulator) -> tuple[Permission, ...]:
    """
    The requests that AWS authorizes before a pod gets its session, each asked of the role's trust policy.

    Source: Amazon EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity" (STS-034, STS-070).
    """
    sent = {}
    if pod.cluster_arn:
        sent = {"aws:sourcearn": (pod.cluster_arn,), "aws:sourceaccount": (Arn.parse(pod.cluster_arn).account,)}
    return assume_role.permissions(pod_call(role_arn, pod), principal(PODS), simulator, sent)


# ---------------------------------------------------------------- IAM Roles Anywhere


@dataclass(frozen=True, slots=True)
class Certificate:
    """
    An X.509 certificate that a workload outside of AWS signs with.

    `serial` is hexadecimal. `attributes` maps what the profile takes from it, such as
    `x509Subject/CN` or `x509SAN/DNS`, to its values; several of one name are joined by a slash.
    Source: IAM Roles Anywhere User Guide, "The IAM Roles Anywhere trust model" (STS-068).
    """

    trust_anchor: str
    serial: str
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def tags(self) -> Mapping[str, str]:
        """The principal tags of its sessions."""
        return {name: "/".join(values) for name, values in self.attributes.items() if values}

    @property
    def source_identity(self) -> str:
        """The source identity of its sessions: the common name, the serial number where it has none."""
        name = self.tags.get("x509Subject/CN", "")
        if not name:
            return f"ID={self.serial}"
        if len(name) <= _PREFIXED:
            return f"CN={name}"
        return name if len(name) <= _BARE else HOLE


_PREFIXED, _BARE = 61, 64


def certificate_permissions(role_arn: str, certificate: Certificate, simulator: Simulator) -> tuple[Permission, ...]:
    """
    The three requests that AWS authorizes before IAM Roles Anywhere gives a session, each asked of the role's trust policy.

    The attributes are tags of the principal already when the trust policy is asked; whether they
    are tags of the request as well, the page does not say.
    """
    values: dict[str, tuple[str, ...]] = {
        "aws:sourcearn": (certificate.trust_anchor,),
        "aws:sourceaccount": (Arn.parse(certificate.trust_anchor).account,),
        "sts:rolesessionname": (certificate.serial,),
        "sts:sourceidentity": (certificate.source_identity,),
        **{f"aws:principaltag/{key.lower()}": (value,) for key, value in certificate.tags.items()},
    }
    caller = principal(ROLES_ANYWHERE)
    return tuple(
        Permission(
            action,
            needed=True,
            request=simulator.request(caller, action, role_arn, values=values, absent=("sts:externalid",)),
        )
        for action in (ASSUME_ROLE, SET_SOURCE_IDENTITY, TAG_SESSION)
    )


def certificate_session(role_arn: str, certificate: Certificate) -> Principal:
    """
    The session that IAM Roles Anywhere gives: the attributes as tags, the common name as source identity.

    Which of its tags are transitive is not documented, so what it carries is not wholly known.
    """
    session = Session(
        certificate.serial, tags=certificate.tags, source_identity=certificate.source_identity, known=False
    )
    return role_session(role_arn, session)
