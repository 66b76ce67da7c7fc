from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from iamsim import documents
from iamsim.errors import InputError, NothingToCheckError
from iamsim.model.account import Account, Organization
from iamsim.model.policy import PolicyType
from iamsim.overlay import overlay
from iamsim.sources import Loaded, Options, load
from tests import live_cloud

ROOT = Path(__file__).parents[2]
ANSWERS = ROOT / "fixtures" / "sources" / "cli-answer"
ACCOUNT = ROOT / "fixtures" / "sources" / "one-account"
ONE, PRINTED = "111122223333", "123456789012"
TENANT, SERVER = f"arn:aws:iam::{ONE}:role/tenant", f"arn:aws:iam::{ONE}:role/mcp/mcp-server"
SEARCH = f"arn:aws:iam::{PRINTED}:role/mcp/search-server"
BUCKET = "arn:aws:s3:::example-documents"
KEY = f"arn:aws:kms:us-east-1:{ONE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ASKED = Options(role=TENANT, account=ONE)
ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}


def answer(name: str, options: Options = ASKED) -> Loaded:
    return load(str(ANSWERS / name), options)


def account(loaded: Loaded, id_: str = ONE) -> Account:
    assert set(loaded.organization.accounts) == {id_}
    return loaded.organization.accounts[id_]


def assumed(loaded: Loaded) -> dict[str, str]:
    return {told.location: told.detail for told in loaded.inputs if told.kind == "assumed"}


