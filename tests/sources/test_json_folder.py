from __future__ import annotations

import json
from pathlib import Path

import pytest

from iamsim.errors import InputError, NothingToCheckError
from iamsim.model.account import Account
from iamsim.model.policy import PolicyType
from iamsim.sources import Options, _files, load

ONE = "111122223333"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ONE}:root"}, "Action": "sts:AssumeRole"}}


def write(root: Path, files: dict[str, object]) -> Path:
    for name, value in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2))
    return root


@pytest.fixture
def account(tmp_path, monkeypatch):
    """A small account; the test stands beside it, so that places read `account/…`."""
    monkeypatch.chdir(tmp_path)
    write(Path("account"), {"account.toml": f'id = "{ONE}"\n', "roles/app/trust.json": TRUST})
    return Path("account")


def loaded(location: str | Path, options: Options | None = None) -> Account:
    organization = load(str(location), options or Options()).organization
    assert len(organization.accounts) == 1
    return next(iter(organization.accounts.values()))


def told(location: str | Path, kind: type[Exception] = InputError, options: Options | None = None) -> str:
    with pytest.raises(kind) as caught:
        load(str(location), options or Options())
    return str(caught.value)


# ---------------------------------------------------------------- what is read


def test_a_role_is_read_with_everything_that_hangs_on_it(account):
    boundary = f"arn:aws:iam::{ONE}:policy/limits/edge"
    write(
        account,
        {
            "roles/team/app/trust.json": TRUST,
            "roles/team/app/inline/read.json": ALLOW,
            "roles/team/app/managed/more.json": ALLOW,
            "policies/shared.json": ALLOW,
            "policies/limits/edge.json": ALLOW,
            "roles/team/app/role.toml": f"""
max_session_duration = 7200
unique_id = "AROAEXAMPLE"
boundary = "{boundary}"
managed = ["arn:aws:iam::{ONE}:policy/shared", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "arn:aws:iam::{ONE}:policy/elsewhere"]
[tags]
team = "research"
""",
        },
    )
    role = loaded(account).roles[f"arn:aws:iam::{ONE}:role/team/app"]
    assert [policy.name for policy in role.policies] == ["read", "more", "shared", "AmazonS3ReadOnlyAccess"]
    assert role.policies[2].arn == f"arn:aws:iam::{ONE}:policy/shared"
    assert role.policies[3].origin.document == "AWS managed policy arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    assert role.unread == (f"arn:aws:iam::{ONE}:policy/elsewhere",)
    assert role.boundary is not None
    assert (role.boundary.arn, role.boundary_arn) == (boundary, boundary)
    assert (role.tags, role.max_session_duration, role.unique_id) == ({"team": "research"}, 7200, "AROAEXAMPLE")


def test_places_are_paths_as_the_user_gave_them_with_the_line(account):
    role = loaded(account).roles[f"arn:aws:iam::{ONE}:role/app"]
    assert role.trust is not None
    assert str(role.trust.statements[0].origin) == "account/roles/app/trust.json:2:3"
    assert loaded("./account").origin.document == "account"


def test_a_boundary_file_counts_as_attached(account):
    write(account, {"roles/app/boundary.json": ALLOW})
    role = loaded(account).roles[f"arn:aws:iam::{ONE}:role/app"]
    assert role.boundary is not None
    assert role.boundary_arn == "account/roles/app/boundary.json"


def test_a_boundary_whose_document_is_elsewhere_is_attached_and_not_read(account):
    write(account, {"roles/app/role.toml": f'boundary = "arn:aws:iam::{ONE}:policy/edge"\n'})
    role = loaded(account).roles[f"arn:aws:iam::{ONE}:role/app"]
    assert (role.boundary, role.boundary_arn) == (None, f"arn:aws:iam::{ONE}:policy/edge")


def test_users_and_groups_are_read(account):
    write(
        account,
        {
            "users/ops/deploy/user.toml": 'groups = ["admins"]\nunique_id = "AIDAEXAMPLE"\n',
            "users/ops/deploy/inline/own.json": ALLOW,
            "groups/admins/inline/all.json": ALLOW,
        },
    )
    found = loaded(account)
    user = found.users[f"arn:aws:iam::{ONE}:user/ops/deploy"]
    assert (user.groups, user.unique_id) == ((f"arn:aws:iam::{ONE}:group/admins",), "AIDAEXAMPLE")
    assert [policy.name for policy in user.policies] == ["own"]
    assert [policy.name for policy in found.groups[user.groups[0]].policies] == ["all"]


