from __future__ import annotations

import json
import re
import socket
import urllib.request
from pathlib import Path

import boto3  # noqa: TID253 - these tests are about the live account
import pytest
from botocore import xform_name  # noqa: TID253 - as boto3
from botocore.exceptions import ClientError  # noqa: TID253 - as boto3
from moto.server import ThreadedMotoServer

from iamsim import documents
from iamsim.errors import InputError, OutsideError
from iamsim.model.principal import HOLE
from iamsim.sources import Options, _reads, aws, load
from iamsim.sources._live import DeniedError, MissingError
from iamsim.sources._live_organization import membership
from tests import live_cloud

ACCOUNT = "123456789012"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    ],
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/app"
USER = f"arn:aws:iam::{ACCOUNT}:user/deploy"
DOCUMENTED = Path(__file__).parents[2] / "docs" / "live-account.md"


@pytest.fixture(scope="module")
def endpoint():
    """A stand-in for AWS over real HTTP, on a port of its own."""
    running = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def cloud(endpoint, monkeypatch, tmp_path):
    """An empty AWS, and an environment in which nothing but the test's own credentials can be found."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    live_cloud.quick_sessions(monkeypatch)
    tell(endpoint, "reset", "")
    return endpoint


def tell(endpoint: str, what: str, body: str) -> None:
    url = f"{endpoint}/moto-api/{what}"
    request = urllib.request.Request(url, body.encode(), {"Content-Type": "text/plain"}, method="POST")  # noqa: S310 - the loopback server above
    urllib.request.urlopen(request).close()  # noqa: S310 - as above


def client(cloud: str, service: str):
    return boto3.Session(region_name="us-east-1").client(service, endpoint_url=cloud)


@pytest.fixture
def calls(monkeypatch):
    """The names of the operations that are really sent, as `iam:GetRole`."""
    sent: list[str] = []
    make = boto3.Session

    def session(**options):
        made = make(**options)
        made.events.register(
            "before-call", lambda model, **_: sent.append(f"{model.service_model.service_name}:{model.name}")
        )
        return made

    monkeypatch.setattr(boto3, "Session", session)
    return sent


@pytest.fixture
def account(cloud):
    """A role, a user in a group, a bucket, a domain, a key, a function's and a catalog's policy."""
    iam, text = client(cloud, "iam"), json.dumps(ALLOW)
    made = {
        name: iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"] for name in ("shared", "edge")
    }
    iam.create_role(
        RoleName="app",
        Path="/team/",
        AssumeRolePolicyDocument=json.dumps(TRUST),
        PermissionsBoundary=made["edge"],
        MaxSessionDuration=7200,
        Tags=[{"Key": "team", "Value": "research"}],
    )
    for name in ("one", "two", "three"):
        iam.put_role_policy(RoleName="app", PolicyName=name, PolicyDocument=text)
    iam.attach_role_policy(RoleName="app", PolicyArn=made["shared"])
    iam.create_user(UserName="deploy")
    iam.put_user_policy(UserName="deploy", PolicyName="own", PolicyDocument=text)
    iam.create_group(GroupName="ops")
    iam.put_group_policy(GroupName="ops", PolicyName="all", PolicyDocument=text)
    iam.add_user_to_group(UserName="deploy", GroupName="ops")
    s3 = client(cloud, "s3")
    s3.create_bucket(Bucket="data-bucket")
    bucket = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data-bucket/secret/*"}
    s3.put_bucket_policy(Bucket="data-bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": bucket}))
    s3.put_public_access_block(
        Bucket="data-bucket",
        PublicAccessBlockConfiguration={"BlockPublicAcls": True, "RestrictPublicBuckets": True},
    )
    s3.create_bucket(Bucket="plain-bucket")
    domain = client(cloud, "opensearch").create_domain(DomainName="search", AccessPolicies=json.dumps(TRUST))
    key = client(cloud, "kms").create_key()["KeyMetadata"]["Arn"]
    return {"role": ROLE, "user": USER, "key": key, "domain": domain["DomainStatus"]["ARN"], "edge": made["edge"]}


def read(cloud: str, *needed: str, **options):
    return load("aws", Options(needed=needed, endpoint_url=cloud, region="us-east-1", **options))


def held(cloud: str, *needed: str):
    return read(cloud, *needed).organization.accounts[ACCOUNT]


def unseen(loaded) -> dict[str, str]:
    return {item.location: item.detail for item in loaded.inputs if item.kind == "not seen"}


def test_a_role_comes_with_everything_that_hangs_on_it(cloud, account):
    role = held(cloud, ROLE).roles[ROLE]
    assert sorted(policy.name for policy in role.policies) == ["one", "shared", "three", "two"]
    assert role.boundary is not None
    assert (role.boundary.name, role.boundary_arn) == ("edge", account["edge"])
    assert (role.tags, role.max_session_duration, role.unread) == ({"team": "research"}, 7200, ())
    assert role.trust is not None
    assert documents.document(role.trust)["Statement"][0]["Action"] == "sts:AssumeRole"
    assert str(role.trust.statements[0].origin) == f"iam:GetRole {ROLE}#/Statement/0"
    assert role.unique_id is not None
    assert role.unique_id.startswith("AROA")


def test_a_role_sessions_arn_finds_the_role_on_its_path(cloud, account):
    assert set(held(cloud, f"arn:aws:sts::{ACCOUNT}:assumed-role/app/session").roles) == {account["role"]}


def test_a_user_comes_with_its_groups(cloud, account):
    found = held(cloud, account["user"])
    user = found.users[USER]
    assert [policy.name for policy in user.policies] == ["own"]
    assert [policy.name for policy in found.groups[user.groups[0]].policies] == ["all"]


def test_pages_are_all_read(cloud, account, monkeypatch):
    monkeypatch.setattr(aws, "PAGE", 1)
    assert len(held(cloud, account["role"]).roles[ROLE].policies) == 4


def test_resource_policies_in_play_are_read_and_no_others(cloud, account):
    found = held(
        cloud,
        "arn:aws:s3:::data-bucket/some/key",
        "arn:aws:s3:::plain-bucket",
        f"{account['domain']}/index/_search",
        account["key"],
        f"arn:aws:glue:us-east-1:{ACCOUNT}:database/default",
        f"arn:aws:athena:us-east-1:{ACCOUNT}:workgroup/primary",
        "*",
    ).resources
    assert set(found) == {
        "arn:aws:s3:::data-bucket",
        "arn:aws:s3:::plain-bucket",
        account["domain"],
        account["key"],
        f"arn:aws:glue:us-east-1:{ACCOUNT}:catalog",
    }
    bucket = found["arn:aws:s3:::data-bucket"]
    assert bucket.policy is not None
    assert str(bucket.policy.statements[0].origin) == "s3:GetBucketPolicy arn:aws:s3:::data-bucket#/Statement"
    assert bucket.settings == {
        "block_public_acls": "true",
        "ignore_public_acls": "false",
        "block_public_policy": "false",
        "restrict_public_buckets": "true",
        "object_ownership": "ObjectWriter",
    }
    assert found["arn:aws:s3:::plain-bucket"].policy is None
    assert found[account["domain"]].policy is not None
    assert found[account["key"]].policy is not None
    # One policy covers every database and table of an account and Region.
    assert found[f"arn:aws:glue:us-east-1:{ACCOUNT}:catalog"].policy is None


def blocked(cloud, **settings) -> None:
    client(cloud, "s3").create_bucket(Bucket="data-bucket")
    calls = aws._Calls(None, Options(endpoint_url=cloud, region="us-east-1"))  # noqa: SLF001 - it knows the way to the stand-in
    calls.client("s3control", "").put_public_access_block(
        AccountId=ACCOUNT, PublicAccessBlockConfiguration={"RestrictPublicBuckets": False, **settings}
    )


def refusing(monkeypatch, *actions):
    """AWS refuses these permissions and no others."""
    ask, list_all = aws._Calls.one, aws._Calls.many  # noqa: SLF001 - moto cannot refuse one call of S3 Control

    def one(self, action, **parameters):
        if action in actions:
            raise DeniedError(action)
        return ask(self, action, **parameters)

    def many(self, action, key, **parameters):
        if action in actions:
            raise DeniedError(action)
        return list_all(self, action, key, **parameters)

    monkeypatch.setattr(aws._Calls, "one", one)  # noqa: SLF001 - as above
    monkeypatch.setattr(aws._Calls, "many", many)  # noqa: SLF001 - as above


def test_what_the_account_blocks_is_blocked_in_every_bucket(cloud):
    blocked(cloud, RestrictPublicBuckets=True)
    settings = held(cloud, "arn:aws:s3:::data-bucket").resources["arn:aws:s3:::data-bucket"].settings
    assert settings["restrict_public_buckets"] == "true"
    assert settings["block_public_acls"] == "false"


def test_what_neither_bucket_nor_account_blocks_is_open(cloud):
    blocked(cloud)
    settings = held(cloud, "arn:aws:s3:::data-bucket").resources["arn:aws:s3:::data-bucket"].settings
    assert settings["restrict_public_buckets"] == "false"


def test_a_setting_that_is_off_stays_unknown_where_the_account_may_not_be_asked(cloud, account, monkeypatch):  # noqa: ARG001 - only what it makes is wanted
    refusing(monkeypatch, "s3:GetAccountPublicAccessBlock")
    found = read(cloud, "arn:aws:s3:::data-bucket", "arn:aws:s3:::plain-bucket")
    resources = found.organization.accounts[ACCOUNT].resources
    assert resources["arn:aws:s3:::data-bucket"].settings["restrict_public_buckets"] == "true"
    assert "restrict_public_buckets" not in resources["arn:aws:s3:::plain-bucket"].settings
    assert unseen(found)[f"account {ACCOUNT}"] == (
        "s3:GetAccountPublicAccessBlock was denied, so its Block Public Access of S3 is not known"
    )


def test_the_account_is_asked_once_for_all_buckets(cloud, account, calls):  # noqa: ARG001 - only what it makes is wanted
    calls.clear()
    read(cloud, "arn:aws:s3:::data-bucket", "arn:aws:s3:::plain-bucket")
    assert [name for name in calls if "PublicAccessBlock" in name].count("s3control:GetPublicAccessBlock") == 1


def test_the_ownership_of_objects_tells_whether_a_bucket_has_acls(cloud, account, monkeypatch):  # noqa: ARG001 - only what it makes is wanted
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    client(cloud, "s3").put_bucket_ownership_controls(Bucket="data-bucket", OwnershipControls=controls)
    found = held(cloud, "arn:aws:s3:::data-bucket", "arn:aws:s3:::plain-bucket").resources
    assert found["arn:aws:s3:::data-bucket"].settings["object_ownership"] == "BucketOwnerEnforced"
    assert found["arn:aws:s3:::plain-bucket"].settings["object_ownership"] == "ObjectWriter"
    refusing(monkeypatch, "s3:GetBucketOwnershipControls", "s3:GetBucketPublicAccessBlock")
    unread = read(cloud, "arn:aws:s3:::plain-bucket")
    assert unread.organization.accounts[ACCOUNT].resources["arn:aws:s3:::plain-bucket"].settings == {}
    assert [item.detail for item in unread.inputs if item.location == "arn:aws:s3:::plain-bucket"] == [
        "s3:GetBucketPublicAccessBlock was denied, so its Block Public Access is not known",
        "s3:GetBucketOwnershipControls was denied, so whether it has ACLs is not known",
    ]


def test_a_key_comes_with_its_grants_and_with_who_manages_it(cloud, account):
    client(cloud, "kms").create_grant(
        KeyId=account["key"],
        GranteePrincipal=ROLE,
        Operations=["Decrypt"],
        Constraints={"EncryptionContextSubset": {"team": "research"}},
    )
    key = held(cloud, account["key"]).resources[account["key"]]
    assert key.settings == {"key_manager": "CUSTOMER"}
    assert key.grants is not None
    assert [(grant.grantee, grant.operations, grant.context_subset) for grant in key.grants] == [
        (ROLE, ("Decrypt",), (("team", "research"),))
    ]
    assert str(key.grants[0].origin) == f"kms:ListGrants {account['key']}#/Grants/0"


def test_a_key_whose_grants_may_not_be_listed_is_read_without_them(cloud, account, monkeypatch):
    refusing(monkeypatch, "kms:ListGrants", "kms:DescribeKey")
    found = read(cloud, account["key"])
    key = found.organization.accounts[ACCOUNT].resources[account["key"]]
    assert key.policy is not None
    assert (key.grants, key.settings) == (None, {})
    assert [item.detail for item in found.inputs if item.location == account["key"]] == [
        "kms:DescribeKey was denied, so whether AWS manages it is not known",
        "kms:ListGrants was denied, so its grants are not known",
    ]


def test_grants_of_operations_that_are_not_known_here_are_not_seen(cloud, account, monkeypatch):
    grant = {"GrantId": "g", "GranteePrincipal": ROLE, "Operations": ["Teleport"]}
    monkeypatch.setattr(aws._Calls, "many", lambda *_, **__: iter([grant]))  # noqa: SLF001 - moto knows no such operation
    found = read(cloud, account["key"])
    assert found.organization.accounts[ACCOUNT].resources[account["key"]].grants is None
    assert unseen(found)[account["key"]] == (
        "its grants are not known: `Teleport` is no operation that a grant can allow"
    )


def test_the_alias_of_a_key_has_no_policy_to_read(cloud, calls):
    alias = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/notes"
    assert unseen(read(cloud, alias)) == {alias: "policies are those of keys: name the key"}
    assert "kms:GetKeyPolicy" not in calls


def test_whose_credentials_are_used_is_told(cloud):
    said = read(cloud).inputs[0]
    assert (said.kind, said.location) == ("policies", "aws")
    assert said.detail == f"live account {ACCOUNT}, read as arn:aws:sts::{ACCOUNT}:user/moto (default credentials)"


def test_a_profile_is_used_and_named(cloud, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (tmp_path / "credentials").write_text(f"[dev]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    said = load("aws:dev", Options(endpoint_url=cloud, region="us-east-1")).inputs[0]
    assert said.detail.endswith("(profile dev)")
    assert SECRET not in str(said)
    with pytest.raises(InputError, match=r"^there is no profile `prod`; see `aws configure list-profiles`"):
        read(cloud, profile="prod")


def test_a_check_reads_as_another_role_where_one_is_named(cloud, account, calls, monkeypatch):
    found = read(cloud, account["role"], read_as=(account["role"],))
    assert calls[0] == "sts:AssumeRole"
    assert f"read as arn:aws:sts::{ACCOUNT}:assumed-role/app/iamsim " in found.inputs[0].detail
    assert set(found.organization.accounts[ACCOUNT].roles) == {account["role"]}
    monkeypatch.setattr(aws, "DENIED", frozenset({"InvalidClientTokenId"}))
    monkeypatch.setattr(aws, "REFUSED_CREDENTIALS", frozenset())
    tell(cloud, "reset-auth", "0")
    try:
        with pytest.raises(OutsideError, match=r"^sts:AssumeRole was denied on `[^`]*:role/team/app`, so nothing can"):
            read(cloud, account["role"], read_as=(account["role"],))
    finally:
        tell(cloud, "reset-auth", "inf")


def test_entities_and_resources_of_other_accounts_are_not_asked_for(cloud, account, calls):
    other = "arn:aws:iam::444455556666:role/app"
    key = "arn:aws:kms:us-east-1:444455556666:key/1"
    found = read(cloud, other, key)
    reason = f"it belongs to account 444455556666, and the credentials to {ACCOUNT}"
    assert unseen(found) == {other: reason, key: reason}
    assert account["role"] not in found.organization.accounts[ACCOUNT].roles
    assert "iam:GetRole" not in calls
    assert "kms:GetKeyPolicy" not in calls


def test_a_resource_that_is_not_told_or_not_there_stays_unknown(cloud):
    found = read(cloud, f"arn:aws:s3:::{HOLE}/x", "arn:aws:s3:::missing-bucket")
    assert unseen(found) == {
        "arn:aws:s3:::…": "which resource it is, is not told",
        "arn:aws:s3:::missing-bucket": "s3:GetBucketPolicy was answered `NoSuchBucket`",
    }
    assert not found.organization.accounts[ACCOUNT].resources


def test_a_role_that_does_not_exist_is_the_users_to_correct(cloud, account):
    with pytest.raises(InputError) as caught:
        read(cloud, f"arn:aws:iam::{ACCOUNT}:role/gone")
    assert str(caught.value) == f"there is no role `gone` in account {ACCOUNT}; check the account and the name"
    with pytest.raises(InputError) as caught:
        read(cloud, f"arn:aws:iam::{ACCOUNT}:role/app")
    assert (
        str(caught.value)
        == f"there is no `arn:aws:iam::{ACCOUNT}:role/app`; the one of that name is `{account['role']}`"
    )
    with pytest.raises(InputError, match="there is no user `gone`"):
        read(cloud, f"arn:aws:iam::{ACCOUNT}:user/gone")


def test_what_may_not_be_read_is_not_seen_and_never_empty(cloud, account, monkeypatch):
    iam = client(cloud, "iam")
    iam.create_user(UserName="auditor")
    some = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:GetUser"], "Resource": "*"}]}  # fmt: skip
    iam.put_user_policy(UserName="auditor", PolicyName="some", PolicyDocument=json.dumps(some))
    made = iam.create_access_key(UserName="auditor")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", made["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", made["SecretAccessKey"])
    tell(cloud, "reset-auth", "0")
    try:
        found = read(cloud, ROLE, USER, "arn:aws:s3:::data-bucket", account["key"])
    finally:
        tell(cloud, "reset-auth", "inf")
    assert found.inputs[0].detail.startswith(f"live account {ACCOUNT}, read as arn:aws:iam::{ACCOUNT}:user/auditor ")
    said = unseen(found)
    assert said[f"{ROLE} one"] == "iam:GetRolePolicy was denied"
    assert said[account["edge"]] == "iam:GetPolicy was denied"
    assert said["arn:aws:s3:::data-bucket"] == "s3:GetBucketPolicy was denied"
    assert said[USER] == "iam:ListGroupsForUser was denied, so its groups are not known"
    assert said["organization policies"] == "organizations:DescribeOrganization was denied"
    loaded = found.organization.accounts[ACCOUNT]
    role = loaded.roles[ROLE]
    assert role.policies == ()
    assert {"one", "two", "three"} < set(role.unread)
    assert (role.boundary, role.boundary_arn) == (None, account["edge"])
    assert loaded.users[USER].unread == (
        "inline policies of deploy",
        "managed policies of deploy",
        "policies of the groups of deploy",
    )
    assert not loaded.resources
    assert loaded.organization is None
    assert {str(kind) for kind in loaded.seen} == {"boundary"}


def test_an_account_in_no_organization_has_no_organization_policies(cloud):
    found = held(cloud)
    assert (found.organization, found.scps, found.rcps) == ("", (), ())
    assert {str(kind) for kind in found.seen} == {"scp", "rcp", "boundary"}


def test_the_management_account_is_known_to_be_exempt(cloud):
    made = client(cloud, "organizations").create_organization(FeatureSet="ALL")["Organization"]
    found = held(cloud)
    assert (found.organization, found.management) == (made["Id"], True)
    assert {str(kind) for kind in found.seen} == {"scp", "rcp", "boundary"}


def test_a_members_organization_policies_are_read_level_by_level(cloud):
    organizations = client(cloud, "organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    unit = organizations.create_organizational_unit(ParentId=root, Name="work")["OrganizationalUnit"]["Id"]
    member = organizations.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]["AccountId"]
    organizations.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    made = organizations.create_policy(
        Content=json.dumps(ALLOW), Description="x", Name="limit", Type="SERVICE_CONTROL_POLICY"
    )
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=unit)
    calls = aws._Calls(None, Options(endpoint_url=cloud, region="us-east-1"))  # noqa: SLF001 - moto's credentials are the manager's
    found = membership(calls, member, lambda *_: pytest.fail("everything is readable"))
    assert [[policy.name for policy in level] for level in found.scps] == [
        ["FullAWSAccess"],
        ["FullAWSAccess", "limit"],
        ["FullAWSAccess"],
    ]
    assert f"at {unit}" in found.scps[1][1].origin.document
    # The type is not switched on, so no RCP applies, and that is known.
    assert found.rcps == ()
    assert {str(kind) for kind in found.seen} == {"scp", "rcp"}


IDP = "idp.example.com/tenant"


def federated(cloud) -> None:
    """Two providers, and a role that trusts one of them."""
    iam = client(cloud, "iam")
    for name in (IDP, "token.actions.githubusercontent.com"):
        iam.create_open_id_connect_provider(Url=f"https://{name}", ClientIDList=["notes"], ThumbprintList=["0" * 40])
    named = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{IDP}"}
    statement = {"Effect": "Allow", "Principal": named, "Action": "sts:AssumeRoleWithWebIdentity"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.update_assume_role_policy(RoleName="app", PolicyDocument=document)


def test_the_providers_of_the_account_come_with_a_role_that_trusts_one(cloud, account, calls):
    assert held(cloud, account["role"]).oidc_providers is None
    assert "iam:ListOpenIDConnectProviders" not in calls
    federated(cloud)
    assert held(cloud, account["role"]).oidc_providers == {
        f"https://{IDP}": ("notes",),
        "https://token.actions.githubusercontent.com": ("notes",),
    }


@pytest.mark.parametrize("action", ["iam:ListOpenIDConnectProviders", "iam:GetOpenIDConnectProvider"])
def test_providers_that_may_not_all_be_read_are_not_known(cloud, account, monkeypatch, action):
    federated(cloud)
    refusing(monkeypatch, action)
    found = read(cloud, account["role"])
    assert found.organization.accounts[ACCOUNT].oidc_providers is None
    assert unseen(found) == {"OIDC providers": f"{action} was denied, so which the account has is not known"}


def test_a_provider_without_a_list_of_client_ids_leaves_all_of_them_not_known(cloud, account, monkeypatch):
    federated(cloud)
    ask = aws._Calls.one  # noqa: SLF001 - moto always answers with a list

    def one(self, action, **parameters):
        return {"Url": IDP} if action == "iam:GetOpenIDConnectProvider" else ask(self, action, **parameters)

    monkeypatch.setattr(aws._Calls, "one", one)  # noqa: SLF001 - as above
    found = read(cloud, account["role"])
    assert found.organization.accounts[ACCOUNT].oidc_providers is None
    assert unseen(found)["OIDC providers"] == (
        "which the account has is not known: `ClientIDList` is a list of texts and has to be there"
    )


SPEAKING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
)


def messages(cloud: str, region: str = "us-east-1") -> tuple[str, str, str]:
    """A queue, a topic and a secret, each with a policy; their ARNs."""

    def made(service: str):
        return boto3.Session(region_name=region).client(service, endpoint_url=cloud)

    queue = made("sqs").create_queue(QueueName="jobs", Attributes={"Policy": SPEAKING})["QueueUrl"]
    topic = made("sns").create_topic(Name="news")["TopicArn"]
    made("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=SPEAKING)
    secret = made("secretsmanager").create_secret(Name="db/main", SecretString=SECRET)["ARN"]
    made("secretsmanager").put_resource_policy(SecretId=secret, ResourcePolicy=SPEAKING)
    found = made("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    return found["Attributes"]["QueueArn"], topic, secret


def test_queues_topics_and_secrets_come_with_their_policies_from_the_region_that_their_arn_names(cloud):
    arns = (*messages(cloud), *messages(cloud, "eu-west-1"))
    assert len(set(arns)) == 6
    found = held(cloud, *arns).resources
    assert set(found) == set(arns)
    for arn, call in zip(
        arns, ("sqs:GetQueueAttributes", "sns:GetTopicAttributes", "secretsmanager:GetResourcePolicy") * 2, strict=True
    ):
        policy = found[arn].policy
        assert policy is not None
        assert str(policy.statements[0].origin) == f"{call} {arn}#/Statement/0"


def test_a_queue_topic_or_secret_that_is_not_there_stays_unknown(cloud):
    arns = [f"arn:aws:{name}" for name in (
        f"sqs:us-east-1:{ACCOUNT}:gone", f"sns:us-east-1:{ACCOUNT}:gone",
        f"secretsmanager:us-east-1:{ACCOUNT}:secret:gone-abcdef",
    )]  # fmt: skip
    found = read(cloud, *arns)
    assert set(unseen(found)) == set(arns)
    assert not found.organization.accounts[ACCOUNT].resources


def test_a_queue_without_a_policy_is_known_to_have_none(cloud):
    client(cloud, "sqs").create_queue(QueueName="plain")
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:plain"
    assert held(cloud, arn).resources[arn].policy is None


def test_a_bucket_comes_with_how_it_encrypts(cloud, account, monkeypatch):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": account["key"]}}
    client(cloud, "s3").put_bucket_encryption(Bucket="data-bucket", ServerSideEncryptionConfiguration={"Rules": [rule]})
    settings = held(cloud, "arn:aws:s3:::data-bucket").resources["arn:aws:s3:::data-bucket"].settings
    assert (settings["encryption"], settings["kms_key"]) == ("aws:kms", account["key"])
    refusing(monkeypatch, "s3:GetEncryptionConfiguration")
    found = read(cloud, "arn:aws:s3:::data-bucket")
    assert "encryption" not in found.organization.accounts[ACCOUNT].resources["arn:aws:s3:::data-bucket"].settings
    assert unseen(found)["arn:aws:s3:::data-bucket"] == (
        "s3:GetEncryptionConfiguration was denied, so how it encrypts is not known"
    )


def trusts(cloud, provider: str, action: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": action}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client(cloud, "iam").update_assume_role_policy(RoleName="app", PolicyDocument=document)


def test_the_saml_providers_of_the_account_come_with_a_role_that_trusts_one(cloud, account, calls, monkeypatch):
    assert held(cloud, account["role"]).saml_providers is None
    assert "iam:ListSAMLProviders" not in calls
    made = client(cloud, "iam").create_saml_provider(Name="corp", SAMLMetadataDocument="x" * 1000)["SAMLProviderArn"]
    trusts(cloud, made, "sts:AssumeRoleWithSAML")
    assert held(cloud, account["role"]).saml_providers == {made}
    refusing(monkeypatch, "iam:ListSAMLProviders")
    found = read(cloud, account["role"])
    assert found.organization.accounts[ACCOUNT].saml_providers is None
    assert unseen(found) == {
        "SAML providers": "iam:ListSAMLProviders was denied, so which the account has is not known"
    }


def endpoint_of(cloud) -> str:
    """A VPC endpoint with a policy of its own; its id."""
    ec2 = client(cloud, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    asked = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.s3", "PolicyDocument": SPEAKING}
    found: str = ec2.create_vpc_endpoint(**asked)["VpcEndpoint"]["VpcEndpointId"]
    return found


def test_the_policy_of_a_vpc_endpoint_that_is_named_is_read(cloud, monkeypatch):
    name = endpoint_of(cloud)
    found = held(cloud, name, "vpce-0123456789abcdef0").endpoints
    assert set(found) == {name}
    policy = found[name].policy
    assert policy is not None
    assert str(policy.statements[0].origin) == f"ec2:DescribeVpcEndpoints {name}#/Statement/0"
    refusing(monkeypatch, "ec2:DescribeVpcEndpoints")
    assert unseen(read(cloud, name)) == {name: "ec2:DescribeVpcEndpoints was denied"}


def test_only_the_documented_calls_are_made_and_they_only_read(cloud, account, calls):
    federated(cloud)
    iam = client(cloud, "iam")
    made = iam.create_saml_provider(Name="corp", SAMLMetadataDocument="x" * 1000)["SAMLProviderArn"]
    iam.create_role(RoleName="staff", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Federated": made}, "Action": "sts:AssumeRoleWithSAML"}],
    }))  # fmt: skip
    in_play = (*messages(cloud), endpoint_of(cloud))
    calls.clear()
    everything = (
        ROLE,
        f"arn:aws:iam::{ACCOUNT}:role/staff",
        USER,
        "arn:aws:s3:::data-bucket",
        account["domain"],
        account["key"],
        f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:gone",
        f"arn:aws:glue:us-east-1:{ACCOUNT}:catalog",
        *in_play,
    )
    read(cloud, *everything)
    known = {":".join(aws.ACTIONS[action]) for action in _reads.IN_PLAY}
    sent = {f"{service}:{xform_name(name)}" for service, name in (call.split(":") for call in calls)}
    # What is left is asked only by a member account with delegated administration (the test above).
    assert known - sent == {
        "organizations:list_roots",
        "organizations:list_parents",
        "organizations:list_policies_for_target",
        "organizations:describe_policy",
    }
    assert sent <= known
    assert all(re.match(r"(get|list|describe)_", method) for _, method in aws.ACTIONS.values())


def test_the_documentation_lists_exactly_the_calls_and_who_makes_them():
    listed = re.findall(
        r"^\| `([a-z0-9]+:[A-Za-z]+)` \|.*\| ([a-z, -]+) \|$", DOCUMENTED.read_text(encoding="utf-8"), re.MULTILINE
    )
    made = {"check": _reads.IN_PLAY, "snapshot": _reads.whole(regions=False, organization=False)}
    options = {
        "--regions all": _reads.whole(regions=True, organization=False),
        "--organization": _reads.whole(regions=False, organization=True),
    }
    expected = []
    for action in aws.ACTIONS:
        words = [word for word, actions in made.items() if action in actions]
        if "snapshot" not in words:
            words += [f"snapshot {word}" for word, actions in options.items() if action in actions]
        expected.append((action, ", ".join(words)))
    assert listed == expected


def test_the_documentation_says_apart_which_call_reads_nothing():
    text = DOCUMENTED.read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z0-9]+:[A-Za-z]+)` \| STS AssumeRole \|", text, re.MULTILINE) == [_reads.ASSUME_ROLE]
    assert _reads.ASSUME_ROLE not in aws.ACTIONS


# ---------------------------------------------------------------- what fails


def failure(cloud: str, **options) -> str:
    with pytest.raises(OutsideError) as caught:
        load("aws", Options(endpoint_url=cloud, **{"region": "us-east-1", **options}))
    assert caught.value.exit_code == 5
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_missing_credentials_are_named_with_the_way_out(cloud, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert failure(cloud) == (
        "there are no AWS credentials to read the account with; log in or name a --profile, or give the policies as a folder"
    )


def test_credentials_that_aws_refuses_are_named(cloud):
    tell(cloud, "reset-auth", "0")
    try:
        assert failure(cloud) == (
            "AWS does not take the credentials: InvalidClientTokenId; log in or name a --profile, or give the policies as a folder"
        )
    finally:
        tell(cloud, "reset-auth", "inf")


def test_a_missing_region_is_named(cloud):
    with pytest.raises(OutsideError) as caught:
        load("aws", Options(needed=(f"arn:aws:glue::{ACCOUNT}:catalog",), endpoint_url=cloud))
    assert str(caught.value) == "no AWS region is set; give --region or set AWS_DEFAULT_REGION"


def test_an_endpoint_that_does_not_answer_is_named_without_its_password(cloud, monkeypatch):  # noqa: ARG001 - only the environment is wanted
    monkeypatch.setattr("time.sleep", lambda _: None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    message = failure(f"http://me:hunter2@127.0.0.1:{port}")
    assert message == (
        f"AWS does not answer at `127.0.0.1:{port}`; "
        "check the network, the proxy settings and --endpoint-url, or give the policies as a folder"
    )


def test_an_endpoint_that_is_no_url_is_an_input_error(cloud):  # noqa: ARG001 - only the environment is wanted
    with pytest.raises(InputError) as caught:
        load("aws", Options(endpoint_url="not a url", region="us-east-1"))
    assert str(caught.value) == "the endpoint URL is not a URL; it reads https://HOST[:PORT]; check --endpoint-url"


@pytest.mark.parametrize(("code", "kind"), [("AccessDeniedException", DeniedError), ("NoSuchEntity", MissingError)])
def test_refusals_and_absences_are_told_apart(cloud, code, kind):
    calls = aws._Calls(None, Options(endpoint_url=cloud, region="us-east-1"))  # noqa: SLF001 - the translation under test
    with pytest.raises(kind):
        calls.fail("iam:GetRole", ClientError({"Error": {"Code": code}}, "GetRole"))


def test_any_other_answer_of_aws_ends_the_reading(cloud):
    calls = aws._Calls(None, Options(endpoint_url=cloud, region="us-east-1"))  # noqa: SLF001 - the translation under test
    with pytest.raises(OutsideError) as caught:
        calls.fail("iam:GetRole", ClientError({"Error": {"Code": "ServiceFailure", "Message": SECRET}}, "GetRole"))
    assert str(caught.value) == (
        "AWS answered `ServiceFailure` to iam:GetRole; try again, or give the policies as a folder"
    )
    with pytest.raises(ZeroDivisionError):
        calls.fail("iam:GetRole", ZeroDivisionError())
