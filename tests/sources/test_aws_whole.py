"""Whole accounts, read over real HTTP: everything is there, and what may not be read is never taken for absent."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from botocore.exceptions import EndpointConnectionError  # noqa: TID253 - these tests are about the live account

from iamsim.catalog import actions as catalog
from iamsim.catalog import operations
from iamsim.errors import InputError, OutsideError
from iamsim.model.policy import PolicyType
from iamsim.sources import Options, _reader, _reads, aws, load
from iamsim.sources._live import DeniedError
from iamsim.sources._partial import Partial
from iamsim.sources._reader import Asked, Reader
from tests import live_cloud as clouds
from tests.live_cloud import ACCOUNT, KEY, SECRET
from tests.sources.test_one_account_in_every_format import ACCOUNTS, ONE, told, without

ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/app"
USER = f"arn:aws:iam::{ACCOUNT}:user/deploy"
GROUP = f"arn:aws:iam::{ACCOUNT}:group/ops"
EDGE = f"arn:aws:iam::{ACCOUNT}:policy/edge"
SHARED = f"arn:aws:iam::{ACCOUNT}:policy/shared"
BUCKET = "arn:aws:s3:::data-bucket"


@pytest.fixture(scope="module")
def endpoint():
    with clouds.served() as url:
        yield url


@pytest.fixture(autouse=True)
def own_credentials(monkeypatch):
    """Credentials of the test's own; tests/conftest.py has taken away all others."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    clouds.quick_sessions(monkeypatch)


@pytest.fixture
def cloud(endpoint):
    clouds.emptied(endpoint)
    return endpoint


@pytest.fixture
def aws_calls(monkeypatch):
    return clouds.watched(monkeypatch)


def silent(*_: object) -> None:
    """Nobody wants to hear how far the reading is."""


def reader(cloud: str, **asked) -> Reader:
    return Reader(Asked(**{"region": "us-east-1", "endpoint_url": cloud, **asked}))


def read(cloud: str, **asked):
    return reader(cloud, **asked).read(silent)


def held(loaded, account: str = ACCOUNT):
    return loaded.organization.accounts[account]


def unseen(loaded) -> dict[str, str]:
    return {item.location: item.detail for item in loaded.inputs if item.kind == "not seen"}


# ---------------------------------------------------------------- what is read


def test_a_whole_account_has_its_principals_with_everything_that_hangs_on_them(cloud):
    clouds.whole_account(cloud)
    loaded = read(cloud)
    found = held(loaded)
    assert (set(found.roles), set(found.users), set(found.groups)) == ({ROLE}, {USER}, {GROUP})
    role = found.roles[ROLE]
    assert [policy.name for policy in role.policies] == ["own", "shared"]
    assert (role.tags, role.max_session_duration, role.unread) == ({"team": "research"}, 7200, ())
    assert (role.boundary_arn, role.boundary) == (EDGE, found.policies[EDGE])
    assert role.policies[1] is found.policies[SHARED]
    assert role.unique_id is not None
    assert role.trust is not None
    assert str(role.trust.statements[0].origin) == f"iam:GetAccountAuthorizationDetails {ROLE}#/Statement/0"
    assert (found.users[USER].groups, [policy.name for policy in found.users[USER].policies]) == ((GROUP,), ["mine"])
    assert [policy.name for policy in found.groups[GROUP].policies] == ["all"]
    assert unseen(loaded) == {}


def test_a_whole_account_has_its_resources_endpoints_providers_and_workloads(cloud):
    made = clouds.whole_account(cloud)
    found = held(read(cloud))
    services = ("kms", "es", "sqs", "sns", "secret", "lambda", "glue")
    assert set(found.resources) == {BUCKET, *(made[service] for service in services)}
    assert all(resource.policy is not None for resource in found.resources.values())
    assert found.resources[BUCKET].tags == {"team": "research"}
    assert found.resources[BUCKET].settings["encryption"] == "AES256"
    assert found.resources[made["secret"]].tags == {"team": "research"}
    assert (found.resources[made["kms"]].settings, found.resources[made["kms"]].grants) == (
        {"key_manager": "CUSTOMER"},
        (),
    )
    assert [name for name, each in found.endpoints.items() if each.policy is not None] == [made["vpce"]]
    assert found.oidc_providers == {"https://idp.example.com": ("notes",)}
    assert found.saml_providers == {made["saml"]}
    # The definition without a task role hands its containers none, and the older revision is not in use.
    assert [(each.name, each.runs_on, each.role) for each in found.workloads] == [
        (made["lambda"], "lambda", ROLE),
        (made["ecs plain"], "ecs-task", ""),
        (made["ecs server"], "ecs-task", ROLE),
    ]
    assert made["ecs server"].endswith(":2")


