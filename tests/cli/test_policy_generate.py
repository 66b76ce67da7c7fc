"""`iamsim policy generate`: what it prints, where it writes, what it asks back, and that `check` agrees."""

from __future__ import annotations

import json
import shlex
import time

import pytest

from iamsim import fix
from tests.cli.running import ROLE, TASK, copied, run
from tests.cli.running import ROOT as FIXTURES
from tests.tokens import made

GENERATE = ("policy", "generate")
SMALL = (*GENERATE, "--tools", "example-role-claim@1", "--role-arn", ROLE, "--server-principal", TASK)
SET = ("--set", "bucket=example-data", "--set", "key=raw/cells.csv", "--claim", "session_tags={}")
REGIONAL = (*GENERATE, "--tools", "example-s3-iam-search@1", "--role-arn", ROLE, "--for", "role")
QUILT = "quilt-fixed"


@pytest.fixture(scope="module")
def enough(tmp_path_factory):
    """The account of the Quilt case with what was generated for it in the place of its own policies, and that run."""
    here = tmp_path_factory.mktemp("generated")
    folder, written = copied(QUILT, here), here / "made"
    ran = run(folder, *GENERATE, "--output", f"{written}/")
    for role, name in (("quilt-tenant", "role"), ("quilt-mcp-task-role", "server")):
        home = folder / "roles" / role
        for old in (home / "inline").iterdir():
            old.unlink()
        (home / "inline" / "made.json").write_text((written / f"{name}.json").read_text("utf-8"), "utf-8")
    (folder / "roles" / "quilt-tenant" / "trust.json").write_text((written / "trust.json").read_text("utf-8"))
    return folder, ran


def test_check_passes_an_account_that_has_what_was_written(enough):
    folder, ran = enough
    assert (ran.code, ran.out) == (0, "")
    found = run(folder, "check", "--format", "json")
    assert found.code == 0
    spare = [one for one in found.report["findings"] if one["rule"] == "unneeded-permissions"]
    assert [one["message"] for one in spare] == []


def test_check_fails_when_one_statement_is_taken_out(enough):
    folder, _ = enough
    path = folder / "roles" / "quilt-tenant" / "inline" / "made.json"
    whole = path.read_text("utf-8")
    policy = json.loads(whole)
    del policy["Statement"][0]
    path.write_text(json.dumps(policy), "utf-8")
    try:
        assert run(folder, "check").code == 1
    finally:
        path.write_text(whole, "utf-8")


def test_several_policies_are_one_object_by_their_names():
    ran = run(FIXTURES, *SMALL, *SET)
    assert ran.code == 0
    assert ran.err == ""
    assert list(ran.report) == ["role", "trust", "server"]
    assert ran.report["role"]["Statement"] == [
        {
            "Sid": "S3ForObjectGet",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::example-data/raw/cells.csv",
        }
    ]
    assert ran.report["trust"]["Statement"][0]["Principal"] == {"AWS": TASK}


def test_one_policy_is_its_document_alone(tmp_path):
    ran = run(tmp_path, *SMALL, *SET, "--for", "server", "--output", "server.json")
    assert (ran.code, ran.out, ran.err) == (0, "", "wrote server.json\n")
    found = json.loads((tmp_path / "server.json").read_text("utf-8"))
    assert found["Statement"][0]["Resource"] == ROLE


def test_a_parameter_that_is_not_told_is_asked_for_with_the_option_that_tells_it():
    ran = run(FIXTURES, *SMALL, "--set", "bucket=example-data")
    assert ran.code == 2
    assert ran.error == (
        "1 parameter is not told: `key` (object_get); give --set key=VALUE, or --any key where it may be anything"
        " (--any key=PATTERN: whatever matches)"
    )


def test_many_that_are_not_told_are_counted():
    ran = run(FIXTURES, *GENERATE, "--tools", "quilt-mcp@2026-01", "--role-arn", ROLE, "--server-principal", TASK)
    assert ran.code == 2
    assert ran.error.startswith("17 parameters are not told: ")
    assert " and 9 more; give --set bucket=VALUE, or --any bucket where" in ran.error


def test_a_region_is_asked_for_with_its_own_option():
    ran = run(FIXTURES, *REGIONAL)
    assert ran.code == 2
    assert "`region` (" in ran.error
    assert ran.error.partition("; ")[2].startswith("give --region REGION; give --set bucket=VALUE")


