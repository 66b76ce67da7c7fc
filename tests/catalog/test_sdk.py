from __future__ import annotations

import inspect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsim.catalog import _build_sdk, read, sdk
from iamsim.catalog.sdk import Value

TRANSFERS = json.loads(read("transfers.json"))
WITH_RESOURCES = ("cloudformation", "cloudwatch", "dynamodb", "ec2", "glacier", "iam", "s3", "sns", "sqs")


def test_every_service_of_the_sdk_is_known():
    import botocore.session

    assert sdk.services() == frozenset(botocore.session.get_session().get_available_services())


def test_every_method_of_every_client_leads_to_its_operation():
    from botocore import xform_name

    for service in sdk.services():
        listed = sdk.operations(service)
        assert listed == tuple(sorted(_build_sdk.model(service)["operations"])), service
        assert [sdk.operation(service, xform_name(name)) for name in listed] == list(listed), service


@pytest.mark.parametrize(
    ("service", "method", "operation"),
    [
        ("s3", "list_objects_v2", "ListObjectsV2"),
        ("s3", "get_bucket_cors", "GetBucketCors"),
        ("dynamodb", "execute_statement", "ExecuteStatement"),
        ("storagegateway", "create_cached_iscsi_volume", "CreateCachediSCSIVolume"),
        ("waf", "list_web_acls", "ListWebACLs"),
        ("sso-oidc", "create_token_with_iam", "CreateTokenWithIAM"),
        ("glue", "get_ml_transforms", "GetMLTransforms"),
        ("bedrock-runtime", "converse", "Converse"),
        ("stepfunctions", "start_sync_execution", "StartSyncExecution"),
        ("s3", "upload_file", None),  # boto3's, not the API's
        ("s3", "get_paginator", None),
        ("s3", "ListObjectsV2", None),
        ("s3", "list_objectsv2", None),
        ("s4", "list_objects_v2", None),
        ("", "", None),
    ],
)
def test_a_method_is_one_of_the_clients_or_nothing(service, method, operation):
    assert sdk.operation(service, method) == operation


def test_every_waiter_leads_to_the_operation_that_it_polls():
    from botocore import xform_name

    for service in sdk.services():
        for name, waiter in _build_sdk.waiters(service).items():
            assert sdk.waiter(service, xform_name(name)) == waiter["operation"]
    assert sdk.waiter("s3", "bucket_exists") == "HeadBucket"
    assert sdk.waiter("rds", "db_instance_available") == "DescribeDBInstances"
    assert sdk.waiter("s3", "BucketExists") is None
    assert sdk.waiter("nosuch", "bucket_exists") is None


@pytest.mark.parametrize(
    ("id", "service"),
    [
        ("S3", "s3"),
        ("Secrets Manager", "secretsmanager"),
        ("dynamodb", "dynamodb"),
        ("SFN", "stepfunctions"),
        ("", None),
    ],
)
def test_the_id_by_which_the_sdk_reports_a_service_leads_to_its_name(id, service):
    assert sdk.service_by_id(id) == service


@pytest.mark.parametrize(
    ("service", "prefix"),
    [
        ("s3control", "s3"),
        ("opensearch", "es"),
        ("cloudcontrol", "cloudformation"),
        ("cloudwatch", "cloudwatch"),
        ("stepfunctions", "states"),
        ("resourcegroupstaggingapi", "tag"),
        ("iotthingsgraph", None),
        ("nosuch", None),
    ],
)
def test_a_service_has_the_prefix_of_its_actions(service, prefix):
    assert sdk.prefix(service) == prefix


# ---------------------------------------------------------------- what boto3 adds


@pytest.mark.parametrize("method", ["upload_file", "upload_fileobj"])
def test_an_upload_is_one_call_or_several_by_its_size(method):
    found = sdk.transfers("s3", method)
    assert found.passed_on == "ExtraArgs"
    assert [(call.operation, call.when) for call in found.calls] == [
        ("PutObject", "the file is smaller than 8 MiB"),
        ("CreateMultipartUpload", "the file has 8 MiB or more"),
        ("UploadPart", "the file has 8 MiB or more"),
        ("CompleteMultipartUpload", "the file has 8 MiB or more"),
        ("AbortMultipartUpload", "the upload of a file of 8 MiB or more fails"),
    ]
    for call in found.calls:
        assert call.parameters == {"Bucket": Value("argument", "Bucket"), "Key": Value("argument", "Key")}


