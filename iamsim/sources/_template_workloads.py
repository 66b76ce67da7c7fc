"""What runs with a role in the stacks of an account: functions, task definitions, instances, pods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from iamsim.model.account import Workload
from iamsim.model.principal import HOLE
from iamsim.sources._template_policies import text, texts
from iamsim.sources._template_principals import Principals
from iamsim.sources._template_references import named
from iamsim.sources._template_stack import Stack
from iamsim.sources._template_values import scalar


def workloads(stacks: list[Stack], principals: Principals) -> Iterator[Workload]:
    """Each resource that is there, or may be, and runs with a role."""
    for stack in stacks:
        for name, piece in stack.resources.items():
            if piece.type == "AWS::IAM::InstanceProfile" and stack.exists(name) is not False:
                stack.profiles[named(stack, name, piece.at)] = name
        for name, piece in stack.resources.items():
            stack.world.subject = name
            if piece.type == "AWS::Serverless::Connector":
                _connector(stack, name, principals)
            if piece.type in _READERS and stack.exists(name) is not False:
                runs_on, read = _READERS[piece.type]
                role = read(stack, name, principals)
                if role is not None:
                    told = None if HOLE in role else role
                    yield Workload(name, runs_on, told, _service_account(stack, name), stack.origin(piece.at, name))


def _by(*path: str) -> Callable[[Stack, str, Principals], str | None]:
    def read(stack: Stack, name: str, principals: Principals) -> str | None:
        found = text(stack, stack.property(name, *path), path[-1])
        return None if found is None else principals.role(stack, found) or HOLE

    return read


def _function(stack: Stack, name: str, principals: Principals) -> str | None:
    made = f"{name}Role"
    if made in stack.resources and stack.resources[made].property is not None:
        return principals.role(stack, named(stack, made, stack.resources[name].at))
    return _by("Role")(stack, name, principals)


def _instance(*path: str) -> Callable[[Stack, str, Principals], str | None]:
    """The role of an instance profile, which is named by its name or its ARN."""

    def read(stack: Stack, name: str, principals: Principals) -> str | None:
        called = text(stack, stack.property(name, *path), path[-1])
        if called is None:
            return None
        profile = stack.profiles.get(called.rsplit("/", 1)[-1])
        roles = texts(stack, stack.property(profile, "Roles"), "Roles") if profile is not None else ()
        return next((principals.role(stack, str(scalar(item))) for item in roles), None) or HOLE

    return read


def _launch_template(stack: Stack, name: str, principals: Principals) -> str | None:
    for member in ("Name", "Arn"):
        found = _instance("LaunchTemplateData", "IamInstanceProfile", member)(stack, name, principals)
        if found is not None:
            return found
    return None


def _service_account(stack: Stack, name: str) -> str | None:
    """The `NAMESPACE/NAME` of a pod."""
    if stack.resources[name].type != "AWS::EKS::PodIdentityAssociation":
        return None
    words = [text(stack, stack.property(name, word), word) or HOLE for word in ("Namespace", "ServiceAccount")]
    return None if any(HOLE in word for word in words) else "/".join(words)


def _connector(stack: Stack, name: str, principals: Principals) -> None:
    """
    A connector of AWS SAM gives the role of its source a policy, of which nothing is known here.

    Source: AWS SAM Developer Guide, "Managing resource permissions with AWS SAM connectors".
    """
    stack.world.say("not seen", name, "the policies that a connector makes are not known here")
    source = text(stack, stack.property(name, "Source", "Id"), "Id") or ""
    piece = stack.resources.get(source)
    if piece is not None and piece.type in _READERS:
        role = _READERS[piece.type][1](stack, source, principals)
        principals.loses_sight(role or "", f"{name} (a connector)")


_READERS: Mapping[str, tuple[str, Callable[[Stack, str, Principals], str | None]]] = {
    "AWS::Lambda::Function": ("lambda", _by("Role")),
    "AWS::Serverless::Function": ("lambda", _function),
    "AWS::ECS::TaskDefinition": ("ecs-task", _by("TaskRoleArn")),
    "AWS::EC2::Instance": ("ec2", _instance("IamInstanceProfile")),
    "AWS::EC2::LaunchTemplate": ("ec2", _launch_template),
    "AWS::EKS::PodIdentityAssociation": ("pod-identity", _by("RoleArn")),
}
