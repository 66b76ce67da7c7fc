from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsim.catalog import _build, operations, read
from iamsim.catalog import actions as catalog
from iamsim.catalog.operations import actions, describe, namesake

FILE = msgspec.json.decode(read("operations.json"))
FIRST = (
    *("s3", "s3control", "iam", "sts", "athena", "glue", "kms", "opensearch", "es"),
    *("secretsmanager", "ssm", "lambda", "dynamodb", "sqs", "sns"),
)
SECOND = (
    *("logs", "cloudwatch", "cloudtrail", "ce", "pricing", "budgets", "stepfunctions", "kendra", "bedrock"),
    *("bedrock-runtime", "bedrock-agent", "bedrock-agent-runtime", "ecs", "ecr", "eks", "cloudformation"),
    *("cloudcontrol", "ec2", "elbv2", "application-autoscaling", "autoscaling", "s3tables", "rds", "rds-data"),
    *("redshift", "redshift-data", "redshift-serverless", "elasticache", "memorydb", "mq", "location", "geo-maps"),
    *("geo-places", "geo-routes", "synthetics", "application-signals", "xray", "accessanalyzer", "organizations"),
    *("cost-optimization-hub", "compute-optimizer", "events", "schemas", "acm", "route53", "sso-admin"),
    "identitystore",
)
IN_PLAY = (*FIRST, *SECOND)


def model(service):
    folder = Path(importlib.util.find_spec("botocore").submodule_search_locations[0]) / "data" / service
    return json.loads(gzip.decompress(max(folder.glob("*/service-2.json.gz")).read_bytes()))


def leads(found, shape, path):
    """Whether the dotted `path` leads from a shape to a member, through lists and maps (whose keys are free)."""
    kind = found["shapes"][shape]
    if kind["type"] == "list":
        return leads(found, kind["member"]["shape"], path)
    if kind["type"] == "map":
        return len(path) < 2 or leads(found, kind["value"]["shape"], path[1:])
    if not path:
        return True
    member = kind.get("members", {}).get(path[0])
    return member is not None and leads(found, member["shape"], path[1:])


