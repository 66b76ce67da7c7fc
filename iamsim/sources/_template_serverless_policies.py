"""The policy templates of AWS SAM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_S3 = ("s3:::{BucketName}", "s3:::{BucketName}/*")
_TABLE = ("dynamodb:{here}:table/{TableName}", "dynamodb:{here}:table/{TableName}/index/*")
_QUEUE = "sqs:{here}:{QueueName}"
_TOPIC = "sns:{here}:{TopicName}"
_KEY = "kms:{here}:key/{KeyId}"
_STREAM = "kinesis:{here}:stream/{StreamName}"
_MACHINE = "states:{here}:stateMachine:{StateMachineName}"
_PARAMETER = "GetParameters GetParameter GetParametersByPath"

_Statement = tuple[str, tuple[str, ...]]

# Each statement: the service with the names of its actions, and what the ARNs of its resources read behind the partition.
TEMPLATES: Mapping[str, tuple[_Statement, ...]] = {
    "AWSSecretsManagerGetSecretValuePolicy": (("secretsmanager GetSecretValue", ("={SecretArn}",)),),
    "AthenaQueryPolicy": (
        (
            "athena ListWorkGroups GetExecutionEngine GetExecutionEngines GetNamespace GetCatalogs GetNamespaces GetTables GetTable",
            ("*",),
        ),
        (
            "athena StartQueryExecution GetQueryResults DeleteNamedQuery GetNamedQuery ListQueryExecutions StopQueryExecution GetQueryResultsStream ListNamedQueries CreateNamedQuery GetQueryExecution BatchGetNamedQuery BatchGetQueryExecution GetWorkGroup",
            ("athena:{here}:workgroup/{WorkGroupName}",),
        ),
    ),
    "CloudFormationDescribeStacksPolicy": (("cloudformation DescribeStacks", ("cloudformation:{here}:stack/*",)),),
    "CloudWatchDescribeAlarmHistoryPolicy": (("cloudwatch DescribeAlarmHistory", ("*",)),),
    "CloudWatchPutMetricPolicy": (("cloudwatch PutMetricData", ("*",)),),
    "CostExplorerReadOnlyPolicy": (
        (
            "ce GetCostAndUsage GetDimensionValues GetReservationCoverage GetReservationPurchaseRecommendation GetReservationUtilization GetTags",
            ("*",),
        ),
    ),
    "DynamoDBCrudPolicy": (
        (
            "dynamodb GetItem DeleteItem PutItem Scan Query UpdateItem BatchWriteItem BatchGetItem DescribeTable ConditionCheckItem",
            _TABLE,
        ),
    ),
    "DynamoDBReadPolicy": (("dynamodb GetItem Scan Query BatchGetItem DescribeTable", _TABLE),),
    "DynamoDBStreamReadPolicy": (
        (
            "dynamodb DescribeStream GetRecords GetShardIterator",
            ("dynamodb:{here}:table/{TableName}/stream/{StreamName}",),
        ),
        ("dynamodb ListStreams", ("dynamodb:{here}:table/{TableName}/stream/*",)),
    ),
    "DynamoDBWritePolicy": (("dynamodb PutItem UpdateItem BatchWriteItem", _TABLE),),
    "EC2DescribePolicy": (("ec2 DescribeRegions DescribeInstances", ("*",)),),
    "EcsRunTaskPolicy": (("ecs RunTask", ("ecs:{here}:task-definition/{TaskDefinition}",)),),
    "ElasticsearchHttpPostPolicy": (("es ESHttpPost ESHttpPut", ("es:{here}:domain/{DomainName}/*",)),),
    "EventBridgePutEventsPolicy": (("events PutEvents", ("events:{here}:event-bus/{EventBusName}",)),),
    "FilterLogEventsPolicy": (("logs FilterLogEvents", ("logs:{here}:log-group:{LogGroupName}:log-stream:*",)),),
    "FirehoseWritePolicy": (
        ("firehose PutRecord PutRecordBatch", ("firehose:{here}:deliverystream/{DeliveryStreamName}",)),
    ),
    "KMSDecryptPolicy": (("kms Decrypt", (_KEY,)),),
    "KMSEncryptPolicy": (("kms Encrypt", (_KEY,)),),
    "KMSEncryptPolicy_v2": (
        (
            "kms Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext",
            (_KEY,),
        ),
    ),
    "KinesisStreamReadPolicy": (
        ("kinesis ListStreams DescribeLimits", ("kinesis:{here}:stream/*",)),
        ("kinesis DescribeStream DescribeStreamSummary GetRecords GetShardIterator", (_STREAM,)),
    ),
    "LambdaInvokePolicy": (("lambda InvokeFunction", ("lambda:{here}:function:{FunctionName}*",)),),
    "OrganizationsListAccountsPolicy": (("organizations ListAccounts", ("*",)),),
    "S3CrudPolicy": (
        (
            "s3 GetObject ListBucket GetBucketLocation GetObjectVersion PutObject PutObjectAcl GetLifecycleConfiguration PutLifecycleConfiguration DeleteObject",
            _S3,
        ),
    ),
    "S3FullAccessPolicy": (
        (
            "s3 GetObject GetObjectAcl GetObjectVersion PutObject PutObjectAcl DeleteObject DeleteObjectTagging DeleteObjectVersionTagging GetObjectTagging GetObjectVersionTagging PutObjectTagging PutObjectVersionTagging",
            _S3[1:],
        ),
        ("s3 ListBucket GetBucketLocation GetLifecycleConfiguration PutLifecycleConfiguration", _S3[:1]),
    ),
    "S3ReadPolicy": (("s3 GetObject ListBucket GetBucketLocation GetObjectVersion GetLifecycleConfiguration", _S3),),
    "S3WritePolicy": (("s3 PutObject PutObjectAcl PutLifecycleConfiguration", _S3),),
    "SESSendBouncePolicy": (("ses SendBounce", ("ses:{here}:identity/{IdentityName}",)),),
    "SNSCrudPolicy": (
        ("sns ListSubscriptionsByTopic CreateTopic SetTopicAttributes Subscribe Publish", (_TOPIC + "*",)),
    ),
    "SNSPublishMessagePolicy": (("sns Publish", (_TOPIC,)),),
    "SQSPollerPolicy": (
        (
            "sqs ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch GetQueueAttributes ReceiveMessage",
            (_QUEUE,),
        ),
    ),
    "SQSSendMessagePolicy": (("sqs SendMessage*", (_QUEUE,)),),
    "SSMParameterReadPolicy": (
        ("ssm DescribeParameters", ("*",)),
        (f"ssm {_PARAMETER}", ("ssm:{here}:parameter/{ParameterName}",)),
    ),
    "SSMParameterWithSlashPrefixReadPolicy": (
        ("ssm DescribeParameters", ("*",)),
        (f"ssm {_PARAMETER}", ("ssm:{here}:parameter{ParameterName}",)),
    ),
    "StepFunctionsExecutionPolicy": (("states StartExecution", (_MACHINE,)),),
    "StepFunctionsExecutionPolicy_v2": (("states StartExecution StartSyncExecution", (_MACHINE,)),),
    "VPCAccessPolicy": (
        (
            "ec2 CreateNetworkInterface DeleteNetworkInterface DescribeNetworkInterfaces DetachNetworkInterface",
            ("*",),
        ),
    ),
}
"""
The statements of the policy templates that are known here, each an Allow.

Source: AWS SAM Developer Guide, "Policy template list".
"""


def expanded(name: str, parameters: Mapping[str, str], partition: str, here: str) -> dict[str, Any] | None:
    """
    The policy that a template stands for; None for one that is not known, or that lacks a parameter.

    It has no Version: SAM writes none.

    `here` is `REGION:ACCOUNT`. Whatever of it is not told is a hole in the texts.
    """
    if name not in TEMPLATES:
        return None
    try:
        statements = [
            {
                "Effect": "Allow",
                "Action": [f"{actions.split()[0]}:{action}" for action in actions.split()[1:]],
                "Resource": [_arn(form, partition).format_map({**parameters, "here": here}) for form in resources],
            }
            for actions, resources in TEMPLATES[name]
        ]
    except KeyError:
        return None
    return {"Statement": statements}


def _arn(form: str, partition: str) -> str:
    return form if form == "*" else form.removeprefix("=") if form.startswith("=") else f"arn:{partition}:{form}"