def test_resources_are_read_with_policy_tags_and_settings(account):
    write(
        account,
        {
            "resources/buckets/data/resource.toml": 'arn = "arn:aws:s3:::data"\ntags = { a = "b" }\n[settings]\nrestrict_public_buckets = true\n',
            "resources/buckets/data/policy.json": TRUST,
            "resources/plain/resource.toml": 'arn = "arn:aws:s3:::plain"\n',
        },
    )
    found = loaded(account).resources
    assert found["arn:aws:s3:::data"].policy is not None
    assert found["arn:aws:s3:::data"].tags == {"a": "b"}
    assert found["arn:aws:s3:::data"].settings == {"restrict_public_buckets": "true"}
    assert (found["arn:aws:s3:::plain"].policy, found["arn:aws:s3:::plain"].tags) == (None, None)


def test_organization_policies_are_levels_from_the_root_down(account):
    write(account, {f"scps/{level}/p.json": ALLOW for level in ("02-account", "00-root", "01-ou")})
    write(account, {"rcps/00-root/r.json": ALLOW, "vpc-endpoints/vpce-0a1b.json": ALLOW})
    found = loaded(account)
    documents = [level[0].origin.document for level in found.scps]
    assert documents == [f"account/scps/{level}/p.json" for level in ("00-root", "01-ou", "02-account")]
    assert len(found.rcps) == 1
    assert set(found.endpoints) == {"vpce-0a1b"}


def test_what_account_toml_says_it_saw_is_seen_and_nothing_else(account):
    write(account, {"account.toml": f'id = "{ONE}"\nseen = ["scp", "vpc-endpoint"]\norganization = "o-exampleorg1"\n'})
    found = loaded(account)
    assert found.seen == {PolicyType.SCP, PolicyType.VPC_ENDPOINT}
    assert (found.organization, found.management) == ("o-exampleorg1", False)
    detail = load("account", Options()).inputs[0].detail
    assert detail == f"account {ONE}: 1 role; not seen: rcp, boundary, resource"


def test_no_organization_is_not_the_same_as_an_unknown_one(account):
    assert loaded(account).organization is None
    write(account, {"account.toml": f'id = "{ONE}"\norganization = "none"\n'})
    assert loaded(account).organization == ""


def test_files_that_hold_no_policies_are_left_alone(account):
    write(
        account,
        {"README.md": "x", "report.html": "x", ".git/config": "x", "iamsim.toml": "x", "roles/app/NOTES.md": ""},
    )
    assert len(loaded(account).roles) == 1


@pytest.mark.usefixtures("account")
def test_a_folder_of_accounts_loads_them_all():
    write(Path(), {"444455556666/roles/app/trust.json": TRUST, "README.md": "x"})
    found = load(".", Options())
    assert set(found.organization.accounts) == {ONE, "444455556666"}
    assert [item.location for item in found.inputs] == ["444455556666", "account"]
    assert found.inputs[0].detail.startswith("account 444455556666 (from the folder's name): 1 role; not seen: scp")


def test_without_account_toml_the_account_is_that_of_the_role_asked_about(account):
    (account / "account.toml").unlink()
    found = load("account", Options(account="444455556666"))
    assert set(found.organization.accounts) == {"444455556666"}
    assert found.inputs[0].detail == (
        "account 444455556666 (from the role's ARN): 1 role; not seen: scp, rcp, boundary, resource, vpc-endpoint"
    )


# ---------------------------------------------------------------- what is refused


def test_a_path_that_is_not_there_is_named():
    assert told("nowhere") == (
        "`nowhere` does not exist; give a file or a folder of policies, or `aws` for the live account"
    )
    assert told("a\0b").startswith("`a\0b` does not exist")
    assert "does not exist" in told("x" * 5000)


@pytest.mark.usefixtures("account")
def test_a_file_of_no_known_kind_is_answered_with_the_kinds_there_are():
    Path("notes.txt").write_text("not a policy\n", encoding="utf-8")
    assert told("notes.txt").startswith("`notes.txt` is not a kind of policies that can be read; write what it is ")
    assert "json-folder" in told("notes.txt")


@pytest.mark.usefixtures("account")
def test_a_source_can_be_named_before_the_path():
    assert load("json-folder:account", Options()).organization == load("account", Options()).organization
    assert told("json-folder:nowhere") == "`nowhere` does not exist; write the path behind the colon"
    assert (
        told("json-folder:account/account.toml") == "account/account.toml: is not a folder; name the account's folder"
    )
    # A name with an underscore, or of nothing, is a path like any other.
    assert "`json_folder:account` does not exist" in told("json_folder:account")
    assert "`C:\\account` does not exist" in told("C:\\account")


