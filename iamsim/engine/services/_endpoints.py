"""
Which services heed the policy of a VPC endpoint (VPCE-005).

Source: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies": a service without
support is open through any endpoint, and the documentation of one that has it includes an example policy.
"""

from __future__ import annotations

from iamsim.model.policy import Effect, Policy, Statement

# Those whose own guide has an example of an endpoint policy, as of 2026. For all others it is not told here.
_WITH_POLICIES = frozenset(
    {
        "athena", "autoscaling", "batch", "bedrock", "cloudwatch", "codebuild", "dynamodb", "ec2", "ecr", "ecs",
        "elasticloadbalancing", "events", "execute-api", "firehose", "glue", "kinesis", "kms", "lambda", "logs", "rds", "s3",
        "sagemaker", "secretsmanager", "sns", "sqs", "ssm", "states", "sts",
    }
)  # fmt: skip


def may_be_ignored(policy: Policy, service: str) -> bool:
    """Whether the policy of an endpoint could decide a request to the service, and it is not told that it counts there."""
    return service not in _WITH_POLICIES and not all(map(_is_open, policy.statements))


def _is_open(statement: Statement) -> bool:
    """Whether it lets everybody do everything, as the default policy does: then it is the same whether it counts."""
    resource, principal = statement.resource, statement.principal
    return (
        statement.effect is Effect.ALLOW
        and not statement.conditions
        and (statement.action.values, statement.action.negated) == (("*",), False)
        and resource is not None
        and (resource.values, resource.negated) == (("*",), False)
        and principal is not None
        and principal.anyone
        and not principal.negated
    )
