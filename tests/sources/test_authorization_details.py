from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from iamsim.errors import InputError, NothingToCheckError
from iamsim.model.account import Account
from iamsim.model.policy import PolicyType
from iamsim.model.report import Input
from iamsim.sources import Loaded, Options, load
from tests.sources import broken
from tests.sources.large_account import large_account

ROOT = Path(__file__).parents[2]
DETAILS = ROOT / "fixtures" / "sources" / "one-account" / "authorization-details" / "details.json"
ONE = "111122223333"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}
SHARED = f"arn:aws:iam::{ONE}:policy/shared"


def role(name: str = "app", account: str = ONE, **more: object) -> dict[str, Any]:
    return {
        "RoleName": name,
        "Arn": f"arn:aws:iam::{account}:role/{name}",
        "AssumeRolePolicyDocument": TRUST,
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        **more,
    }


def user(name: str = "deploy", **more: object) -> dict[str, Any]:
    return {"UserName": name, "Arn": f"arn:aws:iam::{ONE}:user/{name}", "AttachedManagedPolicies": [], **more}


def group(name: str = "admins", path: str = "", **more: object) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ONE}:group/{path}{name}"
    return {"GroupName": name, "Arn": arn, "GroupPolicyList": [], "AttachedManagedPolicies": [], **more}


