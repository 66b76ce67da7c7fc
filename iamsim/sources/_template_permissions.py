"""The statements that AWS::Lambda::Permission, and events of AWS SAM, add to the policy of a function."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE
from iamsim.sources._template_policies import policy, text
from iamsim.sources._template_serverless import PUSHED, events, setting
from iamsim.sources._template_stack import Stack
from iamsim.sources._template_values import UNTOLD, Node, generated, shown

_FUNCTION = re.compile(
    r"(?:arn:[\w-]+:lambda:([\w-]+):)?(?:(\d{12}):function:)?([\w-]{1,140})(?::([\w$-]+))?", re.ASCII
)
_CONDITIONS = (
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
)
"""What a permission asks besides, as conditions. Source: AWS Lambda Developer Guide, "Using resource-based policies in Lambda"."""


def of_permission(stack: Stack, name: str) -> tuple[str | None, Policy | None]:
    """
    The function that a permission speaks of, and its statement as a policy; None, and said, for what is not told.

    Source: AWS CloudFormation Template Reference Guide, AWS::Lambda::Permission.
    """
    function = text(stack, stack.property(name, "FunctionName"), "FunctionName") or ""
    match = _FUNCTION.fullmatch(function)
    deploy = stack.deploy
    region = (match[1] if match else None) or deploy.region
    if match is None or HOLE in region:
        stack.world.say("not seen", name, f"which function it is of is not told: `{shown(function[:120])}`")
        return None, None
    arn = f"arn:{deploy.partition}:lambda:{region}:{match[2] or deploy.account}:function:{match[3]}"
    caller = text(stack, stack.property(name, "Principal"), "Principal")
    if caller is None or HOLE in caller:
        return arn, None
    statement: dict[str, object] = {
        "Sid": name,
        "Effect": "Allow",
        "Principal": _principal(caller, deploy.partition),
        "Action": stack.property(name, "Action") or UNTOLD,
        "Resource": f"{arn}:{match[4]}" if match[4] else arn,
    }
    conditions: dict[str, dict[str, Node]] = {}
    for member, operator, key in _CONDITIONS:
        node = stack.property(name, member)
        if node is not None:
            conditions.setdefault(operator, {})[key] = node
    if conditions:
        statement["Condition"] = conditions
    return arn, _policy(stack, name, arn, statement)


def of_events(stack: Stack, name: str, arn: str) -> Iterator[Policy | None]:
    """
    What the events of a function of AWS SAM add, each as a policy; None for what is not known.

    From which resource of the service the calls come is left open.
    """
    for kind, _ in events(stack, name):
        if kind in PUSHED:
            yield _policy(
                stack,
                name,
                arn,
                {
                    "Effect": "Allow",
                    "Principal": {"Service": PUSHED[kind]},
                    "Action": "lambda:InvokeFunction",
                    "Resource": arn,
                    "Condition": {"ArnLike": {"AWS:SourceArn": UNTOLD}},
                },
            )
        elif not kind:
            yield None
    # A function with a URL of its own may be open to everyone.
    if setting(stack, name, "FunctionUrlConfig") is not None:
        yield None


def _principal(caller: str, partition: str) -> object:
    if caller == "*":
        return "*"
    if re.fullmatch(r"\d{12}", caller, re.ASCII):
        return {"AWS": f"arn:{partition}:iam::{caller}:root"}
    return {"AWS": caller} if caller.startswith("arn:") else {"Service": caller}


def _policy(stack: Stack, name: str, arn: str, statement: dict[str, object]) -> Policy | None:
    document = generated({"Version": "2012-10-17", "Statement": [statement]}, stack.resources[name].at)
    return policy(stack, document, name, f"policy of {arn}")
