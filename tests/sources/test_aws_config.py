from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from iamsim.errors import InputError, NothingToCheckError
from iamsim.model.account import Account
from iamsim.model.policy import PolicyType
from iamsim.overlay import overlay
from iamsim.sources import Loaded, Options, aws_config, load

ROOT = Path(__file__).parents[2]
SNAPSHOT = ROOT / "fixtures" / "sources" / "one-account" / "aws-config" / "snapshot.json"
BATCH = ROOT / "fixtures" / "sources" / "aws-config" / "batch-get-resource-config.json"
ONE, TWO = "111122223333", "444455556666"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ONE}:root"}, "Action": "sts:AssumeRole"}}
OPEN = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}


def item(type_: str, arn: str, configuration: object = None, **more: object) -> dict[str, Any]:
    return {
        "awsAccountId": ONE,
        "resourceType": type_,
        "resourceId": arn.rsplit("/", 1)[-1],
        "ARN": arn,
        "awsRegion": "us-east-1",
        "configurationItemStatus": "OK",
        "configurationItemCaptureTime": "2026-03-02T09:00:00.000Z",
        "configuration": {} if configuration is None else configuration,
        "supplementaryConfiguration": {},
        "tags": {},
        **more,
    }


def role(name: str = "app", **configuration: object) -> dict[str, Any]:
    told = {
        "roleName": name,
        "assumeRolePolicyDocument": quote(json.dumps(TRUST)),
        "rolePolicyList": [],
        "attachedManagedPolicies": [],
        "permissionsBoundary": None,
        "tags": [],
    }
    return item("AWS::IAM::Role", f"arn:aws:iam::{ONE}:role/{name}", {**told, **configuration})


@pytest.fixture
def snapshot(tmp_path, monkeypatch):
    """Writes a snapshot of the items in a folder where the test stands, so that places are short."""
    monkeypatch.chdir(tmp_path)

    def write(*items: object, name: str = "snapshot.json") -> str:
        Path(name).write_text(json.dumps({"fileVersion": "1.0", "configSnapshotId": "x", "configurationItems": items}))
        return name

    return write


def account(location: str, id_: str = ONE) -> Account:
    return load(location, Options()).organization.accounts[id_]


def lines(loaded: Loaded, kind: str) -> list[tuple[str, str]]:
    return [(told.location, told.detail) for told in loaded.inputs if told.kind == kind]


def told(location: str, kind: type[Exception] = InputError, options: Options | None = None) -> str:
    with pytest.raises(kind) as caught:
        load(location, options or Options())
    text = str(caught.value)
    assert "\n" not in text
    return text


# ---------------------------------------------------------------- what is read


def test_a_snapshot_says_what_it_holds():
    loaded = load(str(SNAPSHOT), Options())
    assert lines(loaded, "policies") == [
        (str(SNAPSHOT), f"account {ONE}: 2 roles, 1 user, 1 group, 2 managed policies, 4 resources, 1 workload")
    ]
    assert lines(loaded, "not seen") == lines(loaded, "assumed") == []


def test_the_default_version_of_a_managed_policy_counts():
    (boundary,) = [
        policy for arn, policy in account(str(SNAPSHOT)).policies.items() if arn.endswith("/tenant-boundary")
    ]
    assert [str(statement.effect) for statement in boundary.statements] == ["Allow"]


def test_a_snapshot_as_it_is_delivered_is_unpacked(tmp_path):
    path = tmp_path / f"{ONE}_Config_us-east-1_ConfigSnapshot_20260302T090000Z_3a1b2c3d.json.gz"
    path.write_bytes(gzip.compress(SNAPSHOT.read_bytes()))
    assert len(account(str(path)).roles) == 2


def test_a_task_definition_and_a_function_run_with_their_roles(snapshot):
    arn = f"arn:aws:lambda:us-east-1:{ONE}:function:index"
    function = item("AWS::Lambda::Function", arn, {"functionName": "index", "role": f"arn:aws:iam::{ONE}:role/index"})
    (task,) = account(str(SNAPSHOT)).workloads
    assert (task.name, task.runs_on, task.role) == (
        "mcp-server:3",
        "ecs-task",
        f"arn:aws:iam::{ONE}:role/mcp/mcp-server",
    )
    (found,) = account(snapshot(function)).workloads
    assert (found.name, found.runs_on, found.role) == ("index", "lambda", f"arn:aws:iam::{ONE}:role/index")


