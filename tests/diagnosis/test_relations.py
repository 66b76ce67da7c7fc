"""What one result shows, held against what is predicted: each relation, and never more than is told."""

from __future__ import annotations

import pytest

from iamsim.diagnosis import diagnose
from iamsim.model.diagnosis import Relation, Seen, Worth
from iamsim.model.finding import Confidence
from iamsim.model.observation import Call, Outcome, Subject
from iamsim.model.origin import Origin
from tests.diagnosis.cases import (
    FIXED,
    LOOKS,
    NO_CREDENTIALS,
    QUILT,
    TASK_ROLE,
    diagnosed,
    evidence,
    of,
    report,
    result,
    simulator,
)

FAILED = Outcome.FAILED
LISTING = {"bucket": "quilt-ernest-staging"}
DENIED = (
    "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: User: "
    "arn:aws:sts::111122223333:assumed-role/quilt-tenant/mcp-test-user-1 is not authorized to perform: s3:ListBucket on "
    'resource: "arn:aws:s3:::quilt-ernest-staging" because no identity-based policy allows the s3:ListBucket action'
)


def one(name, outcome=Outcome.PASSED, account=None, **more):
    return of(diagnosed(result(name, outcome, **more), account=account), name)


def test_a_denial_that_what_is_loaded_predicts_is_explained_by_iam():
    found = one("package_browse", FAILED, TASK_ROLE, arguments={}, error="Failed to browse package")
    assert found.relation is Relation.NOT_IAM, "without its arguments it never gets that far"
    given = {"package_name": "ernest/cells", "registry": "s3://quilt-ernest-staging"}
    found = one("package_browse", FAILED, TASK_ROLE, arguments=given, error="Failed to browse package")
    assert found.relation is Relation.EXPLAINED_BY_IAM
    assert "is denied to" in found.reasons[0]
    assert found.findings


def test_a_role_that_cannot_be_assumed_is_told_apart_from_permissions():
    told = one(
        "bucket_objects_list", FAILED, TASK_ROLE, arguments=LISTING, error="Failed to assume AWS role from JWT claims."
    )
    assert (told.relation, told.worth) == (Relation.EXPLAINED_BY_ASSUME, Worth.BROKEN)
    assert "sts:SetSourceIdentity" in told.reasons[0]


def test_the_same_words_of_a_process_without_credentials_are_not_iams_doing():
    told = one(
        "bucket_objects_list",
        FAILED,
        NO_CREDENTIALS,
        arguments=LISTING,
        error="Failed to assume AWS role from JWT claims.",
    )
    assert told.relation is Relation.NOT_IAM
    assert "its process has no AWS credentials" in told.reasons[0]


def test_a_role_that_could_be_assumed_by_what_is_loaded_and_was_not_contradicts_it():
    told = one(
        "bucket_objects_list", FAILED, FIXED, arguments=LISTING, error="Failed to assume AWS role from JWT claims."
    )
    assert told.relation is Relation.CONTRADICTION


def test_arguments_that_are_refused_are_not_iams_doing():
    told = one("bucket_objects_list", FAILED, FIXED, arguments={}, error="1 validation error for call")
    assert told.relation is Relation.NOT_IAM
    assert told.reasons[1] == "it is called without `bucket`, which it must be given"
    assert told.asked is False
    by_error = one("bucket_objects_list", FAILED, FIXED, arguments=LISTING, error="MCP error -32602: invalid params")
    assert (by_error.relation, by_error.confidence) == (Relation.NOT_IAM, Confidence.LIKELY)


def test_a_denial_of_what_is_allowed_by_what_is_loaded_contradicts_it():
    told = one("bucket_objects_list", FAILED, FIXED, arguments=LISTING, error="access denied by AWS: AccessDenied")
    assert told.relation is Relation.UNEXPLAINED, "words that anybody may write are no denial of AWS"
    told = one("bucket_objects_list", FAILED, FIXED, arguments=LISTING, error=DENIED)
    assert told.relation is Relation.CONTRADICTION


def test_a_call_of_the_transcript_that_aws_refused_explains_its_tool():
    call = Call(
        "s3:ListObjectsV2",
        "s3:ListBucket",
        "arn:aws:sts::111122223333:assumed-role/quilt-tenant/mcp-test-user-1",
        "arn:aws:s3:::quilt-ernest-staging",
        "AccessDenied",
        DENIED,
        "identity-based",
        explicit=False,
        tool="bucket_objects_list",
        origin=Origin("transcript.jsonl", line=4),
    )
    tests = evidence(result("bucket_objects_list", FAILED, arguments=LISTING, error="failed"), calls=(call,))
    found = diagnose(
        (tests,), report=report(TASK_ROLE), simulator=simulator(TASK_ROLE), server=QUILT.server, tools=QUILT.tools
    )
    told = of(found, "bucket_objects_list")
    assert (told.relation, told.confidence) == (Relation.EXPLAINED_BY_IAM, Confidence.CERTAIN)
    assert told.reasons[0] == "AWS refused it (no Allow in an identity-based policy)"
    assert found.exit_code == 1


