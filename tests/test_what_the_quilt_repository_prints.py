"""Every trust policy and set-up that the case's repository prints gets the verdict that the real call would get, for its reason."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.running import ACCOUNTS, ROLE, TASK, run

ROOT_OF_ACCOUNT = "arn:aws:iam::111122223333:root"
SECRET = "arn:aws:ssm:us-east-1:111122223333:parameter/quilt/mcp/jwt-secret"
CALL = ("sts:AssumeRole", "sts:SetSourceIdentity")


@pytest.fixture
def account(tmp_path):
    """The case's account, with a task role that may make the whole call: what refuses it then is the trust policy under test."""
    folder = tmp_path / "account"
    shutil.copytree(ACCOUNTS / "quilt-task-role", folder)
    of_the_task(folder, *CALL, "sts:TagSession")
    return folder


def of_the_task(folder: Path, *actions: str) -> None:
    (inline,) = (folder / "roles" / "quilt-mcp-task-role" / "inline").glob("*.json")
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": ROLE}
    inline.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), encoding="utf-8")


def trusting(folder: Path, *statements: object) -> None:
    document = {"Version": "2012-10-17", "Statement": statements}
    (folder / "roles" / "quilt-tenant" / "trust.json").write_text(json.dumps(document), encoding="utf-8")


def allow(principal: str, *actions: str, **conditions: object) -> dict[str, object]:
    statement: dict[str, object] = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions)}
    return {**statement, "Condition": conditions} if conditions else statement


def assumed(folder: Path, *arguments: str) -> tuple[str, set[str]]:
    """What becomes of the call, and the permissions of it that are denied."""
    report = run(folder, "check", "--format", "json", *arguments).report
    asked = {probe["id"]: probe["explanation"] for probe in report["probes"]}
    denied = {
        asked[name]["request"]["action"] for name in report["assume"]["probes"] if asked[name]["decision"] != "allowed"
    }
    return report["assume"]["status"], denied


def by_hand(folder: Path, caller: str) -> str:
    """`aws sts assume-role` with a role and a session name, as the documents suggest for a check."""
    ran = run(folder, "simulate", "--principal", caller, "--action", "sts:AssumeRole", "--resource", ROLE)
    return ran.out.split()[0]


TAGGED = ("--claim", 'session_tags={"team": "ops"}')


def test_the_trust_policy_with_an_external_id_is_met_by_no_call_of_the_server(account):
    trusting(account, allow(ROOT_OF_ACCOUNT, "sts:AssumeRole", StringEquals={"sts:ExternalId": "mcp-jwt-testing"}))
    assert assumed(account) == ("denied", set(CALL))
    assert assumed(account, *TAGGED) == ("denied", {*CALL, "sts:TagSession"})
    told = run(account, "check").words
    assert "sts:ExternalId is absent from this request" in told


def test_the_trust_policy_for_the_account_lets_the_check_by_hand_through_and_not_the_server(account):
    trusting(account, allow(ROOT_OF_ACCOUNT, "sts:AssumeRole"))
    assert assumed(account) == ("denied", {"sts:SetSourceIdentity"})
    assert assumed(account, *TAGGED) == ("denied", {"sts:SetSourceIdentity", "sts:TagSession"})
    assert by_hand(account, TASK) == "allowed"


PROSE = {
    "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "tenant"]},
    "StringLike": {"sts:SourceIdentity": "*"},
}


def test_the_trust_policy_of_the_specification_fails_as_written_and_works_with_the_third_permission(account):
    literal = [allow(TASK, "sts:AssumeRole", "sts:TagSession", **PROSE)]
    trusting(account, *literal)
    assert assumed(account, *TAGGED) == ("denied", {"sts:SetSourceIdentity"})
    trusting(account, *literal, allow(TASK, "sts:SetSourceIdentity"))
    assert assumed(account, *TAGGED) == ("allowed", set())


def test_a_task_role_that_may_only_assume_tenant_roles_can_neither_assume_them_nor_read_the_secret(account):
    trusting(account, allow(ROOT_OF_ACCOUNT, *CALL, "sts:TagSession"))
    of_the_task(account, "sts:AssumeRole")
    assert assumed(account) == ("denied", {"sts:SetSourceIdentity"})
    assert assumed(account, *TAGGED) == ("denied", {"sts:SetSourceIdentity", "sts:TagSession"})
    asked = ("--principal", TASK, "--action", "ssm:GetParameter", "--resource", SECRET)
    assert run(account, "simulate", *asked, "--expect", "denied").code == 0


def test_a_task_role_has_an_hour_and_no_more(account):
    trusting(account, allow(TASK, *CALL))
    status, _ = assumed(account, "--set", "MCP_JWT_SESSION_DURATION=43200")
    assert status == "invalid"
    assert (
        "1 hour session limit for roles assumed by role chaining"
        in run(account, "check", "--set", "MCP_JWT_SESSION_DURATION=43200").words
    )


def test_a_pod_without_a_service_account_of_its_own_is_not_handed_the_role(account):
    issuer = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"
    provider = f"arn:aws:iam::111122223333:oidc-provider/{issuer}"
    meant = {"StringEquals": {f"{issuer}:sub": "system:serviceaccount:quilt:quilt-mcp"}}
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": meant,
    }
    path = account / "roles" / "quilt-mcp-task-role" / "trust.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [trust]}), encoding="utf-8")
    as_printed = run(account, "check", "--runs-on", "irsa", "--service-account", "quilt/default")
    assert as_printed.out.startswith("✗ The server is not handed its own role")
    meant_for = run(account, "check", "--runs-on", "irsa", "--service-account", "quilt/quilt-mcp", "--format", "json")
    assert meant_for.report["identity"]["status"] == "allowed"


def test_a_container_without_credentials_asks_nobody(account):
    trusting(account, allow(TASK, *CALL))
    assert assumed(account, "--server-principal", "none")[0] == "no-credentials"
    assert "Unable to locate credentials" in run(account, "check", "--server-principal", "none").words


def test_the_script_that_validates_the_role_passes_where_the_server_is_refused(account):
    developer = account / "users" / "developer"
    (developer / "inline").mkdir(parents=True)
    may = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE}
    (developer / "inline" / "assume.json").write_text(
        json.dumps({"Version": "2012-10-17", "Statement": [may]}), "utf-8"
    )
    trusting(account, allow(ROOT_OF_ACCOUNT, "sts:AssumeRole"))
    assert by_hand(account, "arn:aws:iam::111122223333:user/developer") == "allowed"
    assert assumed(account) == ("denied", {"sts:SetSourceIdentity"})


def test_the_smallest_set_that_works_as_coded_works(account):
    trusting(account, allow(TASK, *CALL, "sts:TagSession"))
    assert assumed(account) == ("allowed", set())
    assert assumed(account, *TAGGED) == ("allowed", set())