def test_a_task_definition_without_a_role_runs_with_none(snapshot):
    arn = f"arn:aws:ecs:us-east-1:{ONE}:task-definition/app:1"
    tasks = [item("AWS::ECS::TaskDefinition", arn, {"TaskDefinitionArn": arn, "TaskRoleArn": None}), role()]
    assert account(snapshot(*tasks)).workloads == ()


def test_policies_are_read_in_each_form_in_which_items_hold_them(snapshot):
    bucket = item("AWS::S3::Bucket", "arn:aws:s3:::documents")
    text = json.dumps(OPEN)
    for held in ({"policyText": text}, json.dumps({"policyText": text}), {"policyText": OPEN}):
        bucket["supplementaryConfiguration"] = {"BucketPolicy": held}
        assert account(snapshot(bucket)).resources["arn:aws:s3:::documents"].policy is not None
    key = item("AWS::KMS::Key", f"arn:aws:kms:us-east-1:{ONE}:key/k")
    for held in (text, json.dumps(text), OPEN):
        key["supplementaryConfiguration"] = {"Policy": held}
        assert account(snapshot(key)).resources[key["ARN"]].policy is not None


@pytest.mark.parametrize("value", [False, [], {}, 0])
def test_an_empty_value_of_another_type_is_not_taken_for_no_policy(snapshot, value):
    queue = item("AWS::SQS::Queue", f"arn:aws:sqs:us-east-1:{ONE}:jobs", {"Policy": value})
    assert "a polic" in told(snapshot(queue))


def test_a_bucket_whose_policy_is_null_has_none_and_one_whose_policy_is_missing_is_open(snapshot):
    none = item(
        "AWS::S3::Bucket", "arn:aws:s3:::none", supplementaryConfiguration={"BucketPolicy": '{"policyText":null}'}
    )
    missing = item("AWS::S3::Bucket", "arn:aws:s3:::missing")
    loaded = load(snapshot(none, missing), Options())
    found = loaded.organization.accounts[ONE].resources
    assert (found["arn:aws:s3:::none"].policy, found["arn:aws:s3:::none"].unread) == (None, "")
    assert found["arn:aws:s3:::missing"].unread == "AWS Config's item does not tell its policy"
    assert lines(loaded, "not seen") == [("arn:aws:s3:::missing", "AWS Config's item does not tell its policy")]


def test_no_key_is_without_a_key_policy(snapshot):
    key = item("AWS::KMS::Key", f"arn:aws:kms:us-east-1:{ONE}:key/k", {"keyManager": "AWS"})
    (found,) = account(snapshot(key)).resources.values()
    assert (found.unread, found.settings) == ("AWS Config's item does not tell its policy", {"key_manager": "AWS"})


@pytest.mark.parametrize(
    ("own", "of_account", "expected"),
    [
        ({"restrictPublicBuckets": True}, None, "true"),
        ({"restrictPublicBuckets": False}, {"restrictPublicBuckets": True}, "true"),
        ({"restrictPublicBuckets": False}, {"restrictPublicBuckets": False}, "false"),
        ({"restrictPublicBuckets": False}, None, None),
        (None, {"restrictPublicBuckets": True}, "true"),
        (None, {"restrictPublicBuckets": False}, None),
        ({"blockPublicAcls": True}, {"restrictPublicBuckets": False}, None),
        (None, {"blockPublicAcls": True}, None),
    ],
)
def test_the_stricter_block_of_public_access_counts_and_what_is_not_told_stays_open(
    snapshot, own, of_account, expected
):
    bucket = item(
        "AWS::S3::Bucket", "arn:aws:s3:::documents", supplementaryConfiguration={"BucketPolicy": {"policyText": None}}
    )
    if own is not None:
        bucket["supplementaryConfiguration"]["PublicAccessBlockConfiguration"] = json.dumps(own)
    items = [bucket]
    if of_account is not None:
        items.append(item("AWS::S3::AccountPublicAccessBlock", "", of_account, resourceId=ONE))
    (found,) = account(snapshot(*items)).resources.values()
    assert found.settings.get("restrict_public_buckets") == expected