def test_a_refused_call_for_the_role_is_told_apart_from_permissions():
    call = Call(
        "sts:AssumeRole",
        "sts:SetSourceIdentity",
        "arn:aws:sts::111122223333:assumed-role/quilt-mcp-task-role/abc",
        "arn:aws:iam::111122223333:role/quilt-tenant",
        "AccessDenied",
        tool="bucket_objects_list",
    )
    tests = evidence(result("bucket_objects_list", FAILED, arguments=LISTING, error="failed"), calls=(call,))
    checked, asked = report(TASK_ROLE), simulator(TASK_ROLE)
    found = diagnose((tests,), report=checked, simulator=asked, server=QUILT.server, tools=QUILT.tools)
    told = of(found, "bucket_objects_list")
    assert (told.relation, told.worth) == (Relation.EXPLAINED_BY_ASSUME, Worth.BROKEN)
    assert (found.exit_code, found.causes[0].id) == (1, "role-not-assumed")


def test_a_pass_that_looks_proves_access():
    told = one("bucket_objects_list", account=FIXED, arguments=LISTING, looked_at=LOOKS)
    assert (told.relation, told.worth) == (Relation.PASS_PROVES_ACCESS, Worth.WORKING)


def test_a_pass_that_looks_was_given_its_arguments_whether_they_are_told_or_not():
    told = one("a_test", account=FIXED, tool="bucket_objects_list", looked_at=LOOKS)
    assert (told.asked, told.relation) == (True, Relation.PASS_PROVES_ACCESS)


def test_a_pass_that_looks_contradicts_a_role_that_cannot_be_assumed():
    told = one("bucket_objects_list", account=TASK_ROLE, arguments=LISTING, looked_at=LOOKS)
    assert told.relation is Relation.CONTRADICTION
    assert "and it worked" in told.reasons[0]


def test_a_pass_that_looks_at_the_answer_alone_proves_nothing():
    told = one("bucket_objects_list", account=FIXED, arguments=LISTING, looked_at=("answer-exists",))
    assert told.relation is Relation.PASS_PROVES_NOTHING
    assert told.masked is False


def test_a_pass_that_hides_a_role_that_cannot_be_assumed_fails():
    found = diagnosed(result("bucket_objects_list", arguments=LISTING, looked_at=("answer-exists",)), account=TASK_ROLE)
    assert (found.numbers.masked, found.exit_code) == (1, 1)


def test_an_answer_that_comes_sooner_than_credentials_are_looked_for_asked_for_none():
    waited = result(
        "discover_permissions", FAILED, arguments={}, timed_out=True, error="Read timed out. (read timeout=10)"
    )
    at_once = result("bucket_objects_list", arguments=LISTING, looked_at=("answer-exists",), seconds=0.0)
    told = of(diagnosed(waited, at_once), "bucket_objects_list")
    assert (told.asked, told.relation) == (False, Relation.PASS_PROVES_NOTHING)
    assert told.reasons[0].startswith("it came back after less than a second")


def test_a_pass_whose_answer_tells_of_an_error_failed_inside():
    told = one(
        "bucket_objects_list",
        account=NO_CREDENTIALS,
        arguments=LISTING,
        told_error="Failed to assume AWS role from JWT claims.",
    )
    assert (told.relation, told.observed) == (Relation.PASS_PROVES_NOTHING, Seen.FAILED_INSIDE)
    assert told.masked is True
    assert told.confidence is Confidence.CERTAIN


def test_a_denial_inside_of_a_pass_is_explained_by_iam_and_fails():
    given = {"package_name": "ernest/cells", "registry": "s3://quilt-ernest-staging"}
    inside = result("package_browse", arguments=given, told_error="Failed to browse package: AccessDenied")
    found = diagnosed(inside, account=TASK_ROLE)
    told = of(found, "package_browse")
    assert (told.relation, told.inside) == (Relation.PASS_PROVES_NOTHING, Relation.EXPLAINED_BY_IAM)
    assert found.exit_code == 1
    assert found.summary[:2] == (
        "the one result passed",
        "1 result failed inside and counts as passed: IAM permissions explain 1 of these",
    )
    assert "missing-permission" in [cause.id for cause in found.causes]


def test_a_failure_inside_that_nothing_explains_leaves_the_answer_open():
    inside = result("bucket_objects_list", arguments=LISTING, told_error="something else")
    assert diagnosed(inside, account=FIXED).exit_code == 4


def test_a_tool_that_never_asks_for_the_role_says_nothing_of_it_though_it_may_prove_its_own_access():
    given = {"package_name": "ernest/cells", "registry": "s3://quilt-ernest-staging"}
    told = one("package_browse", account=FIXED, arguments=given, looked_at=LOOKS)
    assert (told.relation, told.worth) == (Relation.PASS_PROVES_ACCESS, Worth.NOTHING)
    assert "never asks for the role" in told.reasons[0]
    computed = one("catalog_uri", account=FIXED, arguments={"registry": "s3://x"}, looked_at=LOOKS)
    assert (computed.relation, computed.worth) == (Relation.PASS_PROVES_NOTHING, Worth.NOTHING)


