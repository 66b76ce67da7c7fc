"""The report that started it, as it was written up and as mcp-test printed it, against three accounts."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.cli.running import ACCOUNTS, ROOT, Ran, run

EVIDENCE = ROOT / "fixtures" / "evidence"
WRITTEN_UP = EVIDENCE / "mcp_test_markdown" / "quilt-2026-01.md"
PRINTED = EVIDENCE / "mcp_test_report" / "quilt-2026-01.txt"
CONFIGURED = EVIDENCE / "mcp_test_config" / "quilt-2026-01.yaml"
BOTH = pytest.mark.parametrize("file", [WRITTEN_UP, PRINTED], ids=["written up", "printed"])
NONE_IS_IAM = "none of the 4 failures is explained by IAM permissions"
WORTH = "51 of 55 passed; of all 55, 0 show the role working, 0 would have shown it broken, and 55 say nothing of it"


@cache
def diagnosed(account: str, *files: object, form: str = "json") -> Ran:
    paths = [str(file) for file in files]
    return run(ACCOUNTS / account, "diagnose", *paths, "--at", "2026-01-30T12:00:00Z", "--format", form)


def tools(ran: Ran) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in ran.report["tools"]}


@BOTH
def test_without_credentials_no_failure_is_explained_by_iam(file):
    ran = diagnosed("quilt-no-credentials", file)
    assert ran.code == 0, ran.err
    summary = ran.report["summary"]
    assert summary[:2] == [NONE_IS_IAM, WORTH]
    assert summary[2].startswith("1 of 55 results exercised the role, and it failed and counts as passed")
    assert (
        "with what is loaded the call for the role fails: the server's process has no AWS credentials to make it with"
        in summary
    )


@BOTH
def test_discover_permissions_times_out_on_looking_for_credentials(file):
    one = tools(diagnosed("quilt-no-credentials", file))["discover_permissions"]
    assert (one["predicted"], one["observed"], one["relation"]) == ("no-credentials", "timed-out", "not-iam")
    assert one["reasons"][0] == (
        "it times out while it looks for credentials that the process does not have; AWS is never asked"
    )
    assert "5 times, about 2 s each" in one["reasons"][1]


@BOTH
def test_search_needs_a_catalog_session_whatever_the_account(file):
    for account in ("quilt-no-credentials", "quilt-task-role", "quilt-fixed"):
        found = tools(diagnosed(account, file))
        searches = [one for name, one in found.items() if name.startswith("search_catalog.")]
        assert len(searches) == 3
        for one in searches:
            assert (one["relation"], one["would_pass"]) == ("not-iam", False)
            assert "needs a catalog session: quilt3's login" in one["reasons"][0]
            assert "fails the same way whether the role works or not" in one["reasons"][0]


@BOTH
def test_one_result_of_55_exercised_the_role_and_failed_inside(file):
    ran = diagnosed("quilt-no-credentials", file)
    numbers = ran.report["numbers"]
    assert (numbers["results"], numbers["passed"], numbers["failed"]) == (55, 51, 4)
    assert (numbers["asked"], numbers["masked"], numbers["working"], numbers["sensitive"]) == (1, 1, 0, 0)
    (one,) = [one for one in ran.report["tools"] if one["asked"]]
    assert (one["tool"], one["relation"], one["masked"]) == ("bucket_objects_list", "pass-proves-nothing", True)


@BOTH
def test_with_the_task_role_the_trust_policy_lacks_what_the_server_sends_and_the_timeout_contradicts_it(file):
    ran = diagnosed("quilt-task-role", file)
    assert ran.code == 1
    summary = " ".join(ran.report["summary"])
    assert NONE_IS_IAM in summary
    assert (
        "the trust policy of arn:aws:iam::111122223333:role/quilt-tenant lacks sts:SetSourceIdentity, "
        "and the server's own policy lacks it too" in summary
    )
    one = tools(ran)["discover_permissions"]
    assert one["relation"] == "contradiction"
    assert "the process that made this had none, so what is loaded is not what ran" in one["reasons"][0]
    causes = {cause["id"]: cause for cause in ran.report["causes"]}
    assert list(causes).index("no-credentials") < list(causes).index("role-not-assumed")
    assert causes["role-not-assumed"]["evidence_against"] == [
        "something of the evidence shows a process without credentials: AWS was not asked at all"
    ]
    assert causes["role-not-assumed"]["fixes"] == [
        "allow sts:SetSourceIdentity in the trust policy and in the server's own policy"
    ]


@BOTH
def test_what_separates_the_two_causes_that_would_explain_the_same_is_the_log(file):
    found = diagnosed("quilt-task-role", file).report["next_look"]
    assert found.startswith("the server's log says `Unable to locate credentials`")
    assert "CloudTrail has the AssumeRole call with `AccessDenied`" in found


@BOTH
def test_with_everything_put_right_52_would_pass_and_search_still_fails(file):
    ran = diagnosed("quilt-fixed", file)
    assert ran.code == 1
    assert ran.report["numbers"]["would_pass"] == 52
    assert ran.report["numbers"]["open"] == 0
    assert "with what is loaded 52 of 55 would pass; still failing: `search_catalog`" in ran.report["summary"]


def test_what_was_written_up_says_that_the_passes_are_taken_from_the_servers_own_tests():
    (assumed,) = diagnosed("quilt-no-credentials", WRITTEN_UP).report["assumptions"]
    assert assumed.endswith(
        "does not tell which 51 passed: they are taken to be the other tests of mcp-test (scripts/tests/mcp-test.yaml), which has 55"
    )
    assert diagnosed("quilt-no-credentials", PRINTED).report["assumptions"] == []
    one = tools(diagnosed("quilt-no-credentials", WRITTEN_UP))["bucket_object_info"]
    assert one["confidence"] == "likely"


def test_the_configuration_of_the_tests_makes_it_sure():
    ran = diagnosed("quilt-no-credentials", PRINTED, CONFIGURED)
    assert "1 of 55 results exercised the role, and it failed and counts as passed" in ran.report["summary"]
    one = tools(ran)["bucket_object_info"]
    assert one["reasons"][:2] == [
        "its arguments are refused before anything is called, and it counts as passed",
        "`s3_uri` does not begin with `s3://`",
    ]
    assert one["confidence"] == "certain"
    assert sum("its arguments are refused" in each["reasons"][0] for each in ran.report["tools"]) >= 32


def test_every_result_has_a_tool_a_prediction_an_observation_and_a_relation():
    for one in diagnosed("quilt-fixed", PRINTED).report["tools"]:
        assert one["tool"]
        assert one["predicted"] != "not-checked"
        assert one["observed"] in ("passed", "failed", "timed-out")
        assert one["relation"] in ("pass-proves-nothing", "not-iam", "contradiction")
        assert one["reasons"]


def test_the_terminal_says_it_in_the_same_words():
    ran = diagnosed("quilt-no-credentials", WRITTEN_UP, form="terminal")
    for sentence in (NONE_IS_IAM, WORTH, "1 of 55 results exercised the role, and it failed and counts as passed"):
        assert sentence in ran.words
    assert ran.words.endswith(
        "exit code 0: nothing that failed is explained by IAM, and nothing contradicts what is loaded"
    )
