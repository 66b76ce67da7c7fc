"""The roles that AWS SAM makes for functions and state machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from iamsim.catalog import managed_policies
from iamsim.jsontext import Holed, Pointer, clipped
from iamsim.model.principal import HOLE
from iamsim.sources._template_serverless_policies import expanded
from iamsim.sources._template_values import UNTOLD, Node, Piece, generated, scalar, shown

if TYPE_CHECKING:
    from iamsim.sources._template_stack import Stack

FUNCTION, MACHINE = "AWS::Serverless::Function", "AWS::Serverless::StateMachine"


def roles(stack: Stack) -> dict[str, Piece]:
    """
    The roles of the functions and state machines that name none, by logical id.

    Source: AWS SAM Developer Guide, "CloudFormation resources generated when AWS::Serverless::Function is specified".
    """
    found = {}
    for name, piece in stack.resources.items():
        stack.world.subject = name
        if piece.type in (FUNCTION, MACHINE) and stack.property(name, "Role") is None:
            made = partial(_property, stack, name)
            found[f"{name}Role"] = Piece(piece.raw, piece.at, piece.loops, "AWS::IAM::Role", made)
    return {name: piece for name, piece in found.items() if name not in stack.resources}


def setting(stack: Stack, name: str, property: str) -> Node | None:
    """A property of a function, with what Globals says of it: objects and lists of both count, else the function's own."""
    own = stack.property(name, property)
    if stack.resources[name].type != FUNCTION or property in _NOT_GLOBAL:
        return own
    every = stack.section("Globals").get("Function")
    raw = every.get(property) if isinstance(every, dict) else None
    shared = None if raw is None else stack.resolve(raw, ("Globals", "Function", property))
    return _merged(shared, own)


def _merged(shared: Node | None, own: Node | None) -> Node | None:
    """Source: AWS SAM Developer Guide, "Globals section of the AWS SAM template" (overridable, additive)."""
    if shared is None or own is None:
        return own or shared
    if isinstance(shared.value, dict) and isinstance(own.value, dict):
        both = {**shared.value, **own.value}
        return Node(
            {name: _merged(shared.value.get(name), own.value.get(name)) or item for name, item in both.items()}, own.at
        )
    if isinstance(shared.value, list) and isinstance(own.value, list):
        return Node([*shared.value, *own.value], own.at)
    return own


# ---------------------------------------------------------------- the properties of a role


def _property(stack: Stack, name: str, property: str) -> Node | None:
    """A property of the role that is made for `name`."""
    at = stack.resources[name].at
    match property:
        case "AssumeRolePolicyDocument":
            service = "lambda" if stack.resources[name].type == FUNCTION else "states"
            own = setting(stack, name, property) if service == "lambda" else None
            return own or generated(_trust(f"{service}.amazonaws.com"), at)
        case "Path":
            return setting(stack, name, "RolePath")
        case "PermissionsBoundary":
            return setting(stack, name, property)
        case "Tags":
            return _tags(stack, name, at)
        case "ManagedPolicyArns":
            return generated(list(_managed(stack, name)), at)
        case "Policies":
            return generated(list(_inline(stack, name)), at)
        case _:
            return None


def _trust(service: str) -> dict[str, object]:
    statement = {"Effect": "Allow", "Principal": {"Service": [service]}, "Action": ["sts:AssumeRole"]}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _tags(stack: Stack, name: str, at: Pointer) -> Node | None:
    tags = setting(stack, name, "Tags")
    if tags is not None and not isinstance(tags.value, dict):
        return tags
    kind = "lambda" if stack.resources[name].type == FUNCTION else "stateMachine"
    own = tags.value if tags is not None and isinstance(tags.value, dict) else {}
    pairs: list[dict[str, object]] = [{"Key": f"{kind}:createdBy", "Value": "SAM"}]
    return generated([*pairs, *({"Key": key, "Value": value} for key, value in own.items())], at)


def _managed(stack: Stack, name: str) -> Iterator[Node | str]:
    """The ARNs of the managed policies: those of what the function does, and those that it names."""
    if stack.resources[name].type == FUNCTION:
        durable = setting(stack, name, "DurableConfig") is not None
        yield _aws(stack, f"AWSLambdaBasic{'Durable' if durable else ''}ExecutionRole{'Policy' if durable else ''}")
        tracing = setting(stack, name, "Tracing")
        if tracing is not None and tracing.value != "Disabled":
            yield UNTOLD if isinstance(tracing.value, Holed) else _xray(stack)
        if setting(stack, name, "VpcConfig") is not None:
            yield _aws(stack, "AWSLambdaVPCAccessExecutionRole")
        for kind, _ in events(stack, name):
            if kind in _PULLED:
                yield _aws(stack, f"AWSLambda{_PULLED[kind]}ExecutionRole")
    else:
        tracing = stack.property(name, "Tracing", "Enabled")
        if tracing is not None and tracing.value is not False:
            yield _xray(stack) if tracing.value is True else UNTOLD
    for _, node in _listed(stack, name):
        text = scalar(node)
        if text is not None and not isinstance(node.value, Holed):
            yield Node(text if text.startswith("arn:") else _by_name(stack, text), node.at)
        elif isinstance(node.value, Holed) and text != HOLE:
            yield node


def _aws(stack: Stack, name: str) -> str:
    return f"arn:{stack.deploy.partition}:iam::aws:policy/service-role/{name}"