@pytest.mark.parametrize("method", ["download_file", "download_fileobj"])
def test_a_download_asks_for_the_size_first(method):
    assert [(call.operation, call.when) for call in sdk.transfers("s3", method).calls] == [
        ("HeadObject", ""),
        ("GetObject", ""),
    ]


def test_a_copy_reads_the_source_and_writes_the_target():
    calls = {call.operation: call for call in sdk.transfers("s3", "copy").calls}
    source = {name: Value("argument", f"CopySource.{name}") for name in ("Bucket", "Key", "VersionId")}
    assert calls["HeadObject"].parameters == source
    assert calls["CopyObject"].parameters["CopySource.Bucket"] == source["Bucket"]
    assert calls["CopyObject"].parameters["Bucket"] == Value("argument", "Bucket")
    assert calls["UploadPartCopy"].when == "the source has 8 MiB or more"
    assert calls["GetObjectTagging"].parameters == source
    assert "TaggingDirective" in calls["PutObjectTagging"].when


def test_what_is_only_signed_here_says_so():
    (post,) = sdk.transfers("s3", "generate_presigned_post").calls
    assert (post.operation, post.deferred) == ("PutObject", True)
    (token,) = sdk.transfers("rds", "generate_db_auth_token").calls
    assert (token.operation, token.action, token.deferred) == ("", "rds-db:connect", True)


def test_every_method_that_boto3_adds_has_the_arguments_that_are_written():
    from boto3.dynamodb.table import TableResource
    from boto3.s3 import inject
    from botocore import signers

    real = {"dynamodb.Table.batch_writer": TableResource.batch_writer}
    for prefix, kind in (
        ("", "s3"),
        ("bucket_", "s3.Bucket"),
        ("object_", "s3.Object"),
        ("object_summary_", "s3.ObjectSummary"),
    ):
        for name in ("upload_file", "upload_fileobj", "download_file", "download_fileobj", "copy", "load"):
            if hasattr(inject, f"{prefix}{name}"):
                real[f"{kind}.{name}"] = getattr(inject, f"{prefix}{name}")
    real["s3.generate_presigned_post"] = signers.generate_presigned_post
    real["rds.generate_db_auth_token"] = signers.generate_db_auth_token
    real["dsql.generate_db_connect_auth_token"] = signers.dsql_generate_db_connect_auth_token
    real["dsql.generate_db_connect_admin_auth_token"] = signers.dsql_generate_db_connect_admin_auth_token
    written = {
        f"{owner}.{name}": method.get("arguments", [])
        for table in (TRANSFERS["methods"], TRANSFERS["resources"])
        for owner, methods in table.items()
        for name, method in methods.items()
        if not owner.startswith("ec2")  # they take the API's parameters
    }
    assert written.keys() == real.keys()
    for name, method in real.items():
        taken = [each for each in inspect.signature(method).parameters if each not in ("self", "args", "kwargs")]
        assert written[name] == taken, name


def test_the_size_from_which_boto3_sends_in_parts_is_the_one_that_is_said():
    from boto3.s3.transfer import TransferConfig

    assert TransferConfig().multipart_threshold == 8 * 1024 * 1024


# ---------------------------------------------------------------- resources


@pytest.mark.parametrize("service", WITH_RESOURCES)
def test_every_name_of_every_resource_of_boto3_is_told(service):
    import boto3

    root = boto3.resource(
        service, region_name="eu-west-1", aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="secret"
    )
    assert _names(root) == _told(sdk.resource(service)), service
    for name, made in sdk.resource(service).subresources.items():
        kind = sdk.resource(service, made.type)
        given = ["x"] * sum(value.kind == "argument" for value in made.identifiers.values())
        added = TRANSFERS["resources"].get(f"{service}.{made.type}", ())
        assert _names(getattr(root, name)(*given)) == _told(kind, added), name


