"""What a plan runs with a role: ECS tasks, Lambda functions, EC2 instances and pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.model.account import Workload
from iamsim.sources._plan_instance import Instance
from iamsim.sources._plan_names import Names
from iamsim.sources._plan_values import Untold

_ROLE_ARN = {"aws_iam_role": ("arn",)}
_ROLES = {
    "aws_ecs_task_definition": ("task_role_arn", "ecs-task"),
    "aws_lambda_function": ("role", "lambda"),
    "aws_eks_pod_identity_association": ("role_arn", "pod-identity"),
}
_CALLED = ("aws_iam_role", "aws_iam_instance_profile")
_SERVICE_ACCOUNTS = ("kubernetes_service_account", "kubernetes_service_account_v1")

_ANNOTATION = "eks.amazonaws.com/role-arn"
"""Source: Amazon EKS User Guide, "Assign IAM roles to Kubernetes service accounts"."""


def workloads(instances: tuple[Instance, ...], names: Names) -> Iterator[tuple[str | None, Workload]]:
    """Every workload with a role, and the account that the role or the workload is in."""
    called: dict[tuple[str, str], Instance | None] = {}
    for instance in instances:
        name = instance.told.get("name")
        if instance.type in _CALLED and instance.mode == "managed" and not instance.gone and isinstance(name, str):
            called[instance.type, name] = None if (instance.type, name) in called else instance
    for instance in instances:
        if instance.mode != "managed" or instance.gone:
            continue
        if instance.type in _ROLES:
            attribute, runs_on = _ROLES[instance.type]
            if instance.told.get(attribute) is None:
                # Without a task role nothing hands the process a role.
                continue
            role = _role(instance, attribute, names)
            yield (
                _account(role, instance, names),
                Workload(instance.shown, runs_on, role, _service_account(instance), instance.place(attribute)),
            )
        elif instance.type == "aws_instance" and instance.told.get("iam_instance_profile") is not None:
            role = _of_profile(instance, called, names)
            yield (
                _account(role, instance, names),
                Workload(instance.shown, "ec2", role, None, instance.place("iam_instance_profile")),
            )
        elif instance.type in _SERVICE_ACCOUNTS:
            yield from _pod(instance, names)


def _role(instance: Instance, attribute: str, names: Names) -> str | None:
    found = names.meant(instance, attribute, _ROLE_ARN)
    arn = names.arn(found) if isinstance(found, Instance) else found
    return arn if isinstance(arn, str) else None


def _account(role: str | None, instance: Instance, names: Names) -> str | None:
    parts = role.split(":") if role else []
    if len(parts) > 5 and len(parts[4]) == 12:  # noqa: PLR2004 - an ARN's account is its fifth part, of 12 digits
        return parts[4]
    return names.accounts.account(instance) if instance.type.startswith("aws_") else None


def _service_account(instance: Instance) -> str | None:
    namespace, name = instance.told.get("namespace"), instance.told.get("service_account")
    return f"{namespace}/{name}" if isinstance(namespace, str) and isinstance(name, str) else None


def _of_profile(instance: Instance, called: Mapping[tuple[str, str], Instance | None], names: Names) -> str | None:
    """The role in an instance profile of the plan; `called` are roles and profiles by name, None for two of one name."""
    found = names.meant(instance, "iam_instance_profile", {"aws_iam_instance_profile": ("id", "name")})
    profile = called.get(("aws_iam_instance_profile", found)) if isinstance(found, str) else found
    if not isinstance(profile, Instance):
        return None
    meant = names.meant(profile, "role", {"aws_iam_role": ("id", "name")})
    role = called.get(("aws_iam_role", meant)) if isinstance(meant, str) else meant
    arn = names.arn(role) if isinstance(role, Instance) else None
    return arn if isinstance(arn, str) else None


def _pod(instance: Instance, names: Names) -> Iterator[tuple[str | None, Workload]]:
    """A Kubernetes service account whose annotation names a role."""
    blocks = instance.blocks("metadata")
    metadata = blocks[0] if isinstance(blocks, tuple) and blocks else {}
    annotations = metadata.get("annotations")
    role: str | None = None
    if isinstance(annotations, Mapping):
        value = annotations.get(_ANNOTATION)
        if value is None:
            return
        role = value if isinstance(value, str) else None
    if role is None:
        named = names.references.named(instance, "metadata", 0, "annotations")
        meant = named.only(_ROLE_ARN)
        if meant is None and not isinstance(annotations, Mapping | Untold):
            return
        arn = names.arn(meant) if meant is not None else None
        role = arn if isinstance(arn, str) else None
    namespace, name = metadata.get("namespace"), metadata.get("name")
    known = isinstance(namespace, str | None) and isinstance(name, str)
    yield (
        _account(role, instance, names),
        Workload(
            instance.shown,
            "irsa",
            role,
            f"{namespace or 'default'}/{name}" if known else None,
            instance.place("metadata"),
        ),
    )