def test_that_all_resources_were_seen_is_never_claimed(cloud):
    assert held(read(cloud)).seen == {PolicyType.BOUNDARY, PolicyType.SCP, PolicyType.RCP}


def test_who_reads_and_which_regions_is_told(cloud):
    assert read(cloud, regions=("us-east-1", "eu-west-1")).inputs[0].detail == (
        f"whole live account {ACCOUNT}, read as arn:aws:sts::{ACCOUNT}:user/moto (default credentials); "
        "Regions us-east-1, eu-west-1"
    )


def test_the_regions_that_are_named_are_read_and_no_others(cloud):
    at_home = clouds.whole_account(cloud)
    elsewhere = clouds.in_region(cloud, "eu-west-1")
    clouds.in_region(cloud, "ap-south-1")
    found = held(read(cloud, regions=("us-east-1", "eu-west-1")))
    services = ("kms", "es", "sqs", "sns", "secret", "lambda", "glue")
    expected = {made[service] for made in (at_home, elsewhere) for service in services}
    assert set(found.resources) == {BUCKET, *expected}
    assert set(found.endpoints) == {at_home["vpce"], elsewhere["vpce"]}
    assert [each.name for each in found.workloads] == [
        made[kind] for made in (at_home, elsewhere) for kind in ("lambda", "ecs plain", "ecs server")
    ]
    # The first of them is also where IAM is asked.
    assert set(held(read(cloud, region=None, regions=("eu-west-1",))).resources) == {
        BUCKET,
        *(elsewhere[service] for service in services),
    }


def test_each_region_is_asked_about_its_own(cloud, aws_calls):
    clouds.whole_account(cloud, "eu-west-1")
    aws_calls.regions.clear()
    read(cloud, regions=("eu-west-1",))
    regional = {
        action for action in aws_calls.regions if action.split(":")[0] not in ("sts", "iam", "s3", "organizations")
    }
    assert len(regional) == 18
    assert {region for action in regional for region in aws_calls.regions[action]} == {"eu-west-1"}


def test_all_regions_are_those_that_the_account_has_enabled(cloud, aws_calls):
    listed = {item["RegionName"] for item in clouds.client(cloud, "ec2").describe_regions()["Regions"]}
    assert set(reader(cloud, regions=("all",)).regions) == listed
    aws_calls.denied = {"ec2:DescribeRegions"}
    with pytest.raises(InputError) as caught:
        reader(cloud, regions=("all",))
    assert str(caught.value) == (
        "ec2:DescribeRegions was denied, so which Regions there are is not known; name them: "
        "--regions us-east-1,eu-west-1"
    )


def test_more_than_a_thousand_roles_come_in_pages(cloud, aws_calls, monkeypatch):
    clouds.whole_account(cloud)
    clouds.many_roles(1200)
    clouds.in_pages(monkeypatch, 100)
    aws_calls.asked.clear()
    loaded = read(cloud)
    found = held(loaded)
    assert len(found.roles) == 1201
    assert all(role.policies and role.trust is not None for role in found.roles.values())
    assert found.roles[f"arn:aws:iam::{ACCOUNT}:role/role-1199"].max_session_duration == 3600
    assert aws_calls.asked.count("iam:GetAccountAuthorizationDetails") >= 13
    assert aws_calls.asked.count("iam:ListRoles") == 2
    assert not {"iam:GetRole", "iam:GetRolePolicy"} & set(aws_calls.asked)
    assert unseen(loaded) == {}


def test_managed_policies_that_the_answer_leaves_out_are_asked_for(cloud, aws_calls, monkeypatch):
    clouds.whole_account(cloud)
    clouds.in_pages(monkeypatch, 100, without=(EDGE, SHARED))
    found = held(read(cloud))
    role = found.roles[ROLE]
    assert role.boundary is not None
    assert [policy.name for policy in role.policies] == ["own", "shared"]
    assert set(found.policies) == {EDGE, SHARED}
    assert aws_calls.asked.count("iam:GetPolicyVersion") == 2


