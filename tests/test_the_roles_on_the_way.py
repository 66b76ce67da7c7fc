"""The roles before and behind the one that the server asks for: what a session carries on from hop to hop, and what it is refused for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.running import ROOT, run

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
TENANT, DATA, ARCHIVE = ROLE + "tenant", ROLE + "tenant-data", ROLE + "archive"
ALL = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]


def written(path: Path, *statements: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}), encoding="utf-8")


def trusting(principal: dict[str, str], actions: list[str], **conditions: object) -> dict[str, object]:
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": actions,
        **({"Condition": conditions} if conditions else {}),
    }


def allowing(actions: list[str], resource: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


@pytest.fixture
def two_hops(tmp_path):
    """task role → tenant role, with tags and a source identity → tenant data role, which alone may read the notes."""
    folder = tmp_path / "set-up"
    shutil.copytree(ROOT / "fixtures" / "rules" / "assume-denied" / "clean", folder)
    manifest = folder / "server.toml"
    manifest.write_text(
        manifest.read_text("utf-8")
        .replace(
            'source_identity = "{subject}"',
            'source_identity = "{subject}"\ntag_claims = ["session_tags"]\ntransitive_claims = ["transitive_tag_keys"]\n'
            'duration_parameter = "duration"',
        )
        .replace("[parameters]\n", '[parameters]\nduration = { description = "Seconds", default = "3600" }\n'),
        "utf-8",
    )
    settings = folder / "iamsim.toml"
    text = settings.read_text("utf-8").replace(
        "session_tags = {}", 'session_tags = { team = "ops" }\ntransitive_tag_keys = ["team"]'
    )
    settings.write_text(f'chain = ["{DATA}"]\n{text}', "utf-8")
    roles = folder / "account" / "roles"
    written(roles / "notes-server" / "inline" / "assume.json", allowing(ALL, TENANT))
    written(roles / "tenant" / "trust.json", trusting({"AWS": ROLE + "notes-server"}, ALL))
    shutil.rmtree(roles / "tenant" / "inline")
    written(roles / "tenant" / "inline" / "chain.json", allowing(ALL, DATA))
    team = {"aws:PrincipalTag/team": "ops"}
    written(roles / "tenant-data" / "trust.json", trusting({"AWS": TENANT}, ALL, StringEquals=team))
    written(
        roles / "tenant-data" / "inline" / "data.json",
        allowing(["s3:GetObject"], "arn:aws:s3:::notes/${aws:PrincipalTag/team}/*"),
    )
    return folder


def check(folder: Path, *arguments: str):
    ran = run(folder, "check", "--format", "json", *arguments)
    return ran.code, json.loads(ran.out)


def messages(report) -> list[str]:
    return [finding["message"] for finding in report["findings"] if finding["kind"] in ("gap", "unknown")]


def test_two_hops_are_let_through_with_tags_and_source_identity(two_hops):
    code, report = check(two_hops)
    (hop,) = report["hops"]
    asked = {p["id"]: p["explanation"]["request"]["action"] for p in report["probes"]}
    assert (report["assume"]["status"], hop["status"]) == ("allowed", "allowed")
    assert [asked[name] for name in hop["probes"]] == ALL
    read = next(p for p in report["probes"] if p["explanation"]["request"]["action"] == "s3:GetObject")
    assert read["explanation"]["request"]["principal"]["entity"] == DATA
    assert read["explanation"]["request"]["context"]["values"]["aws:principaltag/team"] == ["ops"]
    assert code in (0, 4)


@pytest.mark.parametrize("left_out", ["sts:SetSourceIdentity", "sts:TagSession"])
@pytest.mark.parametrize("side", ["trust", "identity"])
def test_what_the_session_carries_has_to_be_allowed_on_both_sides_of_the_next_hop(two_hops, left_out, side):
    some = [action for action in ALL if action != left_out]
    roles = two_hops / "account" / "roles"
    if side == "trust":
        written(roles / "tenant-data" / "trust.json", trusting({"AWS": TENANT}, some))
    else:
        written(roles / "tenant-data" / "trust.json", trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, ALL))
        written(roles / "tenant" / "inline" / "chain.json", allowing(some, DATA))
    code, report = check(two_hops)
    assert code == 1
    assert f"{left_out} on {DATA} is denied to {TENANT}, the role before it in the chain" in messages(report)


def test_a_tag_that_is_not_transitive_stays_behind(two_hops):
    settings = two_hops / "iamsim.toml"
    settings.write_text(
        settings.read_text("utf-8").replace('transitive_tag_keys = ["team"]', "transitive_tag_keys = []"), "utf-8"
    )
    code, report = check(two_hops)
    assert (code, report["hops"][0]["status"]) == (1, "allowed")
    read = next(p["explanation"] for p in report["probes"] if p["explanation"]["request"]["action"] == "s3:GetObject")
    assert "aws:principaltag/team" not in read["request"]["context"]["values"]
    assert any(
        "s3:GetObject on arn:aws:s3:::notes/" in message and f"denied to {DATA}" in message
        for message in messages(report)
    )


def test_more_than_an_hour_is_refused_from_a_role_session(two_hops):
    code, report = check(two_hops, "--set", "duration=7200")
    assert (code, report["assume"]["status"]) == (1, "invalid")
    assert any("1 hour session limit for roles assumed by role chaining" in message for message in messages(report))


def test_a_third_hop_follows_the_second(two_hops):
    roles = two_hops / "account" / "roles"
    written(roles / "tenant-data" / "inline" / "on.json", allowing(ALL, ARCHIVE))
    sticky = {"sts:SourceIdentity": "alice", "aws:PrincipalTag/team": "ops"}
    written(roles / "archive" / "trust.json", trusting({"AWS": DATA}, ALL, StringEquals=sticky))
    _, report = check(two_hops, "--chain", DATA, "--chain", ARCHIVE)
    assert [(hop["role_arn"], hop["status"]) for hop in report["hops"]] == [(DATA, "allowed"), (ARCHIVE, "allowed")]


def test_a_hop_has_to_be_a_loaded_role(two_hops):
    assert run(two_hops, "check", "--chain", "archive").error == (
        "`archive` is not the ARN of a role; --chain takes role ARNs in the order of the hops"
    )
    assert (
        f"role `{ARCHIVE}` is not among the policies of account {ACCOUNT}"
        in run(two_hops, "check", "--chain", ARCHIVE).error
    )


EKS = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"
ISSUER = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"


@pytest.mark.parametrize(
    ("runs_on", "statement", "status"),
    [
        ("ecs-task", trusting({"Service": "ecs-tasks.amazonaws.com"}, ["sts:AssumeRole"]), "allowed"),
        ("ecs-task", trusting({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"]), "denied"),
        ("ec2", trusting({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"]), "allowed"),
        ("lambda", trusting({"Service": "lambda.amazonaws.com"}, ["sts:AssumeRole"]), "allowed"),
        ("pod-identity", trusting({"Service": "pods.eks.amazonaws.com"}, ["sts:AssumeRole"]), "denied"),
        ("pod-identity", trusting({"Service": "pods.eks.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"]), "allowed"),
        ("irsa", trusting({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"]), "denied"),
        (
            "irsa",
            trusting(
                {"Federated": EKS}, ["sts:AssumeRoleWithWebIdentity"],
                StringEquals={f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": "system:serviceaccount:notes:server"},
            ),
            "allowed",
        ),
        (
            "irsa",
            trusting(
                {"Federated": EKS}, ["sts:AssumeRoleWithWebIdentity"],
                StringEquals={f"{ISSUER}:sub": "system:serviceaccount:notes:another"},
            ),
            "denied",
        ),
    ],
)  # fmt: skip
def test_the_role_of_the_process_has_to_trust_what_hands_it_out(two_hops, runs_on, statement, status):
    written(two_hops / "account" / "roles" / "notes-server" / "trust.json", statement)
    account = ("--service-account", "notes/server") if runs_on in ("irsa", "pod-identity") else ()
    code, report = check(two_hops, "--runs-on", runs_on, *account)
    assert report["identity"]["status"] == status
    assert (code == 1) == (status == "denied")


def test_whose_pod_it_is_stays_open_until_it_is_told(two_hops):
    wants = {f"{ISSUER}:sub": "system:serviceaccount:notes:server"}
    written(
        two_hops / "account" / "roles" / "notes-server" / "trust.json",
        trusting({"Federated": EKS}, ["sts:AssumeRoleWithWebIdentity"], StringEquals=wants),
    )
    code, report = check(two_hops, "--runs-on", "irsa")
    assert (code, report["identity"]["status"]) == (4, "unknown")
    assert any(f"{ISSUER}:sub".lower() in message for message in messages(report))


def test_only_a_role_is_handed_out(two_hops):
    assert run(two_hops, "check", "--runs-on", "ec2", "--server-principal", "none").error == (
        "ec2 hands out sessions of roles, and the server runs as something else; give the role as --server-principal, or leave --runs-on out"
    )
    assert (
        "is no service account of a pod" in run(two_hops, "check", "--runs-on", "ec2", "--service-account", "a/b").error
    )
