from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsim.catalog import _build_resources, _build_sdk, actions, operation_resources, operations, read, sdk
from iamsim.catalog.operation_resources import filled, may_be_arn, placeholders, resources, source

RULES = json.loads(read("resource_rules.json"))["services"]
BUILT = json.loads(read("operation_resources.json"))["services"]
WRITTEN = (
    *("s3", "iam", "sts", "sqs", "sns", "lambda", "kms", "secretsmanager", "stepfunctions"),
    *("athena", "eks", "es", "kendra", "rds-data", "redshift-data", "bedrock-runtime", "s3tables"),
)
TEMPLATE = re.compile(r"\{[\w.]+(:\w+)?\}(/table/\*)?|\*|arn:aws:[a-z0-9-]+:(\{region\})?:?[^ ]*")
MODIFIERS = {"last", "unrooted", "host", "whole", "revision", "model", "keys"}
# boto3 takes a copy's source apart, and so do the templates: in the API it is one text.
TAKEN_APART = {"CopySource.Bucket", "CopySource.Key"}


@pytest.mark.parametrize(
    ("service", "operation", "action", "found"),
    [
        ("s3", "get_object", "s3:GetObject", "arn:aws:s3:::{Bucket}/{Key}"),
        ("s3", "HeadObject", "s3:GetObject", "arn:aws:s3:::{Bucket}/{Key}"),
        ("s3", "GetObject", "s3:GetObjectVersion", "arn:aws:s3:::{Bucket}/{Key}"),
        ("s3", "ListObjectsV2", "s3:ListBucket", "arn:aws:s3:::{Bucket}"),
        ("s3", "HeadBucket", "s3:ListBucket", "arn:aws:s3:::{Bucket}"),
        ("s3", "GetBucketCors", "s3:GetBucketCORS", "arn:aws:s3:::{Bucket}"),
        ("s3", "ListBuckets", "s3:ListAllMyBuckets", "*"),
        ("s3", "CopyObject", "s3:GetObject", "arn:aws:s3:::{CopySource.Bucket}/{CopySource.Key}"),
        ("s3", "CopyObject", "s3:PutObject", "arn:aws:s3:::{Bucket}/{Key}"),
        ("s3", "UploadPartCopy", "s3:GetObjectVersion", "arn:aws:s3:::{CopySource.Bucket}/{CopySource.Key}"),
        ("s3", "DeleteObjects", "s3:DeleteObject", "arn:aws:s3:::{Bucket}/{Delete.Objects.Key}"),
        ("s3", "PutBucketReplication", "iam:PassRole", "arn:aws:iam::{account}:role/{ReplicationConfiguration.Role}"),
        ("iam", "GetRole", "iam:GetRole", "arn:aws:iam::{account}:role/{RoleName}"),
        ("iam", "AttachRolePolicy", "iam:AttachRolePolicy", "arn:aws:iam::{account}:role/{RoleName}"),
        ("iam", "GetPolicyVersion", "iam:GetPolicyVersion", "{PolicyArn}"),
        ("iam", "CreatePolicy", "iam:CreatePolicy", "arn:aws:iam::{account}:policy/{PolicyName}"),
        ("iam", "AddRoleToInstanceProfile", "iam:PassRole", "arn:aws:iam::{account}:role/{RoleName}"),
        ("iam", "ListRoles", "iam:ListRoles", "*"),
        ("sts", "AssumeRole", "sts:AssumeRole", "{RoleArn}"),
        ("sts", "AssumeRole", "sts:TagSession", "{RoleArn}"),
        ("dynamodb", "GetItem", "dynamodb:GetItem", "arn:aws:dynamodb:{region}:{account}:table/{TableName}"),
        (
            "dynamodb",
            "BatchWriteItem",
            "dynamodb:BatchWriteItem",
            "arn:aws:dynamodb:{region}:{account}:table/{RequestItems:keys}",
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            "dynamodb:PutItem",
            "arn:aws:dynamodb:{region}:{account}:table/{TransactItems.Put.TableName}",
        ),
        ("dynamodb", "ExecuteStatement", "dynamodb:PartiQLSelect", "arn:aws:dynamodb:{region}:{account}:table/*"),
        ("dynamodb", "ListTables", "dynamodb:ListTables", "*"),
        ("sqs", "SendMessageBatch", "sqs:SendMessage", "arn:aws:sqs:{region}:{account}:{QueueUrl:last}"),
        ("sqs", "GetQueueUrl", "sqs:GetQueueUrl", "arn:aws:sqs:{region}:{account}:{QueueName}"),
        ("sns", "PublishBatch", "sns:Publish", "{TopicArn}"),
        ("lambda", "GetAlias", "lambda:GetAlias", "arn:aws:lambda:{region}:{account}:function:{FunctionName}"),
        ("lambda", "CreateFunction", "iam:PassRole", "arn:aws:iam::{account}:role/{Role}"),
        ("lambda", "UpdateFunctionCode", "s3:GetObject", "arn:aws:s3:::{S3Bucket}/{S3Key}"),
        ("kms", "Decrypt", "kms:Decrypt", "arn:aws:kms:{region}:{account}:key/{KeyId}"),
        ("kms", "ReEncrypt", "kms:ReEncryptTo", "arn:aws:kms:{region}:{account}:key/{DestinationKeyId}"),
        (
            "secretsmanager",
            "GetSecretValue",
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:{region}:{account}:secret:{SecretId:whole}-*",
        ),
        ("ssm", "GetParameter", "ssm:GetParameter", "arn:aws:ssm:{region}:{account}:parameter/{Name:unrooted}"),
        (
            "ssm",
            "GetParametersByPath",
            "ssm:GetParametersByPath",
            "arn:aws:ssm:{region}:{account}:parameter/{Path:unrooted}",
        ),
        (
            "logs",
            "PutRetentionPolicy",
            "logs:PutRetentionPolicy",
            "arn:aws:logs:{region}:{account}:log-group:{logGroupName}:*",
        ),
        (
            "logs",
            "PutLogEvents",
            "logs:PutLogEvents",
            "arn:aws:logs:{region}:{account}:log-group:{logGroupName}:log-stream:{logStreamName}",
        ),
        ("logs", "TagResource", "logs:TagResource", "{resourceArn}"),
        ("stepfunctions", "StartSyncExecution", "states:StartSyncExecution", "{stateMachineArn}"),
        ("stepfunctions", "DescribeExecution", "states:DescribeExecution", "{executionArn}"),
        ("athena", "GetQueryResults", "athena:GetQueryResults", "arn:aws:athena:{region}:{account}:workgroup/*"),
        (
            "athena",
            "ListDatabases",
            "athena:ListDatabases",
            "arn:aws:athena:{region}:{account}:datacatalog/{CatalogName}",
        ),
        ("glue", "GetJobRun", "glue:GetJobRun", "arn:aws:glue:{region}:{account}:job/{JobName}"),
        ("glue", "CreateJob", "iam:PassRole", "arn:aws:iam::{account}:role/{Role}"),
        ("ecs", "RunTask", "ecs:RunTask", "arn:aws:ecs:{region}:{account}:task-definition/{taskDefinition:revision}"),
        (
            "ecs",
            "DescribeServices",
            "ecs:DescribeServices",
            "arn:aws:ecs:{region}:{account}:service/{cluster:last}/{services}",
        ),
        (
            "ecs",
            "RegisterTaskDefinition",
            "ecs:TagResource",
            "arn:aws:ecs:{region}:{account}:task-definition/{family}:*",
        ),
        ("eks", "DescribeCluster", "eks:DescribeCluster", "arn:aws:eks:{region}:{account}:cluster/{name}"),
        (
            "eks",
            "DescribeNodegroup",
            "eks:DescribeNodegroup",
            "arn:aws:eks:{region}:{account}:nodegroup/{clusterName}/{nodegroupName}/*",
        ),
        ("opensearch", "DescribeDomain", "es:DescribeDomain", "arn:aws:es:{region}:{account}:domain/{DomainName}"),
        ("kendra", "Query", "kendra:Query", "arn:aws:kendra:{region}:{account}:index/{IndexId}"),
        ("kendra", "Retrieve", "kendra:Retrieve", "arn:aws:kendra:{region}:{account}:index/{IndexId}"),
        (
            "bedrock-agent-runtime",
            "Retrieve",
            "bedrock:Retrieve",
            "arn:aws:bedrock:{region}:{account}:knowledge-base/{knowledgeBaseId}",
        ),
        ("bedrock-agent-runtime", "RetrieveAndGenerate", "bedrock:RetrieveAndGenerate", "*"),
        (
            "bedrock-runtime",
            "ApplyGuardrail",
            "bedrock:ApplyGuardrail",
            "arn:aws:bedrock:{region}:{account}:guardrail/{guardrailIdentifier}",
        ),
        (
            "cloudformation",
            "DescribeStacks",
            "cloudformation:DescribeStacks",
            "arn:aws:cloudformation:{region}:{account}:stack/{StackName:whole}/*",
        ),
        ("cloudcontrol", "GetResource", "cloudformation:GetResource", "*"),
        ("s3tables", "ListTables", "s3tables:ListTables", "{tableBucketARN}"),
        ("rds-data", "ExecuteStatement", "rds-data:ExecuteStatement", "{resourceArn}"),
        ("rds-data", "ExecuteStatement", "secretsmanager:GetSecretValue", "{secretArn}"),
        ("cloudwatch", "GetMetricData", "cloudwatch:GetMetricData", "*"),
        ("pricing", "GetProducts", "pricing:GetProducts", "*"),
        (
            "firehose",
            "PutRecord",
            "firehose:PutRecord",
            "arn:aws:firehose:{region}:{account}:deliverystream/{DeliveryStreamName}",
        ),
        ("elasticache", "AddTagsToResource", "elasticache:AddTagsToResource", "{ResourceName}"),
        ("ec2", "CreateVpc", "ec2:CreateTags", "arn:aws:ec2:{region}:{account}:vpc/*"),
        ("ec2", "StopInstances", "ec2:StopInstances", "arn:aws:ec2:{region}:{account}:instance/{InstanceIds}"),
        ("ec2", "DescribeInstances", "ec2:DescribeInstances", "*"),
    ],
)
def test_a_call_asks_for_the_action_on_this_resource(service, operation, action, found):
    assert resources(service, operation, action) == (found,)


