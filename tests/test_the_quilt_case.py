"""What issue 2 says the real case must show, read where the user reads it: on the terminal and in the JSON report."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iamsim import config, proof
from iamsim.check import check
from iamsim.cli import _inputs, _values
from iamsim.model.remedy import RemedyKind
from iamsim.model.report import Status
from iamsim.tools.manifest import named
from tests.cli.running import ACCOUNTS, ROLE, TASK, checked, copied, run

USE_THE_ROLE = {
    "bucket_objects_list",
    "bucket_object_info",
    "bucket_object_text",
    "bucket_object_fetch",
    "bucket_object_link",
    "bucket_objects_put",
}
ONLY_GATED = {"package_create", "package_update", "package_delete"}
NONE, TASK_ROLE, EXTERNAL_ID, TAGS, AUTH0, FIXED = (
    "quilt-no-credentials",
    "quilt-task-role",
    "quilt-external-id",
    "quilt-session-tags",
    "quilt-auth0-subject",
    "quilt-fixed",
)
SIGNER_OF_THE_SERVER = "server"


def report(account: str) -> dict[str, Any]:
    return checked(account, "json").report


def tools(account: str) -> dict[str, dict[str, Any]]:
    return {tool["name"]: tool for tool in report(account)["tools"]}


def finding(found: dict[str, Any], rule: str) -> dict[str, Any]:
    return next(one for one in found["findings"] if one["rule"] == rule)


def asked(found: dict[str, Any]) -> dict[str, tuple[str, set[str]]]:
    """The permissions of the assume call: each with the answer and the sides that stand in its way."""
    probes = {probe["id"]: probe["explanation"] for probe in found["probes"]}
    return {
        probes[name]["request"]["action"]: (probes[name]["decision"], set(probes[name]["failing"]))
        for name in found["assume"]["probes"]
    }


def attempts(tool: dict[str, Any], credential: str) -> set[str]:
    """How the calls that a tool tries with one credential come out."""
    return {
        attempt["status"]
        for need in tool["needs"]
        for attempt in need["attempts"]
        if attempt["credential"] == credential
    }


# ---------------------------------------------------------------- (a) the container without AWS credentials


def test_a_says_that_the_assume_call_never_leaves_the_server():
    ran = checked(NONE)
    assert ran.code == 1
    assert "The AssumeRole call never leaves the server: its process has no AWS credentials." in ran.words
    assert "Unable to locate credentials" in ran.words
    step = report(NONE)["assume"]
    assert (step["status"], step["principal"], step["probes"]) == ("no-credentials", None, [])
    assert [(said["text"], said["speaker"], said["basis"]) for said in step["predicted"]] == [
        ("Unable to locate credentials", "server", "observed")
    ]


def test_a_blocks_the_six_tools_that_use_the_role_and_the_three_that_are_gated_by_it():
    found = tools(NONE)
    assert {name for name, tool in found.items() if tool["role"] == "uses"} == USE_THE_ROLE
    assert {name for name, tool in found.items() if tool["role"] == "gate-only"} == ONLY_GATED
    assert {found[name]["status"] for name in USE_THE_ROLE | ONLY_GATED} == {"blocked"}
    assert "Of 53 tools, 6 use the role, 3 need it only to be assumable and 44 ignore it." in checked(NONE).words


def test_a_leaves_no_credentials_to_the_tools_that_sign_as_the_server_either():
    found = tools(NONE)
    signing = {name for name, tool in found.items() if attempts(tool, SIGNER_OF_THE_SERVER)}
    assert signing >= {"athena_query_execute", "check_bucket_access", "create_data_visualization", "package_browse"}
    assert all(attempts(found[name], SIGNER_OF_THE_SERVER) == {"no-credentials"} for name in signing)
    stopped = finding(report(NONE), "no-credentials")
    assert signing <= set(stopped["tools"])


def test_a_sends_the_reads_of_quilt3_unsigned():
    found = tools(NONE)
    reading = {name for name, tool in found.items() if attempts(tool, "unsigned")}
    assert reading == {"package_browse", "package_diff", "package_create", "package_update", "package_create_from_s3"}
    assert found["package_browse"]["credentials"][0] == "unsigned"
    assert "5 tools send their reads unsigned instead" in checked(NONE).words
    asked_by = {
        probe["explanation"]["request"]["principal"]["kind"]
        for probe in report(NONE)["probes"]
        if probe["id"]
        in {name for need in found["package_diff"]["needs"] for a in need["attempts"] for name in a["probes"]}
    }
    assert asked_by == {"Anonymous"}


def test_a_takes_discover_permissions_for_what_it_is_about_and_names_its_wait():
    tool = tools(NONE)["discover_permissions"]
    assert (tool["role"], tool["credentials"]) == ("ignores", ["server"])
    told = " ".join(tool["notes"])
    assert "about the server's principal and never about the role of the token" in told
    assert "waits twice for the instance metadata address 169.254.169.254: 10.2 s" in told
    assert "instance metadata address 169.254.169.254" in checked(NONE).words
    page = checked(NONE, "html").words
    assert "about the server&#39;s principal and never about the role" in page
    assert "169.254.169.254" in page


@pytest.mark.parametrize("account", [NONE, TASK_ROLE, FIXED])
def test_a_catalog_search_is_not_decided_by_iam_whatever_the_role(account):
    tool = tools(account)["search_catalog"]
    assert (tool["status"], tool["credentials"], tool["needs"]) == ("not-iam", ["bearer"], [])
    assert "fails the same way when the role can be assumed" in " ".join(tool["notes"])
    bearers = checked(account).words.partition("with a bearer token: · not decided by IAM")[2]
    assert "search_catalog" in bearers.partition("with no credential")[0]


# ---------------------------------------------------------------- (b) the trust policy that the bug report prints


def test_b_is_refused_for_the_source_identity_on_both_sides():
    assert asked(report(TASK_ROLE)) == {
        "sts:AssumeRole": ("allowed", set()),
        "sts:SetSourceIdentity": ("implicitDeny", {"identity", "resource"}),
    }
    assert checked(TASK_ROLE).code == 1
    assert "sts:SetSourceIdentity ✗ does not allow ✗ does not allow ✗ implicitly denied" in checked(TASK_ROLE).words
    assert "AWS would refuse the server's AssumeRole call: sts:SetSourceIdentity is denied." in checked(TASK_ROLE).words


def test_b_predicts_words_and_marks_them_inferred():
    said = report(TASK_ROLE)["assume"]["predicted"]
    assert [message["basis"] for message in said] == ["inferred"]
    assert "is not authorized to perform: sts:SetSourceIdentity on resource: " + ROLE in said[0]["text"]
    assert re.search(r"AWS would say \(wording inferred\): User: \S+ is not authorized to perform: sts:SetSourceIdentity", checked(TASK_ROLE).words)  # fmt: skip


def test_b_gives_the_command_that_repeats_the_call_and_says_why_the_bare_form_proves_nothing():
    words = checked(TASK_ROLE).words
    assert re.search(
        rf"aws sts assume-role --role-arn {ROLE} --role-session-name mcp-test-user-\d+ "
        "--source-identity test-user --duration-seconds 3600",
        words,
    )
    assert "proves nothing" in words
    assert "assumed-role/quilt-mcp-task-role/" in words.partition("The same call by hand")[2][:120]


def test_b_is_allowed_after_the_proposed_edits(monkeypatch):
    monkeypatch.chdir(ACCOUNTS / TASK_ROLE)
    inputs = _inputs.inputs(_values.Options({}, config.find(Path())), lambda _: None)
    before = check(inputs)
    denied = next(found for found in before.findings if found.rule == "assume-denied")
    remedy = next(one for one in before.remedies if denied.key in one.findings)
    assert remedy.kind is RemedyKind.EDIT
    assert {(edit.owner, edit.slot.value) for edit in remedy.edits} == {(ROLE, "trust"), (TASK, "inline")}
    assert remedy.proof is not None
    assert (remedy.proof.still_denied, remedy.proof.widened) == ((), ())

    after = check(_edited(inputs, remedy.edits))
    assert before.assume.status is Status.DENIED
    assert after.assume.status is Status.ALLOWED
    assert not [found for found in after.findings if found.rule == denied.rule]


def test_b_with_every_proposed_edit_has_nothing_left_in_the_way(monkeypatch):
    monkeypatch.chdir(ACCOUNTS / TASK_ROLE)
    inputs = _inputs.inputs(_values.Options({}, config.find(Path())), lambda _: None)
    edits = tuple(edit for remedy in check(inputs).remedies for edit in remedy.edits)
    assert {tool.status for tool in check(_edited(inputs, edits)).tools} == {Status.ALLOWED, Status.NOT_IAM}


def _edited(inputs: Any, edits: Any) -> Any:
    return replace(inputs, organization=proof.edited(inputs.organization, edits))


# ---------------------------------------------------------------- (c) the trust policy that wants an external id


def test_c_says_that_the_condition_can_never_match_since_no_external_id_is_sent():
    words = checked(EXTERNAL_ID).words
    assert checked(EXTERNAL_ID).code == 1
    assert "ExternalId not sent" in words
    assert "sts:ExternalId is absent from this request" in words
    assert "the server never sends it, so the condition can never match" in words
    assert "roles/quilt-tenant/trust.json:8" in words


def test_c_lists_every_failing_check_and_claims_no_order():
    assert {action: answer for action, (answer, _) in asked(report(EXTERNAL_ID)).items()} == {
        "sts:AssumeRole": "implicitDeny",
        "sts:SetSourceIdentity": "implicitDeny",
    }
    words = checked(EXTERNAL_ID).words
    for action in ("sts:AssumeRole", "sts:SetSourceIdentity"):
        assert f"not authorized to perform: {action} on resource" in words
    assert "which it checks first is not documented" in words


# ---------------------------------------------------------------- (d) a token with session tags


def test_d_needs_tag_session_too():
    found = asked(report(TAGS))
    assert found["sts:TagSession"] == ("implicitDeny", {"identity", "resource"})
    assert {found[action][0] for action in ("sts:AssumeRole", "sts:SetSourceIdentity")} == {"allowed"}
    words = checked(TAGS).words
    assert checked(TAGS).code == 1
    assert "AWS would refuse the server's AssumeRole call: sts:TagSession is denied." in words
    assert "--tags Key=team,Value=research --transitive-tag-keys team" in words


# ---------------------------------------------------------------- (e) a subject that STS refuses


def test_e_is_a_validation_error_and_no_access_denial():
    words = checked(AUTH0).words
    assert checked(AUTH0).code == 1
    assert "STS would reject the AssumeRole call as invalid, before it looks at any policy." in words
    assert "(ValidationError) when calling the AssumeRole operation" in words
    assert "Value 'auth0|abc' at 'sourceIdentity'" in words
    assert "AccessDenied" not in words
    assert "is not authorized" not in words.partition("Tools (53)")[0]
    step = report(AUTH0)["assume"]
    assert (step["status"], step["predicted"]) == ("invalid", [])
    assert finding(report(AUTH0), "call-invalid")["kind"] == "gap"
    assert not [one for one in report(AUTH0)["findings"] if one["rule"] == "assume-denied"]


# ---------------------------------------------------------------- (f) the fixed account


def test_f_exits_with_0_and_reports_hazards_and_notes_that_are_no_gaps():
    ran = checked(FIXED)
    assert ran.code == 0
    assert {one["kind"] for one in report(FIXED)["findings"]} == {"hazard", "note"}
    assert "the server does not check for whom a token is" in ran.words
    assert "role/quilt-mcp-task-role may take 1 action that no tool needs" in ran.words
    assert "11 tools acting as the server whatever the caller's token says" in ran.words
    assert "3 tools needing the role to be assumable, and then acting as the server" in ran.words
    assert report(FIXED)["remedies"] == []


def test_f_without_its_account_file_exits_with_4_and_names_what_was_not_seen(tmp_path):
    folder = copied(FIXED, tmp_path)
    (folder / "account.toml").unlink()
    ran = run(folder, "check")
    assert ran.code == 4
    assert "not seen: scp, rcp, boundary, resource, vpc-endpoint" in ran.words
    assert "Whether the server can assume the role is unknown" in ran.out.splitlines()[0]
    unseen = ran.words.partition("Not seen")[2].partition("Assumed")[0]
    for kind in ("resource policies", "permissions boundaries", "(SCP)", "(RCP)", "VPC endpoint policies"):
        assert kind in unseen
    for word in ("scp", "rcp", "boundary", "resource", "vpc-endpoint"):
        assert f"--assume-none {word}" in ran.words
    kinds = {one["kind"] for one in run(folder, "check", "--format", "json").report["findings"]}
    assert kinds == {"unknown", "hazard", "note"}


def test_f_without_its_account_file_but_with_what_that_states_exits_with_0(tmp_path):
    folder = copied(FIXED, tmp_path)
    (folder / "account.toml").unlink()
    ran = run(folder, "check", "--assume-none", "scp,rcp,boundary,resource,vpc-endpoint")
    assert ran.code == 0
    for word in ("scp", "rcp", "boundary", "resource", "vpcEndpoint"):
        assert f"no {word} policies are attached where none were seen (--assume-none)" in ran.words


# ---------------------------------------------------------------- every tool, with the credential it uses


@pytest.mark.parametrize("account", [NONE, TASK_ROLE, EXTERNAL_ID, TAGS, AUTH0, FIXED])
def test_every_tool_of_2026_01_appears_with_its_credential(account):
    found, words = tools(account), checked(account).words
    manifest = named("quilt-mcp@2026-01")
    assert list(found) == [tool.name for tool in manifest.tools]
    assert len(found) == 53
    assert sum(len(tool["needs"]) for tool in found.values()) == 214
    assert Counter(tool["role"] for tool in found.values()) == {"uses": 6, "gate-only": 3, "ignores": 44}
    for name, tool in found.items():
        assert tool["credentials"], name
        assert name in words
    assert all(found[name]["credentials"][0] == "role" for name in USE_THE_ROLE)


@pytest.mark.parametrize(("mode", "count"), [("remote", 46), ("local", 46), ("legacy", 51)])
def test_every_tool_of_0_21_appears_with_its_credential(tmp_path, mode, count):
    folder = copied(
        FIXED,
        tmp_path,
        settings=f'policies = ["."]\nrole_arn = "{ROLE}"\nserver_principal = "{TASK}"\nregion = "us-east-1"\n',
    )
    arguments = ("check", "--tools", "quilt-mcp@0.21", "--mode", mode)
    found = run(folder, *arguments, "--format", "json").report
    assert [tool["name"] for tool in found["tools"]] == [
        tool.name for tool in named("quilt-mcp@0.21").deployed(mode).tools
    ]
    assert len(found["tools"]) == count
    assert sum(len(tool["needs"]) for tool in found["tools"]) == 163
    assert found["assume"]["status"] == "not-applicable"
    words = run(folder, *arguments).words
    for tool in found["tools"]:
        assert tool["credentials"], tool["name"]
        assert tool["name"] in words
    signs = {credential for tool in found["tools"] for credential in tool["credentials"]}
    assert ("brokered" in signs) is (mode != "legacy")


def test_0_21_says_that_it_makes_no_assume_call_whatever_the_token_names(tmp_path):
    folder = copied(FIXED, tmp_path, settings=f'policies = ["."]\nserver_principal = "{TASK}"\nregion = "us-east-1"\n')
    ran = run(folder, "check", "--tools", "quilt-mcp@0.21", "--role-arn", ROLE)
    assert "quilt-mcp@0.21 makes no AssumeRole call" in ran.words
