from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from iamsim.errors import InputError, NothingToCheckError
from iamsim.model.account import Account
from iamsim.sources import Loaded, Options, _files, iam_collect, json_folder, load

ROOT = Path(__file__).parents[2]
COLLECTED = ROOT / "fixtures" / "sources" / "one-account" / "iam-collect"
ONE = "111122223333"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
UNDOCUMENTED = "iam-collect's documentation does not say how its files hold them"


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Writes files of one account as iam-collect lays them out; the test stands beside the folder."""
    monkeypatch.chdir(tmp_path)

    def write(files: dict[str, object]) -> str:
        for name, value in files.items():
            path = Path("iam-data/aws/aws/accounts", ONE, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(value if isinstance(value, str) else json.dumps(value))
        return "iam-data"

    return write


def account(loaded: Loaded) -> Account:
    return loaded.organization.accounts[ONE]


def unseen(loaded: Loaded) -> dict[str, str]:
    return {told.location: told.detail for told in loaded.inputs if told.kind == "not seen"}


def told(location: str, kind: type[Exception] = InputError) -> str:
    with pytest.raises(kind) as caught:
        load(location, Options())
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_its_folder_is_told_from_the_folder_of_an_account():
    assert iam_collect.SOURCE.recognises(COLLECTED)
    assert not iam_collect.SOURCE.recognises(COLLECTED.parent / "folder")
    assert json_folder.SOURCE.recognises(COLLECTED)
    assert set(load(str(COLLECTED), Options()).organization.accounts) == {ONE}


def test_what_is_read_and_what_is_not_is_said():
    loaded = load(str(COLLECTED), Options())
    assert (
        loaded.inputs[0].detail == f"account {ONE}, as iam-collect stored it: 2 roles, 2 managed policies, 3 resources"
    )
    assert unseen(loaded) == {
        f"identity policies and boundaries of the roles of {ONE}": UNDOCUMENTED,
        f"users, groups and organization policies of {ONE}": UNDOCUMENTED,
    }
    assert account(loaded).seen == frozenset()


def test_a_role_has_its_trust_policy_and_its_other_policies_are_open():
    role = account(load(str(COLLECTED), Options())).roles[f"arn:aws:iam::{ONE}:role/mcp/mcp-server"]
    path = COLLECTED / "aws/aws/accounts" / ONE / "iam/role/mcp%2fmcp-server/trust-policy.json"
    assert role.trust is not None
    assert str(role.trust.statements[0].origin) == f"{path}:4:5"
    assert (role.policies, role.unread, role.boundary_arn) == ((), ("managed policies",), None)
    assert (role.tags, role.max_session_duration) == ({"team": "research"}, None)


def test_inline_policies_are_open_where_there_are_some(stored):
    location = stored(
        {
            "iam/role/app/metadata.json": {"arn": f"arn:aws:iam::{ONE}:role/App"},
            "iam/role/app/trust-policy.json": json.dumps(ALLOW)
            .replace(', "Resource": "*"', "")
            .replace('"*"]', '"sts:*"]'),
            "iam/role/app/inline-policies.json": [],
        }
    )
    (role,) = account(load(location, Options())).roles.values()
    assert (role.arn, role.unread) == (f"arn:aws:iam::{ONE}:role/App", ("inline policies", "managed policies"))


@pytest.mark.parametrize("tags", [{"team": "a"}, [{"Key": "team", "Value": "a"}], [{"key": "team", "value": "a"}]])
def test_tags_are_read_in_each_form_that_aws_has(stored, tags):
    location = stored(
        {"iam/role/app/metadata.json": {"arn": f"arn:aws:iam::{ONE}:role/app"}, "iam/role/app/tags.json": tags}
    )
    (role,) = account(load(location, Options())).roles.values()
    assert role.tags == {"team": "a"}


def test_a_role_whose_tags_are_in_another_form_is_left_out(stored):
    arn = f"arn:aws:iam::{ONE}:role/app"
    files = {
        "iam/role/app/metadata.json": {"arn": arn},
        "iam/role/app/tags.json": {"tags": [["team", "a"]]},
        "s3/b/metadata.json": {},
    }
    loaded = load(stored(files), Options())
    assert account(loaded).roles == {}
    assert unseen(loaded)[arn] == "its tags.json is in a form that is not known"


def test_a_bucket_needs_no_arn_and_others_do(stored):
    files = {
        "s3/documents/metadata.json": {"name": "documents"},
        "s3/documents/policy.json": ALLOW,
        "sqs/us-east-1/jobs/metadata.json": {"name": "Jobs"},
    }
    loaded = load(stored(files), Options())
    assert list(account(loaded).resources) == ["arn:aws:s3:::documents"]
    path = f"iam-data/aws/aws/accounts/{ONE}/sqs/us-east-1/jobs"
    assert unseen(loaded)[path] == "its metadata.json does not tell its ARN"


@pytest.mark.parametrize("text", ["", "null", " \n"])
def test_an_empty_policy_is_none_as_the_documentation_says(stored, text):
    files = {"s3/documents/metadata.json": {}, "s3/documents/policy.json": text}
    (found,) = account(load(stored(files), Options())).resources.values()
    assert (found.policy, found.unread) == (None, "")


def test_no_file_is_no_policy_only_where_iam_collect_says_that_it_stores_them(stored):
    names = {"sqs": "jobs", "events": "event-bus/bus", "kms": "key/k"}
    files = {
        f"{service}/us-east-1/x/metadata.json": {"arn": f"arn:aws:{service}:us-east-1:{ONE}:{name}"}
        for service, name in names.items()
    }
    found = {each.arn.split(":")[2]: each for each in account(load(stored(files), Options())).resources.values()}
    assert {service: (each.policy, each.unread) for service, each in found.items()} == {
        "sqs": (None, ""),
        "kms": (None, "it has no policy.json"),
    }


def test_an_endpoint_without_a_policy_file_is_not_open_to_all(stored):
    at = "ec2/us-east-1/vpc-endpoint"
    files = {
        f"{at}/{name}/metadata.json": {"arn": f"arn:aws:ec2:us-east-1:{ONE}:vpc-endpoint/{name}"}
        for name in ("vpce-1", "vpce-2")
    }
    found = account(load(stored({**files, f"{at}/vpce-1/policy.json": ALLOW}), Options())).endpoints
    assert {name: (each.policy is not None, each.unread) for name, each in found.items()} == {
        "vpce-1": (True, ""),
        "vpce-2": (False, "it has no policy.json"),
    }


def test_shares_and_other_files_are_left_alone(stored):
    files = {"s3/b/metadata.json": {}, "ram/us-east-1/x.json": "{", "organization.json": "{", "s3/b/bpa.json": "{"}
    assert len(account(load(stored(files), Options())).resources) == 1


def test_several_accounts_are_read(tmp_path):
    copy = tmp_path / "iam-data"
    shutil.copytree(COLLECTED, copy)
    other = copy / "aws/aws/accounts/444455556666/s3/other/metadata.json"
    other.parent.mkdir(parents=True)
    other.write_text("{}")
    assert set(load(str(copy), Options()).organization.accounts) == {ONE, "444455556666"}


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"s3/b/metadata.json": "{"}, "is not JSON"),
        ({"s3/b/metadata.json": '{"arn": "a", "arn": "b"}'}, "appears twice"),
        ({"s3/b/metadata.json": '{"arn": ' + "[" * 5000}, "nested too deeply"),
        ({"s3/b/metadata.json": "[]"}, "expected an object"),
        ({"s3/b/metadata.json": '{"arn": 7}'}, "expected text"),
        ({"s3/b/metadata.json": '{"arn": "b"}'}, "is not an ARN"),
        ({"s3/b/metadata.json": '{"arn": "arn:aws:s3:::*"}'}, "is not of service s3"),
        ({"s3/b/metadata.json": f'{{"arn": "arn:aws:sqs:us-east-1:{ONE}:b"}}'}, "is not of service s3"),
        ({"sqs/b/metadata.json": '{"arn": "arn:aws:sqs:us-east-1:444455556666:b"}'}, f"is not of service sqs in account {ONE}"),
        ({"s3/b/metadata.json": "{}", "s3/b/policy.json": '{"Statement": []}'}, "at least one statement"),
    ],
)  # fmt: skip
def test_hostile_files_are_one_line_with_their_place(stored, files, words):
    text = told(stored(files))
    assert text.startswith(f"iam-data/aws/aws/accounts/{ONE}/")
    assert words in text


def test_bytes_that_are_no_text_are_refused(stored):
    location = stored({"s3/b/metadata.json": {}})
    Path(location, "aws/aws/accounts", ONE, "s3/b/metadata.json").write_bytes(b"\xff")
    assert "is not UTF-8 text" in told(location)


def test_a_link_may_not_lead_out_of_the_folder(stored, tmp_path):
    location = stored({"s3/b/metadata.json": {}})
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps(ALLOW))
    Path(location, "aws/aws/accounts", ONE, "s3/b/policy.json").symlink_to(outside)
    assert "is a link that leaves the folder" in told(location)


def test_folders_without_end_are_refused(stored, monkeypatch):
    location = stored({f"s3/{'x/' * 40}metadata.json": {}})
    assert "folders are nested more than 32 deep" in told(location)
    monkeypatch.setattr(_files, "MAX_FILES", 5)
    assert "more than 5 files" in told(stored({f"s3/b{i}/metadata.json": {} for i in range(9)}))


def test_a_folder_that_is_no_account_is_refused(stored):
    location = stored({"s3/b/metadata.json": {}})
    Path(location, "aws/aws/accounts/production").mkdir()
    assert "`production` is no account id" in told(location)


def test_a_folder_without_policies_is_nothing_to_check(stored):
    location = stored({"organization.json": {}})
    assert told(location, NothingToCheckError).endswith("run `iam-collect download` first")
