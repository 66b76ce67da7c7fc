"""Every call that a live account is read with, by the permission it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_IDENTITY = {
    "sts:GetCallerIdentity": ("sts", "get_caller_identity"),
    "iam:GetRole": ("iam", "get_role"),
    "iam:ListRolePolicies": ("iam", "list_role_policies"),
    "iam:GetRolePolicy": ("iam", "get_role_policy"),
    "iam:ListAttachedRolePolicies": ("iam", "list_attached_role_policies"),
    "iam:GetUser": ("iam", "get_user"),
    "iam:ListUserPolicies": ("iam", "list_user_policies"),
    "iam:GetUserPolicy": ("iam", "get_user_policy"),
    "iam:ListAttachedUserPolicies": ("iam", "list_attached_user_policies"),
    "iam:ListGroupsForUser": ("iam", "list_groups_for_user"),
    "iam:ListGroupPolicies": ("iam", "list_group_policies"),
    "iam:GetGroupPolicy": ("iam", "get_group_policy"),
    "iam:ListAttachedGroupPolicies": ("iam", "list_attached_group_policies"),
    "iam:GetAccountAuthorizationDetails": ("iam", "get_account_authorization_details"),
    "iam:ListRoles": ("iam", "list_roles"),
    "iam:GetPolicy": ("iam", "get_policy"),
    "iam:GetPolicyVersion": ("iam", "get_policy_version"),
    "iam:ListOpenIDConnectProviders": ("iam", "list_open_id_connect_providers"),
    "iam:GetOpenIDConnectProvider": ("iam", "get_open_id_connect_provider"),
    "iam:ListSAMLProviders": ("iam", "list_saml_providers"),
}
_S3 = {
    "s3:ListAllMyBuckets": ("s3", "list_buckets"),
    "s3:GetBucketPolicy": ("s3", "get_bucket_policy"),
    "s3:GetBucketPublicAccessBlock": ("s3", "get_public_access_block"),
    "s3:GetAccountPublicAccessBlock": ("s3control", "get_public_access_block"),
    "s3:GetBucketOwnershipControls": ("s3", "get_bucket_ownership_controls"),
    "s3:GetEncryptionConfiguration": ("s3", "get_bucket_encryption"),
    "s3:GetBucketTagging": ("s3", "get_bucket_tagging"),
}
_REGIONAL = {
    "es:ListDomainNames": ("opensearch", "list_domain_names"),
    "es:DescribeDomain": ("opensearch", "describe_domain"),
    "kms:ListKeys": ("kms", "list_keys"),
    "kms:GetKeyPolicy": ("kms", "get_key_policy"),
    "kms:DescribeKey": ("kms", "describe_key"),
    "kms:ListGrants": ("kms", "list_grants"),
    "lambda:ListFunctions": ("lambda", "list_functions"),
    "lambda:GetPolicy": ("lambda", "get_policy"),
    "glue:GetResourcePolicy": ("glue", "get_resource_policy"),
    "sqs:ListQueues": ("sqs", "list_queues"),
    "sqs:GetQueueUrl": ("sqs", "get_queue_url"),
    "sqs:GetQueueAttributes": ("sqs", "get_queue_attributes"),
    "sns:ListTopics": ("sns", "list_topics"),
    "sns:GetTopicAttributes": ("sns", "get_topic_attributes"),
    "secretsmanager:ListSecrets": ("secretsmanager", "list_secrets"),
    "secretsmanager:GetResourcePolicy": ("secretsmanager", "get_resource_policy"),
    "ecs:ListTaskDefinitionFamilies": ("ecs", "list_task_definition_families"),
    "ecs:DescribeTaskDefinition": ("ecs", "describe_task_definition"),
    "ec2:DescribeVpcEndpoints": ("ec2", "describe_vpc_endpoints"),
    "ec2:DescribeRegions": ("ec2", "describe_regions"),
}
_ORGANIZATION = {
    "organizations:DescribeOrganization": ("organizations", "describe_organization"),
    "organizations:ListRoots": ("organizations", "list_roots"),
    "organizations:ListParents": ("organizations", "list_parents"),
    "organizations:ListOrganizationalUnitsForParent": ("organizations", "list_organizational_units_for_parent"),
    "organizations:ListAccountsForParent": ("organizations", "list_accounts_for_parent"),
    "organizations:ListPoliciesForTarget": ("organizations", "list_policies_for_target"),
    "organizations:DescribePolicy": ("organizations", "describe_policy"),
}

ACTIONS: Mapping[str, tuple[str, str]] = {**_IDENTITY, **_S3, **_REGIONAL, **_ORGANIZATION}
"""Every call that reads, by the permission it takes: boto3's client and method."""