@pytest.mark.parametrize(
    ("service", "operation", "needed"),
    [
        ("s3", "HeadObject", ("s3:GetObject",)),
        ("s3", "ListObjectsV2", ("s3:ListBucket",)),
        ("s3", "HeadBucket", ("s3:ListBucket",)),
        ("s3", "ListBuckets", ("s3:ListAllMyBuckets",)),
        ("s3", "ListObjectVersions", ("s3:ListBucketVersions",)),
        ("s3", "CreateMultipartUpload", ("s3:PutObject",)),
        ("s3", "DeleteBucketEncryption", ("s3:PutEncryptionConfiguration",)),
        ("s3", "GetBucketCors", ("s3:GetBucketCORS",)),
        ("s3", "CopyObject", ("s3:GetObject", "s3:PutObject")),
        ("s3control", "GetPublicAccessBlock", ("s3:GetAccountPublicAccessBlock",)),
        ("kms", "ReEncrypt", ("kms:ReEncryptFrom", "kms:ReEncryptTo")),
        ("iam", "AddRoleToInstanceProfile", ("iam:AddRoleToInstanceProfile", "iam:PassRole")),
        ("iam", "GetRole", ("iam:GetRole",)),
        ("sts", "AssumeRole", ("sts:AssumeRole",)),
        ("athena", "StartQueryExecution", ("athena:StartQueryExecution",)),
        ("glue", "GetTables", ("glue:GetTables",)),
        ("opensearch", "DescribeDomain", ("es:DescribeDomain",)),
        (
            "secretsmanager",
            "BatchGetSecretValue",
            ("secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"),
        ),
        ("ssm", "GetParametersByPath", ("ssm:GetParametersByPath",)),
        ("lambda", "Invoke", ("lambda:InvokeFunction",)),
        ("lambda", "CreateFunction", ("lambda:CreateFunction", "iam:PassRole")),
        ("s3", "GetBucketLifecycleConfiguration", ("s3:GetLifecycleConfiguration",)),
        ("s3", "DeleteObjects", ("s3:DeleteObject",)),
        ("s3", "SelectObjectContent", ("s3:GetObject",)),
        ("s3", "UploadPart", ("s3:PutObject",)),
        ("s3", "PutBucketReplication", ("s3:PutReplicationConfiguration", "iam:PassRole")),
        ("s3control", "CreateJob", ("s3:CreateJob", "iam:PassRole")),
        ("s3control", "GetBucketPolicy", ("s3-outposts:GetBucketPolicy",)),
        ("s3control", "ListJobs", ("s3:ListJobs",)),
        ("dynamodb", "TransactGetItems", ("dynamodb:GetItem",)),
        ("sqs", "SendMessageBatch", ("sqs:SendMessage",)),
        ("sqs", "ReceiveMessage", ("sqs:ReceiveMessage",)),
        ("sns", "PublishBatch", ("sns:Publish",)),
        ("secretsmanager", "ListResourcePolicies", ("secretsmanager:ListResourcePolicies",)),
        ("sts", "GetCallerIdentity", ()),
        ("bedrock-runtime", "Converse", ("bedrock:InvokeModel",)),
        ("bedrock-runtime", "ConverseStream", ("bedrock:InvokeModelWithResponseStream",)),
        ("bedrock-runtime", "InvokeModel", ("bedrock:InvokeModel",)),
        ("bedrock-runtime", "StartAsyncInvoke", ("bedrock:InvokeModel",)),
        ("bedrock-agent-runtime", "Retrieve", ("bedrock:Retrieve",)),
        ("bedrock-agent-runtime", "RetrieveAndGenerateStream", ("bedrock:RetrieveAndGenerate",)),
        ("logs", "FilterLogEvents", ("logs:FilterLogEvents",)),
        ("logs", "StartLiveTail", ("logs:StartLiveTail",)),
        ("logs", "StartQuery", ("logs:StartQuery",)),
        ("logs", "PutDestination", ("logs:PutDestination", "iam:PassRole")),
        ("cloudwatch", "GetMetricData", ("cloudwatch:GetMetricData",)),
        ("cloudwatch", "PutMetricDataQueryDefinition", ("cloudwatch:PutMetricDataQueryDefinition",)),
        ("cloudtrail", "LookupEvents", ("cloudtrail:LookupEvents",)),
        ("cloudtrail", "ListInsightsMetricData", ("cloudtrail:LookupEvents",)),
        ("ce", "GetCostAndUsage", ("ce:GetCostAndUsage",)),
        ("pricing", "GetProducts", ("pricing:GetProducts",)),
        ("budgets", "DescribeBudgets", ("budgets:ViewBudget",)),
        ("budgets", "DeleteBudget", ("budgets:ModifyBudget",)),
        ("budgets", "DescribeBudgetActionsForAccount", ("budgets:DescribeBudgetActionsForAccount",)),
        ("stepfunctions", "StartSyncExecution", ("states:StartSyncExecution",)),
        ("stepfunctions", "CreateStateMachine", ("states:CreateStateMachine", "iam:PassRole")),
        ("kendra", "Query", ("kendra:Query",)),
        ("kendra", "Retrieve", ("kendra:Retrieve",)),
        ("ecs", "RunTask", ("ecs:RunTask",)),
        ("ecs", "CreateGateway", ("ecs:CreateGateway", "iam:PassRole")),
        ("ecr", "ListImageReferrers", ("ecr:BatchGetImage",)),
        ("eks", "DescribeCluster", ("eks:DescribeCluster",)),
        ("cloudformation", "CreateStack", ("cloudformation:CreateStack",)),
        ("cloudcontrol", "ListResources", ("cloudformation:ListResources",)),
        ("ec2", "DescribeInstances", ("ec2:DescribeInstances",)),
        (
            "ec2",
            "EnableIpamOrganizationAdminAccount",
            (
                "ec2:EnableIpamOrganizationAdminAccount",
                "organizations:EnableAWSServiceAccess",
                "organizations:RegisterDelegatedAdministrator",
            ),
        ),
        ("elbv2", "DescribeTargetHealth", ("elasticloadbalancing:DescribeTargetHealth",)),
        ("s3tables", "PutTableReplication", ("s3tables:PutTableReplication", "iam:PassRole")),
        ("rds", "DescribeDBInstances", ("rds:DescribeDBInstances",)),
        ("rds-data", "ExecuteStatement", ("rds-data:ExecuteStatement", "secretsmanager:GetSecretValue")),
        (
            "rds-data",
            "CommitTransaction",
            ("rds-data:CommitTransaction", "rds-data:BeginTransaction", "secretsmanager:GetSecretValue"),
        ),
        ("redshift-data", "ExecuteStatement", ("redshift-data:ExecuteStatement",)),
        ("accessanalyzer", "GetFindingV2", ("access-analyzer:GetFinding",)),
        ("accessanalyzer", "ListFindingsV2", ("access-analyzer:ListFindings",)),
        (
            "cost-optimization-hub",
            "ListRecommendations",
            ("cost-optimization-hub:ListRecommendations", "cost-optimization-hub:GetRecommendation"),
        ),
        (
            "compute-optimizer",
            "GetEC2InstanceRecommendations",
            ("compute-optimizer:GetEC2InstanceRecommendations", "ec2:DescribeInstances"),
        ),
        ("route53", "CreateHostedZone", ("route53:CreateHostedZone", "ec2:DescribeVpcs")),
        ("route53", "GetGeoLocation", ()),
        ("geo-places", "SearchNearby", ("geo-places:SearchNearby",)),
        ("location", "SearchPlaceIndexForText", ("geo:SearchPlaceIndexForText",)),
        ("xray", "GetTraceSummaries", ("xray:GetTraceSummaries",)),
        ("events", "PutEvents", ("events:PutEvents",)),
        ("acm", "DescribeCertificate", ("acm:DescribeCertificate",)),
        ("identitystore", "ListUsers", ("identitystore:ListUsers",)),
        ("sso-admin", "ListInstances", ("sso:ListInstances",)),
        ("organizations", "ListAccounts", ("organizations:ListAccounts",)),
    ],
)
def test_an_operation_needs_these_actions(service, operation, needed):
    assert actions(service, operation) == needed