def test_a_block_that_is_null_blocks_nothing(snapshot):
    bucket = item("AWS::S3::Bucket", "arn:aws:s3:::documents")
    bucket["supplementaryConfiguration"] = {"BucketPolicy": None, "PublicAccessBlockConfiguration": None}
    block = item("AWS::S3::AccountPublicAccessBlock", "", {"restrictPublicBuckets": False}, resourceId=ONE)
    (found,) = account(snapshot(bucket, block)).resources.values()
    assert found.settings == {"restrict_public_buckets": "false"}


def test_who_owns_the_objects_is_read_where_it_is_told(snapshot):
    rules = {
        "OwnershipControls": json.dumps({"rules": [{"objectOwnership": "ObjectWriter"}]}),
        "BucketPolicy": {"policyText": None},
    }
    bucket = item("AWS::S3::Bucket", "arn:aws:s3:::documents", supplementaryConfiguration=rules)
    assert account(snapshot(bucket)).resources["arn:aws:s3:::documents"].settings["object_ownership"] == "ObjectWriter"


def test_resources_of_every_kind_are_read(snapshot):
    at = f"us-east-1:{ONE}"
    items = [
        item("AWS::SNS::Topic", f"arn:aws:sns:{at}:news", {"Policy": json.dumps(OPEN)}),
        item("AWS::SQS::Queue", f"arn:aws:sqs:{at}:jobs", {"QueueArn": f"arn:aws:sqs:{at}:jobs"}),
        item("AWS::Elasticsearch::Domain", f"arn:aws:es:{at}:domain/old", {"accessPolicies": json.dumps(OPEN)}),
        item("AWS::OpenSearch::Domain", f"arn:aws:es:{at}:domain/new", {"AccessPolicies": ""}),
        item(
            "AWS::Lambda::Function",
            f"arn:aws:lambda:{at}:function:f",
            supplementaryConfiguration={"Policy": json.dumps(OPEN)},
        ),
    ]
    found = {arn.split(":", 5)[-1]: each for arn, each in account(snapshot(*items)).resources.items()}
    assert {name: each.policy is not None for name, each in found.items()} == {
        "news": True, "jobs": False, "domain/old": True, "domain/new": False, "function:f": True,
    }  # fmt: skip
    assert not any(each.unread for each in found.values())


def test_aws_config_does_not_record_the_policy_of_a_secret(snapshot):
    arn = f"arn:aws:secretsmanager:us-east-1:{ONE}:secret:token-AbCdEf"
    loaded = load(snapshot(item("AWS::SecretsManager::Secret", arn, {"Name": "token"}, tags={"team": "a"})), Options())
    (found,) = loaded.organization.accounts[ONE].resources.values()
    assert (found.policy, found.partial, found.tags) == (None, True, {"team": "a"})
    assert lines(loaded, "not seen") == [(arn, "AWS Config does not record the policies of secrets")]


def test_what_is_said_of_many_is_one_line(snapshot):
    arns = [f"arn:aws:secretsmanager:us-east-1:{ONE}:secret:token{i}" for i in range(6)]
    loaded = load(snapshot(*[item("AWS::SecretsManager::Secret", arn) for arn in arns]), Options())
    assert lines(loaded, "not seen") == [
        (f"{arns[0]} and 5 more", "AWS Config does not record the policies of secrets")
    ]


def test_an_endpoint_without_a_policy_in_its_item_is_not_open_to_all(snapshot):
    arn = f"arn:aws:ec2:us-east-1:{ONE}:vpc-endpoint/"
    items = [
        item("AWS::EC2::VPCEndpoint", f"{arn}vpce-1", {"policyDocument": json.dumps(OPEN)}),
        item("AWS::EC2::VPCEndpoint", f"{arn}vpce-2", {"vpcId": "vpc-1"}),
    ]
    found = account(snapshot(*items)).endpoints
    assert (found["vpce-1"].policy is not None, found["vpce-1"].unread) == (True, "")
    assert (found["vpce-2"].policy, found["vpce-2"].unread) == (None, "AWS Config's item does not tell its policy")


