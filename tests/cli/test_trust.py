"""`iamsim trust`: who can assume a role, in words and as JSON."""

from __future__ import annotations

import json

import pytest

from tests.cli.running import ACCOUNTS, ROLE, TASK, run

QUILT = ACCOUNTS / "quilt-task-role"
OTHER = "arn:aws:iam::444455556666:role/ci"


def written(folder, trust, *, own=None, other=None):
    """A folder with one account whose role `app` has this trust policy; `own` is what its role `caller` may, `other` what `ci` of another account may."""
    (folder / "one" / "roles" / "app").mkdir(parents=True)
    (folder / "one" / "account.toml").write_text(
        'id = "111122223333"\norganization = "none"\nseen = ["scp", "rcp", "boundary", "resource", "vpc-endpoint"]\n'
    )
    (folder / "one" / "roles" / "app" / "trust.json").write_text(json.dumps(document(*trust)))
    caller = folder / "one" / "roles" / "caller"
    _role(caller, own)
    if other is not None:
        (folder / "two").mkdir()
        (folder / "two" / "account.toml").write_text(
            'id = "444455556666"\norganization = "none"\nseen = ["scp", "rcp", "boundary", "resource", "vpc-endpoint"]\n'
        )
        _role(folder / "two" / "roles" / "ci", other)
    return folder


def _role(folder, own):
    (folder / "inline").mkdir(parents=True)
    service = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    (folder / "trust.json").write_text(json.dumps(document(service)))
    if own:
        (folder / "inline" / "own.json").write_text(json.dumps(document(own)))


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trusting(principal, *, when=None, action="sts:AssumeRole"):
    found = {"Effect": "Allow", "Principal": principal, "Action": action}
    return found | ({"Condition": when} if when else {})


APP = "arn:aws:iam::111122223333:role/app"
CALLER = "arn:aws:iam::111122223333:role/caller"
MAY = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}


def test_the_task_role_can_assume_the_tenant_role_and_not_by_the_server_s_own_call():
    ran = run(QUILT, "trust", ROLE)
    assert ran.code == 0
    assert ran.out.startswith(f"{ROLE} can be assumed by\n\n  allowed      {TASK}\n")
    # The plain edge is what `aws sts assume-role` does; the server sends a source identity besides.
    assert (
        "a call that sets a source identity (sts:SetSourceIdentity) or passes session tags (sts:TagSession) is refused"
        in ran.words
    )
    assert f"allowed Amazon ECS tasks (ecs-tasks.amazonaws.com) -> {TASK} -> {ROLE}" in ran.words


def test_where_both_sides_allow_it_the_server_s_call_is_let_in_too():
    ran = run(ACCOUNTS / "quilt-fixed", "trust", ROLE)
    assert "a call that sets a source identity (sts:SetSourceIdentity)" in ran.words
    assert "is let in, too" in ran.words


def test_who_is_named_and_cannot_is_told_with_what_stands_in_the_way(tmp_path):
    folder = written(tmp_path, [trusting({"AWS": OTHER})], other={"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    ran = run(folder, "trust", APP, "--policies", ".")
    assert (
        f"named, and cannot denied {OTHER} (another account) = two accounts, so both must allow: no identity-based policy allows it"
        in ran.words
    )


def test_conditions_are_requirements_and_stand_with_their_statement(tmp_path):
    when = {"StringEquals": {"sts:ExternalId": "prod-7"}}
    folder = written(tmp_path, [trusting({"AWS": "111122223333"}, when=when)], own=MAY)
    ran = run(folder, "trust", APP, "--policies", "one")
    assert f"conditional {CALLER} = if sts:ExternalId is `prod-7`" in ran.words
    assert "statement 1 (one/roles/app/trust.json:1:41), if sts:ExternalId is `prod-7`" in ran.words


def test_what_is_open_is_told_as_open(tmp_path):
    when = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
    ran = run(written(tmp_path, [trusting({"AWS": CALLER}, when=when)]), "trust", APP, "--policies", "one")
    assert f"unknown {CALLER} = may, if aws:SourceVpc is `vpc-1` = it depends on aws:sourcevpc" in ran.words
    stated = run(tmp_path, "trust", APP, "--policies", "one", "--context", "aws:SourceVpc=vpc-1")
    assert f"allowed {CALLER}" in stated.words


def test_a_github_organization_is_a_class(tmp_path):
    issuer = "token.actions.githubusercontent.com"
    provider = {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{issuer}"}
    when = {"StringLike": {f"{issuer}:sub": "repo:acme/*"}}
    folder = written(tmp_path, [trusting(provider, when=when, action="sts:AssumeRoleWithWebIdentity")])
    ran = run(folder, "trust", APP, "--policies", "one")
    assert "any GitHub repository of the organization acme (repo:acme/*)" in ran.words


def test_json_holds_the_same(tmp_path):
    when = {"StringEquals": {"sts:ExternalId": "prod-7"}}
    folder = written(tmp_path, [trusting({"AWS": "*"}, when=when)], other=MAY)
    ran = run(folder, "trust", APP, "--policies", ".", "--json")
    found = json.loads(ran.out)
    states = {each["id"]: each["state"] for each in found["trusted"]}
    assert states == {
        APP: "conditional",
        CALLER: "conditional",
        OTHER: "conditional",
        "arn:aws:iam::111122223333:root": "conditional",
        "*": "conditional",
    }
    caller = next(each for each in found["trusted"] if each["id"] == CALLER)
    assert caller["requires"] == ["sts:ExternalId is `prod-7`"]
    assert {each["action"] for each in caller["beside"]} == {"sts:SetSourceIdentity", "sts:TagSession"}
    assert found["statements"][0]["conditions"] == ["sts:ExternalId is `prod-7`"]
    assert [hop["from"] for hop in found["chains"][0]["hops"]] == ["lambda.amazonaws.com", CALLER]
    assert run(folder, "trust", APP, "--policies", ".", "--json").out == ran.out


@pytest.mark.parametrize(
    ("role", "error"),
    [
        (
            "arn:aws:iam::111122223333:role/nobody",
            "role `arn:aws:iam::111122223333:role/nobody` is not among the policies; loaded roles: ",
        ),
        ("arn:aws:iam::111122223333:role/team/quilt-tenant", f"is not among the policies; did you mean `{ROLE}`?"),
        ("quilt-tenant", "`quilt-tenant` is not the ARN of a role"),
    ],
)
def test_a_role_that_is_not_there_is_one_line_with_those_that_are(role, error):
    ran = run(QUILT, "trust", role)
    assert ran.code == 2
    assert error in ran.error