ASSUME_ROLE = "sts:AssumeRole"
"""The one call that reads nothing: it is made where the reading is to be done as another role, and then only."""

_TREE = frozenset({"organizations:ListOrganizationalUnitsForParent", "organizations:ListAccountsForParent"})
_ONE_BY_ONE = frozenset(_IDENTITY) - {
    "sts:GetCallerIdentity",
    "iam:GetAccountAuthorizationDetails",
    "iam:ListRoles",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListOpenIDConnectProviders",
    "iam:GetOpenIDConnectProvider",
    "iam:ListSAMLProviders",
}
_LISTINGS = frozenset(
    {
        "iam:GetAccountAuthorizationDetails",
        "iam:ListRoles",
        "s3:ListAllMyBuckets",
        "s3:GetBucketTagging",
        "es:ListDomainNames",
        "kms:ListKeys",
        "lambda:ListFunctions",
        "sqs:ListQueues",
        "sns:ListTopics",
        "secretsmanager:ListSecrets",
        "ecs:ListTaskDefinitionFamilies",
        "ecs:DescribeTaskDefinition",
        "ec2:DescribeRegions",
    }
)

IN_PLAY = frozenset(ACTIONS) - _LISTINGS - _TREE
"""The calls of a check, which reads what it has in play."""


def whole(*, regions: bool, organization: bool) -> tuple[str, ...]:
    """
    The calls of a whole read: with `regions` of every Region there is, with `organization` of every account there is.

    Sorted as in `ACTIONS`.
    """
    left_out = {*_ONE_BY_ONE, "sqs:GetQueueUrl"}
    if not regions:
        left_out.add("ec2:DescribeRegions")
    # The way down to each account is known when the tree is.
    left_out |= {"organizations:ListParents"} if organization else _TREE
    return tuple(action for action in ACTIONS if action not in left_out)


PAGES: Mapping[str, int] = {
    "s3:ListAllMyBuckets": 1000,
    "kms:ListKeys": 1000,
    "sqs:ListQueues": 1000,
    "secretsmanager:ListSecrets": 100,
}
"""
Items asked for at a time, where leaving it out costs something.

S3 tells a bucket's Region only when a parameter is given, and SQS ends after 1,000 queues without saying so (Amazon S3 API
Reference, ListBuckets; Amazon SQS API Reference, ListQueues).
"""

Kept = Mapping[str, Any]

KEEPS: Mapping[str, Kept] = {
    "ecs:DescribeTaskDefinition": {"taskDefinition": {"taskDefinitionArn": {}, "taskRoleArn": {}}},
    "lambda:ListFunctions": {"FunctionArn": {}, "Role": {}},
    "secretsmanager:ListSecrets": {"ARN": {}, "Tags": {}},
}
"""What is taken from answers that also hold what is nobody's business: environment variables, descriptions."""


def taken(action: str, answer: Any) -> Any:  # noqa: ANN401 - an answer of boto3
    """The part of an answer (or of one item of it) that `KEEPS` names; all of it where it names none."""
    return _taken(KEEPS.get(action, {}), answer)


def _taken(names: Kept, value: Any) -> Any:  # noqa: ANN401 - as above
    if not names or not isinstance(value, Mapping):
        return value
    return {name: _taken(below, value[name]) for name, below in names.items() if name in value}


NOT_ENABLED = frozenset(
    {"AuthFailure", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken", "UnrecognizedClientException"}
)
"""What credentials are answered that are good elsewhere: the account has not enabled the Region."""
REFUSED_CREDENTIALS = NOT_ENABLED | {"ExpiredToken", "ExpiredTokenException", "SignatureDoesNotMatch"}
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"})
MISSING = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "AWSOrganizationsNotInUseException",
        "ClientException",
        "EntityNotFoundException",
        "InvalidVpcEndpointId.NotFound",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchEntity",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "NotFound",
        "NotFoundException",
        "OwnershipControlsNotFoundError",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)
"""AWS's error codes, by what they mean here."""