def told(location: str, kind: type[Exception] = InputError, options: Options = ASKED) -> str:
    with pytest.raises(kind) as caught:
        load(location, options)
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Writes a file in a folder where the test stands, so that places are short."""
    monkeypatch.chdir(tmp_path)

    def write(value: object, name: str = "policy.json") -> str:
        Path(name).write_text(value if isinstance(value, str) else json.dumps(value))
        return name

    return write


@pytest.fixture(scope="module")
def base() -> Organization:
    """The account over which answers are laid."""
    return load(str(ACCOUNT / "folder"), Options()).organization


def policy(*statements: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


# ---------------------------------------------------------------- roles and other principals


def test_get_role_tells_the_role_and_not_its_policies():
    found = account(answer("get-role.json"), PRINTED)
    role = found.roles[SEARCH]
    assert role.trust is not None
    assert str(role.trust.statements[0].origin) == f"{ANSWERS / 'get-role.json'}:11:17"
    assert (role.tags, role.max_session_duration, role.unique_id) == (
        {"team": "research"},
        7200,
        "AROARZPUZDIKND34OSB4V",
    )
    assert (role.boundary, role.boundary_arn) == (None, f"arn:aws:iam::{PRINTED}:policy/shared")
    assert role.unread == ("inline policies", "managed policies")
    assert found.seen == {PolicyType.BOUNDARY}


@pytest.mark.parametrize(("name", "arn"), [("tenant", TENANT), ("mcp-server", SERVER)])
def test_the_answers_about_a_role_in_one_list_are_the_whole_role(base, name, arn):
    loaded = load(f"cli-answer:{ACCOUNT / 'cli-answer' / name}.json", Options())
    found, expected = loaded.organization.accounts[ONE].roles[arn], base.accounts[ONE].roles[arn]
    shown = [
        {
            "trust": documents.document(role.trust),
            "policies": {each.arn or each.name: documents.document(each) for each in role.policies},
            "boundary": (role.boundary_arn, role.boundary and documents.document(role.boundary)),
            "rest": (role.unread, dict(role.tags), role.max_session_duration),
        }
        for role in (found, expected)
        if role.trust is not None
    ]
    assert shown[0] == shown[1]
    assert assumed(loaded) == {}


def test_an_inline_policy_takes_the_place_of_the_one_with_its_name(base, file):
    location = file({"RoleName": "tenant", "PolicyName": "read-documents", "PolicyDocument": policy(ALLOW)})
    loaded = load(location, ASKED)
    (role,) = (overlay(base, loaded.organization).role(TENANT),)
    assert role is not None
    assert [(each.name, len(each.statements)) for each in role.policies] == [("read-documents", 1)]
    assert role.trust == base.accounts[ONE].roles[TENANT].trust
    assert assumed(loaded) == {TENANT: "that the role `tenant` of the answer is this one"}


def test_a_name_means_the_principal_of_that_name_that_is_in_play(file):
    location = file({"RoleName": "mcp-server", "PolicyName": "x", "PolicyDocument": policy(ALLOW)})
    (change,) = account(load(location, Options(needed=(SERVER, BUCKET, "*"), role=TENANT, account=ONE))).changes
    assert change.of == SERVER


@pytest.mark.parametrize(
    ("name", "arn"),
    [
        ("get-role-policy.json", f"arn:aws:iam::{ONE}:role/search-server"),
        ("get-user-policy.json", f"arn:aws:iam::{ONE}:user/deploy"),
        ("get-group-policy.json", f"arn:aws:iam::{ONE}:group/admins"),
    ],
)
def test_a_name_that_nobody_in_play_has_is_taken_to_have_no_path_and_that_is_said(name, arn):
    loaded = answer(name)
    (change,) = account(loaded).changes
    assert (change.of, len(change.policies)) == (arn, 1)
    assert assumed(loaded) == {arn: f"that it is in account {ONE} and has no path"}


def test_a_name_without_an_account_is_refused():
    text = told(str(ANSWERS / "get-user-policy.json"), options=Options())
    assert text.endswith("does not tell the account of user `deploy` (at `/`); name the role with --role-arn")


def test_the_text_of_a_managed_policy_counts_wherever_it_is_attached(base, file):
    arn = f"arn:aws:iam::{ONE}:policy/mcp/mcp-logs"
    answers = [
        {"Policy": {"Arn": arn, "DefaultVersionId": "v2"}},
        {"PolicyVersion": {"VersionId": "v2", "Document": policy(ALLOW)}},
    ]
    after = overlay(base, load(f"cli-answer:{file(answers)}", Options()).organization)
    role, group = after.role(SERVER), after.accounts[ONE].groups[f"arn:aws:iam::{ONE}:group/operators"]
    assert role is not None
    for policies in (role.policies, group.policies):
        (found,) = [each for each in policies if each.arn == arn]
        assert [statement.action.values for statement in found.statements] == [("s3:GetObject",)]


def test_a_version_alone_does_not_tell_its_policy_nor_a_policy_alone_its_text(file):
    assert told(str(ANSWERS / "get-policy-version.json")).endswith(
        "does not tell which policy it is a version of (at `/PolicyVersion`); "
        "put it into one list with what `aws iam get-policy` prints (`jq -s . FILE…`), one policy a file"
    )
    assert "does not hold the policy's text" in told(str(ANSWERS / "get-policy.json"))
    other = [
        {"Policy": {"Arn": f"arn:aws:iam::{ONE}:policy/p", "DefaultVersionId": "v2"}},
        {"PolicyVersion": {"VersionId": "v1"}},
    ]
    assert "does not tell which policy it is a version of" in told(f"cli-answer:{file(other)}")


def test_two_versions_in_one_list_are_refused(file):
    version = {"PolicyVersion": {"VersionId": "v1", "Document": policy(ALLOW)}}
    answers = [{"Policy": {"Arn": f"arn:aws:iam::{ONE}:policy/p", "DefaultVersionId": "v1"}}, version, version]
    assert "does not tell which policy it is a version of" in told(f"cli-answer:{file(answers)}")


def test_listed_policies_are_those_of_the_role_that_was_asked_about(base, file):
    attached = [
        {"PolicyArn": f"arn:aws:iam::{ONE}:policy/mcp/mcp-logs"},
        {"PolicyArn": f"arn:aws:iam::{ONE}:policy/elsewhere"},
        {"PolicyArn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"},
    ]
    loaded = load(file({"AttachedPolicies": attached}), ASKED)
    assert assumed(loaded) == {TENANT: "that the managed policies listed are its own"}
    role = overlay(base, loaded.organization).role(TENANT)
    assert role is not None
    assert [each.name for each in role.policies] == ["read-documents", "AmazonS3ReadOnlyAccess", "mcp-logs"]
    assert role.unread == (f"arn:aws:iam::{ONE}:policy/elsewhere",)
    (names,) = account(load(file({"PolicyNames": ["read-documents", "more"]}), ASKED)).changes
    assert names.unread == ("read-documents", "more")


def test_lists_for_two_roles_in_one_file_are_refused(file):
    roles = [{"Role": {"Arn": f"arn:aws:iam::{ONE}:role/{name}"}} for name in "ab"]
    assert "does not tell which role it is about" in told(f"cli-answer:{file([*roles, {'PolicyNames': []}])}")
    assert "is a second list" in told(f"cli-answer:{file([{'PolicyNames': []}, {'PolicyNames': []}])}")


# ---------------------------------------------------------------- resources


@pytest.mark.parametrize(
    ("name", "arn", "owner"),
    [
        ("get-bucket-policy.json", BUCKET, ONE),
        ("get-policy-of-function.json", f"arn:aws:lambda:us-east-1:{PRINTED}:function:index", PRINTED),
        ("get-resource-policy.json", f"arn:aws:secretsmanager:us-east-1:{PRINTED}:secret:app/token-ljXFQo", PRINTED),
        ("get-topic-attributes.json", f"arn:aws:sns:us-east-1:{PRINTED}:news", PRINTED),
        ("queue-policy.json", f"arn:aws:sqs:us-east-1:{ONE}:jobs", ONE),
    ],
)
def test_a_resource_policy_belongs_to_the_one_resource_that_it_or_the_answer_names(name, arn, owner):
    (found,) = account(answer(name), owner).resources.values()
    assert found.arn == arn
    assert found.policy is not None
    assert found.partial


def test_the_account_of_a_bucket_is_taken_for_granted_and_that_is_said():
    assert assumed(answer("get-bucket-policy.json")) == {BUCKET: f"that it belongs to account {ONE}"}
    text = told(str(ANSWERS / "get-bucket-policy.json"), options=Options())
    assert "does not tell the account that it is in" in text
    assert "name the role with --role-arn, or put it into a folder as docs/policies-folder.md says" in text


def test_a_policy_in_a_text_has_the_place_of_the_text():
    (found,) = account(answer("get-bucket-policy.json")).resources.values()
    assert found.policy is not None
    origin = found.policy.statements[0].origin
    assert (str(origin), origin.pointer) == (f"{ANSWERS / 'get-bucket-policy.json'}:2:5", "/Policy/Statement/0")


def test_what_another_source_tells_of_a_bucket_stays(base):
    found = overlay(base, answer("get-bucket-policy.json").organization).accounts[ONE].resources[BUCKET]
    assert found.settings["restrict_public_buckets"] == "true"
    assert found.policy is not None
    assert found.policy.origin.document.endswith("get-bucket-policy.json")


def test_a_queue_without_a_policy_has_none():
    (found,) = account(answer("get-queue-attributes.json"), PRINTED).resources.values()
    assert (found.policy, found.unread, found.partial) == (None, "", False)


def test_some_attributes_do_not_tell_whether_there_is_a_policy(file):
    arn = f"arn:aws:sqs:us-east-1:{ONE}:jobs"
    assert "ask for all attributes: --attribute-names All" in told(file({"Attributes": {"QueueArn": arn}}))


def test_other_answers_about_a_secret_do_not_tell_its_policy(file):
    secret = {"ARN": f"arn:aws:secretsmanager:us-east-1:{ONE}:secret:a", "Name": "a"}
    location = file({**secret, "VersionIdsToStages": {}})
    assert "does not tell the secret's policy" in told(f"cli-answer:{location}")
    (found,) = account(load(f"cli-answer:{file(secret)}", Options())).resources.values()
    assert (found.policy, found.partial) == (None, False)


def test_a_key_policy_belongs_to_the_key_beside_it():
    (found,) = account(load(f"cli-answer:{ACCOUNT / 'cli-answer' / 'key.json'}", Options())).resources.values()
    assert (found.arn, found.settings) == (KEY, {"key_manager": "CUSTOMER"})


def test_a_key_policy_alone_is_that_of_the_only_key_in_play_and_that_is_said():
    path = str(ANSWERS / "get-key-policy.json")
    loaded = load(path, Options(needed=(KEY, KEY, BUCKET), role=TENANT, account=ONE))
    assert list(account(loaded).resources) == [KEY]
    assert assumed(loaded) == {KEY: f"that `{path}` is its key policy: no other key is in play"}
    for needed in ((), (KEY, f"{KEY[:-1]}c"), (f"{KEY}*",)):
        assert "does not tell the key that it belongs to" in told(
            path, options=Options(needed=needed, role=TENANT, account=ONE)
        )


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        ["arn:aws:s3:::one/*", "arn:aws:s3:::two/*"],
        "arn:aws:s3:::one-*",
        "arn:aws:s3:us-east-1:111122223333:accesspoint/reports/object/*",
        "documents",
    ],
)
def test_a_resource_policy_that_names_no_one_resource_is_refused(file, resource):
    text = told(file(policy({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": resource})))
    assert text == (
        "policy.json:1:1: does not tell the one resource that it belongs to (at `/`); "
        "put it into a folder as docs/policies-folder.md says"
    )


# ---------------------------------------------------------------- bare policies


def test_a_policy_without_principals_is_an_inline_policy_of_the_role_that_was_asked_about(base):
    loaded = answer("read-documents.json")
    role = overlay(base, loaded.organization).role(TENANT)
    assert role is not None
    assert [(each.name, str(each.origin)) for each in role.policies] == [
        ("read-documents", f"{ANSWERS / 'read-documents.json'}:1:1")
    ]
    path = ANSWERS / "read-documents.json"
    assert assumed(loaded) == {TENANT: f"that `{path}` is an inline policy of it, `read-documents`"}


def test_a_policy_of_sts_that_names_principals_is_the_trust_policy_of_that_role(base):
    loaded = answer("trust.json")
    after, before = overlay(base, loaded.organization).role(TENANT), base.role(TENANT)
    assert after is not None
    assert before is not None
    assert after.trust is not None
    assert str(after.trust.statements[0].origin) == f"{ANSWERS / 'trust.json'}:4:5"
    assert replace(after, trust=before.trust) == before
    assert assumed(loaded) == {TENANT: f"that `{ANSWERS / 'trust.json'}` is its trust policy"}


def test_a_trust_policy_beside_the_answer_about_its_role_takes_the_place_of_the_one_in_it(file):
    trust = policy({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"})
    role = {
        "Arn": TENANT,
        "MaxSessionDuration": 7200,
        "AssumeRolePolicyDocument": json.loads((ANSWERS / "trust.json").read_text()),
    }
    found = account(load(f"cli-answer:{file([{'Role': role}, trust])}", ASKED)).roles[TENANT]
    assert found.trust is not None
    assert str(found.trust.statements[0].effect) == "Deny"
    assert found.max_session_duration == 7200


@pytest.mark.parametrize(
    "name", ["trust.json", "read-documents.json", "list-role-policies.json", "list-attached-role-policies.json"]
)
def test_without_a_role_nothing_tells_whom_it_is_attached_to(name):
    assert told(str(ANSWERS / name), options=Options()).endswith(
        "; name the role with --role-arn, or put it into a folder as docs/policies-folder.md says"
    )


def test_a_policy_of_sts_with_a_resource_is_no_trust_policy(file):
    """IAM takes no trust policy with that element."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}
    assert "does not tell the one resource" in told(file(policy(statement)))