def test_attached_policies_without_a_text_are_unread(snapshot):
    arn = f"arn:aws:iam::{ONE}:policy/elsewhere"
    attached = [{"policyArn": arn}, {"policyArn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}]
    (found,) = account(
        snapshot(role(attachedManagedPolicies=attached, rolePolicyList=[{"policyName": "own"}]))
    ).roles.values()
    assert ([policy.name for policy in found.policies], found.unread) == (["AmazonS3ReadOnlyAccess"], ("own", arn))


def test_a_group_that_is_not_in_the_file_leaves_a_users_policies_open(snapshot):
    user = item(
        "AWS::IAM::User",
        f"arn:aws:iam::{ONE}:user/ops",
        {"userPolicyList": [], "attachedManagedPolicies": [], "groupList": ["admins"]},
    )
    (found,) = account(snapshot(user)).users.values()
    assert (found.groups, found.unread) == ((), ("the policies of group admins",))


def test_what_was_not_recorded_is_not_seen(snapshot):
    assert account(snapshot(role())).seen == {PolicyType.BOUNDARY}


def test_boundaries_are_seen_only_where_every_principal_tells_them(snapshot):
    old = role("old")
    del old["configuration"]["permissionsBoundary"]
    assert account(snapshot(role(), old)).seen == frozenset()


def test_lists_that_an_item_leaves_out_are_unread(snapshot):
    bare = item(
        "AWS::IAM::Role", f"arn:aws:iam::{ONE}:role/app", {"assumeRolePolicyDocument": quote(json.dumps(TRUST))}
    )
    (found,) = account(snapshot(bare)).roles.values()
    assert found.unread == ("inline policies", "managed policies")


def test_two_accounts_in_one_file_stay_two(snapshot):
    other = json.loads(json.dumps(role()).replace(ONE, TWO))
    accounts = load(snapshot(role(), other), Options()).organization.accounts
    assert {id_: list(each.roles) for id_, each in accounts.items()} == {
        id_: [f"arn:aws:iam::{id_}:role/app"] for id_ in (ONE, TWO)
    }


# ---------------------------------------------------------------- time


def test_of_several_items_of_a_resource_the_latest_counts(snapshot):
    old = {**role(roleId="old"), "configurationItemCaptureTime": "2026-03-02T08:59:59.999Z"}
    new = {**role(roleId="new"), "configurationItemCaptureTime": "2026-03-02T10:00:00+01:00"}
    for order in ((old, new), (new, old)):
        (found,) = account(snapshot(*order)).roles.values()
        assert found.unique_id == "new"


def test_a_role_recorded_in_every_region_is_one(snapshot):
    items = [
        {**role(roleId=region), "awsRegion": region, "configurationItemCaptureTime": f"2026-03-02T0{i}:00:00Z"}
        for i, region in enumerate(("eu-west-1", "us-east-1"))
    ]
    assert [each.unique_id for each in account(snapshot(*items)).roles.values()] == ["us-east-1"]


def test_seconds_are_a_time_too(snapshot):
    old, new = ({**role(roleId=str(i)), "configurationItemCaptureTime": 1772442000.5 + i} for i in range(2))
    assert [each.unique_id for each in account(snapshot(new, old)).roles.values()] == ["1"]


def test_two_items_from_the_same_moment_are_refused_where_they_differ(snapshot):
    assert len(account(snapshot(role(), role())).roles) == 1
    assert "two items of one resource from the same moment" in told(snapshot(role(), role(roleId="other")))


def test_a_time_that_is_none_is_refused_where_it_has_to_decide(snapshot):
    broken = {**role(), "configurationItemCaptureTime": "yesterday"}
    assert len(account(snapshot(broken)).roles) == 1
    assert "`yesterday` is no time" in told(snapshot(role(roleId="a"), broken))


def test_what_was_deleted_is_gone_after_the_overlay(snapshot):
    gone = {**role(), "configurationItemStatus": "ResourceDeleted", "configuration": None}
    endpoint = item(
        "AWS::EC2::VPCEndpoint",
        f"arn:aws:ec2:us-east-1:{ONE}:vpc-endpoint/vpce-1",
        configurationItemStatus="ResourceDeleted",
    )
    before = load(snapshot(role()), Options()).organization
    after = load(snapshot(gone, endpoint, name="after.json"), Options())
    assert after.organization.accounts[ONE].removed == {gone["ARN"], "vpce-1"}
    assert lines(after, "policies")[0][1] == f"account {ONE}: 2 deleted resources"
    assert overlay(before, after.organization).accounts[ONE].roles == {}


def test_a_deleted_item_without_an_arn_is_said(snapshot):
    gone = {**role(), "configurationItemStatus": "ResourceDeletedNotRecorded", "ARN": None, "resourceId": "AROAEXAMPLE"}
    assert lines(load(snapshot(gone), Options()), "not seen") == [
        ("AROAEXAMPLE", "it was deleted, and its ARN is not told")
    ]


# ---------------------------------------------------------------- answers of commands


def test_what_batch_get_resource_config_prints_is_read():
    (found,) = load(str(BATCH), Options()).organization.accounts["123456789012"].resources.values()
    assert (found.arn, found.unread, found.tags) == ("arn:aws:s3:::example-documents", "", None)
    assert found.policy is not None
    assert found.policy.statements[0].origin.pointer.startswith(
        "/baseConfigurationItems/0/supplementaryConfiguration/BucketPolicy"
    )


def test_a_role_whose_tags_are_not_told_is_taken_to_have_none_and_that_is_said(tmp_path):
    base = role()
    del base["tags"], base["configuration"]["tags"]
    base["configuration"] = json.dumps(base["configuration"])
    path = tmp_path / "batch.json"
    path.write_text(
        json.dumps({"baseConfigurationItems": [base], "unprocessedResourceKeys": [{"resourceId": "AROAOTHER"}]})
    )
    loaded = load(str(path), Options())
    assert lines(loaded, "assumed") == [(base["ARN"], "that it has no tags: the item does not tell them")]
    assert lines(loaded, "not seen") == [("AROAOTHER", "AWS Config did not process it")]


def test_the_results_of_a_query_are_read_and_what_was_not_selected_is_open(tmp_path):
    queue = {
        "accountId": ONE,
        "resourceType": "AWS::SQS::Queue",
        "arn": f"arn:aws:sqs:us-east-1:{ONE}:jobs",
        "configuration": {"QueueArn": "x"},
    }
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"Results": [json.dumps(queue), json.dumps(role())], "QueryInfo": {"SelectFields": []}}))
    found = load(str(path), Options()).organization.accounts[ONE]
    assert list(found.roles) == [f"arn:aws:iam::{ONE}:role/app"]
    assert found.resources[queue["arn"]].unread == "AWS Config's item does not tell its policy"