def test_the_same_account_gives_the_same_answer_however_the_calls_come_back(cloud):
    clouds.whole_account(cloud)
    s3 = clouds.client(cloud, "s3")
    for number in range(20):
        s3.create_bucket(Bucket=f"bucket-{number:02}")
    once, again = read(cloud), read(cloud)
    assert (once.organization, once.inputs) == (again.organization, again.inputs)
    assert list(held(once).resources) == list(held(again).resources)


# ---------------------------------------------------------------- what may not be read


def least(**options) -> tuple[str, ...]:
    return tuple(action for action in _reads.whole(**options) if action != "sts:GetCallerIdentity")


NOT_ASKED_OUTSIDE_AN_ORGANIZATION = {
    "organizations:ListRoots", "organizations:ListParents", "organizations:ListPoliciesForTarget",
    "organizations:DescribePolicy",
}  # fmt: skip


@pytest.fixture
def described(cloud, aws_calls, monkeypatch):
    """An account with one of everything: what AWS refuses, a reader, and what it tells when nothing is refused."""
    clouds.whole_account(cloud)
    clouds.in_pages(monkeypatch, 100, without=(EDGE, SHARED))
    reads = reader(cloud)
    return aws_calls, reads, reads.read(silent)


def test_what_is_denied_is_said_by_its_permission_and_never_taken_for_absent(described):
    asked, reads, whole = described
    actions = least(regions=False, organization=False)
    assert len(actions) > 35
    for action in actions:
        asked.denied = {action}
        asked.asked.clear()
        loaded = reads.read(silent)
        if action in NOT_ASKED_OUTSIDE_AN_ORGANIZATION:
            assert action not in asked.asked
            continue
        reasons = list(unseen(loaded).values())
        assert reasons, action
        assert all(reason.startswith(f"{action} was denied") for reason in reasons), action
        assert SECRET not in str(loaded.inputs), action
        never_absent(held(whole), held(loaded), action)


def never_absent(before, after, action: str) -> None:
    """What is known after is what was known before, or is said not to be known."""
    # Something is known less well, or the permission would not be needed.
    assert after != before, action
    assert after.seen <= before.seen, action
    for arn, resource in after.resources.items():
        known = before.resources[arn]
        assert resource.policy == known.policy or (resource.policy is None and resource.partial), action
        assert all(known.settings[name] == value for name, value in resource.settings.items()), action
        assert resource.tags in (None, known.tags), action
        assert resource.grants in (None, known.grants), action
    for arn, role in after.roles.items():
        known = before.roles[arn]
        assert {*role.policies} == {*known.policies} or role.unread == (SHARED,), action
        assert role.boundary == known.boundary or role.boundary_arn == EDGE, action
        assert role.max_session_duration in (None, known.max_session_duration), action
    assert set(after.roles) == set(before.roles) or PolicyType.BOUNDARY not in after.seen, action
    assert after.oidc_providers in (None, before.oidc_providers), action
    assert after.saml_providers in (None, before.saml_providers), action
    assert after.organization in (None, before.organization), action


def test_without_the_call_for_all_of_iam_no_principal_is_known(described):
    asked, reads, _ = described
    asked.denied = {"iam:GetAccountAuthorizationDetails"}
    loaded = reads.read(silent)
    found = held(loaded)
    assert (found.roles, found.users, found.groups, found.policies) == ({}, {}, {}, {})
    assert PolicyType.BOUNDARY not in found.seen
    assert unseen(loaded) == {
        "IAM": "iam:GetAccountAuthorizationDetails was denied, so no role, user, group and managed policy is known"
    }


def test_a_bucket_whose_policy_may_not_be_read_is_there_with_the_rest_of_it(described):
    asked, reads, _ = described
    asked.denied = {"s3:GetBucketPolicy"}
    loaded = reads.read(silent)
    bucket = held(loaded).resources[BUCKET]
    assert (bucket.policy, bucket.partial) == (None, True)
    assert bucket.settings["object_ownership"] == "ObjectWriter"
    assert bucket.tags == {"team": "research"}
    assert unseen(loaded) == {BUCKET: "s3:GetBucketPolicy was denied, so its policy is not known"}