def test_the_sdk_method_names_the_operation_too():
    assert actions("s3", "list_objects_v2") == ("s3:ListBucket",)
    assert actions("S3", "headobject") == ("s3:GetObject",)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "needed"),
    [
        ("s3", "GetObject", ["VersionId"], ("s3:GetObjectVersion",)),
        ("s3", "GetObjectAttributes", ["VersionId"], ("s3:GetObjectVersion", "s3:GetObjectVersionAttributes")),
        ("s3", "PutObject", ["Bucket", "Key", "Tagging"], ("s3:PutObject", "s3:PutObjectTagging")),
        ("s3", "PutObject", ["ACL", "GrantRead"], ("s3:PutObject", "s3:PutObjectAcl")),
        ("s3", "CopyObject", ["CopySource.VersionId"], ("s3:GetObjectVersion", "s3:PutObject")),
        (
            "sts",
            "AssumeRole",
            ["SourceIdentity", "Tags"],
            ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"),
        ),
        ("sts", "AssumeRole", ["ExternalId", "DurationSeconds"], ("sts:AssumeRole",)),
        ("iam", "CreateRole", ["Tags"], ("iam:CreateRole", "iam:TagRole")),
        ("glue", "CreateJob", ["Role"], ("glue:CreateJob", "iam:PassRole")),
        ("lambda", "UpdateFunctionConfiguration", ["Role"], ("lambda:UpdateFunctionConfiguration", "iam:PassRole")),
        ("sqs", "CreateQueue", ["QueueName", "tags"], ("sqs:CreateQueue", "sqs:TagQueue")),
        ("sns", "CreateTopic", ["Tags"], ("sns:CreateTopic", "sns:TagResource")),
        ("logs", "FilterLogEvents", ["unmask"], ("logs:FilterLogEvents", "logs:Unmask")),
        ("logs", "CreateLogGroup", ["tags"], ("logs:CreateLogGroup", "logs:TagResource")),
        (
            "logs",
            "PutAccountPolicy",
            ["policyType=SUBSCRIPTION_FILTER_POLICY"],
            ("logs:PutAccountPolicy", "logs:PutSubscriptionFilter"),
        ),
        ("logs", "PutSubscriptionFilter", ["roleArn"], ("logs:PutSubscriptionFilter", "iam:PassRole")),
        (
            "bedrock-runtime",
            "Converse",
            ["guardrailConfig.guardrailIdentifier"],
            ("bedrock:InvokeModel", "bedrock:ApplyGuardrail"),
        ),
        ("ec2", "CreateVpc", ["TagSpecifications"], ("ec2:CreateVpc", "ec2:CreateTags")),
        ("ec2", "RunInstances", ["IamInstanceProfile"], ("ec2:RunInstances", "iam:PassRole")),
        ("ecs", "RegisterTaskDefinition", ["taskRoleArn"], ("ecs:RegisterTaskDefinition", "iam:PassRole")),
        ("ecs", "CreateCluster", ["tags"], ("ecs:CreateCluster", "ecs:TagResource")),
        ("cloudformation", "CreateStack", ["RoleARN"], ("cloudformation:CreateStack", "iam:PassRole")),
        ("rds", "CreateDBInstance", ["Tags"], ("rds:CreateDBInstance", "rds:AddTagsToResource")),
        (
            "rds",
            "DeleteDBInstance",
            ["FinalDBSnapshotIdentifier"],
            ("rds:DeleteDBInstance", "rds:CreateDBSnapshot", "rds:AddTagsToResource"),
        ),
        (
            "redshift-data",
            "ExecuteStatement",
            ["DbUser"],
            ("redshift-data:ExecuteStatement", "redshift:GetClusterCredentials"),
        ),
        (
            "redshift-data",
            "ExecuteStatement",
            ["WorkgroupName"],
            ("redshift-data:ExecuteStatement", "redshift-serverless:GetCredentials"),
        ),
        ("redshift", "GetClusterCredentials", ["DbGroups"], ("redshift:GetClusterCredentials", "redshift:JoinGroup")),
        ("stepfunctions", "TestState", ["revealSecrets"], ("states:TestState", "states:RevealSecrets")),
        ("events", "PutTargets", ["Targets.RoleArn"], ("events:PutTargets", "iam:PassRole")),
        (
            "cloudtrail",
            "ListInsightsMetricData",
            ["TrailName"],
            ("cloudtrail:LookupEvents", "cloudtrail:ListInsightsData"),
        ),
        (
            "s3tables",
            "CreateTable",
            ["encryptionConfiguration", "tags"],
            ("s3tables:CreateTable", "s3tables:PutTableEncryption", "s3tables:TagResource"),
        ),
        ("memorydb", "DeleteCluster", ["FinalSnapshotName"], ("memorydb:DeleteCluster", "memorydb:CreateSnapshot")),
    ],
)
def test_a_parameter_can_bring_or_exchange_an_action(service, operation, parameters, needed):
    assert actions(service, operation, parameters) == needed


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("iam", "PassRole"),  # an action, but no operation
        ("s3", "ListBucket"),  # likewise
        ("s3", "NoSuchOperation"),
        ("s3", "GetObjectTorrent"),  # two AWS pages, two actions
        ("glue", "GetColumnStatisticsForTable"),  # likewise
        ("glue", "CreateGlossary"),  # newer than the reference
        ("health", "DescribeEvents"),  # a service that is not mapped
        ("bedrock-runtime", "InvokeModelWithBidirectionalStream"),  # no page says which of two
        ("redshift-data", "GetStatementResultV2"),  # nor here
        ("nosuch", "Thing"),
        ("", ""),
    ],
)
def test_an_operation_that_is_not_mapped_is_never_taken_for_an_action(service, operation):
    assert actions(service, operation) is None