def test_an_empty_folder_is_nothing_to_check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = "`.` holds no role, user, resource or organization policy; lay it out as docs/policies-folder.md says, or name another folder"
    assert told(".", NothingToCheckError) == message
    write(tmp_path, {"account.toml": f'id = "{ONE}"\n', "roles/README.md": ""})
    assert told(".", NothingToCheckError) == message
    assert NothingToCheckError("").exit_code == 3


def test_an_account_that_nobody_names_is_asked_for(account):
    (account / "account.toml").unlink()
    assert told(account) == (
        "account: does not tell which account it is; "
        'add account.toml with id = "…", or name the folder by the account\'s 12 digits'
    )


def test_the_role_names_the_account_of_one_folder_only(account):
    (account / "account.toml").unlink()
    write(Path("other"), {"roles/app/trust.json": TRUST})
    assert "does not tell which account it is" in told(".", options=Options(account=ONE))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"account.toml": 'id = "1234"\n'}, "account/account.toml:1: `1234` is no account id; write its 12 digits in quotes"),
        ({"account.toml": "id = 111122223333\n"}, "account/account.toml:1: `id` is not text; write it in quotes"),
        ({"account.toml": f'id = "{ONE}"\nsean = []\n'}, "account/account.toml:2: `sean` has no meaning here; did you mean `seen`?"),
        ({"account.toml": f'id = "{ONE}"\nseen = ["scps"]\n'}, "account/account.toml:2: `scps` is no policy type; did you mean `scp`?"),
        ({"account.toml": f'id = "{ONE}"\norganization = "acme"\n'}, 'account/account.toml:2: `acme` is no organization id; write "o-…", or "none" for an account in no organization'),
        ({"account.toml": "id = x\n"}, "account/account.toml:1:6: is not TOML: invalid value; text values need quotes"),
        ({"scp/00-root/a.json": ALLOW}, "account/scp: has no place here; did you mean `scps`?"),
        ({"oidc-provider.json": []}, "account/oidc-provider.json: has no place here; did you mean `oidc-providers.json`?"),
        ({"trust.json": TRUST}, "account/trust.json: has no place here; use one of: account.toml, groups, oidc-providers.json, policies, rcps, resources, roles, scps, users, vpc-endpoints"),
        ({"roles/app/inlin/a.json": ALLOW}, "account/roles/app/inlin/a.json: has no place here; a role is a folder with trust.json"),
        ({"roles/app/trust.jsn": "x"}, "account/roles/app/trust.jsn: has no place here; a role is a folder with trust.json"),
        ({"roles/other/inline/a.json": ALLOW}, "account/roles/other/inline: has no place here; a role is a folder with trust.json"),
        ({"roles/a b/trust.json": TRUST}, "account/roles/a b: `a b` is no name that IAM takes; letters, digits and +=,.@-_ are"),
        ({"roles/app/role.toml": "max_session_duration = 60\n"}, "account/roles/app/role.toml:1: max_session_duration 60 is out of range; seconds, from 3600 to 43200"),
        ({"roles/app/role.toml": "max_session_duration = true\n"}, "account/roles/app/role.toml:1: `max_session_duration` is not a whole number; write digits without quotes"),
        ({"roles/app/role.toml": "tags = { a = 1 }\n"}, "account/roles/app/role.toml:1: `tags.a` is no text; write it in quotes"),
        ({"roles/app/role.toml": "managed = [1]\n"}, 'account/roles/app/role.toml:1: `managed` holds something that is no text; write ["one", "two"]'),
        ({"roles/app/role.toml": 'managed = ["ReadOnly"]\n'}, "account/roles/app/role.toml:1: `ReadOnly` is not an ARN; managed policies are named by ARN"),
        ({"roles/app/role.toml": f'managed = ["arn:aws:iam::{ONE}:role/x"]\n'}, f"account/roles/app/role.toml:1: `arn:aws:iam::{ONE}:role/x` is not the ARN of a managed policy; it reads arn:aws:iam::ACCOUNT:policy/NAME"),
        ({"roles/app/role.toml": 'unique_id = "\\ue000"\n'}, "account/roles/app/role.toml: a private-use character (U+E000 to U+E002) is not readable here; AWS takes no such character"),
        ({"roles/app/inline/a.txt": "x"}, "account/roles/app/inline/a.txt: is no policy; policies are files named NAME.json"),
        ({"policies/a.txt": "x"}, "account/policies/a.txt: is no policy; policies are files named NAME.json"),
        ({"roles/app/inline/a.json": '{"Version": "2012-10-17",\n "Statement": [}'}, "account/roles/app/inline/a.json:2:16: is not JSON: "),
        ({"roles/app/inline/a.json": '\ufeff{"Statement": []}'}, "account/roles/app/inline/a.json:1:1: is not JSON: starts with a byte order mark"),
        ({"users/u/user.toml": 'groups = ["ops"]\n'}, "account/users/u/user.toml:1: group `ops` is not in the folder; add groups/NAME with its policies"),
        ({"scps/root/a.json": ALLOW}, "account/scps/root: has no place here; scps holds a folder per level, such as 00-root, 01-ou, 02-account"),
        ({"scps/00-root/README.md": ""}, "account/scps/00-root: holds no policy; AWS keeps at least one at every level; is it FullAWSAccess.json?"),
        ({"vpc-endpoints/mine.json": ALLOW}, "account/vpc-endpoints/mine.json: is no VPC endpoint; name the file by its id, vpce-….json"),
        ({"resources/data/policy.json": TRUST}, "account/resources/data/policy.json: has no place here; a resource is a folder with resource.toml and policy.json"),
        ({"resources/data/resource.toml": "tags = {}\n"}, 'account/resources/data/resource.toml: has no `arn`; add arn = "…"'),
        ({"resources/data/resource.toml": 'arn = "data"\n'}, "account/resources/data/resource.toml:1: `data` is not an ARN; an ARN reads arn:partition:service:region:account:resource"),
        ({"resources/data/resource.toml": 'arn = "arn:aws:s3:::*"\n'}, f"account/resources/data/resource.toml:1: `arn:aws:s3:::*` is not one resource of account {ONE}; describe each resource in its own account's folder, without wildcards"),
        ({"resources/k/resource.toml": 'arn = "arn:aws:kms:us-east-1:444455556666:key/k"\n'}, f"account/resources/k/resource.toml:1: `arn:aws:kms:us-east-1:444455556666:key/k` is not one resource of account {ONE}; describe each resource in its own account's folder, without wildcards"),
        ({"resources/a/resource.toml": 'arn = "arn:aws:s3:::data"\n', "resources/b/resource.toml": 'arn = "arn:aws:s3:::data"\n'}, "account/resources/b: `arn:aws:s3:::data` is described twice; see also account/resources/a"),
        ({"resources/a/resource.toml": 'arn = "arn:aws:s3:::data"\n[settings]\nx = []\n'}, 'account/resources/a/resource.toml:2: `settings.x` is neither text, a number nor a flag; write name = "value"'),
    ],
)  # fmt: skip
def test_bad_input_is_named_with_its_place_and_the_way_out(account, files, message):
    write(account, files)
    assert told(account).startswith(message)