def _names(resource):
    return {name for name in dir(type(resource)) if not name.startswith("_")} - {"meta", "get_available_subresources"}


def _told(kind, added=frozenset()):
    loads = {"load", "reload"} if kind.load else set()
    if "load" in added:
        loads = {"load"}
    listed = (kind.identifiers, kind.aliases, kind.attributes, kind.actions, kind.subresources, kind.references)
    return loads.union(*listed, kind.collections, kind.waiters)


def test_a_resource_tells_what_its_methods_call_and_what_its_identifiers_fill():
    get = sdk.resource("s3", "Object").actions["get"].calls[0]
    assert get.operation == "GetObject"
    assert get.parameters == {"Bucket": Value("identifier", "bucket_name"), "Key": Value("identifier", "key")}
    assert sdk.resource("s3", "Object").load.operation == "HeadObject"
    assert "content_length" in sdk.resource("s3", "Object").attributes
    assert sdk.resource("s3", "Object").waiters["wait_until_exists"].operation == "HeadObject"
    table = sdk.resource("dynamodb", "Table")
    assert table.aliases == {"table_name": "name"}
    assert table.actions["query"].calls[0].parameters == {"TableName": Value("identifier", "name")}
    (write,) = table.actions["batch_writer"].calls
    assert (write.operation, write.parameters) == ("BatchWriteItem", {"RequestItems:keys": Value("identifier", "name")})


def test_a_resource_leads_on_to_others():
    root = sdk.resource("s3")
    assert root.subresources["Object"].identifiers == {
        "bucket_name": Value("argument", "bucket_name"),
        "key": Value("argument", "key"),
    }
    made = root.actions["create_bucket"].gives
    assert (made.type, made.identifiers) == ("Bucket", {"name": Value("argument", "Bucket")})
    bucket = sdk.resource("s3", "Bucket")
    assert bucket.subresources["Object"].identifiers["bucket_name"] == Value("identifier", "name")
    objects = bucket.collections["objects"]
    assert (objects.call.operation, objects.gives.type, objects.gives.many) == ("ListObjects", "ObjectSummary", True)
    assert objects.gives.identifiers["key"].kind == "answer"
    assert objects.batch["delete"].calls[0].parameters["Delete.Objects.Key"] == Value("identifier", "key")
    versions = bucket.collections["object_versions"].batch["delete"].calls[0]
    assert versions.parameters["Delete.Objects.VersionId"] == Value("identifier", "id")
    assert sdk.resource("ec2", "Instance").references["vpc"].type == "Vpc"
    assert sdk.resource("s3", "Bucket").load.optional


def test_every_call_of_every_resource_is_an_operation_of_its_service():
    for service in WITH_RESOURCES:
        for kind in json.loads(read("sdk.json"))["resources"][service]:
            found = sdk.resource(service, kind)
            calls = [call for action in found.actions.values() for call in action.calls]
            calls += [each.call for each in found.collections.values()]
            calls += [call for each in found.collections.values() for one in each.batch.values() for call in one.calls]
            calls += [*found.waiters.values(), *([found.load] if found.load else [])]
            assert {call.operation for call in calls} <= set(sdk.operations(service)), kind
    assert sdk.resource("s3", "Nothing") is None
    assert sdk.resource("lambda") is None


def test_nothing_that_an_answer_gives_can_be_changed():
    with pytest.raises(TypeError):
        sdk.resource("s3").subresources["Mine"] = None
    with pytest.raises(TypeError):
        sdk.transfers("s3", "copy").calls[0].parameters["Bucket"] = None


@given(st.text(), st.text())
def test_nothing_raises(service, name):
    assert sdk.operation(service, name) is None or name
    for ask in (sdk.waiter, sdk.transfers, sdk.resource):
        ask(service, name)
        ask("s3", name)
    sdk.operation("s3", name)
    sdk.prefix(service)
    sdk.service_by_id(service)
    assert sdk.operations(f"{service}?") == ()