@pytest.mark.parametrize(
    ("service", "operation", "action", "found"),
    [
        ("glue", "GetTable", "glue:GetTable", ("catalog", "database/{DatabaseName}", "table/{DatabaseName}/{Name}")),
        ("glue", "GetTables", "glue:GetTables", ("catalog", "database/{DatabaseName}", "table/{DatabaseName}/*")),
        ("glue", "GetDatabase", "glue:GetDatabase", ("catalog", "database/{Name}")),
        ("glue", "GetDatabases", "glue:GetDatabases", ("catalog", "database/*")),
        ("kms", "CreateAlias", "kms:CreateAlias", ("{AliasName}", "key/{TargetKeyId}")),
        ("ecs", "ExecuteCommand", "ecs:ExecuteCommand", ("cluster/{cluster:last}", "task/{cluster:last}/{task}")),
    ],
)
def test_a_call_can_ask_on_several_resources_at_once(service, operation, action, found):
    prefix = action.partition(":")[0]
    assert resources(service, operation, action) == tuple(
        f"arn:aws:{prefix}:{{region}}:{{account}}:{each}" for each in found
    )


QUERY = ("dynamodb", "Query", "dynamodb:Query")
TABLE = "arn:aws:dynamodb:{region}:{account}:table/{TableName}"
ATHENA = ("athena", "StartQueryExecution", "athena:StartQueryExecution")
RUN = ("ec2", "RunInstances", "ec2:RunInstances")


