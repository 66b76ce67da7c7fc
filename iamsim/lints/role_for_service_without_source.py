"""
A service may assume the role, whoever it works for.

Services that take the ARN of a role from their callers ask for iam:PassRole in the role's account first, so that
strangers cannot hand yours over. AWS's pages of some services, such as Amazon Bedrock and EventBridge Scheduler, ask
for aws:SourceAccount or aws:SourceArn all the same. Services that run your code with the role (AWS Lambda, Amazon
EC2, Amazon ECS) send none, and need none.

Avoid:

    {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"Service": "scheduler.amazonaws.com"},
      "Action": "sts:AssumeRole",
      "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.drafts.world import STRANGER_ACCOUNT, stranger
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import ASSUME, allowing, apart, possible, role_arn, wanted
from iamsim.model.finding import Audience, Confidence, Severity

_SEND = frozenset({
    # Doubt: AWS has no one list of services that send a source when they assume a role; these have pages of their own on
        # "Cross-service confused deputy prevention", which show trust policies with one.
    "appflow", "bedrock", "bedrock-agentcore", "chatbot", "cloudtrail", "codepipeline", "cognito-idp", "comprehend", "datasync",
    "delivery.logs", "dms", "events", "firehose", "iot", "kendra", "kinesisanalytics", "logs", "pipes", "qbusiness",
    "rekognition", "scheduler", "ses", "sns", "transfer", "vpc-flow-logs", "workspaces-web",
})  # fmt: skip
_STRANGE: dict[str, str | tuple[str, ...]] = {
    "aws:sourceaccount": STRANGER_ACCOUNT,
    "aws:sourceorgid": "o-stranger0000",
    "aws:sourceorgpaths": ("o-stranger0000/r-0000/",),
    "sts:externalid": "a-guess",
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such service that gets in on behalf of a stranger."""
    role, world = role_arn(draft), draft.world
    if not role or world is None:
        return
    for part, statement, element in allowing(draft):
        for service in dict.fromkeys(element.service):
            name = service.removesuffix(".amazonaws.com")
            if name not in _SEND:
                continue
            values: dict[str, str | tuple[str, ...]] = {
                **_STRANGE,
                "aws:sourcearn": f"arn:aws:{name}:us-east-1:{STRANGER_ACCOUNT}:stranger",
            }
            asked = apart(world, role, statement).outside(
                stranger(service), ASSUME, role, values={**wanted(statement), **values}
            )
            if possible(asked):
                told = f"{service} may assume the role on behalf of anybody ({part.label})"
                yield Seen(f"{part.subject} {service}", told, part.at)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.LOW,
    "IAM User Guide, The confused deputy problem: Cross-service confused deputy prevention",
    confidence=Confidence.LIKELY,
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)