def test_every_action_of_the_table_exists():
    for service in FILE["services"].values():
        newer = service.get("newer", ())
        assert not any(map(catalog.exists, newer)), "the reference has caught up: take it out of newer"
        for entry in (*service.get("operations", {}).values(), *service.get("also", ()), *service.get("implied", ())):
            exchanged = (
                [pair for table in entry.get("instead", {}).values() for pair in table.items()]
                if (isinstance(entry.get("instead"), dict))
                else []
            )
            tables = [*entry.get("also", {}).values(), *entry.get("choices", {}).values()]
            named = [*entry.get("actions", ()), *(each for table in tables for each in table)]
            for action in [*named, *(each for pair in exchanged for each in pair)]:
                assert action in newer or str(catalog.action(action)) == action


# boto3 takes a copy's source apart, and so does the table: in the API it is one text, with the version at its end.
TAKEN_APART = {"CopySource.VersionId"}


@pytest.mark.parametrize("service", sorted(FILE["services"]))
def test_every_operation_and_parameter_of_the_table_is_one_of_the_sdk(service):
    table, found = FILE["services"][service], model(service)
    named = [name for names in table.get("unmapped", {}).values() for name in names]
    rules = (*table.get("also", ()), *table.get("implied", ()))
    named += [*table.get("inferred", {}), *(name for each in rules for name in each["operations"])]
    for name in [*named, *table.get("operations", {})]:
        assert name in found["operations"], name
    for name, entry in table.get("operations", {}).items():
        for parameter in {**entry.get("also", {}), **entry.get("instead", {}), **entry.get("choices", {})}:
            path = parameter.partition("=")[0].split(".")
            known = leads(found, found["operations"][name]["input"]["shape"], path)
            assert known or parameter in TAKEN_APART, (name, parameter)
    for rule in table.get("also", ()):
        for name in rule["operations"]:
            for parameter in rule["parameters"]:
                assert leads(found, found["operations"][name]["input"]["shape"], parameter.split(".")), (
                    name,
                    parameter,
                )