def _xray(stack: Stack) -> str:
    name = "AWSXrayWriteOnlyAccess" if stack.deploy.partition == "aws" else "AWSXRayDaemonWriteAccess"
    return f"arn:{stack.deploy.partition}:iam::aws:policy/{name}"


def _by_name(stack: Stack, name: str) -> str:
    """The ARN of an AWS managed policy of which SAM is told the name; the name itself where there is none."""
    found = _arns().get(name)
    return found.replace("arn:aws:", f"arn:{stack.deploy.partition}:", 1) if found else name


@cache
def _arns() -> Mapping[str, str]:
    return {arn.rsplit("/", 1)[-1]: arn for arn in managed_policies.arns()}


def _listed(stack: Stack, name: str) -> Iterator[tuple[int, Node]]:
    """What Policies names: one thing, or several."""
    node = stack.property(name, "Policies")
    if node is not None:
        yield from enumerate(node.value if isinstance(node.value, list) else [node])


def _inline(stack: Stack, name: str) -> Iterator[dict[str, object]]:
    """The inline policies, as a role has them; what is not known here is one that is not told."""
    for i, node in _listed(stack, name):
        if isinstance(node.value, dict):
            document = node if "Statement" in node.value else _of_template(stack, name, node)
            yield {"PolicyName": f"{name}RolePolicy{i}", "PolicyDocument": document}
        elif node.value == UNTOLD:
            yield {"PolicyName": f"{name}RolePolicy{i}", "PolicyDocument": UNTOLD}
    for what in _unknown(stack, name):
        stack.world.say("not seen", name, f"the policy that SAM makes for its {what} is not known here")
        yield {"PolicyName": f"{name}: {what}", "PolicyDocument": UNTOLD}
    queue = setting(stack, name, "DeadLetterQueue")
    if queue is not None:
        yield {"PolicyName": "DeadLetterQueuePolicy", "PolicyDocument": _dead_letters(queue)}


def _of_template(stack: Stack, name: str, node: Node) -> Node | str:
    """The policy that a SAM policy template stands for."""
    members = node.value if isinstance(node.value, dict) else {}
    template, inside = next(iter(members.items()), ("", node))
    if len(members) != 1:
        stack.fail("is no policy", node.at, "write a policy, the name of a managed one, or one policy template")
    values = inside.value if isinstance(inside.value, dict) else {}
    parameters = {key: text for key, item in values.items() if (text := scalar(item)) is not None}
    deploy = stack.deploy
    document = expanded(template, parameters, deploy.partition, f"{deploy.region}:{deploy.account}")
    if document is None:
        stack.world.say(
            "not seen", name, f"the policy template {clipped(shown(template))} is not known here, or lacks a parameter"
        )
        return UNTOLD
    return generated(document, node.at)


def _dead_letters(queue: Node) -> object:
    members = queue.value if isinstance(queue.value, dict) else {}
    kind, target = (scalar(members[key]) if key in members else None for key in ("Type", "TargetArn"))
    action = {"SQS": "sqs:SendMessage", "SNS": "sns:Publish"}.get(kind or "")
    if action is None or target is None:
        return UNTOLD
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": target}]}


def _unknown(stack: Stack, name: str) -> Iterator[str]:
    """What brings the role policies that are not written out here."""
    config = setting(stack, name, "EventInvokeConfig")
    if config is not None and not (isinstance(config.value, dict) and "DestinationConfig" not in config.value):
        yield "EventInvokeConfig"
    if "Connectors" in stack.resources[name].raw:
        yield "Connectors"
    for kind, members in events(stack, name) if stack.resources[name].type == FUNCTION else ():
        if (
            kind not in (*_PULLED, *PUSHED, *_WITHOUT)
            or {"DestinationConfig", "SqsSubscription", "SourceAccessConfigurations"} & members.keys()
        ):
            yield f"event {clipped(shown(kind))}"


def events(stack: Stack, name: str) -> Iterator[tuple[str, Mapping[str, Node]]]:
    """The events of a function: their types and properties; a type that is not told is empty."""
    node = stack.property(name, "Events")
    if node is None:
        return
    if not isinstance(node.value, dict):
        yield "", {}
        return
    for event in node.value.values():
        members = event.value if isinstance(event.value, dict) else {}
        properties = members["Properties"].value if "Properties" in members else {}
        kind = scalar(members["Type"]) if "Type" in members else None
        yield kind or "", properties if isinstance(properties, dict) else {}


_NOT_GLOBAL = ("Role", "Policies", "FunctionName", "Events")
# Events whose source the function reads, and the managed policy that lets its role do so.
_PULLED = {"SQS": "SQSQueue", "Kinesis": "Kinesis", "DynamoDB": "DynamoDB", "MSK": "MSK"}
PUSHED = {
    "Api": "apigateway.amazonaws.com",
    "HttpApi": "apigateway.amazonaws.com",
    "Schedule": "events.amazonaws.com",
    "CloudWatchEvent": "events.amazonaws.com",
    "EventBridgeRule": "events.amazonaws.com",
    "CloudWatchLogs": "logs.amazonaws.com",
    "S3": "s3.amazonaws.com",
    "SNS": "sns.amazonaws.com",
    "IoTRule": "iot.amazonaws.com",
    "Cognito": "cognito-idp.amazonaws.com",
    "AlexaSkill": "alexa-appkit.amazon.com",
}
"""Events whose source calls the function, which its resource policy then allows to the service named here."""

# An event that calls by a role of its own.
_WITHOUT = ("ScheduleV2",)
