from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsim.catalog import actions as catalog
from iamsim.catalog import read
from iamsim.catalog.operations import actions

FILE = msgspec.json.decode(read("operations.json"))


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
        ("sts", "GetCallerIdentity", ()),
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
        ("s3", "UpdateObjectEncryption"),
        ("lambda", "CreateFunction"),  # not mapped yet
        ("ec2", "DescribeInstances"),  # a service not mapped yet
        ("nosuch", "Thing"),
        ("", ""),
    ],
)
def test_an_operation_that_is_not_mapped_is_never_taken_for_an_action(service, operation):
    assert actions(service, operation) is None


def test_every_action_of_the_table_exists():
    for service in FILE["services"].values():
        for name, entry in service.get("operations", {}).items():
            exchanged = [pair for table in entry.get("instead", {}).values() for pair in table.items()]
            named = [*entry.get("actions", ()), *(each for also in entry.get("also", {}).values() for each in also)]
            for action in [*named, *(each for pair in exchanged for each in pair)]:
                assert str(catalog.action(action)) == action, name


@pytest.mark.parametrize("service", sorted(FILE["services"]))
def test_every_operation_and_parameter_of_the_table_is_one_of_the_sdk(service):
    table = FILE["services"][service]
    folder = Path(importlib.util.find_spec("botocore").submodule_search_locations[0]) / "data" / service
    model = json.loads(gzip.decompress(max(folder.glob("*/service-2.json.gz")).read_bytes()))
    for name in table.get("unmapped", {}):
        assert name in model["operations"]
    for name, entry in table.get("operations", {}).items():
        shape = (
            model["shapes"][model["operations"][name]["input"]["shape"]] if "input" in model["operations"][name] else {}
        )
        for parameter in {**entry.get("also", {}), **entry.get("instead", {})}:
            assert parameter.split(".")[0] in shape["members"], (name, parameter)


def test_every_entry_is_read_somewhere_or_marked_as_inferred():
    for name, service in FILE["services"].items():
        inferred = service.get("inferred", {})
        assert set(inferred) <= set(service["operations"] if inferred else ())
        assert service["sources"] or set(inferred) == set(service["operations"]), name


def test_an_entry_without_actions_shares_the_name_of_one():
    for name, service in FILE["services"].items():
        for operation in service.get("operations", {}):
            assert actions(name, operation) is not None, operation


@given(st.text(), st.text(), st.lists(st.text()))
def test_nothing_raises(service, operation, parameters):
    actions(service, operation, parameters)
    actions("s3", operation, parameters)
    actions("s3", "PutObject", parameters)