def test_a_key_whose_policy_may_not_be_read_is_there_with_its_grants(described):
    asked, reads, _ = described
    asked.denied = {"kms:GetKeyPolicy"}
    key = next(each for arn, each in held(reads.read(silent)).resources.items() if ":kms:" in arn)
    assert (key.policy, key.partial, key.grants, key.settings) == (None, True, (), {"key_manager": "CUSTOMER"})


def test_a_workload_whose_role_may_not_be_read_is_one_whose_role_is_not_told(described):
    asked, reads, _ = described
    asked.denied = {"ecs:DescribeTaskDefinition"}
    found = held(reads.read(silent)).workloads
    assert [(each.name, each.role) for each in found if each.runs_on == "ecs-task"] == [
        ("plain", None),
        ("server", None),
    ]


def test_a_role_whose_longest_session_is_not_told_has_none(described):
    asked, reads, _ = described
    asked.denied = {"iam:ListRoles"}
    assert held(reads.read(silent)).roles[ROLE].max_session_duration is None


def test_text_that_is_no_policy_is_attached_and_not_read(cloud, monkeypatch):
    made = clouds.whole_account(cloud)
    one, many = aws._Calls.one, aws._Calls.many  # noqa: SLF001 - the stand-in takes no such text

    def asked(self, action, **parameters):
        answer = one(self, action, **parameters)
        return {**answer, "Policy": '{"Version": "2012'} if action == "kms:GetKeyPolicy" else answer

    def listed(self, action, key, **parameters):
        for item in many(self, action, key, **parameters):
            if "RoleName" in item and "RolePolicyList" in item:
                odd = {"Statement": [{"Effect": "Perhaps", "Action": "*"}]}
                yield {**item, "AssumeRolePolicyDocument": odd, "RolePolicyList": [
                    {"PolicyName": "own", "PolicyDocument": odd}
                ]}  # fmt: skip
            elif "VpcEndpointId" in item:
                yield {**item, "PolicyDocument": "[]"}
            else:
                yield item

    monkeypatch.setattr(aws._Calls, "one", asked)  # noqa: SLF001 - as above
    monkeypatch.setattr(aws._Calls, "many", listed)  # noqa: SLF001 - as above
    loaded = read(cloud)
    found = held(loaded)
    role = found.roles[ROLE]
    assert (role.trust, role.unread, [policy.name for policy in role.policies]) == (None, ("own",), ["shared"])
    assert found.resources[made["kms"]].unread.startswith("is not JSON")
    assert found.endpoints[made["vpce"]].unread.startswith("a policy is a JSON object")
    assert set(unseen(loaded)) == {ROLE, f"{ROLE} own", made["kms"], made["vpce"]}


def test_an_answer_without_what_every_answer_has_is_one_line(cloud, monkeypatch):
    clouds.whole_account(cloud)
    monkeypatch.setattr(aws._Calls, "many", lambda *_, **__: iter([{}]))  # noqa: SLF001 - no stand-in answers so
    with pytest.raises(OutsideError, match=r"^an answer of AWS holds no '\w+'; check --endpoint-url$"):
        read(cloud)


# ---------------------------------------------------------------- reading as another role, and an organization


def trusted_role(cloud: str, name: str) -> str:
    made = clouds.client(cloud, "iam").create_role(RoleName=name, AssumeRolePolicyDocument=clouds.TRUST)
    arn: str = made["Role"]["Arn"]
    return arn


def test_it_reads_as_the_last_of_a_chain_of_roles(cloud, aws_calls):
    chain = trusted_role(cloud, "hop"), trusted_role(cloud, "reader")
    aws_calls.asked.clear()
    loaded = read(cloud, read_as=chain)
    assert aws_calls.asked[:3] == ["sts:AssumeRole", "sts:AssumeRole", "sts:GetCallerIdentity"]
    assert f"read as arn:aws:sts::{ACCOUNT}:assumed-role/reader/iamsim " in loaded.inputs[0].detail
    assert set(held(loaded).roles) == set(chain)


def test_a_role_that_may_not_be_assumed_ends_the_reading(cloud, aws_calls):
    chain = trusted_role(cloud, "hop"), trusted_role(cloud, "reader")
    aws_calls.denied = {"sts:AssumeRole"}
    with pytest.raises(OutsideError) as caught:
        reader(cloud, read_as=chain)
    assert str(caught.value) == (
        f"sts:AssumeRole was denied on `{chain[0]}`, so nothing can be read as it; "
        "whoever assumes it needs that permission, and its trust policy has to name them"
    )