@pytest.mark.parametrize(
    ("anything", "resource"),
    [
        (("--any", "key"), "arn:aws:s3:::example-data/*"),
        (("--any", "key=raw/*.csv"), "arn:aws:s3:::example-data/raw/*.csv"),
        (("--set", "key=raw/*"), "arn:aws:s3:::example-data/raw/${*}"),
        (("--set", "key=${aws:username}"), "arn:aws:s3:::example-data/${$}{aws:username}"),
    ],
)
def test_only_any_makes_a_star(anything, resource):
    ran = run(FIXTURES, *SMALL, "--for", "role", "--set", "bucket=example-data", *anything)
    assert ran.code == 0
    assert ran.report["Statement"][0]["Resource"] == resource
    pattern = "is that very text, `raw/*`: write --any key=raw/* where it is a pattern"
    assert (pattern in ran.err) == (anything == ("--set", "key=raw/*"))


def test_what_tokens_carry_is_said_to_be_open_until_somebody_tells():
    tagging = (*GENERATE, "--tools", "example-s3-iam-search@1", *SMALL[4:], "--for", "trust", "--for", "server")
    open_ = run(FIXTURES, *tagging)
    assert open_.code == 4
    assert open_.err == (
        "iamsim: warning: not known to be enough: whether sts:TagSession is needed depends on what tokens carry: give"
        " one, --claim NAME=VALUE, or --any token\n"
    )
    assert open_.report["trust"]["Statement"][0]["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity"]
    for tell in (("--any", "token"), ("--claim", 'principal_tags={"team": "research"}')):
        told = run(FIXTURES, *tagging, *tell)
        assert (told.code, told.err) == (0, "")
        whole = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
        assert [told.report[side]["Statement"][0]["Action"] for side in ("trust", "server")] == [whole, whole]