@pytest.mark.parametrize(
    ("call", "sent", "found"),
    [
        (QUERY, ["TableName", "IndexName"], TABLE + "/index/{IndexName}"),
        (QUERY, ["TableName"], TABLE),
        (QUERY, [], TABLE),
        (ATHENA, ["WorkGroup"], "arn:aws:athena:{region}:{account}:workgroup/{WorkGroup}"),
        (ATHENA, ["QueryString"], "arn:aws:athena:{region}:{account}:workgroup/primary"),
        (("sns", "Publish", "sns:Publish"), ["TargetArn"], "{TargetArn}"),
        (("sns", "Publish", "sns:Publish"), ["PhoneNumber"], "*"),
        (
            ("lambda", "Invoke", "lambda:InvokeFunction"),
            ["FunctionName", "Qualifier"],
            "arn:aws:lambda:{region}:{account}:function:{FunctionName}:{Qualifier}",
        ),
        (
            ("lambda", "Invoke", "lambda:InvokeFunction"),
            ["FunctionName"],
            "arn:aws:lambda:{region}:{account}:function:{FunctionName}",
        ),
        (
            ("logs", "FilterLogEvents", "logs:FilterLogEvents"),
            ["logGroupIdentifier"],
            "arn:aws:logs:{region}:{account}:log-group:{logGroupIdentifier}:*",
        ),
        (
            ("logs", "StartQuery", "logs:StartQuery"),
            ["logGroupNames"],
            "arn:aws:logs:{region}:{account}:log-group:{logGroupNames}:*",
        ),
        (("logs", "StartQuery", "logs:StartQuery"), [], "arn:aws:logs:{region}:{account}:log-group:*"),
        (("ecs", "DescribeClusters", "ecs:DescribeClusters"), [], "arn:aws:ecs:{region}:{account}:cluster/default"),
        (
            ("events", "PutEvents", "events:PutEvents"),
            ["Entries"],
            "arn:aws:events:{region}:{account}:event-bus/{Entries.EventBusName}",
        ),
        (("events", "PutRule", "events:PutRule"), ["Name"], "arn:aws:events:{region}:{account}:rule/{Name}"),
        (
            ("redshift-data", "ExecuteStatement", "redshift-data:ExecuteStatement"),
            ["WorkgroupName"],
            "arn:aws:redshift-serverless:{region}:{account}:workgroup/*",
        ),
        (("kendra", "CreateDataSource", "iam:PassRole"), ["RoleArn"], "{RoleArn}"),
        (("ecs", "RunTask", "iam:PassRole"), ["overrides.taskRoleArn"], "{overrides.taskRoleArn}"),
    ],
)
def test_what_the_call_sends_chooses_the_resource(call, sent, found):
    assert resources(*call, sent) == (found,)


