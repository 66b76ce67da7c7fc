"""Two more servers, described by a manifest alone: one that reads a role and nothing else, and one that hands the token to STS."""

# ruff: noqa: TID253 - the tests sign tokens
from __future__ import annotations

import json
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.cli.running import run

READER = "arn:aws:iam::111122223333:role/reader"
SERVER = "arn:aws:iam::111122223333:role/server"
GITHUB = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"
KEY = rsa.generate_private_key(65537, 2048)
NOW = 1769860800  # 2026-01-31T12:00:00Z


def written(path: Path, *statements: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "account").mkdir()
    (tmp_path / "account" / "account.toml").write_text(
        'id = "111122223333"\norganization = "none"\nseen = ["scp", "rcp", "boundary", "resource", "vpc-endpoint"]\n',
        "utf-8",
    )
    (tmp_path / "iamsim.toml").write_text(
        f'policies = ["account"]\nrole_arn = "{READER}"\nkey_file = "key.pem"\nat = 2026-01-31T12:00:00Z\n[set]\nbucket = "notes"\nkey = "a"\n',
        "utf-8",
    )
    public = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(public)
    data = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::notes/*"}
    written(tmp_path / "account" / "roles" / "reader" / "inline" / "data.json", data)
    return tmp_path


def token(folder: Path, **claims: object) -> tuple[str, str]:
    known = {"sub": "repo:acme/notes:ref:refs/heads/main", "iat": NOW - 60, "exp": NOW + 3600}
    text = jwt.encode({**known, **claims}, KEY, algorithm="RS256")
    (folder / "token.jwt").write_text(text, encoding="utf-8")
    return "--token-file", "token.jwt"


def trusting(folder: Path, **conditions: object) -> None:
    statement = {
        "Sid": "Main",
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    written(folder / "account" / "roles" / "reader" / "trust.json", {**statement, "Condition": conditions})


WEB = ("check", "--tools", "example-web-identity@1", "--server-principal", "none")
FITS = {f"{GITHUB}:aud": "sts.amazonaws.com", f"{GITHUB}:sub": "repo:acme/notes:ref:refs/heads/main"}


def github(folder: Path, **claims: object) -> tuple[str, str]:
    return token(folder, **{"iss": f"https://{GITHUB}", "aud": "sts.amazonaws.com", **claims})


def test_a_token_that_fits_gives_the_role_to_a_server_without_credentials(folder):
    trusting(folder, StringEquals=FITS)
    ran = run(folder, *WEB, *github(folder), "--format", "json")
    step = ran.report["assume"]
    assert (ran.code, step["status"], step["principal"], step["command"]) == (0, "allowed", PROVIDER, "")
    read = ran.report["probes"][-1]["explanation"]
    assert (read["request"]["action"], read["decision"]) == ("s3:GetObject", "allowed")
    assert read["request"]["context"]["values"][f"{GITHUB}:sub"] == [FITS[f"{GITHUB}:sub"]]


def test_a_refused_token_is_told_claim_by_claim_and_statement_by_statement(folder):
    trusting(folder, StringEquals=FITS, StringLike={f"{GITHUB}:repository_owner": "acme"})
    ran = run(folder, *WEB, *github(folder, sub="repo:acme/notes:ref:refs/heads/dev"))
    assert ran.code == 1
    assert (
        "trust policy, Main: sub is `repo:acme/notes:ref:refs/heads/dev`; StringEquals wants `repo:acme/notes:ref:refs/heads/main`"
        in ran.words
    )
    assert "the token is that of repository `notes` of GitHub organization `acme`, runs on `dev`" in ran.words
    assert "repository_owner is absent" in ran.words


def test_a_token_of_another_issuer_is_not_the_providers(folder):
    trusting(folder, StringEquals=FITS)
    ran = run(folder, *WEB, *token(folder, iss="https://gitlab.example.com", aud="sts.amazonaws.com"))
    assert ran.code == 1
    assert "sts:AssumeRoleWithWebIdentity is denied" in ran.words
    assert "oidc-provider/gitlab.example.com against" in ran.words


def test_an_expired_token_is_refused_before_any_policy_is_read(folder):
    trusting(folder, StringEquals=FITS)
    ran = run(folder, *WEB, *github(folder, exp=NOW - 3600), "--format", "json")
    assert ran.report["assume"]["status"] == "invalid"
    assert any("ExpiredTokenException" in message["text"] for message in ran.report["assume"]["invalid"])


def test_a_signature_that_nobody_checked_stays_open_since_sts_checks_it(folder):
    trusting(folder, StringEquals=FITS)
    settings = folder / "iamsim.toml"
    settings.write_text(settings.read_text("utf-8").replace('key_file = "key.pem"\n', ""), "utf-8")
    assert run(folder, *WEB, *github(folder)).code == 4


def test_the_servers_own_setting_names_the_role_where_no_claim_does(folder):
    trusting(folder, StringEquals=FITS)
    settings = folder / "iamsim.toml"
    settings.write_text(settings.read_text("utf-8").replace(f'role_arn = "{READER}"\n', ""), "utf-8")
    ran = run(folder, *WEB, *github(folder), "--set", f"AWS_ROLE_ARN={READER}", "--format", "json")
    assert (ran.code, ran.report["role_arn"]) == (0, READER)


def test_a_server_that_reads_a_role_and_nothing_else_sends_nothing_else(folder):
    roles = folder / "account" / "roles"
    written(
        roles / "reader" / "trust.json", {"Effect": "Allow", "Principal": {"AWS": SERVER}, "Action": "sts:AssumeRole"}
    )
    written(
        roles / "server" / "trust.json",
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
    )
    may = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": READER}
    written(roles / "server" / "inline" / "may.json", may)
    claimed = token(folder, role_arn=READER, aud="notes", session_tags={"team": "ops"})
    chosen = (
        "check",
        "--tools",
        "example-role-claim@1",
        "--server-principal",
        SERVER,
        "--set",
        "EXAMPLE_JWT_AUDIENCE=notes",
    )
    ran = run(folder, *chosen, *claimed, "--format", "json")
    call = ran.report["assume"]["call"]
    assert (ran.code, ran.report["assume"]["status"]) == (0, "allowed")
    assert (call["source_identity"], call["tags"], call["session_name"]) == (None, {}, f"example-{NOW}")
    assert [p["explanation"]["request"]["action"] for p in ran.report["probes"]] == ["sts:AssumeRole", "s3:GetObject"]


LIMITS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::notes/{subject}/*"}


def with_session_policy(folder: Path, statement: object) -> str:
    shipped = Path(__file__).parents[1] / "iamsim" / "tools" / "manifests" / "example-web-identity@1.toml"
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    text = shipped.read_text("utf-8").replace(
        "[server.assume]\n", f"[server.assume]\nsession_policy = '''{document}'''\n"
    )
    (folder / "server.toml").write_text(text, encoding="utf-8")
    return "server.toml"


@pytest.mark.parametrize(("key", "status"), [("alice/a", "allowed"), ("bob/a", "denied")])
def test_a_session_policy_of_the_server_limits_what_the_role_may(folder, key, status):
    trusting(folder, StringEquals={f"{GITHUB}:aud": "sts.amazonaws.com"})
    manifest = with_session_policy(folder, [LIMITS])
    ran = run(
        folder, "check", "--tools", manifest, "--server-principal", "none", "--set", f"key={key}", *github(folder, sub="alice"),
        "--format", "json",
    )  # fmt: skip
    (need,) = [
        need
        for tool in ran.report["tools"]
        for need in tool["needs"]
        if need["requirement"]["action"] == "s3:GetObject"
    ]
    assert (ran.report["assume"]["status"], need["status"]) == ("allowed", status)
    if status == "denied":
        assert ran.report["probes"][-1]["explanation"]["failing"] == ["session"]


def test_a_subject_cannot_change_the_form_of_a_session_policy(folder):
    trusting(folder, StringEquals={f"{GITHUB}:aud": "sts.amazonaws.com"})
    manifest = with_session_policy(folder, [LIMITS])
    forged = 'x/*"}, {"Effect": "Allow", "Action": "*", "Resource": "*'
    chosen = ("check", "--tools", manifest, "--server-principal", "none", "--set", "key=bob/a")
    ran = run(folder, *chosen, *github(folder, sub=forged), "--format", "json")
    assert len(ran.report["assume"]["call"]["session_policy"]["statements"]) == 1


def test_a_session_policy_that_is_too_long_is_refused_before_any_policy_is_read(folder):
    trusting(folder, StringEquals={f"{GITHUB}:aud": "sts.amazonaws.com"})
    manifest = with_session_policy(folder, [{**LIMITS, "Resource": [f"arn:aws:s3:::notes-{i}/*" for i in range(100)]}])
    chosen = ("check", "--tools", manifest, "--server-principal", "none")
    ran = run(folder, *chosen, *github(folder), "--format", "json")
    assert ran.report["assume"]["status"] == "invalid"
    assert any("less than or equal to 2048" in message["text"] for message in ran.report["assume"]["invalid"])


def test_a_session_policy_that_is_none_is_a_mistake_in_the_manifest(folder):
    manifest = with_session_policy(folder, [{**LIMITS, "Effect": "Perhaps"}])
    error = run(folder, "check", "--tools", manifest, "--server-principal", "none").error
    assert error.startswith("server.toml:")
    assert "`session_policy`" in error


def test_what_the_subject_is_may_stay_open_in_a_session_policy(folder):
    trusting(folder, StringEquals={f"{GITHUB}:aud": "sts.amazonaws.com"})
    roles = folder / "account" / "roles"
    written(
        roles / "reader" / "trust.json", {"Effect": "Allow", "Principal": {"AWS": SERVER}, "Action": "sts:AssumeRole"}
    )
    written(
        roles / "server" / "trust.json",
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
    )
    written(
        roles / "server" / "inline" / "may.json", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": READER}
    )
    manifest = Path(folder / with_session_policy(folder, [LIMITS]))
    manifest.write_text(manifest.read_text("utf-8").replace('operation = "AssumeRoleWithWebIdentity"\n', ""), "utf-8")
    ran = run(
        folder,
        "check",
        "--tools",
        "server.toml",
        "--server-principal",
        SERVER,
        "--set",
        "key=alice/a",
        "--format",
        "json",
    )
    (need,) = [
        need
        for tool in ran.report["tools"]
        for need in tool["needs"]
        if need["requirement"]["action"] == "s3:GetObject"
    ]
    assert need["status"] == "unknown"


def with_providers(folder: Path, *providers: object) -> None:
    (folder / "account" / "oidc-providers.json").write_text(json.dumps(providers), encoding="utf-8")


REFUSED = "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: "
REGISTERED = {"Url": GITHUB, "ClientIDList": ["sts.amazonaws.com"]}


def test_a_provider_that_was_loaded_leaves_nothing_open(folder):
    trusting(folder, StringEquals=FITS)
    before = run(folder, *WEB, *github(folder), "--format", "json").report["assume"]["notes"]
    assert [note for note in before if "not loaded" in note] == [
        f"whether the role's account has a provider for https://{GITHUB} was not loaded",
        "the client ids of the provider were not loaded: the token's audience has to be one of them",
    ]
    with_providers(folder, {"Url": "idp.example.com", "ClientIDList": ["notes"]}, REGISTERED)
    ran = run(folder, *WEB, *github(folder), "--format", "json")
    step = ran.report["assume"]
    assert (ran.code, step["status"], step["principal"], step["notes"]) == (0, "allowed", PROVIDER, [])


@pytest.mark.parametrize("providers", [(), ({"Url": f"{GITHUB}/", "ClientIDList": ["sts.amazonaws.com"]},)])
def test_a_token_whose_issuer_has_no_provider_in_the_account_is_refused_whatever_the_trust_policy_says(
    folder, providers
):
    trusting(folder, StringEquals=FITS)
    with_providers(folder, *providers)
    ran = run(folder, *WEB, *github(folder), "--format", "json")
    step = ran.report["assume"]
    assert (ran.code, step["status"], step["principal"]) == (1, "invalid", None)
    assert [message["text"] for message in step["invalid"]] == [
        f"{REFUSED}No OpenIDConnect provider found in your account for https://{GITHUB}"
    ]


def test_a_token_for_an_audience_that_is_no_client_id_is_refused(folder):
    trusting(folder, StringEquals={**FITS, f"{GITHUB}:aud": "notes"})
    with_providers(folder, REGISTERED)
    ran = run(folder, *WEB, *github(folder, aud="notes"), "--format", "json")
    step = ran.report["assume"]
    assert (ran.code, step["status"]) == (1, "invalid")
    assert [message["text"] for message in step["invalid"]] == [f"{REFUSED}Incorrect token audience"]


def test_the_claims_of_a_refused_token_are_told_with_the_providers_of_the_account_too(folder):
    trusting(folder, StringEquals=FITS)
    with_providers(folder, REGISTERED)
    ran = run(folder, *WEB, *github(folder, sub="repo:acme/notes:ref:refs/heads/dev"))
    assert ran.code == 1
    assert "trust policy, Main: sub is `repo:acme/notes:ref:refs/heads/dev`" in ran.words


def test_the_providers_of_another_account_say_nothing_of_the_roles(folder):
    trusting(folder, StringEquals=FITS)
    other = folder / "other"
    other.mkdir()
    (other / "account.toml").write_text('id = "444455556666"\n', encoding="utf-8")
    (other / "oidc-providers.json").write_text("[]", encoding="utf-8")
    ran = run(folder, *WEB, *github(folder), "--policies", "account", "--policies", "other", "--format", "json")
    assert (ran.code, ran.report["assume"]["status"]) == (0, "allowed")
    assert any("was not loaded" in note for note in ran.report["assume"]["notes"])


def test_what_sts_refuses_about_a_token_is_mended_where_it_is_wrong(folder):
    trusting(folder, StringEquals=FITS)
    providers = folder / "account" / "oidc-providers.json"
    providers.write_text("[]", "utf-8")
    ran = run(folder, *WEB, *github(folder))
    assert "register the token's issuer in the account of the role" in ran.words
    assert (
        f"aws iam create-open-id-connect-provider --url https://{GITHUB} --client-id-list sts.amazonaws.com"
        in ran.words
    )
    assert "STS would reject the AssumeRoleWithWebIdentity call as invalid" in ran.words
    providers.write_text(json.dumps([{"Url": GITHUB, "ClientIDList": ["another"]}]), "utf-8")
    assert "let the provider take the token's audience" in run(folder, *WEB, *github(folder)).words
    providers.write_text(json.dumps([{"Url": GITHUB, "ClientIDList": ["sts.amazonaws.com"]}]), "utf-8")
    assert "get another token" in run(folder, *WEB, *github(folder, exp=NOW - 3600)).words