def test_a_role_folder_without_anything_is_named(account):
    (account / "roles" / "empty").mkdir()
    assert told(account) == "account/roles/empty: is empty, and so no role; add trust.json, or remove it"


@pytest.mark.usefixtures("account")
def test_a_stranger_among_account_folders_is_named():
    write(Path(), {"other/notes.txt": "x"})
    assert told(".").startswith(
        "other: is no account folder, but stands among some; an account folder holds account.toml"
    )


@pytest.mark.usefixtures("account")
def test_two_folders_of_one_account_are_refused():
    write(Path("twin"), {"account.toml": f'id = "{ONE}"\n', "roles/app/trust.json": TRUST})
    message = f"twin: account {ONE} has another folder, `account`; put one account into one folder"
    assert told(".") == message


def test_text_that_is_not_utf8_is_named(account):
    (account / "roles/app/trust.json").write_bytes(b'{"Statement": "\xff"}')
    assert told(account) == "account/roles/app/trust.json: is not UTF-8 text (byte 15); save the file as UTF-8"


def test_links_out_of_the_folder_are_refused(account, tmp_path):
    write(tmp_path, {"outside/trust.json": TRUST})
    link = account / "roles" / "evil"
    link.symlink_to(tmp_path / "outside")
    assert told(account) == "account/roles/evil: is a link that leaves the folder; copy the file into the folder"
    link.unlink()
    (account / "account.toml").unlink()
    (account / "account.toml").symlink_to(tmp_path / "outside" / "trust.json")
    assert told(account) == "account/account.toml: is a link that leaves the folder; copy the file into the folder"