def test_what_the_pass_rests_on_is_not_told_and_nothing_more_is_said():
    told = one("a_test_of[bucket_objects_list]", account=FIXED, arguments=LISTING, tool="bucket_objects_list")
    assert (told.relation, told.confidence) == (Relation.AGREES, Confidence.UNCERTAIN)
    assert told.worth is Worth.NOTHING


def test_credentials_that_aws_does_not_take_and_a_region_that_is_not_set_are_not_iams_doing():
    expired = one("package_browse", FAILED, FIXED, arguments=None, error="ExpiredToken: the token has expired")
    assert expired.relation is Relation.NOT_IAM
    region = one(
        "athena_query_execute", FAILED, FIXED, arguments={"query": "SELECT 1"}, error="You must specify a region."
    )
    assert region.relation is Relation.NOT_IAM
    assert "no Region is set" in region.reasons[0]


def test_a_token_that_is_refused_is_told_apart():
    told = one(
        "bucket_objects_list", FAILED, arguments=LISTING, error="Authentication failed: JWT token rejected (HTTP 401)"
    )
    assert told.relation is Relation.EXPLAINED_BY_ASSUME
    assert told.reasons[0] == "the server refused the token"


def test_a_failure_without_a_check_and_without_a_sign_is_not_known():
    told = one("bucket_objects_list", FAILED, arguments=LISTING, error="boom")
    assert (told.relation, told.predicted) == (Relation.UNKNOWN, "not-checked")
    unknown = one("no_such_tool", FAILED, FIXED, error="boom")
    assert unknown.relation is Relation.UNKNOWN


def test_a_failure_of_what_is_allowed_and_says_nothing_of_aws_is_not_explained():
    told = one("bucket_objects_list", FAILED, FIXED, arguments=LISTING, error="Expected at least 1 results, got 0")
    assert told.relation is Relation.UNEXPLAINED


def test_a_skipped_test_and_a_tool_without_a_result_are_not_observed():
    found = diagnosed(result("bucket_objects_list", Outcome.SKIPPED), account=FIXED)
    assert of(found, "bucket_objects_list").relation is Relation.NOT_OBSERVED
    assert of(found, "package_browse").observed is Seen.NOT_TOLD
    assert found.numbers.skipped == 1


@pytest.mark.parametrize("outcome", list(Outcome))
def test_no_outcome_without_a_manifest_says_more_than_it_tells(outcome):
    found = diagnose((evidence(result("list", outcome)),))
    assert found.tools[0].relation in (Relation.UNKNOWN, Relation.NOT_OBSERVED)
    assert found.tools[0].worth is Worth.NOTHING


def test_two_files_that_tell_the_same_count_once_and_two_runs_in_one_file_twice():
    one_, other = evidence(result("list", FAILED, error="x")), evidence(result("list", FAILED, error="x", arguments={}))
    assert diagnose((one_, other)).numbers.results == 1
    twice = evidence(result("list", FAILED, error="x"), result("list", FAILED, error="x"))
    assert diagnose((twice,)).numbers.results == 2


def test_passes_of_which_only_the_number_is_told_stay_untold():
    found = diagnose((evidence(result("list", FAILED, error="x"), stated={"tools passed": 7, "tools tested": 8}),))
    assert (found.numbers.results, found.numbers.passed, found.numbers.untold) == (8, 7, 7)
    assert "which 7 of them passed is not told, so that nothing is said of what these are worth" in found.summary
    assert found.exit_code == 4


def test_a_resource_that_failed_is_named_and_leaves_the_answer_open():
    failed = result("auth://status", FAILED, subject=Subject.RESOURCE, error="boom")
    found = diagnosed(result("bucket_objects_list", arguments=LISTING, looked_at=LOOKS), failed, account=FIXED)
    assert found.numbers.results == 1
    assert "1 of no tool failed too, and no manifest says what it asks for: `auth://status`" in found.summary
    assert found.exit_code == 4


def test_the_steps_of_a_loop_are_results_of_their_tools_and_the_loop_is_none():
    loop = result("tidy", FAILED, subject=Subject.LOOP, error="failed at step 1")
    step = result("tidy.1", FAILED, subject=Subject.LOOP, tool="package_browse", error="Unable to locate credentials")
    found = diagnosed(loop, step, account=NO_CREDENTIALS)
    assert found.numbers.results == 1
    assert of(found, "tidy.1").relation is Relation.NOT_IAM
    assert found.summary[0] == "the one failure is not explained by IAM permissions"
    assert "of no tool" not in " ".join(found.summary)


def test_a_loop_of_which_no_step_is_told_is_named_where_it_failed():
    loop = result("tidy", FAILED, subject=Subject.LOOP, error="failed at step 1")
    found = diagnosed(loop, result("other", subject=Subject.LOOP), account=NO_CREDENTIALS)
    assert found.summary[0] == "1 of no tool failed too, and no manifest says what it asks for: `tidy`"
    assert found.exit_code == 4