def test_an_item_without_its_configuration_is_said(snapshot):
    loaded = load(snapshot({**role(), "configuration": None}), Options())
    assert loaded.organization.accounts[ONE].roles == {}
    assert lines(loaded, "not seen") == [(role()["ARN"], "the item holds no configuration: select it too")]


def test_every_part_of_an_item_may_be_a_text(snapshot):
    """As the AWS CLI prints `configuration`, and as items that are too large for a message hold everything."""
    packed = {**role(), "tags": {"team": "a"}}
    for name in ("configuration", "supplementaryConfiguration", "tags"):
        packed[name] = json.dumps(packed[name])
    (found,) = account(snapshot(packed)).roles.values()
    assert (found.trust is not None, found.tags) == (True, {"team": "a"})


def test_one_page_of_a_query_is_refused(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"Results": [], "QueryInfo": {}, "NextToken": "x"}))
    assert "is one page of several" in told(str(path))


# ---------------------------------------------------------------- what is refused


def test_a_file_without_items_that_matter_is_nothing_to_check(snapshot):
    text = told(snapshot(item("AWS::EC2::Volume", "vol-1")), NothingToCheckError)
    assert text == (
        "`snapshot.json` holds no item of a type with policies; "
        "AWS Config has to record AWS::IAM::Role, AWS::S3::Bucket and the like"
    )