@pytest.fixture
def organization(cloud):
    """A management account with two members, one of them in a unit with an SCP; the ids."""
    asked = clouds.client(cloud, "organizations")
    made = asked.create_organization(FeatureSet="ALL")["Organization"]
    root = asked.list_roots()["Roots"][0]["Id"]
    asked.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    unit = asked.create_organizational_unit(ParentId=root, Name="work")["OrganizationalUnit"]["Id"]
    members = [
        asked.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]["AccountId"]
        for name in ("one", "two")
    ]
    asked.move_account(AccountId=members[0], SourceParentId=root, DestinationParentId=unit)
    policy = {"Content": clouds.ALLOW, "Description": "x", "Name": "limit", "Type": "SERVICE_CONTROL_POLICY"}
    limit = asked.create_policy(**policy)["Policy"]["PolicySummary"]["Id"]
    asked.attach_policy(PolicyId=limit, TargetId=unit)
    return {"id": made["Id"], "unit": unit, "one": members[0], "two": members[1]}


def test_every_account_of_an_organization_is_read_as_its_own_role_with_the_policies_above_it(
    cloud, organization, aws_calls
):
    trusted_role(cloud, "lead")
    loaded = read(cloud, member_role="audit/reader")
    accounts = loaded.organization.accounts
    one, two = organization["one"], organization["two"]
    assert set(accounts) == {ACCOUNT, one, two}
    assert {each.organization for each in accounts.values()} == {organization["id"]}
    assert (accounts[ACCOUNT].management, accounts[one].management) == (True, False)
    assert [[policy.name for policy in level] for level in accounts[one].scps] == [
        ["FullAWSAccess"],
        ["FullAWSAccess", "limit"],
        ["FullAWSAccess"],
    ]
    assert f"at {organization['unit']}" in accounts[one].scps[1][1].origin.document
    assert [len(level) for level in accounts[two].scps] == [1, 1]
    assert accounts[two].rcps == ()
    assert all({PolicyType.SCP, PolicyType.RCP, PolicyType.BOUNDARY} == each.seen for each in accounts.values())
    # Each was read with credentials of its own: the role of the management account is in no other.
    assert {(id_, arn.split(":")[4]) for id_, each in accounts.items() for arn in each.roles} == {
        (each, each) for each in accounts
    }
    assert [id_ for id_, each in accounts.items() if f"arn:aws:iam::{ACCOUNT}:role/lead" in each.roles] == [ACCOUNT]
    assert all(f":{id_}:" in name for id_, each in accounts.items() for name in each.resources if ":glue:" in name)
    assert aws_calls.asked.count("sts:AssumeRole") == 2
    # Each target and each document is asked for once, however many accounts stand below.
    assert aws_calls.asked.count("organizations:DescribePolicy") == 2
    assert aws_calls.asked.count("organizations:ListPoliciesForTarget") == 4
    assert loaded.inputs[0].detail.endswith("and the 3 accounts of its organization, as audit/reader")


def test_an_account_that_lets_nobody_in_is_known_by_its_place_only(cloud, organization, aws_calls):
    one = organization["one"]
    aws_calls.refused_roles = (f"%3A{one}%3A", f":{one}:role/")
    loaded = read(cloud, member_role="reader")
    found = held(loaded, one)
    assert [len(level) for level in found.scps] == [1, 2, 1]
    assert (found.roles, found.resources, found.seen) == ({}, {}, {PolicyType.SCP, PolicyType.RCP})
    assert unseen(loaded)[f"account {one}"] == (
        f"sts:AssumeRole was denied on arn:aws:iam::{one}:role/reader, so nothing of it is known but its place"
    )


def test_an_account_that_is_closed_is_not_entered(cloud, organization, aws_calls):
    two = organization["two"]
    clouds.client(cloud, "organizations").close_account(AccountId=two)
    aws_calls.asked.clear()
    loaded = read(cloud, member_role="reader")
    assert unseen(loaded)[f"account {two}"] == "it is not active"
    assert aws_calls.asked.count("sts:AssumeRole") == 1


@pytest.mark.parametrize("action", sorted(_reads._TREE | {"organizations:DescribeOrganization"}))  # noqa: SLF001 - the calls for the tree
def test_an_organization_whose_accounts_may_not_be_listed_is_not_read_in_part(cloud, organization, aws_calls, action):  # noqa: ARG001 - it has to be there
    aws_calls.denied = {action}
    with pytest.raises(InputError, match=f"^{action} was denied, so the accounts of the organization are not known; "):
        read(cloud, member_role="reader")