def test_what_is_optional_is_asked_on_only_if_it_is_sent():
    always = resources(*RUN, ["ImageId", "MinCount", "MaxCount"])
    assert "arn:aws:ec2:{region}::image/{ImageId}" in always
    assert "arn:aws:ec2:{region}:{account}:instance/*" in always
    assert "arn:aws:ec2:{region}:{account}:subnet/*" in always
    assert not any("key-pair" in each for each in always)
    assert "arn:aws:ec2:{region}:{account}:key-pair/{KeyName}" in resources(*RUN, ["ImageId", "KeyName"])
    assert "arn:aws:ec2:{region}:{account}:subnet/{SubnetId}" in resources(*RUN, ["ImageId", "SubnetId"])


def test_a_model_is_asked_and_the_project_that_it_is_invoked_for():
    call = ("bedrock-runtime", "Converse", "bedrock:InvokeModel")
    model = "arn:aws:bedrock:{region}:{modelId:model}"
    assert resources(*call, ["modelId"]) == (model, "arn:aws:bedrock:{region}:{account}:project/*")
    assert resources(*call, ["modelId", "projectIdentifier"]) == (
        model,
        "arn:aws:bedrock:{region}:{account}:project/{projectIdentifier}",
    )


@pytest.mark.parametrize(
    ("service", "template", "values", "found"),
    [
        ("s3", "arn:aws:s3:::{Bucket}/{Key}", {"Bucket": "b", "Key": "a/b"}, "arn:aws:s3:::b/a/b"),
        ("s3", "arn:aws:s3:::{Bucket}/{Key}", {"Bucket": "b"}, "arn:aws:s3:::b/*"),
        (
            "sqs",
            "arn:aws:sqs:{region}:{account}:{QueueUrl:last}",
            {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"},
            "arn:aws:sqs:eu-west-1:111122223333:jobs",
        ),
        (
            "dynamodb",
            TABLE + "/index/{IndexName}",
            {"TableName": "arn:aws:dynamodb:us-east-1:444455556666:table/t", "IndexName": "i"},
            "arn:aws:dynamodb:us-east-1:444455556666:table/t/index/i",
        ),
        (
            "dynamodb",
            "arn:aws:dynamodb:{region}:{account}:table/{RequestItems:keys}",
            {"RequestItems:keys": "t"},
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
        ),
        (
            "secretsmanager",
            "arn:aws:secretsmanager:{region}:{account}:secret:{SecretId:whole}-*",
            {"SecretId": "db"},
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-*",
        ),
        (
            "secretsmanager",
            "arn:aws:secretsmanager:{region}:{account}:secret:{SecretId:whole}-*",
            {"SecretId": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-a1B2c3"},
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-a1B2c3",
        ),
        (
            "ssm",
            "arn:aws:ssm:{region}:{account}:parameter/{Name:unrooted}",
            {"Name": "/app/key"},
            "arn:aws:ssm:eu-west-1:111122223333:parameter/app/key",
        ),
        (
            "logs",
            "arn:aws:logs:{region}:{account}:log-group:{logGroupIdentifier}:*",
            {"logGroupIdentifier": "arn:aws:logs:us-east-1:444455556666:log-group:/x"},
            "arn:aws:logs:us-east-1:444455556666:log-group:/x:*",
        ),
        (
            "ecs",
            "arn:aws:ecs:{region}:{account}:service/{cluster:last}/{service}",
            {"cluster": "arn:aws:ecs:eu-west-1:111122223333:cluster/c", "service": "web"},
            "arn:aws:ecs:eu-west-1:111122223333:service/c/web",
        ),
        (
            "ecs",
            "arn:aws:ecs:{region}:{account}:task-definition/{taskDefinition:revision}",
            {"taskDefinition": "job"},
            "arn:aws:ecs:eu-west-1:111122223333:task-definition/job:*",
        ),
        (
            "ecs",
            "arn:aws:ecs:{region}:{account}:task-definition/{taskDefinition:revision}",
            {"taskDefinition": "job:7"},
            "arn:aws:ecs:eu-west-1:111122223333:task-definition/job:7",
        ),
        (
            "bedrock-runtime",
            "arn:aws:bedrock:{region}:{modelId:model}",
            {"modelId": "amazon.nova-lite-v1:0"},
            "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
        ),
        (
            "bedrock-runtime",
            "arn:aws:bedrock:{region}:{modelId:model}",
            {"modelId": "eu.amazon.nova-lite-v1:0"},
            "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0",
        ),
        ("bedrock-runtime", "arn:aws:bedrock:{region}:{modelId:model}", {}, "arn:aws:bedrock:eu-west-1:*"),
        (
            "bedrock-runtime",
            "arn:aws:bedrock:{region}:{modelId:model}",
            {"modelId": "arn:aws:bedrock:us-east-1:111122223333:prompt/P:1"},
            "arn:aws:bedrock:us-east-1:111122223333:prompt/P:1",
        ),
        ("sts", "{RoleArn}", {"RoleArn": "arn:aws:iam::111122223333:role/r"}, "arn:aws:iam::111122223333:role/r"),
        ("sts", "{RoleArn}", {}, "*"),
        (
            "iam",
            "arn:aws:iam::{account}:oidc-provider/{Url:host}",
            {"Url": "https://idp.example.com/x"},
            "arn:aws:iam::111122223333:oidc-provider/idp.example.com/x",
        ),
    ],
)
def test_a_template_is_filled_with_the_values_of_the_call(service, template, values, found):
    assert filled(service, template, values, region="eu-west-1", account="111122223333") == found


def test_what_is_not_told_stays_open():
    assert filled("sqs", "arn:aws:sqs:{region}:{account}:{QueueUrl:last}", {}) == "arn:aws:sqs:*:*:*"
    assert placeholders("arn:aws:sqs:{region}:{account}:{QueueUrl:last}") == ("QueueUrl",)


@pytest.mark.parametrize(
    ("service", "parameter", "may"),
    [
        ("dynamodb", "TableName", True),
        ("lambda", "FunctionName", True),
        ("lambda", "Role", True),
        ("kms", "KeyId", True),
        ("secretsmanager", "SecretId", True),
        ("cloudformation", "StackName", True),
        ("s3", "Bucket", False),
        ("iam", "RoleName", False),
        ("sqs", "QueueUrl", False),
        ("nosuch", "Name", False),
    ],
)
def test_some_names_may_be_arns(service, parameter, may):
    assert may_be_arn(service, parameter) is may


@pytest.mark.parametrize(
    ("service", "operation", "action", "said"),
    [
        ("s3", "GetObject", "s3:GetObject", "written"),
        ("glue", "CreateJob", "iam:PassRole", "written"),
        ("dynamodb", "TagResource", "dynamodb:TagResource", "derived"),
        ("pricing", "GetProducts", "pricing:GetProducts", "written"),
        ("firehose", "PutRecord", "firehose:PutRecord", "derived"),
        ("s3", "GetObject", "s3:NoSuchAction", None),
        ("nosuch", "Thing", "nosuch:Thing", None),
    ],
)
def test_an_answer_says_whether_it_was_written_or_derived(service, operation, action, said):
    assert source(service, operation, action) == said


@pytest.mark.parametrize("service", WRITTEN)
def test_what_the_operations_of_the_written_services_ask_is_certain(service):
    asked = [
        (name, action)
        for name in operations.names(service)
        if (known := operations.describe(service, name)) is not None
        for action in known.actions or ()
        if actions.takes_resource(action) and action.partition(":")[0] == sdk.prefix(service)
    ]
    certain = [each for each in asked if source(service, *each) == "written"]
    assert asked
    assert len(certain) >= 0.8 * len(asked), [each for each in asked if each not in certain]


def test_every_template_of_every_operation_is_one_and_names_parameters_that_it_has():
    for service, table in BUILT.items():
        api = _build_sdk.model(service)
        by_name = {name.lower(): name for name in api["operations"]}
        for kind in ("written", "derived"):
            for groups, asking in table.get(kind, {}).items():
                templates = [each for group in groups.split(" ") for each in group.removeprefix("?").split("|")]
                for template in templates:
                    assert TEMPLATE.fullmatch(template), (service, template)
                    assert set(re.findall(r"\{[\w.]+:(\w+)\}", template)) <= MODIFIERS, template
                    for name in placeholders(template):
                        for asked in asking:
                            operation = by_name[asked.partition(" ")[0].lower()]
                            assert name in TAKEN_APART or _build_resources.leads(api, operation, name), (
                                operation,
                                name,
                            )


def test_every_rule_is_of_use():
    for service, rules in RULES.items():
        assert rules["sources"], service
        told = " ".join(BUILT[service].get("written", {}))
        known = set(_build_sdk.model(service)["operations"])
        assert set(rules.get("operations", {})) <= known, service
        for name in rules.get("arns", ()):
            assert f"{{{name}}}" in told or f"{{{name}:" in told, (service, name)
        prefix = sdk.prefix(service)
        kinds = actions.resource_types("rds" if service == "rds-data" else prefix)
        assert set(rules.get("types", {})) <= set(kinds), service
        for table in rules.get("operations", {}).values():
            assert all(action == "*" or actions.exists(action) for action in table), service


def test_an_action_that_takes_no_resource_is_asked_on_everything():
    assert resources("s3", "ListBuckets", "s3:ListAllMyBuckets") == ("*",)
    assert resources("s3", "GetObject", "s3:NoSuchAction") is None
    assert resources("nosuch", "Thing", "nosuch:Thing") is None


@given(st.text(), st.text(), st.text(), st.lists(st.text()))
def test_nothing_raises(service, operation, action, parameters):
    resources(service, operation, action, parameters)
    resources("s3", operation, action, parameters)
    resources("s3", "GetObject", "s3:GetObject", parameters)
    source(service, operation, action)
    may_be_arn(service, operation)
    filled("s3", action, {operation: service})
    assert operation_resources.placeholders("") == ()
