"""What a template refers to: pseudo parameters, parameters, and resources by their names and ARNs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from iamsim.jsontext import MAX_DEPTH, Number, Pointer, clipped
from iamsim.model.principal import HOLE
from iamsim.sources._template_names import KINDS, SUFFIXES, bound
from iamsim.sources._template_values import UNTOLD, Loops, Node, generated, made, scalar

if TYPE_CHECKING:
    from iamsim.sources._template_stack import Stack

NESTED = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application")
"""The types that stand for a stack of their own."""


class StandIn(NamedTuple):
    """What stands for a name that CloudFormation makes; `real` where it is one in play that was found to fit."""

    name: str
    arn: str
    real: bool


def ref(stack: Stack, name: str, at: Pointer, loops: Loops) -> Node | None:
    """What Ref gives for a pseudo parameter, a parameter or a resource; None for AWS::NoValue."""
    if name in loops:
        return Node(made(loops[name]), at)
    if name == "AWS::NoValue":
        return None
    if name.startswith("AWS::"):
        return Node(pseudo(stack, name), at)
    if name in stack.parameters:
        return stack.parameters.value(name, at)
    piece = stack.resources.get(name)
    if piece is None:
        return _nothing(stack, name, at)
    kind = KINDS.get(piece.type)
    return Node(formed(stack, name, kind.ref, at) if kind else _after_deploy(stack, name), at)


def attribute(stack: Stack, name: str, attribute: str, at: Pointer) -> Node:
    """What Fn::GetAtt gives."""
    piece = stack.resources.get(name)
    if piece is None:
        return _nothing(stack, name, at)
    if piece.type in NESTED and attribute.startswith("Outputs."):
        return Node(_output(stack, name, attribute.removeprefix("Outputs.")), at)
    if piece.type == "Custom::AWSCDKCfnJson" and attribute == "Value":
        return _json_of(stack, name, at)
    kind = KINDS.get(piece.type)
    form = kind.attribute(attribute) if kind else None
    return Node(formed(stack, name, form, at) if form else _after_deploy(stack, f"{name}.{attribute}"), at)


def pseudo(stack: Stack, name: str) -> str:
    """The value of a pseudo parameter. Source: AWS CloudFormation Template Reference Guide, "Pseudo parameters"."""
    deploy = stack.deploy
    found = {
        "AWS::AccountId": deploy.account,
        "AWS::Region": deploy.region,
        "AWS::Partition": deploy.partition,
        "AWS::StackName": deploy.name,
        "AWS::URLSuffix": SUFFIXES.get(deploy.partition, UNTOLD),
    }.get(name, UNTOLD)
    if HOLE in found:
        stack.world.untold(clipped(name), _WAYS.get(name, "only the deploy tells it"))
    return found


def formed(stack: Stack, name: str, form: str, at: Pointer) -> str:
    """A name or ARN of a resource, written out; what is not told is a hole in it."""
    if stack.exists(name) is False:
        return _after_deploy(stack, name)
    deploy = stack.deploy
    if "{region}" in form and HOLE in deploy.region:
        pseudo(stack, "AWS::Region")
    return made(
        form.format_map(
            {
                "name": named(stack, name, at),
                "path": _path(stack, name) if "{path}" in form else "",
                "account": deploy.account,
                "region": deploy.region,
                "partition": deploy.partition,
                "suffix": SUFFIXES.get(deploy.partition, UNTOLD),
            }
        )
    )


def named(stack: Stack, name: str, at: Pointer) -> str:
    """The name of a resource as its service knows it; a stand-in where CloudFormation makes it."""
    if name not in stack.names:
        with stack.world.opened(stack, "the name of", name, at):
            stack.names[name] = _named(stack, name)
    return stack.names[name]


def is_unnamed(stack: Stack, name: str) -> bool:
    """Whether CloudFormation makes the name of a resource."""
    kind = KINDS.get(stack.resources[name].type)
    return kind is not None and (not kind.name or stack.property(name, *kind.name.split(".")) is None)


# ---------------------------------------------------------------- helpers

_WAYS = {"AWS::Region": "give --region", "AWS::StackName": "give --parameter AWS::StackName=NAME"}


def _nothing(stack: Stack, name: str, at: Pointer) -> Node:
    """For a name that the template does not have: a transform may make it."""
    if not stack.is_changed and not stack.is_serverless:
        stack.fail(f"there is no `{clipped(name)}` in the template", at, "name a parameter or a logical id")
    return Node(_after_deploy(stack, name), at)


def _after_deploy(stack: Stack, what: str) -> str:
    stack.world.untold(clipped(what), "only the deploy tells it")
    return UNTOLD


def _output(stack: Stack, name: str, output: str) -> str:
    found = stack.nested(name)
    node = found.output(output) if found is not None else None
    text = scalar(node) if node is not None else None
    return made(text) if text is not None else _after_deploy(stack, f"{name}.Outputs.{output}")


def _json_of(stack: Stack, name: str, at: Pointer) -> Node:
    """
    The object whose JSON text a resource of the AWS CDK holds, so that names in it may be put together in the deploy.

    Source: AWS CDK API Reference, class CfnJson (`{"OIDC-ISSUER:sub": …}` in a trust policy).
    """
    node = stack.property(name, "Value")
    text = scalar(node) if node is not None else None
    if text is None or sum(map(text.count, "[{")) > MAX_DEPTH:
        return Node(_after_deploy(stack, f"{name}.Value"), at)
    stack.world.spend(len(text), stack, at)
    try:
        return generated(json.loads(text, parse_int=Number, parse_float=Number), at)
    except ValueError:
        return Node(_after_deploy(stack, f"{name}.Value"), at)


def _path(stack: Stack, name: str) -> str:
    node = stack.property(name, "Path")
    text = scalar(node) if node is not None else "/"
    if not text:
        stack.fail("Path is a text", stack.resources[name].at, "it begins and ends with a slash")
    return text if HOLE in text or text.endswith("/") else f"{text}/"


def _named(stack: Stack, name: str) -> str:
    piece = stack.resources[name]
    kind = KINDS[piece.type]
    node = stack.property(name, *kind.name.split(".")) if kind.name else None
    if node is None:
        return _stand_in(stack, name)
    text = scalar(node)
    if not text:
        stack.fail(f"{kind.name} is a text", piece.at, "write the name")
    return made(text.removeprefix("https://") if kind.name == "Url" else text)


def _stand_in(stack: Stack, name: str) -> str:
    """
    What stands for a name that CloudFormation makes: STACK-LOGICALID-RANDOM.

    Who knows the real name gives it as a parameter under the logical id, and an ARN in play that is such a
    name counts as the resource's. Otherwise the logical id does, behind the stack's name where that is told,
    so that everything in the template speaks of the same thing.
    Source: AWS CloudFormation Template Reference Guide, "Name type".
    """
    kind, deploy = KINDS[stack.resources[name].type], stack.deploy
    given = deploy.parameters.get(name)
    if given is not None and name not in stack.parameters:
        return given
    stand_in = f"{deploy.prefix}-{name}" if deploy.prefix else name
    stand_in = stand_in.lower() if kind.lower else stand_in
    stack.names[name] = stand_in
    arn = formed(stack, name, kind.arn, ())
    of_stack = "" if HOLE in deploy.name else deploy.name
    real = bound(stack.world.needed, arn, stand_in, name, of_stack) if kind.name else None
    if real is not None:
        head, tail = arn.rsplit(stand_in, 1)
        stand_in = real[len(head) : len(real) - len(tail)]
    stack.stand_ins[name] = StandIn(stand_in, real or arn, real is not None)
    return stand_in