def test_a_fact_of_the_account_that_is_not_told_is_named_with_what_depends_on_it():
    base = (*GENERATE, "--tools", "quilt-mcp@2026-01", "--role-arn", ROLE, "--for", "role", "--region", "us-east-1")
    names = ("--any", "bucket", "--any", "s3_uri=s3://example-data/*", "--any", "item_key", "--any", "bucket_kms_key")
    open_ = run(FIXTURES, *base, *names)
    assert open_.code == 4
    assert "whether kms:Decrypt and 1 more are needed depends on `sse_kms`: give --set sse_kms=…, or --any" in open_.err
    either, never = (
        run(FIXTURES, *base, *names, "--any", "sse_kms"),
        run(FIXTURES, *base, *names, "--set", "sse_kms=no"),
    )
    assert (either.code, never.code) == (0, 0)
    assert "kms:Decrypt" in either.out
    assert "kms:" not in never.out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((*GENERATE,), "no server is named"),
        ((*GENERATE, "--tools", "example-role-claim@1"), "the role that tools use is not told; give --role-arn ARN"),
        (SMALL[:-2], "whom the server runs as is not told; give --server-principal"),
        ((*SMALL[:-1], "auto"), "no policies tell whom the server runs as"),
        ((*SMALL[:-1], "arn:aws:iam::111122223333:root"), "arn:aws:iam::111122223333:root can have no policies"),
        ((*SMALL, *SET, "--any", "kye"), "no tool and no server knows the parameter `kye`; did you mean `key`"),
        ((*SMALL, *SET, "--any", "key"), "`key` is told and may be anything; leave one of the two options out"),
        ((*SMALL, "--any", "key="), "the pattern of `key` is empty; write --any key for whatever there is"),
        ((*REGIONAL, "--region", "us-east-1", "--any", "region"), "`region` is told and may be anything"),
        ((*REGIONAL, "--any", "account"), "the account is that of the role and of the server"),
        ((*SMALL, *SET, "--role-arn", "tenant"), "`tenant` is not the ARN of a role"),
        (
            (*SMALL, *SET, "--for", "everybody"),
            "`everybody` is no value of --for; use one of: all, role, server, trust",
        ),
        ((*SMALL, *SET, "--form", "terraform", "--output", "all.tf"), "3 texts do not go into one file"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(arguments, error, tmp_path):
    ran = run(tmp_path, *arguments)
    assert ran.code == 2
    assert error in ran.error
    assert list(tmp_path.iterdir()) == []


def test_nobody_to_trust_is_nothing_to_make():
    ran = run(FIXTURES, *SMALL[:-1], "none", *SET, "--for", "trust")
    assert ran.code == 3
    assert "the server has no credentials to ask for the role with: nobody can be trusted" in ran.error


def test_tools_that_need_nothing_of_a_side_are_nothing_to_make():
    ran = run(FIXTURES, *GENERATE, "--tools", "awslabs.lambda-tool-mcp-server@2.1.1", "--for", "trust")
    assert ran.code == 3
    assert "no tool of awslabs.lambda-tool-mcp-server@2.1.1 is known to need a policy there" in ran.error


def test_a_token_that_goes_to_sts_is_trusted_for_its_audience(tmp_path):
    now = int(time.time())
    claims = {"iss": "https://id.example.com", "aud": "example-server", "sub": "alice", "iat": now, "exp": now + 600}
    text = made.token({"alg": "RS256"}, claims, "rsa")
    (tmp_path / "token.jwt").write_text(text, "utf-8")
    arguments = ("--tools", "example-web-identity@1", "--role-arn", ROLE, "--any", "bucket", "--any", "key")
    ran = run(tmp_path, *GENERATE, *arguments, "--server-principal", "none", "--token-file", "token.jwt")
    assert ran.code == 0
    assert ran.report["trust"]["Statement"] == [
        {
            "Sid": "StsForAssumingTheRole",
            "Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/id.example.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"id.example.com:aud": "example-server"}},
        }
    ]
    assert "add a condition on id.example.com:sub to narrow that" in ran.err
    assert not [part for part in text.split(".") if part in ran.out + ran.err]


def test_without_that_token_nobody_knows_whom_to_trust():
    ran = run(
        FIXTURES, *GENERATE, "--tools", "example-web-identity@1", "--role-arn", ROLE, "--any", "bucket", "--any", "key"
    )
    assert ran.code == 2
    assert ran.error.startswith("whose tokens the role is to trust is not told; give one with --token-file")


def test_a_form_writes_each_policy_in_its_language(tmp_path):
    ran = run(tmp_path, *SMALL, *SET, "--form", "terraform", "--output", "made/")
    assert ran.code == 0
    found = {path.name: path.read_text("utf-8") for path in (tmp_path / "made").iterdir()}
    assert sorted(found) == ["role.tf", "server.tf", "trust.tf"]
    assert 'resource "aws_iam_role_policy"' in found["role.tf"]
    assert 'Resource = "arn:aws:s3:::example-data/raw/cells.csv"' in found["role.tf"]
    printed = run(tmp_path, *SMALL, *SET, "--form", "cli")
    assert "aws iam put-role-policy" in printed.out


@pytest.mark.parametrize("form", fix.names())
def test_every_form_has_words_for_every_policy(form, tmp_path):
    ran = run(tmp_path, *SMALL, *SET, "--form", form, "--output", "made/")
    assert ran.code == 0
    assert "by hand" not in ran.err
    assert len(list((tmp_path / "made").iterdir())) == 3


def test_the_aws_cli_makes_managed_policies_that_are_not_there(tmp_path):
    buckets = [part for number in range(40) for part in ("--set", f"bucket=example-data-{number:02}-{'a' * 200}")]
    ran = run(tmp_path, *SMALL[:-2], "--for", "role", *buckets, "--set", f"key={'b' * 200}", "--form", "cli")
    assert ran.code == 0
    assert ran.out.count("aws iam create-policy ") == 4
    assert "create-policy-version" not in ran.out
    assert "whoever else has this policy" not in ran.err
    assert "4 managed policies to attach to it" in ran.err


def examples(text):
    """The commands of an indented or fenced example, each as its words."""
    joined = text.replace("\\\n", " ")
    return [shlex.split(line)[1:] for line in joined.splitlines() if line.strip().startswith("iamsim policy generate")]


def test_the_examples_of_the_page_and_of_the_help_give_policies_that_are_enough(tmp_path):
    page = (FIXTURES / "docs" / "generate.md").read_text("utf-8")
    found = examples(page) + examples(run(tmp_path, *GENERATE, "--help").out)
    assert len(found) == 2
    for words in found:
        ran = run(tmp_path, *words)
        assert (ran.code, "warning" in ran.err) == (0, False)
    assert sorted(path.name for path in (tmp_path / "policies").iterdir()) == ["role.json", "trust.json"]


def test_a_chain_of_roles_in_the_settings_is_no_role_to_make_policies_for(tmp_path):
    (tmp_path / "iamsim.toml").write_text(f'chain = ["{ROLE}"]\n', "utf-8")
    ran = run(tmp_path, *SMALL, *SET)
    assert ran.code == 2
    assert ran.error.startswith("the settings name a chain of roles")


def test_any_on_the_command_line_wins_over_the_settings_file(tmp_path):
    (tmp_path / "iamsim.toml").write_text('region = "us-east-1"\n[set]\nkey = "raw/cells.csv"\n', "utf-8")
    one = run(tmp_path, *SMALL, "--for", "role", "--set", "bucket=example-data", "--any", "key")
    assert one.report["Statement"][0]["Resource"] == "arn:aws:s3:::example-data/*"
    values = [
        part
        for name in ("bucket", "key", "domain", "collection_id", "role_name", "index", "document_id")
        for part in ("--any", name)
    ]
    regional = run(tmp_path, *REGIONAL, *values, "--any", "region")
    assert "arn:aws:es:*:111122223333:domain/*" in regional.out
    assert "us-east-1" not in regional.out