def test_a_policy_of_principals_and_of_resources_at_once_is_refused(file):
    assert "does not tell the one resource" in told(file(policy(ALLOW, {**ALLOW, "Principal": "*"})))


# ---------------------------------------------------------------- organizations


def test_an_organization_policy_denies_and_what_else_is_attached_stays_open(base):
    loaded = answer("describe-policy.json")
    found = account(loaded)
    arn = "arn:aws:organizations::123456789012:policy/o-e68sh8piya/service_control_policy/p-eb234ps8"
    assert [[each.arn for each in level] for level in found.scps] == [[arn]]
    assert assumed(loaded) == {arn: f"that it is attached above account {ONE}; what else is attached is not seen"}
    assert PolicyType.SCP not in overlay(base, loaded.organization).accounts[ONE].seen


def test_the_policies_of_an_organization_do_not_reach_the_account_that_manages_it():
    role = f"arn:aws:iam::{PRINTED}:role/app"
    text = told(str(ANSWERS / "describe-policy.json"), options=Options(role=role, account=PRINTED))
    assert f"account {PRINTED} manages the organization, which its policies do not restrict" in text


def test_other_kinds_of_organization_policies_are_refused(file):
    summary = {"Arn": "arn:aws:organizations::123456789012:policy/o-1/tag_policy/p-1", "Type": "TAG_POLICY"}
    assert "`TAG_POLICY` is no kind that is read" in told(file({"Policy": {"PolicySummary": summary, "Content": "{}"}}))


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"Statement": [', "is not JSON"),
        ('{"Statement": [], "Statement": []}', "appears twice"),
        ('{"Statement": ' + "[" * 5000, "nested too deeply"),
        ('{"Statement": []}', "a policy needs at least one statement"),
        ('{"Statement": 7}', "a policy needs at least one statement"),
        ('{"Role": []}', "expected an object"),
        ('{"Role": {"Arn": 7}}', "expected text"),
        ('{"Role": {"Arn": "app"}}', "is not an ARN"),
        ('{"Role": {"Arn": "arn:aws:iam::111122223333:role/a", "MaxSessionDuration": "soon"}}', "expected seconds"),
        ('{"Role": {"Arn": "arn:aws:iam::111122223333:role/a", "MaxSessionDuration": 1e999}}', "expected seconds"),
        ('{"Role": {"Arn": "arn:aws:iam::111122223333:role/a", "Tags": [{}]}}', "a tag without a key"),
        ('{"PolicyName": "a", "PolicyDocument": {"Statement": []}}', "a policy of nobody"),
        ('{"RoleName": "a", "PolicyName": "a", "PolicyDocument": null}', "holds no policy"),
        ('{"Policy": "{"}', "a text in it is not JSON"),
        ('{"Policy": 7}', "a policy is a JSON object, not a number"),
        ('{"Policy": null}', "holds no policy"),
        ('{"Policy": {}}', "is no policy that is read"),
        ('{"Policy": {"PolicySummary": {"Type": "SERVICE_CONTROL_POLICY", "Arn": "arn:aws:a:::b"}, "Content": null}}', "holds no policy"),
        ('{"PolicyNames": [7]}', "expected text"),
        ('{"AttachedPolicies": [{"PolicyArn": "x"}]}', "is not an ARN"),
        ('{"PolicyNames": [], "Marker": "x"}', "is one page of several"),
    ],
)  # fmt: skip
def test_hostile_answers_are_one_line_with_their_place(file, text, words):
    shown = told(file(text))
    assert shown.startswith("policy.json:1:")
    assert words in shown