def test_an_item_of_another_account_than_its_arn_is_refused(snapshot):
    assert f"is not of account {TWO}" in told(snapshot({**role(), "awsAccountId": TWO}))


def test_the_account_of_the_role_counts_where_no_item_tells_one(snapshot):
    bucket = item("AWS::S3::Bucket", "arn:aws:s3:::documents", awsAccountId=None)
    assert "does not tell its account" in told(snapshot(bucket))
    assert set(load(snapshot(bucket), Options(account=TWO)).organization.accounts) == {TWO}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"configurationItems": [', "is not JSON"),
        ('{"configurationItems": [], "configurationItems": []}', "appears twice"),
        ('{"configurationItems": ' + "[" * 5000, "nested too deeply"),
        ('{"configurationItems": {}}', "expected a list"),
        ('{"configurationItems": [7]}', "an item is an object"),
        ('{"configurationItems": [{"resourceType": 7}]}', "expected text"),
        ('{"configurationItems": [{"resourceType": "AWS::IAM::Role"}]}', "neither `resourceId` nor `arn`"),
        ('{"Results": ["{"], "QueryInfo": {}}', "a text in it is not JSON"),
        ('{"Results": ["7"], "QueryInfo": {}}', "an item is an object"),
    ],
)
def test_hostile_files_are_one_line(tmp_path, text, words):
    path = tmp_path / "snapshot.json"
    path.write_text(text)
    assert words in told(str(path))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"ARN": "app"}, "`app` is no ARN of what the item is about"),
        ({"awsAccountId": "1"}, "does not tell its account"),
        ({"configuration": "{"}, "a text in it is not JSON"),
        ({"configuration": {"rolePolicyList": {}}}, "expected a list"),
        ({"configuration": {"assumeRolePolicyDocument": "%7B"}}, "a policy in it is not JSON"),
        ({"configuration": {"assumeRolePolicyDocument": "%7B%22Statement%22%3A%5B%5D%7D"}}, "at least one statement"),
        ({"configuration": {"tags": [{"value": "x"}]}}, "a tag without a key"),
    ],
)
def test_a_broken_item_is_one_line_with_its_place(snapshot, broken, words):
    text = told(snapshot({**role(), **broken}))
    assert text.startswith("snapshot.json:1:")
    assert words in text


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(tmp_path):
    path = tmp_path / "x_Config_us-east-1_ConfigSnapshot_x.json.gz"
    path.write_bytes(gzip.compress(b" " * (aws_config.MAX_BYTES + 10)))
    assert path.stat().st_size < 100_000
    assert told(str(path)).endswith("unpacks to more than 33,554,432 bytes; select the resources in play")


@pytest.mark.parametrize("cut", [3, 30, -1])
def test_a_packed_file_that_is_cut_off_is_refused(tmp_path, cut):
    path = tmp_path / "x_Config_us-east-1_ConfigSnapshot_x.json.gz"
    path.write_bytes(gzip.compress(SNAPSHOT.read_bytes())[:cut])
    assert "is no whole gzip file; fetch it again, or unpack it with gunzip" in told(str(path))


@pytest.mark.parametrize("packed", [False, True])
def test_bytes_that_are_no_text_are_refused(tmp_path, packed):
    path = tmp_path / "x_Config_us-east-1_ConfigSnapshot_x.json.gz"
    data = b'{"configurationItems": ["\xff\xfe"]}'
    path.write_bytes(gzip.compress(data) if packed else data)
    assert "is not UTF-8 text" in told(str(path))


def test_the_latest_of_many_is_found_in_time_that_grows_with_their_number(snapshot):
    items = [{**role(f"r{i}"), "resourceId": f"AROA{i}"} for i in range(3000)]
    assert len(account(snapshot(*items)).roles) == 3000