def test_links_to_nowhere_and_in_circles_are_refused(account):
    (account / "roles" / "gone").symlink_to("missing")
    assert told(account) == "account/roles/gone: is a link that leads nowhere; remove it or copy the file"
    (account / "roles" / "gone").unlink()
    (account / "roles" / "round").symlink_to(".")
    assert "folders are nested more than 32 deep; is a link going round in circles?" in told(account)


def test_files_that_are_too_large_or_too_many_are_refused(account, monkeypatch):
    write(account, {"roles/app/inline/big.json": " " * (1024 * 1024 + 1)})
    assert told(account) == (
        "account/roles/app/inline/big.json: is larger than 1,048,576 bytes; "
        "AWS takes policies of 131,072 characters at most"
    )
    (account / "roles/app/inline/big.json").unlink()
    monkeypatch.setattr(_files, "MAX_FILES", 2)
    assert "more than 2 files; name the folder of one account" in told(account)


@pytest.mark.usefixtures("account")
def test_progress_is_told():
    heard: list[str] = []
    load("account", Options(progress=heard.append))
    assert heard == ["reading account"]


# ---------------------------------------------------------------- grants and access points

KEY = f"arn:aws:kms:us-east-1:{ONE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
POINT = f"arn:aws:s3:us-east-1:{ONE}:accesspoint/reports"
GRANT = {"GrantId": "g1", "GranteePrincipal": f"arn:aws:iam::{ONE}:role/app", "Operations": ["Decrypt"], "Name": "n"}


def with_grants(account, value, arn=KEY):
    files = {"resources/key/resource.toml": f'arn = "{arn}"\n', "resources/key/policy.json": TRUST}
    return write(account, {**files, "resources/key/grants.json": value})


def test_the_grants_of_a_key_are_read_as_aws_lists_them(account):
    constraints = {"EncryptionContextEquals": {"a": "b"}, "SourceArn": "arn:aws:s3:::data"}
    service = {"GrantId": "g2", "GranteeServicePrincipal": "dynamodb.amazonaws.com", "Operations": []}
    with_grants(account, {"Grants": [GRANT | {"Constraints": constraints}, service]})
    found = loaded(account).resources[KEY].grants
    assert found is not None
    assert (found[0].id, found[0].grantee, found[0].operations) == ("g1", f"arn:aws:iam::{ONE}:role/app", ("Decrypt",))
    assert (found[0].context_equals, found[0].context_subset) == ((("a", "b"),), None)
    assert found[0].source_arn == "arn:aws:s3:::data"
    assert str(found[0].origin) == "account/resources/key/grants.json:3:5"
    assert found[1].grantee == "dynamodb.amazonaws.com"


def test_a_key_without_the_file_has_grants_that_nobody_listed(account):
    write(account, {"resources/key/resource.toml": f'arn = "{KEY}"\n'})
    assert loaded(account).resources[KEY].grants is None
    with_grants(account, {"Grants": []})
    assert loaded(account).resources[KEY].grants == ()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "has no list `Grants`"),
        ({"Grants": {}}, "has no list `Grants`"),
        ({"Grants": [], "Truncated": True}, "is one page of several"),
        ({"Grants": ["x"]}, "a grant is an object"),
        ({"Grants": [{"GrantId": "g"}]}, "`GranteePrincipal` is a text and has to be there"),
        ({"Grants": [GRANT | {"GrantId": 1}]}, "`GrantId` is a text and has to be there"),
        ({"Grants": [GRANT | {"Operations": "Decrypt"}]}, "`Operations` is a list"),
        ({"Grants": [GRANT | {"Operations": ["Decrpt"]}]}, "`Decrpt` is no operation that a grant can allow"),
        ({"Grants": [GRANT | {"Operations": [{}]}]}, "is no operation that a grant can allow"),
        ({"Grants": [GRANT | {"Constraints": []}]}, None),
        ({"Grants": [GRANT | {"Constraints": [1]}]}, "`Constraints` is an object"),
        ({"Grants": [GRANT | {"Constraints": {"Other": {}}}]}, "`Other` is no constraint of grants"),
        (
            {"Grants": [GRANT | {"Constraints": {"EncryptionContextSubset": {"a": 1}}}]},
            "`EncryptionContextSubset` is an object of texts",
        ),
    ],
)
def test_grants_that_aws_would_not_list_so_are_refused_with_their_place(account, value, message):
    with_grants(account, value)
    if message is None:
        assert loaded(account).resources[KEY].grants
    else:
        assert message in told(account)
        assert "account/resources/key/grants.json:" in told(account)


