"""The resource types of Terraform's AWS provider that hold policies: by what attribute, and of whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iamsim.fix._targets import Target, queue_url

Attributes = tuple[tuple[str, str], ...]

# Source: Terraform AWS provider, the page of each resource, "Argument Reference".
POLICY_ATTRIBUTE: Mapping[str, str] = {
    "aws_iam_role": "assume_role_policy",
    "aws_opensearch_domain": "access_policies",
    "aws_opensearch_domain_policy": "access_policies",
    "aws_elasticsearch_domain": "access_policies",
    "aws_elasticsearch_domain_policy": "access_policies",
    **dict.fromkeys(
        (
            "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy", "aws_iam_policy", "aws_s3_bucket",
            "aws_s3_bucket_policy", "aws_kms_key", "aws_kms_key_policy", "aws_sqs_queue", "aws_sqs_queue_policy",
            "aws_sns_topic", "aws_sns_topic_policy", "aws_secretsmanager_secret", "aws_secretsmanager_secret_policy",
        ),
        "policy",
    ),
}  # fmt: skip
"""The attribute with the policy, of the types that a plan is read for."""


class New:
    """
    A type that gives a policy to something.

    `owner` is the attribute that names the carrier; `named` what it holds; `types` are the types of carriers, each with
    the attribute that gives the same. `import_id` is what `terraform import` takes, empty where it takes nothing.
    """

    def __init__(  # noqa: PLR0913 - what a type has
        self,
        type: str,
        owner: str = "",
        named: Callable[[Target], str] = lambda target: target.name,
        *,
        types: Mapping[str, str] | None = None,
        attribute: str = "policy",
        import_id: Callable[[Target], str] = lambda _: "",
    ) -> None:
        self.type = type
        self.owner = owner
        self.named = named
        self.types = types or {}
        self.attribute = attribute
        self.import_id = import_id


def _name(target: Target) -> str:
    return target.name


def _arn(target: Target) -> str:
    return str(target.arn)


def _inline(target: Target) -> str:
    return f"{target.name}:{target.policy}"


# Source: Terraform AWS provider, the page of each resource, "Argument Reference" and "Import".
NEW: Mapping[str, New] = {
    "trust": New("aws_iam_role", attribute="assume_role_policy", import_id=_name),
    "role": New("aws_iam_role_policy", "role", types={"aws_iam_role": "name"}, import_id=_inline),
    "user": New("aws_iam_user_policy", "user", types={"aws_iam_user": "name"}, import_id=_inline),
    "group": New("aws_iam_group_policy", "group", types={"aws_iam_group": "name"}, import_id=_inline),
    "managed": New("aws_iam_policy", import_id=_arn),
    "attached": New("aws_iam_policy", types={"aws_iam_role": "name", "aws_iam_user": "name"}),
    "boundary": New("aws_iam_policy"),
    "bucket": New("aws_s3_bucket_policy", "bucket", types={"aws_s3_bucket": "id"}, import_id=_name),
    "access point": New("aws_s3control_access_point_policy", "access_point_arn", _arn, import_id=_arn),
    "key": New("aws_kms_key_policy", "key_id", types={"aws_kms_key": "key_id"}, import_id=_name),
    "queue": New("aws_sqs_queue_policy", "queue_url", queue_url, types={"aws_sqs_queue": "id"}, import_id=queue_url),
    "topic": New("aws_sns_topic_policy", "arn", _arn, types={"aws_sns_topic": "arn"}, import_id=_arn),
    "secret": New(
        "aws_secretsmanager_secret_policy",
        "secret_arn",
        _arn,
        types={"aws_secretsmanager_secret": "arn"},
        import_id=_arn,
    ),
    "domain": New(
        "aws_opensearch_domain_policy",
        "domain_name",
        types={"aws_opensearch_domain": "domain_name"},
        attribute="access_policies",
    ),
    "function": New(
        "aws_lambda_permission", "function_name", _arn, types={"aws_lambda_function": "function_name"}, attribute=""
    ),
    "table": New(
        "aws_dynamodb_resource_policy", "resource_arn", _arn, types={"aws_dynamodb_table": "arn"}, import_id=_arn
    ),
    "repository": New("aws_ecr_repository_policy", "repository", types={"aws_ecr_repository": "name"}, import_id=_name),
    "stream": New(
        "aws_kinesis_resource_policy", "resource_arn", _arn, types={"aws_kinesis_stream": "arn"}, import_id=_arn
    ),
    "catalog": New("aws_glue_resource_policy", import_id=_name),
}
"""By kind of target the type that gives it a policy."""
