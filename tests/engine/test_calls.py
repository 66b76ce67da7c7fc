"""One API call asks for several permissions, each of its own resource; the worst answer is that of the call."""

from __future__ import annotations

import pytest

from iamsim.engine.calls import ApiCall, asked, judged
from iamsim.model.account import Resource
from iamsim.model.principal import HOLE, principal
from tests.accounts import A, account, allow, bucket, policy, role, simulator

APP = f"arn:aws:iam::{A}:role/app"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/11112222-3333-4444-5555-666677778888"
FUNCTION = f"arn:aws:lambda:eu-west-1:{A}:function:f"
FROM, TO = "arn:aws:s3:::from/x", "arn:aws:s3:::to/x"


def needs(*call, **more):
    return {(each.action, each.resource) for each in asked(ApiCall(*call, **more))}


def answer(call, *statements):
    """What comes of a call by a role with these statements."""
    key = Resource(KEY, policy(allow("kms:*", Principal={"AWS": A})), settings={"key_manager": "CUSTOMER"}, grants=())
    function = Resource(FUNCTION)
    home = account(role(APP, policy(*statements)), resources=[bucket("from"), bucket("to"), key, function])
    return judged(simulator(home), principal(APP), call)


def test_a_copy_reads_its_source_and_writes_what_it_makes():
    """Amazon S3 User Guide, "Required permissions for Amazon S3 API operations" (S3-011)."""
    assert needs("s3", "CopyObject", (TO,), ("Tagging",), source=FROM) == {
        ("s3:GetObject", FROM),
        ("s3:PutObject", TO),
        ("s3:PutObjectTagging", TO),
    }


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([allow("s3:GetObject", on=FROM), allow("s3:PutObject", on=TO)], "allowed"),
        ([allow("s3:GetObject", on=FROM)], "implicitDeny"),
        ([allow("s3:PutObject", on=TO)], "implicitDeny"),
    ],
)
def test_a_call_goes_through_where_all_that_it_asks_for_is_allowed(statements, decision):
    found = answer(ApiCall("s3", "copy_object", (TO,), source=FROM), *statements)
    assert str(found.decision) == decision
    assert [explanation.request.action for explanation in found.answers] == ["s3:GetObject", "s3:PutObject"]


def test_a_source_that_is_not_told_leaves_the_call_open():
    found = answer(ApiCall("s3", "CopyObject", (TO,)), allow("s3:GetObject", on=FROM), allow("s3:PutObject", on=TO))
    assert str(found.decision) == "unknown"
    assert found.answers[0].missing_context == ("the source",)


def test_the_objects_of_a_batch_are_asked_for_one_by_one():
    """Amazon S3 API Reference, DeleteObjects: each key is answered by itself (EVAL-021)."""
    found = answer(ApiCall("s3", "delete_objects", (TO, "arn:aws:s3:::to/y")), allow("s3:DeleteObject", on=TO))
    assert [str(explanation.decision) for explanation in found.answers] == ["allowed", "implicitDeny"]
    assert found.in_part
    assert str(found.decision) == "implicitDeny"


def test_a_role_that_is_handed_over_is_asked_for_by_its_own_arn():
    """IAM User Guide, "Grant a user permissions to pass a role to an AWS service" (MULTI-002)."""
    worker = f"arn:aws:iam::{A}:role/worker"
    call = ApiCall("lambda", "CreateFunction", (FUNCTION,), role=worker)
    assert ("iam:PassRole", worker) in needs("lambda", "CreateFunction", (FUNCTION,), role=worker)
    assert str(answer(call, allow("lambda:*")).decision) == "implicitDeny"
    assert str(answer(call, allow("lambda:*"), allow("iam:PassRole", on=worker)).decision) == "allowed"


def test_the_key_of_an_object_is_asked_for_as_s3_asks():
    """Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys": the caller needs the key too (S3-028)."""
    call = ApiCall("s3", "GetObject", (FROM,), key=KEY)
    via = allow("kms:Decrypt", Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}})
    assert str(answer(call, allow("s3:*")).decision) == "implicitDeny"
    assert str(answer(call, allow("s3:*"), via).decision) == "allowed"


def test_what_more_a_call_could_ask_for_is_told_where_nobody_said():
    found = answer(ApiCall("s3", "GetObject", (FROM,)), allow("s3:*"))
    assert any(text.startswith("kms:Decrypt on the KMS key") for text in found.untold)
    plain = answer(ApiCall("s3", "GetObject", (FROM,), key=""), allow("s3:*"))
    assert not any("kms:" in text for text in plain.untold)


def test_an_action_is_asked_of_a_resource_of_its_own_kind():
    layers = needs("lambda", "CreateFunction", (FUNCTION,), ("Layers", "KMSKeyArn"), role=APP, key=KEY)
    assert ("lambda:GetLayerVersion", f"arn:aws:lambda:{HOLE}:{HOLE}:{HOLE}") in layers
    assert ("kms:CreateGrant", KEY) in layers
    assert needs("s3", "ListBuckets", ()) == {("s3:ListAllMyBuckets", "*")}
    assert needs("s3", "list_objects_v2", ("arn:aws:s3:::to",)) == {("s3:ListBucket", "arn:aws:s3:::to")}


def test_an_operation_that_is_not_mapped_is_unknown():
    found = answer(ApiCall("s3", "NoSuchOperation", (TO,)), allow("*"))
    assert str(found.decision) == "unknown"
    assert found.untold == ("what NoSuchOperation asks for is not known",)