@pytest.mark.parametrize("text", ["[7]", "7", '{"Users": []}', "[[]]"])
def test_other_answers_are_refused_with_what_is_read(file, text):
    assert "is no policy and no answer of the AWS CLI" in told(f"cli-answer:{file(text)}")


def test_an_empty_list_is_nothing_to_check(file):
    assert told(f"cli-answer:{file('[]')}", NothingToCheckError) == (
        "`policy.json` holds no policy; save an answer that holds one"
    )


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "policy.json"
    path.write_bytes(b'{"Statement": "\xff"}')
    assert "is not UTF-8 text" in told(str(path))


def test_a_role_that_no_arn_tells_is_no_reason_to_fail_differently(file):
    location = file({"RoleName": "a", "PolicyName": "a", "PolicyDocument": policy(ALLOW)})
    (change,) = account(load(location, Options(role=TENANT, needed=("lambda.amazonaws.com", "x:role/a", "*")))).changes
    assert change.of == f"arn:aws:iam::{ONE}:role/a"


# ---------------------------------------------------------------- the CLI itself

AWS = shutil.which("aws")


@pytest.fixture(scope="module")
def cli():
    """The AWS CLI, which asks a stand-in for AWS over real HTTP."""
    if AWS is None:
        pytest.skip("the AWS CLI is not installed")
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
    }

    with live_cloud.served() as endpoint:

        def run(command: str, *more: str) -> str:
            full = [AWS, "--endpoint-url", endpoint, *command.split(), *more]
            return subprocess.run(full, check=True, capture_output=True, text=True, env=environment).stdout

        yield run