def test_organization_policies_that_may_not_be_read_are_not_seen(cloud, organization, aws_calls):
    aws_calls.denied = {"organizations:ListPoliciesForTarget"}
    loaded = read(cloud, member_role="reader")
    found = held(loaded, organization["one"])
    assert (found.organization, found.scps, found.seen) == (organization["id"], (), {PolicyType.BOUNDARY})
    assert unseen(loaded)[f"organization policies of {organization['one']}"] == (
        "organizations:ListPoliciesForTarget was denied"
    )


def test_an_account_in_no_organization_has_no_members(cloud):
    with pytest.raises(InputError, match=r"^the account is in no organization; leave --organization out$"):
        read(cloud, member_role="reader")


# ---------------------------------------------------------------- which calls are made


OPTIONS = (
    {},
    {"regions": ("all",)},
    {"member_role": "reader"},
    {"member_role": "reader", "regions": ("all",)},
)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_least_policy_only_reads_and_names_actions_that_there_are(options):
    document = _reader.policy(Asked(**options))
    assert document["Version"] == "2012-10-17"
    (statement,) = document["Statement"]
    assert (statement["Effect"], statement["Resource"]) == ("Allow", "*")
    levels = {action: catalog.action(action) for action in statement["Action"]}
    assert all(found is not None for found in levels.values())
    assert {found.access_level for found in levels.values() if found is not None} <= {"Read", "List"}
    assert len(json.dumps(document, separators=(",", ":"))) < 6144
    assert ("ec2:DescribeRegions" in levels) == ("regions" in options)
    assert ("organizations:ListAccountsForParent" in levels) == ("member_role" in options)


def test_each_call_stands_by_the_permission_that_it_takes():
    for action, (service, method) in _reads.ACTIONS.items():
        # The first takes none.
        assert operations.actions(service, method) == ((action,) if action != "sts:GetCallerIdentity" else ())


def test_a_whole_read_makes_exactly_the_calls_of_its_policy(cloud, organization, aws_calls, monkeypatch):  # noqa: ARG001 - it has to be there
    clouds.whole_account(cloud)
    clouds.in_pages(monkeypatch, 100, without=(EDGE,))
    aws_calls.asked.clear()
    asked = Asked(region="us-east-1", endpoint_url=cloud, member_role="reader")
    Reader(asked).read(silent)
    assert set(aws_calls.asked) - {"sts:GetCallerIdentity", "sts:AssumeRole"} == set(asked.actions())


def test_a_whole_read_of_one_account_makes_no_call_beside_its_policy(cloud, aws_calls, monkeypatch):
    clouds.whole_account(cloud)
    clouds.in_pages(monkeypatch, 100, without=(EDGE,))
    aws_calls.asked.clear()
    asked = Asked(region="us-east-1", endpoint_url=cloud)
    Reader(asked).read(silent)
    sent = set(aws_calls.asked) - {"sts:GetCallerIdentity"}
    assert set(asked.actions()) - sent == NOT_ASKED_OUTSIDE_AN_ORGANIZATION
    assert sent <= set(asked.actions())


def test_what_is_kept_holds_no_environment_of_functions_and_containers(cloud, tmp_path):
    clouds.whole_account(cloud)
    path = tmp_path / "kept"
    with path.open("w", encoding="utf-8") as file:
        partial = Partial(path, datetime.now(UTC), file=file)
        Reader(Asked(region="us-east-1", endpoint_url=cloud)).read(silent, partial.over)
    kept = path.read_text(encoding="utf-8")
    assert "function:worker" in kept
    assert "task-definition/server:2" in kept
    assert "DB_PASSWORD" not in kept
    assert SECRET not in kept


# ---------------------------------------------------------------- too many calls


def test_a_call_that_aws_says_to_make_later_is_made_later(cloud):
    clouds.whole_account(cloud)
    with clouds.fronted(cloud) as front:
        front.throttled.update({"ListRoles": 2, "GetAccountAuthorizationDetails": 1})
        loaded = read(front.url)
        assert front.asked["ListRoles"] == 3
    assert set(held(loaded).roles) == {ROLE}
    assert unseen(loaded) == {}


