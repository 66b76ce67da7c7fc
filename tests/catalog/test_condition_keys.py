from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsim.catalog import actions, condition_keys
from iamsim.catalog.condition_keys import Presence, global_key, kind, multivalued, sends


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("s3:ListBucket", "s3:prefix"),
        ("S3:listbucket", "S3:PREFIX"),
        ("sts:AssumeRole", "sts:ExternalId"),
        ("sts:AssumeRole", "sts:RoleSessionName"),
        ("sts:AssumeRole", "sts:SourceIdentity"),
        ("sts:AssumeRole", "sts:TransitiveTagKeys"),
        ("sts:AssumeRole", "aws:RequestTag/team"),
        ("sts:AssumeRole", "aws:TagKeys"),
        ("sts:AssumeRole", "aws:ResourceTag/env"),
        ("sts:AssumeRole", "iam:ResourceTag/env"),
        ("sts:AssumeRoleWithWebIdentity", "sts:RoleSessionName"),
        ("sts:AssumeRoleWithWebIdentity", "sts:RoleAuthorizedByIdp"),
        ("sts:SetSourceIdentity", "sts:SourceIdentity"),
        ("sts:TagSession", "aws:RequestTag/team"),
        ("sts:TagSession", "sts:TransitiveTagKeys"),
        ("sts:AssumeRoot", "sts:TaskPolicyArn"),
        ("sts:GetWebIdentityToken", "sts:DurationSeconds"),
        ("sts:GetServiceBearerToken", "sts:AWSServiceName"),
        ("iam:PassRole", "iam:PassedToService"),
        ("kms:Decrypt", "kms:ViaService"),
        ("kms:Decrypt", "kms:EncryptionContext:AppName"),
        ("s3:GetObject", "s3:ExistingObjectTag/x509Subject/CN"),
    ],
)
def test_a_key_that_aws_lists_is_sent(action, key):
    assert sends(action, key) is True


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("s3:GetObject", "s3:prefix"),
        ("s3:GetObject", "s3:ExistingObjectTagging/x"),
        ("s3:GetObject", "aws:RequestTag/team"),
        ("s3:GetObject", "aws:TagKeys"),
        ("sts:AssumeRole", "sts:DurationSeconds"),
        ("sts:AssumeRoleWithSAML", "sts:ExternalId"),
        ("sts:AssumeRoleWithWebIdentity", "sts:ExternalId"),
        ("sts:AssumeRole", "sts:RoleAuthorizedByIdp"),
        ("sts:SetSourceIdentity", "sts:DurationSeconds"),
        ("iam:CreateUser", "iam:PassedToService"),
        ("s3:GetObject", "kms:ViaService"),
        ("s3:GetObject", "lambda:FunctionUrlAuthType"),
        ("ec2:CreateVpcEndpoint", "aws:ResourceAccount"),
        ("sts:AssumeRole", "aws:VpceOrgID"),
        ("iam:PassRole", "aws:VpceAccount"),
    ],
)
def test_a_key_that_aws_does_not_list_is_never_sent(action, key):
    assert sends(action, key) is False


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("s3:NoSuchAction", "s3:prefix"),
        ("nosuch:Thing", "aws:SourceIp"),
        ("s3:GetObject", "aws:SourceIp"),
        ("s3:GetObject", "aws:VpceAccount"),
        ("s3:GetObject", "ec2:SourceInstanceArn"),
        ("s3:GetObject", "aws:ResourceAccount"),
        ("sts:AssumeRoleWithWebIdentity", "idp.example.com/tenant:sub"),
        ("sts:SetSourceIdentity", "sts:ExternalId"),
        ("sts:TagSession", "sts:RoleSessionName"),
        ("sts:SetSourceIdentity", "aws:RequestTag/team"),
    ],
)
def test_what_the_action_alone_does_not_tell_is_none(action, key):
    assert sends(action, key) is None


@pytest.mark.parametrize(
    ("key", "type_", "many"),
    [
        ("s3:prefix", "String", False),
        ("s3:max-keys", "Numeric", False),
        ("aws:TagKeys", "ArrayOfString", True),
        ("aws:PrincipalOrgPaths", "ArrayOfString", True),
        ("aws:PrincipalOrgID", "String", False),
        ("aws:SourceIp", "IPAddress", False),
        ("aws:SecureTransport", "Bool", False),
        ("aws:CurrentTime", "Date", False),
        ("aws:PrincipalArn", "ARN", False),
        ("AWS:PrincipalTag/x509Subject/CN", "String", False),
        ("ec2:SourceInstanceArn", "ARN", False),
        ("kms:EncryptionContext:AppName", "String", False),
        ("kms:GrantOperations", "ArrayOfString", True),
        ("sts:TransitiveTagKeys", "ArrayOfString", True),
        ("saml:aud", "String", False),
        ("accounts.google.com:sub", "String", False),
    ],
)
def test_a_key_has_the_type_that_aws_gives_it(key, type_, many):
    assert kind(key) == type_
    assert multivalued(key) is many


@pytest.mark.parametrize(
    "key", ["aws:JwtScope", "idp.example.com:sub", "s3:nosuch", "", ":", "../sts:x", "aws:PrincipalTag"]
)
def test_a_key_on_no_page_has_no_type(key):
    assert kind(key) is None
    assert multivalued(key) is None


@pytest.mark.parametrize(
    ("key", "present"),
    [
        ("aws:PrincipalArn", Presence.SIGNED),
        ("aws:PrincipalAccount", Presence.ALWAYS),
        ("aws:username", Presence.IAM_USER),
        ("aws:TokenIssueTime", Presence.TEMPORARY),
        ("aws:SourceIp", Presence.PUBLIC_ENDPOINT),
        ("aws:SourceVpce", Presence.VPC_ENDPOINT),
        ("aws:SourceAccount", Presence.SERVICE_PRINCIPAL),
        ("aws:ViaAWSService", Presence.ALWAYS),
        ("aws:CalledVia", Presence.FORWARD_ACCESS),
        ("aws:PrincipalTag/team", Presence.PRINCIPAL_TAGS),
        ("aws:SourceIdentity", Presence.SOURCE_IDENTITY),
    ],
)
def test_a_global_key_tells_when_it_is_present(key, present):
    found = global_key(key)
    assert found is not None
    assert found.present is present
    assert found.source.startswith("https://docs.aws.amazon.com/IAM/latest/UserGuide/")


def test_a_key_of_one_service_is_not_global():
    assert global_key("s3:prefix") is None
    assert global_key("aws:JwtScope") is None


def test_sts_carries_no_owner_of_the_vpc_endpoint():
    assert "s3" in global_key("aws:VpceOrgID").services
    assert "sts" not in global_key("aws:VpceOrgID").services


def test_every_service_and_action_in_the_table_of_global_keys_exists():
    for key in condition_keys.global_keys():
        assert set(key.services) <= actions.services(), key.key
        assert all(actions.expand(pattern) or pattern == "ebs:*" for pattern in key.never), key.key


def test_every_listed_key_of_a_service_is_sent_and_has_a_type():
    for service in ("s3", "sts", "iam", "es"):
        for name in actions.names(service):
            for key in actions.action(f"{service}:{name}").condition_keys:
                assert sends(f"{service}:{name}", key) is True
                assert kind(key) is not None


@given(st.text(), st.text())
def test_nothing_raises(prefix, rest):
    for key in (prefix, f"{prefix}:{rest}", f"s3:{rest}", f"aws:{rest}"):
        assert sends("s3:GetObject", key) in {True, False, None}
        assert sends(key, "s3:prefix") in {True, False, None}
        kind(key)
        global_key(key)