def attached(*arns: str) -> list[dict[str, str]]:
    return [{"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn} for arn in arns]


def managed(arn: str = SHARED, document: object = ALLOW, **more: object) -> dict[str, Any]:
    versions = [
        {"VersionId": "v3", "IsDefaultVersion": False, "Document": {"not": "read"}},
        {"VersionId": "v2", "IsDefaultVersion": True, "Document": document},
    ]
    return {"Arn": arn, "DefaultVersionId": "v2", "PolicyVersionList": versions, **more}


@pytest.fixture
def at(tmp_path, monkeypatch):
    """Writes `d.json` and stands beside it, so that places read `d.json:…`."""
    monkeypatch.chdir(tmp_path)

    def write(*pages: object, **lists: object) -> str:
        text = "".join(page if isinstance(page, str) else json.dumps(page, indent=4) for page in pages or [lists])
        Path("d.json").write_text(text, encoding="utf-8")
        return "authorization-details:d.json"

    return write


def loaded(location: str) -> Loaded:
    return load(location, Options())


def not_seen(location: str) -> list[Input]:
    return [told for told in loaded(location).inputs if told.kind == "not seen"]


def account(location: str) -> Account:
    found = loaded(location).organization.accounts
    assert list(found) == [ONE]
    return found[ONE]


def refused(location: str, kind: type[Exception] = InputError) -> str:
    with pytest.raises(kind) as caught:
        loaded(location)
    return str(caught.value)


# ---------------------------------------------------------------- what is read


def test_a_saved_answer_is_recognised_and_counted(monkeypatch):
    monkeypatch.chdir(DETAILS.parent)
    told, assumed = loaded("details.json").inputs

    assert told.detail == (f"authorization details of account {ONE}: 2 roles, 1 user, 1 group, 2 managed policies")
    assert (assumed.kind, assumed.location, assumed.detail) == (
        "assumed",
        "longest sessions of 2 roles",
        "as long as a call asks for: MaxSessionDuration is not told",
    )


def test_a_role_is_read_with_everything_that_hangs_on_it():
    found = account(str(DETAILS))
    server = found.roles[f"arn:aws:iam::{ONE}:role/mcp/mcp-server"]
    tenant = found.roles[f"arn:aws:iam::{ONE}:role/tenant"]

    assert [policy.name for policy in server.policies] == ["assume-tenants", "mcp-logs", "AmazonS3ReadOnlyAccess"]
    assert server.trust is not None
    assert (server.trust.name, server.trust.statements[0].principal.service) == (
        "trust policy of mcp-server",
        ("ecs-tasks.amazonaws.com",),
    )
    assert (server.tags, server.unique_id) == ({"team": "research"}, "AROACKCEVSQ6CEXAMPLE1")
    assert (server.boundary, server.boundary_arn) == (None, None)
    assert tenant.boundary is not None
    assert tenant.boundary.arn == tenant.boundary_arn == f"arn:aws:iam::{ONE}:policy/tenant-boundary"


def test_how_long_sessions_may_be_is_not_in_it():
    assert {found.max_session_duration for found in account(str(DETAILS)).roles.values()} == {None}


def test_users_and_groups_are_read_and_belong_together():
    found = account(str(DETAILS))
    (deploy,), (operators,) = found.users.values(), found.groups.values()

    assert [policy.name for policy in deploy.policies] == ["own-keys"]
    assert deploy.groups == (operators.arn,)
    assert [policy.name for policy in operators.policies] == ["jobs", "mcp-logs"]
    assert (deploy.tags, deploy.unique_id, deploy.unread) == ({"team": "operations"}, "AIDACKCEVSQ6CEXAMPLE1", ())


def test_a_group_on_a_path_is_found_by_its_name(at):
    found = account(at(UserDetailList=[user(GroupList=["admins"])], GroupDetailList=[group(path="it/")]))

    assert found.users[f"arn:aws:iam::{ONE}:user/deploy"].groups == (f"arn:aws:iam::{ONE}:group/it/admins",)


def test_only_the_default_version_of_a_managed_policy_counts(at):
    found = account(at(RoleDetailList=[role(AttachedManagedPolicies=attached(SHARED))], Policies=[managed()]))
    (policy,) = next(iter(found.roles.values())).policies

    assert (policy.name, policy.arn) == ("shared", SHARED)
    assert policy.statements[0].action.values == ("s3:GetObject",)
    assert found.policies == {SHARED: policy}


def test_managed_policies_that_nobody_has_attached_are_known_too(at):
    assert list(account(at(RoleDetailList=[], Policies=[managed()])).policies) == [SHARED]


def test_the_text_in_the_file_is_newer_than_the_catalogs(at):
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    found = account(at(RoleDetailList=[role(AttachedManagedPolicies=attached(arn))], Policies=[managed(arn)]))

    assert next(iter(found.roles.values())).policies[0].origin.document == "d.json"


def test_every_statement_knows_its_line(monkeypatch):
    monkeypatch.chdir(DETAILS.parent)
    lines = Path("details.json").read_text(encoding="utf-8").splitlines()
    found = account("details.json")
    statement = found.roles[f"arn:aws:iam::{ONE}:role/mcp/mcp-server"].policies[1].statements[0]
    (condition,) = found.roles[f"arn:aws:iam::{ONE}:role/mcp/mcp-server"].trust.statements[0].conditions

    assert lines[condition.origin.line - 1][condition.origin.column - 1 :] == '"aws:SourceAccount": "111122223333"'
    assert condition.origin.pointer == (
        "/RoleDetailList/0/AssumeRolePolicyDocument/Statement/0/Condition/StringEquals/aws:SourceAccount"
    )
    assert statement.resource.origin.pointer == "/Policies/0/PolicyVersionList/0/Document/Statement/0/Resource"
    assert "log-group:/mcp/*" in lines[statement.resource.origin.line - 1]


@pytest.mark.parametrize(
    "encoded",
    [
        quote(json.dumps(ALLOW), safe=""),
        quote(json.dumps(ALLOW)),
        json.dumps(ALLOW, indent=1),
        "\n" + json.dumps(ALLOW),
    ],
    ids=["RFC 3986", "slashes as they are", "text", "text behind a blank"],
)
def test_a_policy_may_stand_as_the_api_sends_it(at, encoded):
    inline = [{"PolicyName": "read", "PolicyDocument": encoded}]
    found = account(at(RoleDetailList=[role(RolePolicyList=inline)]))
    (policy,) = next(iter(found.roles.values())).policies

    assert policy.statements[0].action.values == ("s3:GetObject",)
    assert policy.statements[0].origin.pointer == "/RoleDetailList/0/RolePolicyList/0/PolicyDocument/Statement/0"
    assert policy.statements[0].origin.line == 18


def test_a_plus_in_an_encoded_policy_is_a_plus(at):
    document = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/a+b c"}}
    text = quote(json.dumps(document)).replace("%2B", "+")
    found = account(at(RoleDetailList=[role(RolePolicyList=[{"PolicyName": "p", "PolicyDocument": text}])]))

    assert next(iter(found.roles.values())).policies[0].statements[0].resource.values == ("arn:aws:s3:::b/a+b c",)


# ---------------------------------------------------------------- what is not in it


def test_boundaries_are_all_that_is_seen(at):
    assert account(at(RoleDetailList=[role()])).seen == {PolicyType.BOUNDARY}


def test_an_attached_policy_without_a_text_is_unread_and_said_to_be(at):
    arns = (SHARED, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    location = at(
        RoleDetailList=[
            role(AttachedManagedPolicies=attached(*arns)),
            role("b", AttachedManagedPolicies=attached(SHARED)),
        ]
    )
    found = account(location).roles[f"arn:aws:iam::{ONE}:role/app"]

    assert found.unread == (SHARED,)
    assert [policy.name for policy in found.policies] == ["AmazonS3ReadOnlyAccess"]
    assert [(told.kind, told.location, told.detail) for told in not_seen(location)] == [
        ("not seen", SHARED, "its text is not in the file; attached to 2")
    ]


def test_a_boundary_without_a_text_is_attached_all_the_same(at):
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": SHARED}
    location = at(RoleDetailList=[role(PermissionsBoundary=boundary)])
    found = next(iter(account(location).roles.values()))

    assert (found.boundary, found.boundary_arn) == (None, SHARED)
    assert loaded(location).inputs[1].location == SHARED


def test_a_group_that_a_filter_left_out_leaves_the_permissions_of_its_users_open(at):
    location = at(UserDetailList=[user(GroupList=["admins"])], GroupDetailList=[], RoleDetailList=[], Policies=[])
    (found,) = account(location).users.values()

    assert (found.groups, found.unread) == ((), ("policies of the group admins",))
    assert [(told.location, told.detail) for told in not_seen(location)] == [
        ("group admins", "it is not in the file; users in it: 1")
    ]


def test_a_user_without_inline_policies_has_no_list_of_them(at):
    assert next(iter(account(at(UserDetailList=[user()])).users.values())).unread == ()


@pytest.mark.parametrize(
    ("entity", "left_out", "unread"),
    [
        (("RoleDetailList", role()), "RolePolicyList", "inline policies of app"),
        (("RoleDetailList", role()), "AttachedManagedPolicies", "managed policies of app"),
        (("GroupDetailList", group()), "GroupPolicyList", "inline policies of admins"),
        (("UserDetailList", user()), "AttachedManagedPolicies", "managed policies of deploy"),
    ],
)
def test_a_list_that_somebody_took_out_is_not_an_empty_one(at, entity, left_out, unread):
    name, value = entity
    location = at(**{name: [{key: member for key, member in value.items() if key != left_out}]})
    found = account(location)
    (one,) = (*found.roles.values(), *found.users.values(), *found.groups.values())

    assert one.unread == (unread,)
    assert loaded(location).inputs[1].detail == f"the file leaves out the {unread}"


def test_a_managed_policy_without_its_default_version_is_unread(at):
    versions = [{"VersionId": "v1", "IsDefaultVersion": False, "Document": ALLOW}]
    policies = [managed(PolicyVersionList=versions)]
    found = account(at(RoleDetailList=[role(AttachedManagedPolicies=attached(SHARED))], Policies=policies))

    assert next(iter(found.roles.values())).unread == (SHARED,)


# ---------------------------------------------------------------- pages


def test_pages_one_behind_another_are_one_answer(at):
    first = {"RoleDetailList": [role("a")], "IsTruncated": True, "Marker": "m"}
    last = {"RoleDetailList": [role("b")], "Policies": [managed()], "IsTruncated": False, "ResponseMetadata": {}}

    assert len(account(at(first, "\n", last)).roles) == 2


@pytest.mark.parametrize("more", [{"IsTruncated": True}, {"IsTruncated": "true"}, {"Marker": "m"}, {"NextToken": "t"}])
def test_one_page_of_several_does_not_pass_for_the_whole(at, more):
    said = refused(at({"RoleDetailList": [role("a")]}, {"RoleDetailList": [role("b")], **more}))

    assert said.endswith(
        ": is one page of several; take it again without --no-paginate and --max-items, or append the pages that follow"
    )


# ---------------------------------------------------------------- what is refused


def test_two_accounts_are_refused(at):
    said = refused(at(RoleDetailList=[role(), role("b", account="444455556666")]))

    assert said.startswith("d.json:18:9: `arn:aws:iam::444455556666:role/b` is not of account 111122223333")
    assert said.endswith("give each account its own file, and --policies several times")


def test_policies_of_aws_alone_tell_no_account(at):
    said = refused(at(Policies=[managed("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")]))

    assert said.startswith("d.json: no ARN tells the account; ")


def test_an_answer_that_describes_nothing_is_nothing_to_check(at):
    assert "describes nothing" in refused(at(RoleDetailList=[], UserDetailList=[]), NothingToCheckError)


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        ({"RoleDetailList": [role(), role()]}, f"`arn:aws:iam::{ONE}:role/app` is described twice; see also d.json:3:9"),
        ({"RoleDetailLst": []}, "`RoleDetailLst` has no meaning here; did you mean `RoleDetailList`?"),
        ({"RoleDetailList": {}}, "`RoleDetailList` is a list"),
        ({"RoleDetailList": [role(Arn="app")]}, "`app` is not the ARN of a role"),
        ({"RoleDetailList": [role(Arn=f"arn:aws:iam::{ONE}:user/app")]}, "is not the ARN of a role"),
        ({"RoleDetailList": [role(Arn="arn:aws:iam::aws:role/app")]}, "is not the ARN of a role"),
        ({"RoleDetailList": [{**role(), "AssumeRolePolicyDocument": 7}]}, "a policy is a JSON object, not a number"),
        ({"RoleDetailList": [role(RolePolicyList=[{"PolicyName": "p"}])]}, "`PolicyDocument` has to be there"),
        ({"RoleDetailList": [role(AssumeRolePolicyDocument="%FF")]}, "is percent-encoded, and no UTF-8"),
        ({"RoleDetailList": [role(AssumeRolePolicyDocument="%7B%7D")]}, "a policy needs at least one statement"),
        ({"RoleDetailList": [role(AssumeRolePolicyDocument="%EE%80%80")]}, "a private-use character"),
        ({"RoleDetailList": [role(Tags=[{"Key": "a"}])]}, "`Value` is a text and has to be there"),
        ({"Policies": [managed(DefaultVersionId="v3")]}, "two versions are called the default one"),
        ({}, "holds none of RoleDetailList, UserDetailList, GroupDetailList, Policies"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(at, lists, said):
    assert said in refused(at(lists))


def test_an_entity_larger_than_any_is_refused(at):
    said = refused(at(RoleDetailList=[role(Description="x" * 32_000_000)]))

    assert "is longer than anything that AWS stores for one" in said


def test_what_aws_adds_to_an_entity_is_left_alone(at):
    assert account(at(RoleDetailList=[role(RoleLastUsed={}, InstanceProfileList=[{"Roles": []}], New=[1])])).roles


# ---------------------------------------------------------------- broken and large files


def test_whatever_stands_wherever_is_loaded_or_refused_in_one_line(tmp_path):
    value = json.loads(DETAILS.read_text(encoding="utf-8"))
    said = [
        broken.told(tmp_path / "d.json", "authorization-details", json.dumps(each))
        for each in broken.some_variants(value)
    ]

    assert len(said) > 1000
    assert sum(map(bool, said)) > len(said) / 2


def test_a_file_that_ends_too_early_is_refused(tmp_path):
    for text in broken.truncated(DETAILS.read_text(encoding="utf-8")):
        broken.assert_refused(tmp_path / "d.json", "authorization-details", text)


def test_a_key_that_is_there_twice_is_refused(tmp_path):
    value = json.loads(DETAILS.read_text(encoding="utf-8"))
    for text in broken.doubled(value):
        assert "appears twice in one object" in broken.told(tmp_path / "d.json", "authorization-details", text)


@pytest.mark.parametrize("name", broken.JUNK)
def test_junk_is_refused_in_one_line(tmp_path, name):
    broken.assert_refused(tmp_path / "d.json", "authorization-details", broken.JUNK[name])


def test_what_is_no_text_is_refused(tmp_path):
    assert "is not UTF-8 text (byte 20)" in broken.told(
        tmp_path / "d.json", "authorization-details", b'{"RoleDetailList": "\xff"}'
    )


@pytest.mark.parametrize("junk", ["[", '"a', " ", '{"RoleDetailList":', "\\u0041"])
def test_a_hundred_megabytes_of_junk_are_refused(tmp_path, junk):
    broken.assert_refused(tmp_path / "d.json", "authorization-details", (junk * (100_000_000 // len(junk))).encode())


def test_a_large_account_is_read(tmp_path):
    # A twentieth of what benchmarks/bench_sources.py measures.
    large_account(tmp_path / "d.json", roles=250)
    found = account(str(tmp_path / "d.json"))
    text = (tmp_path / "d.json").read_text(encoding="utf-8").splitlines()

    assert (len(found.roles), len(found.users), len(found.groups), len(found.policies)) == (250, 25, 2, 25)
    for one in found.roles.values():
        for policy in one.policies[:5]:
            for statement in policy.statements:
                assert text[statement.origin.line - 1].lstrip() == "{"
                assert text[statement.action.origin.line - 1].lstrip() == '"Action": ['
