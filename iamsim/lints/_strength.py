"""Who is stronger than whom, by what the engine lets them do."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from iamsim.catalog import actions
from iamsim.lints._powers import Powers

OF_IAM = ("iam:AttachRolePolicy", "iam:PutUserPolicy", "iam:CreateAccessKey", "iam:UpdateAssumeRolePolicy")
"""Whoever may do one of these to any principal is as good as an administrator; who may do all of them rules IAM."""

OF_SERVICES = (
    "cloudformation:DeleteStack",
    "dynamodb:DeleteTable",
    "ec2:TerminateInstances",
    "kms:ScheduleKeyDeletion",
    "lambda:UpdateFunctionCode",
    "rds:DeleteDBInstance",
    "s3:DeleteBucket",
    "s3:GetObject",
    "secretsmanager:GetSecretValue",
    "sns:DeleteTopic",
    "sqs:DeleteQueue",
    "ssm:SendCommand",
)
_MOST = 9
"""How many of those an administrator may do at least; guards take some away, and leave an administrator."""

_SAMPLES, _OF_EACH, _ON = 60, 3, 3


def administrator(powers: Powers) -> bool:
    """Whether it may do about everything, IAM included."""
    found: bool | None = powers.__dict__.get("_administrator")
    if found is None:
        found = all(powers.anywhere(each) for each in OF_IAM) and (
            sum(powers.anywhere(each) is not None for each in OF_SERVICES) >= _MOST
        )
        powers.__dict__["_administrator"] = found
    return found


def rules_principals(powers: Powers) -> bool:
    """Whether it may change any principal as it likes, which makes it whatever it wants to be."""
    return any(powers.anywhere(each) is not None for each in OF_IAM)


def stronger(target: Powers, than: Powers) -> str | None:
    """
    Something that `target` may do and `than` may not, None where none was found.

    What is found is so; looked at are samples of the actions that `target`'s policies name.
    """
    for action in itertools.islice(_samples(target), _SAMPLES):
        places = (*target.strangers(action), *target.examples(action)[:_ON])
        for resource in places:
            if target.ask(action, resource) is not None and than.ask(action, resource) is None:
                return action if resource == "*" else f"{action} on {resource}"
    return None


def _samples(powers: Powers) -> Iterator[str]:
    yield from (each for each in (*OF_IAM, *OF_SERVICES) if powers.names(each))
    for statement in powers.allows:
        for value in statement.action.values if not statement.action.negated else ():
            found = actions.expand(value)
            yield from found[:: max(1, len(found) // _OF_EACH)][:_OF_EACH]