@pytest.mark.parametrize("service", IN_PLAY)
def test_every_operation_of_the_services_in_play_is_mapped_or_has_a_reason_why_not(service):
    for operation in model(service)["operations"]:
        known = describe(service, operation)
        assert known is not None, operation
        assert (known.actions is None) == bool(known.unmapped), operation


def test_a_new_operation_of_the_sdk_is_missed(monkeypatch):
    assert _build.unanswered() == ()
    monkeypatch.setattr(_build, "_operations", lambda client: ["HeadObject", f"New{client}"])
    assert "s3.News3" in _build.unanswered()


def test_only_calls_that_ask_for_nothing_are_said_to():
    free = [
        f"{service}.{name}"
        for service in operations.services()
        for name in operations.names(service)
        if (known := describe(service, name)) is not None and known.actions == () and not known.choices
    ]
    assert free == [
        "route53.GetCheckerIpRanges",
        "route53.GetGeoLocation",
        "sts.GetCallerIdentity",
        "sts.GetSessionToken",
    ]


def test_every_entry_is_read_somewhere_or_marked_as_inferred():
    for name, service in FILE["services"].items():
        assert service["sources"], name
        assert all(len(each["source"]) > 20 for each in service.get("implied", ())), name


def test_an_entry_without_actions_shares_the_name_of_one():
    for name, service in FILE["services"].items():
        for operation in service.get("operations", {}):
            assert describe(name, operation).actions is not None, operation


@pytest.mark.parametrize(
    ("service", "operation", "needed"),
    [
        ("dynamodb", "ExecuteStatement", {"Statement=SELECT": "dynamodb:PartiQLSelect"}),
        ("dynamodb", "BatchExecuteStatement", {"Statements.Statement=DELETE": "dynamodb:PartiQLDelete"}),
        ("dynamodb", "TransactWriteItems", {"TransactItems.ConditionCheck": "dynamodb:ConditionCheckItem"}),
    ],
)
def test_where_the_parameters_decide_no_action_is_named_without_them(service, operation, needed):
    assert actions(service, operation) is None
    assert actions(service, operation, ["ClientRequestToken"]) is None
    for parameter, action in needed.items():
        assert actions(service, operation, [parameter]) == (action,)


def implied(service, operation):
    return {action for each in describe(service, operation).implied for action in each.actions}


@pytest.mark.parametrize(
    ("service", "operation", "needed"),
    [
        ("s3", "PutObject", {"kms:GenerateDataKey"}),
        ("s3", "GetObject", {"kms:Decrypt"}),
        ("s3", "UploadPart", {"kms:GenerateDataKey", "kms:Decrypt"}),
        ("s3", "CopyObject", {"kms:GenerateDataKey", "kms:Decrypt", "s3:GetObjectTagging", "s3:PutObjectTagging"}),
        ("ssm", "GetParameter", {"kms:Decrypt"}),
        ("ssm", "PutParameter", {"kms:Encrypt"}),
        ("secretsmanager", "GetSecretValue", {"kms:Decrypt"}),
        ("sqs", "SendMessageBatch", {"kms:GenerateDataKey", "kms:Decrypt"}),
        ("sqs", "ReceiveMessage", {"kms:Decrypt"}),
        ("sns", "Publish", {"kms:GenerateDataKey", "kms:Decrypt"}),
        ("dynamodb", "GetItem", {"kms:Decrypt"}),
        ("athena", "StartQueryExecution", {"s3:PutObject", "s3:GetObject", "glue:GetTable", "kms:GenerateDataKey"}),
        ("athena", "GetQueryResults", {"s3:GetObject"}),
        ("bedrock-runtime", "Converse", {"bedrock:InvokeModel", "bedrock:RenderPrompt"}),
        ("bedrock-agent-runtime", "RetrieveAndGenerate", {"bedrock:Retrieve", "bedrock:InvokeModel"}),
        ("ecs", "RunTask", {"iam:PassRole"}),
        ("redshift-data", "ListTables", {"redshift:GetClusterCredentialsWithIAM"}),
        ("stepfunctions", "DescribeExecution", {"kms:Decrypt"}),
        ("rds-data", "ExecuteStatement", {"kms:Decrypt"}),
        ("cloudformation", "DescribeStacks", {"cloudformation:ListStacks"}),
        ("autoscaling", "CreateAutoScalingGroup", {"iam:CreateServiceLinkedRole"}),
    ],
)
def test_what_a_resource_brings_is_told_apart_from_what_the_call_asks(service, operation, needed):
    assert needed <= implied(service, operation)
    assert not {action for action in actions(service, operation) if action.startswith("kms:")}