def test_patience_ends(cloud, monkeypatch):
    monkeypatch.setattr(aws, "_PATIENT", {"mode": "adaptive", "total_max_attempts": 2})
    with clouds.fronted(cloud) as front:
        front.throttled["ListRoles"] = 1000
        with pytest.raises(OutsideError) as caught:
            read(front.url)
        assert front.asked["ListRoles"] == 2
    assert re.match(r"^AWS answered `Throttling` to iam:ListRoles; try again", str(caught.value))


def test_patience_is_bounded():
    assert aws._PATIENT["mode"] == "adaptive"  # noqa: SLF001 - the number is the promise
    assert aws._PATIENT["total_max_attempts"] == 8  # noqa: SLF001 - as above


# ---------------------------------------------------------------- what is wrong with the request


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"regions": ("evil.example.com/",)}, "`evil.example.com/` is no Region; write --regions us-east-1,eu-west-1"),
        ({"read_as": ("reader",)}, "`reader` is not the ARN of a role; --read-as takes role ARNs in the order"),
        ({"member_role": "arn:aws:iam::1:role/x"}, "`arn:aws:iam::1:role/x` is no name of a role; --member-role takes"),
    ],
)
def test_what_is_no_region_or_role_is_refused_before_aws_is_asked(aws_calls, asked, said):
    with pytest.raises(InputError) as caught:
        Reader(Asked(**asked))
    assert str(caught.value).startswith(said)
    assert aws_calls.asked == []


# ---------------------------------------------------------------- Regions that are not as others


def test_a_region_that_the_account_has_not_enabled_is_not_seen(cloud, aws_calls):
    aws_calls.codes = {"me-south-1": "UnrecognizedClientException"}
    loaded = read(cloud, regions=("us-east-1", "me-south-1"))
    assert unseen(loaded)["keys of me-south-1"] == (
        "kms:ListKeys was answered `UnrecognizedClientException` in me-south-1, which the account may not have enabled, "
        "so which there are is not known"
    )
    assert {subject.rpartition(" ")[2] for subject in unseen(loaded) if "arn:" not in subject} == {"me-south-1"}


def test_credentials_that_are_refused_everywhere_end_the_reading(cloud, aws_calls):
    aws_calls.codes = {"us-east-1": "UnrecognizedClientException"}
    with pytest.raises(OutsideError, match=r"^AWS does not take the credentials: UnrecognizedClientException; log in"):
        read(cloud)
    aws_calls.codes = {"me-south-1": "ExpiredTokenException"}
    with pytest.raises(OutsideError, match=r"^AWS does not take the credentials: ExpiredTokenException; log in"):
        read(cloud, regions=("us-east-1", "me-south-1"))


def test_a_service_that_is_not_in_a_region_is_not_seen_there(cloud):
    error = EndpointConnectionError(endpoint_url="https://glue.nowhere-north-1.amazonaws.com")
    calls = aws.connected(aws.Options(region="us-east-1"))
    with pytest.raises(DeniedError) as caught:
        calls.fail("glue:GetResourcePolicy", error, "nowhere-north-1")
    assert str(caught.value) == (
        "glue:GetResourcePolicy is not answered in nowhere-north-1, where the service may not be"
    )
    for region in ("", "us-east-1", "eu-west-1"):
        with pytest.raises(OutsideError, match=r"^AWS does not answer to glue:GetResourcePolicy; check the network"):
            calls.fail("glue:GetResourcePolicy", error, region)
    at_an_endpoint = aws.connected(aws.Options(region="us-east-1", endpoint_url=cloud))
    with pytest.raises(OutsideError, match=r"^AWS does not answer at "):
        at_an_endpoint.fail("glue:GetResourcePolicy", error, "nowhere-north-1")


# ---------------------------------------------------------------- the account of every other source


def test_the_one_account_that_stands_in_every_format_is_read_as_it_is(cloud):
    folder = load(str(ACCOUNTS / "folder"), Options()).organization.accounts[ONE]
    clouds.made_as_written(cloud, folder)
    found = held(read(cloud, read_as=(f"arn:aws:iam::{ONE}:role/reader",)), ONE)
    # Every account has a Data Catalog, which no file has to say.
    catalog_ = f"arn:aws:glue:us-east-1:{ONE}:catalog"
    assert without(told(found), (f"resources.{catalog_}",)) == told(folder)
    assert found.resources[catalog_].policy is None
