"""The same check against a live account, over real HTTP: what the files say, the account says."""

from __future__ import annotations

import json
import re
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3  # noqa: TID253 - these tests are about the live account
import pytest
from moto.server import ThreadedMotoServer

from tests.cli.running import ACCOUNTS, Ran, copied, run

ACCOUNT = "123456789012"
ROLE, TASK = f"arn:aws:iam::{ACCOUNT}:role/quilt-tenant", f"arn:aws:iam::{ACCOUNT}:role/quilt-mcp-task-role"


@pytest.fixture(scope="module")
def endpoint():
    """A stand-in for AWS, on a port of its own."""
    running = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


def document(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("111122223333", ACCOUNT)


@pytest.fixture
def cloud(endpoint, monkeypatch):
    """An AWS with the roles of account (b), and the credentials to read it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", b"", method="POST")).close()  # noqa: S310 - the loopback server above
    iam = boto3.Session(region_name="us-east-1").client("iam", endpoint_url=endpoint)
    for role in (ACCOUNTS / "quilt-task-role" / "roles").iterdir():
        iam.create_role(RoleName=role.name, AssumeRolePolicyDocument=document(role / "trust.json"))
        for policy in (role / "inline").iterdir():
            iam.put_role_policy(RoleName=role.name, PolicyName=policy.stem, PolicyDocument=document(policy))
    boto3.Session(region_name="us-east-1").client("s3", endpoint_url=endpoint).create_bucket(
        Bucket="quilt-ernest-staging"
    )
    return endpoint


@pytest.fixture
def calls(monkeypatch):
    """The operations that are really sent, as `iam:GetRole`."""
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
def folder(tmp_path):
    """Settings that name no policies, and so mean the live account, and of the resources in play one bucket."""
    made = copied("quilt-task-role", tmp_path, without=("policies",))
    settings = made / "iamsim.toml"
    text = settings.read_text(encoding="utf-8").replace("111122223333", ACCOUNT)
    settings.write_text(text.partition("[set]")[0] + '[set]\nbucket = "quilt-ernest-staging"\n', encoding="utf-8")
    return made


def assume(ran: Ran) -> dict[str, tuple[str, set[str]]]:
    report = ran.report
    probes = {probe["id"]: probe["explanation"] for probe in report["probes"]}
    return {
        probes[name]["request"]["action"]: (probes[name]["decision"], set(probes[name]["failing"]))
        for name in report["assume"]["probes"]
    }


@pytest.mark.parametrize("policies", [(), ("--policies", "aws")])
def test_the_live_account_gives_the_verdict_of_the_files(cloud, folder, policies):
    arguments = ("check", *policies, "--endpoint-url", cloud)
    ran = run(folder, *arguments)
    assert (ran.code, ran.err) == (1, "")
    assert "AWS would refuse the server's AssumeRole call: sts:SetSourceIdentity is denied." in ran.words
    live = run(folder, *arguments, "--assume-none", "vpc-endpoint", "--format", "json")
    files = run(ACCOUNTS / "quilt-task-role", "check", "--format", "json")
    assert assume(live) == assume(files)
    assert assume(live)["sts:SetSourceIdentity"] == ("implicitDeny", {"identity", "resource"})
    assert live.report["assume"]["status"] == "denied"
    (read,) = [each for each in live.report["inputs"] if each["kind"] == "policies"]
    assert read["sha256"] == ""
    assert timedelta(0) <= datetime.now(UTC) - datetime.fromisoformat(read["fetched"]) < timedelta(minutes=5)
    assert [each["fetched"] for each in files.report["inputs"] if each["fetched"]] == []


def test_it_says_whose_credentials_are_used(cloud, folder):
    words = run(folder, "check", "--endpoint-url", cloud).words
    assert f"live account {ACCOUNT}, read as arn:aws:" in words
    assert "(default credentials)" in words


def test_it_says_which_profile_is_used(cloud, folder, monkeypatch, tmp_path):
    (tmp_path / "credentials").write_text("[audit]\naws_access_key_id = testing\naws_secret_access_key = testing\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    words = run(folder, "check", "--endpoint-url", cloud, "--profile", "audit").words
    assert "(profile audit)" in words
    assert run(folder, "check", "--endpoint-url", cloud, "--profile", "nobody").error.startswith(
        "there is no profile `nobody`"
    )


def test_only_reading_calls_are_made(cloud, folder, calls):
    run(folder, "check", "--endpoint-url", cloud)
    assert "iam:GetRole" in calls
    assert "sts:AssumeRole" not in calls
    assert {call for call in calls if not call.partition(":")[2].startswith(("Get", "List", "Describe"))} == set()


def test_the_proposed_edits_made_in_the_account_let_the_server_assume_the_role(cloud, folder):
    arguments = ("check", "--endpoint-url", cloud, "--assume-none", "vpc-endpoint", "--format", "json")
    report = run(folder, *arguments).report
    denied = next(found["key"] for found in report["findings"] if found["rule"] == "assume-denied")
    fix = next(one for one in report["remedies"] if denied in one["findings"])
    iam = boto3.Session(region_name="us-east-1").client("iam", endpoint_url=cloud)
    for edit in fix["edits"]:
        name, after = edit["owner"].rsplit("/", 1)[-1], json.dumps(statements(edit["after"]))
        if edit["slot"] == "trust":
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=after)
        else:
            iam.put_role_policy(RoleName=name, PolicyName=edit["after"]["name"], PolicyDocument=after)
    assert run(folder, *arguments).report["assume"]["status"] == "allowed"


def statements(policy: dict) -> dict:
    """A policy of a saved report as AWS takes it."""
    return {
        "Version": policy["version"],
        "Statement": [
            {
                "Effect": one["effect"],
                "Action": one["action"]["values"],
                **({"Resource": one["resource"]["values"]} if one["resource"] else {}),
                **({"Principal": {"AWS": one["principal"]["aws"]}} if one["principal"] else {}),
            }
            for one in policy["statements"]
        ],
    }


def test_a_role_that_the_account_does_not_have_is_an_error_of_the_input(cloud, folder):
    ran = run(folder, "check", "--endpoint-url", cloud, "--role-arn", ROLE + "s")
    assert ran.code == 2
    assert ran.error.startswith(f"there is no role `quilt-tenants` in account {ACCOUNT}")


def test_explain_asks_the_live_account_too(cloud, folder):
    arguments = ("--principal", TASK, "--action", "sts:SetSourceIdentity", "--resource", ROLE, "--endpoint-url", cloud)
    ran = run(folder, "explain", *arguments)
    assert (ran.code, ran.out.split()[0]) == (0, "implicitDeny")
    assert "iam:GetRole arn:aws:iam::123456789012:role/quilt-tenant#/Statement/0" in ran.words


def test_fixes_of_the_live_account_are_commands_that_nobody_here_runs(cloud, folder, calls):
    unsure = run(folder, "fix", "--endpoint-url", cloud)
    assert unsure.code == 1
    types = "resource,vpc-endpoint"
    assert f"with --assume-none {types}, where none of them is attached, 16 of 16 gaps would be closed" in unsure.words
    ran = run(folder, "fix", "--endpoint-url", cloud, "--assume-none", types)
    assert re.match(r"✓ 4 edits close (\d+) of \1 gaps, and allow nothing else", ran.out)
    assert ran.code == 4
    assert "aws iam update-assume-role-policy --role-name quilt-tenant" in ran.words
    assert set(re.findall(r"(?m)^─── (.*), \d of \d: ", ran.out)) == {"AWS CLI"}
    written = run(folder, "fix", "--write", "--endpoint-url", cloud, "--assume-none", types)
    assert written.code == 1
    lines = written.err.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("iamsim: warning: not written: the ") for line in lines)
    assert [call for call in calls if not call.partition(":")[2].startswith(("Get", "List", "Describe"))] == []
    assert "iam:GetRole" in calls