def test_what_is_implied_says_on_what_when_and_from_where():
    (key,) = (each for each in describe("s3", "PutObject").implied if "kms:GenerateDataKey" in each.actions)
    assert key.on == "the KMS key of the object"
    assert key.when.startswith("the object is written under a KMS key (SSE-KMS or DSSE-KMS)")
    assert key.source.startswith("https://docs.aws.amazon.com/AmazonS3/")
    assert not key.instead


@pytest.mark.parametrize("call", [("cloudcontrol", "CreateResource"), ("cloudformation", "CreateStack")])
def test_what_only_the_resource_type_tells_is_said_without_actions(call):
    (open_,) = (each for each in describe(*call).implied if not each.actions)
    assert "handler" in open_.when
    assert open_.source


def test_a_rule_for_several_operations_says_what_it_is_inferred_from():
    assert "iam:PassRole" in describe("eks", "CreateNodegroup").also["nodeRole"]
    assert describe("eks", "CreateNodegroup").inferred.count(";") >= 2  # two rules, each with its reason
    assert describe("ec2", "CreateVpc").inferred == ""  # the reference names the tagging action
    assert describe("ec2", "CreateVpc").also == {"TagSpecifications": ("ec2:CreateTags",)}


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("health", "describe_events", "health:DescribeEvents"),
        ("Health", "DescribeEvents", "health:DescribeEvents"),
        ("iot-data", "publish", "iot:Publish"),
        ("resourcegroupstaggingapi", "GetResources", "tag:GetResources"),
        ("neptune", "DescribeDBClusters", "rds:DescribeDBClusters"),
        ("health", "DescribeEvent", None),  # no operation
        ("apigateway", "GetRestApis", None),  # no action of the name
        ("s3", "GetObject", None),  # mapped: the map knows
        ("s3", "ListObjectsV2", None),
        ("geo-maps", "GetGlyphs", None),
        ("nosuch", "Thing", None),
        ("", "", None),
    ],
)
def test_for_other_services_there_is_the_action_of_the_same_name(service, operation, action):
    assert namesake(service, operation) == action
    assert action is None or actions(service, operation) is None


def test_a_directory_bucket_is_asked_for_a_session_instead():
    (session,) = (each for each in describe("s3", "get_object").implied if each.instead)
    assert session.actions == ("s3express:CreateSession",)
    assert "directory bucket" in session.when


def test_an_operation_without_actions_says_why():
    found = describe("s3", "get_object_torrent")
    assert (found.name, found.actions) == ("GetObjectTorrent", None)
    assert (
        found.unmapped == "the user guide names s3:GetObject, the service authorization reference s3:GetObjectTorrent"
    )


def test_an_action_taken_by_its_name_says_so():
    assert describe("kms", "Decrypt").alike
    assert not describe("kms", "ReEncrypt").alike
    assert "iam:PassRole" in describe("glue", "CreateJob").inferred


def test_the_names_of_a_service_are_those_of_its_operations():
    names = operations.names("sqs")
    assert names == tuple(sorted(names))
    assert {name.lower() for name in names} == {name.lower() for name in model("sqs")["operations"]}
    assert operations.names("nosuch") == ()


@given(st.text(), st.text(), st.lists(st.text()))
def test_nothing_raises(service, operation, parameters):
    actions(service, operation, parameters)
    describe(service, operation)
    namesake(service, operation)
    namesake("health", operation)
    actions("s3", operation, parameters)
    actions("s3", "PutObject", parameters)