def test_only_keys_have_grants_and_only_access_points_a_bucket(account):
    with_grants(account, {"Grants": []}, arn="arn:aws:s3:::data")
    assert "only KMS keys" in told(account)
    write(account, {"resources/key/resource.toml": f'arn = "{KEY}"\nbucket = "data"\n'})
    assert "only access points have one" in told(account)


def test_an_access_point_tells_its_bucket(account):
    write(account, {"resources/ap/resource.toml": f'arn = "{POINT}"\nbucket = "data"\n'})
    assert loaded(account).resources[POINT].bucket == "data"
    write(account, {"resources/ap/resource.toml": f'arn = "{POINT}"\n'})
    assert "does not tell the bucket behind the access point" in told(account)
    write(account, {"resources/ap/resource.toml": f'arn = "{POINT}"\nbucket = "arn:aws:s3:::data"\n'})
    assert "is no name of a bucket" in told(account)


@pytest.mark.parametrize(("name", "value"), [("key_manager", "customer"), ("object_ownership", "BucketOwner")])
def test_a_setting_in_other_words_than_those_of_aws_is_refused(account, name, value):
    write(account, {"resources/key/resource.toml": f'arn = "{KEY}"\n[settings]\n{name} = "{value}"\n'})
    assert f"`settings.{name}` is not" in told(account)


# ---------------------------------------------------------------- OIDC providers

GITHUB = {"Url": "token.actions.githubusercontent.com", "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": []}


def with_providers(account, value):
    return write(account, {"oidc-providers.json": value})


def test_oidc_providers_are_read_as_iam_prints_them(account):
    own = {"Url": "https://idp.example.com/Tenant/", "ClientIDList": ["a", "b"]}
    with_providers(account, [GITHUB, own])
    assert loaded(account).oidc_providers == {
        "https://token.actions.githubusercontent.com": ("sts.amazonaws.com",),
        "https://idp.example.com/Tenant/": ("a", "b"),
    }
    assert "1 role, 2 OIDC providers" in load(str(account), Options()).inputs[0].detail


def test_an_account_without_providers_is_not_one_whose_providers_nobody_listed(account):
    assert loaded(account).oidc_providers is None
    with_providers(account, [])
    assert loaded(account).oidc_providers == {}


def test_a_folder_may_hold_the_providers_alone_and_then_lies_over_another_source(tmp_path):
    folder = write(tmp_path / ONE, {"oidc-providers.json": []})
    found = loaded(folder)
    assert (found.id, found.oidc_providers, found.roles) == (ONE, {}, {})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{", "1:2: is not JSON"),
        (GITHUB, "1:1: is no list of providers; write [] for an account without any"),
        (["idp.example.com"], "2:3: a provider is an object; save what `aws iam get-open-id-connect-provider` prints"),
        ([{"ClientIDList": []}], "2:3: `Url` is a text and has to be there"),
        ([GITHUB | {"Url": 7}], "2:3: `Url` is a text and has to be there"),
        ([GITHUB | {"Url": "http://idp.example.com"}], "3:5: `http://idp.example.com` is no URL of a provider"),
        ([GITHUB | {"Url": f"arn:aws:iam::{ONE}:oidc-provider/idp.example.com"}], "3:5: `arn:aws:iam"),
        ([GITHUB | {"Url": "idp.example.com?x"}], "3:5: `idp.example.com?x` is no URL of a provider"),
        ([{"Url": "idp.example.com"}], "2:3: `ClientIDList` is a list of texts and has to be there"),
        ([GITHUB | {"ClientIDList": "a"}], "2:3: `ClientIDList` is a list of texts and has to be there"),
        ([GITHUB | {"ClientIDList": [1]}], "2:3: `ClientIDList` is a list of texts and has to be there"),
        (
            [{"Url": "idp.example.com", "ClientIDList": []}, {"Url": "https://idp.example.com", "ClientIDList": []}],
            "7:5: `https://idp.example.com` is there twice; an account has one for each URL",
        ),
    ],
)  # fmt: skip
def test_providers_that_iam_would_not_print_so_are_refused_with_their_place(account, value, message):
    with_providers(account, value)
    assert told(account).startswith(f"account/oidc-providers.json:{message}")