def test_what_the_cli_prints_of_a_role_is_the_whole_role(cli, file):
    trust, allow = (ANSWERS / name for name in ("trust.json", "read-documents.json"))
    cli(
        "iam create-role --role-name app --path /team/ --max-session-duration 7200 --tags Key=team,Value=a",
        "--assume-role-policy-document",
        f"file://{trust}",
    )
    cli("iam put-role-policy --role-name app --policy-name read", "--policy-document", f"file://{allow}")
    arn = json.loads(cli("iam create-policy --policy-name shared", "--policy-document", f"file://{allow}"))["Policy"][
        "Arn"
    ]
    cli(f"iam attach-role-policy --role-name app --policy-arn {arn}")
    printed = [
        json.loads(cli(command))
        for command in (
            "iam get-role --role-name app",
            "iam list-role-policies --role-name app",
            "iam get-role-policy --role-name app --policy-name read",
            "iam list-attached-role-policies --role-name app",
            f"iam get-policy --policy-arn {arn}",
            f"iam get-policy-version --policy-arn {arn} --version-id v1",
        )
    ]
    (role,) = account(load(f"cli-answer:{file(printed)}", Options()), PRINTED).roles.values()
    assert role.arn == f"arn:aws:iam::{PRINTED}:role/team/app"
    assert ([each.name for each in role.policies], role.unread) == (["read", "shared"], ())
    assert (role.tags, role.max_session_duration, role.boundary_arn) == ({"team": "a"}, 7200, None)


