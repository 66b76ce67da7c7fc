"""
A resource policy lets an AWS service in, whoever it works for.

A service works for everybody: another customer can have it use your resource (the confused deputy). aws:SourceArn,
aws:SourceAccount, aws:SourceOrgID or aws:SourceOrgPaths say on whose behalf it may.

Avoid:

    {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:111122223333:orders"}

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"Service": "sns.amazonaws.com"},
      "Action": "sqs:SendMessage",
      "Resource": "arn:aws:sqs:us-east-1:111122223333:orders",
      "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:orders"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.drafts.world import STRANGER_ACCOUNT
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._resource import requests, world_of
from iamsim.lints._trust import apart, by_condition, positive, sure
from iamsim.model.finding import Confidence, Severity
from iamsim.model.policy import Statement
from iamsim.model.principal import Principal, PrincipalKind

_NO_SOURCE = frozenset({
    # Their pages show policies without a source, or they hold accounts apart by the resource itself.
    "logdelivery.elasticloadbalancing.amazonaws.com", "logdelivery.elb.amazonaws.com", "billingreports.amazonaws.com",
    "directconnect.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com.cn",
})  # fmt: skip
_NO_MATTER = ("s3:x-amz-acl", "aws:securetransport", "s3:x-amz-server-side-encryption")
"""What a request on behalf of a stranger has like any other."""
_STRANGE: dict[str, str | tuple[str, ...]] = {
    "aws:sourceaccount": STRANGER_ACCOUNT,
    "aws:sourceowner": STRANGER_ACCOUNT,
    "aws:sourceorgid": "o-stranger0000",
    "aws:sourceorgpaths": ("o-stranger0000/r-0000/",),
    "aws:principalisawsservice": "true",
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each service that a statement lets in on behalf of a stranger, by the engine."""
    found = world_of(draft)
    if found is None:
        return
    world, carrier = found
    for part in draft.statements():
        read = part.statement
        if read is None or read.principal is None or read.principal.negated:
            continue
        common, alone = _brought(read), apart(world, carrier, read)
        for service in dict.fromkeys(read.principal.service):
            if service in _NO_SOURCE or "*" in service:
                continue
            for action, resource in requests(read, carrier):
                values = {
                    **_STRANGE,
                    "aws:sourcearn": _arn(service),
                    "aws:principalservicename": service,
                    **common,
                }
                asked = alone.outside(Principal(PrincipalKind.SERVICE, service), action, resource, values=values)
                if by_condition(asked):
                    break
                if sure(asked):
                    yield Seen(
                        f"{part.subject} {service}",
                        f"{service} may call {action} on behalf of anybody ({part.label})",
                        part.at,
                    )
                    break


def _brought(statement: Statement) -> dict[str, str]:
    return {
        each.key.lower(): each.values[0].split("/")[0].replace("*", "x").replace("?", "x")
        for each in statement.conditions
        if each.key.lower() in _NO_MATTER and each.values and positive(each)
    }


def _arn(service: str) -> str:
    return f"arn:aws:{service.split('.', maxsplit=1)[0]}:us-east-1:{STRANGER_ACCOUNT}:stranger"


LINT = Lint(
    check,
    Family.TRUST,
    Severity.MEDIUM,
    "IAM User Guide, The confused deputy problem: Cross-service confused deputy prevention",
    confidence=Confidence.LIKELY,
    codes=("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",),
    kinds=frozenset({PolicyKind.RESOURCE}),
)