def test_what_the_cli_prints_of_resources_is_read(cli, file):
    cli("s3api create-bucket --bucket example-documents")
    bucket = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]})
    cli("s3api put-bucket-policy --bucket example-documents", "--policy", json.dumps(bucket))
    assert list(account(load(file(cli("s3api get-bucket-policy --bucket example-documents")), ASKED)).resources) == [
        BUCKET
    ]
    key = json.loads(cli("kms create-key"))
    printed = [key, json.loads(cli(f"kms get-key-policy --policy-name default --key-id {key['KeyMetadata']['KeyId']}"))]
    (found,) = account(load(f"cli-answer:{file(printed)}", Options()), PRINTED).resources.values()
    assert found.arn == key["KeyMetadata"]["Arn"]
    arn = json.loads(cli("secretsmanager create-secret --name token --secret-string x"))["ARN"]
    secret = policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ONE}:root"},
            "Action": "secretsmanager:*",
            "Resource": "*",
        }
    )
    cli(f"secretsmanager put-resource-policy --secret-id {arn}", "--resource-policy", json.dumps(secret))
    printed_secret = file(cli(f"secretsmanager get-resource-policy --secret-id {arn}"))
    (found,) = account(load(printed_secret, Options()), PRINTED).resources.values()
    assert (found.arn, found.policy is not None) == (arn, True)
