"""Every cause with what speaks for it and against it, and none where nothing does."""

from __future__ import annotations

import pytest

from iamsim.diagnosis.causes import causes, next_look
from iamsim.model.diagnosis import RootCause
from iamsim.model.finding import Confidence
from iamsim.model.observation import Call, Line, Outcome
from iamsim.model.origin import Origin
from tests.diagnosis.cases import FIXED, LOOKS, NO_CREDENTIALS, TASK_ROLE, diagnosed, result

FAILED = Outcome.FAILED
LISTING = {"bucket": "quilt-ernest-staging"}
BROWSING = {"package_name": "ernest/cells", "registry": "s3://quilt-ernest-staging"}


def log(text, means=""):
    return Line(means, text, origin=Origin("server.log", line=7))


WITNESSES = {
    "no-credentials": lambda: diagnosed(
        result("bucket_objects_list", FAILED, arguments=LISTING, error="Unable to locate credentials")
    ),
    "role-not-assumed": lambda: diagnosed(
        result("bucket_objects_list", FAILED, arguments=LISTING, error="Failed to assume AWS role from JWT claims."),
        account=TASK_ROLE,
    ),
    "missing-permission": lambda: diagnosed(
        result("package_browse", FAILED, arguments=BROWSING, error="Failed to browse package"), account=TASK_ROLE
    ),
    "bearer-session-missing": lambda: diagnosed(
        result("search_catalog", FAILED, arguments={"query": "x"}, error="Please run quilt3 login")
    ),
    "arguments-refused": lambda: diagnosed(result("bucket_objects_list", FAILED, arguments={}, error="refused")),
    "token-refused": lambda: diagnosed(
        result("bucket_objects_list", FAILED, arguments=LISTING, error="JWT token rejected")
    ),
    "loaded-is-not-what-ran": lambda: diagnosed(
        result("bucket_objects_list", FAILED, arguments=LISTING, error="Unable to locate credentials"), account=FIXED
    ),
    "credentials-refused": lambda: diagnosed(
        calls=(Call("s3:ListBuckets", code="ExpiredToken", origin=Origin("trail.json")),)
    ),
    "no-region": lambda: diagnosed(lines=(log("botocore.exceptions.NoRegionError: You must specify a region."),)),
}
"""Evidence that speaks for each cause."""


@pytest.mark.parametrize("name", list(causes()))
def test_each_cause_has_a_witness_that_puts_it_first_with_its_evidence(name):
    found = WITNESSES[name]().causes
    (cause,) = [each for each in found if each.id == name]
    assert cause.title
    assert cause.evidence_for
    assert cause.fixes or cause.would_show or name == "role-not-assumed"
    if name != "loaded-is-not-what-ran":
        assert found[0].id == name


def test_nothing_that_failed_has_no_cause():
    assert diagnosed(result("bucket_objects_list", arguments=LISTING, looked_at=LOOKS), account=FIXED).causes == ()


def test_a_line_of_the_log_makes_it_sure_and_is_named():
    found = diagnosed(
        result("bucket_objects_list", arguments=LISTING, looked_at=("answer-exists",)),
        lines=(log("Role assumption failed for arn:aws:iam::111122223333:role/x: Unable to locate credentials"),),
        account=NO_CREDENTIALS,
    )
    first = found.causes[0]
    assert (first.id, first.confidence) == ("no-credentials", Confidence.CERTAIN)
    assert any(each.startswith("server.log:7: Role assumption failed") for each in first.evidence_for)
    assert first.explains == ("bucket_objects_list",)


def test_a_result_that_shows_the_role_working_speaks_against_missing_credentials_and_puts_them_back():
    found = diagnosed(
        result("bucket_objects_list", arguments=LISTING, looked_at=LOOKS),
        result("package_browse", FAILED, arguments=BROWSING, error="Unable to locate credentials"),
    )
    (cause,) = [each for each in found.causes if each.id == "no-credentials"]
    assert cause.evidence_against == ("`bucket_objects_list` shows the role working",)
    assert cause.confidence is Confidence.LIKELY


def test_a_token_that_is_refused_stops_every_call_so_answers_speak_against_it():
    found = diagnosed(
        result("bucket_objects_list", FAILED, arguments=LISTING, error="JWT token rejected"),
        result("catalog_uri", arguments={"registry": "s3://x"}),
    )
    (cause,) = [each for each in found.causes if each.id == "token-refused"]
    assert cause.evidence_against == ("1 calls were answered: a token that is refused stops every one",)


def test_the_token_of_aws_credentials_is_not_the_servers():
    expired = result("package_browse", FAILED, arguments=BROWSING, error="ExpiredToken: the provided token has expired")
    assert [cause.id for cause in diagnosed(expired).causes] == ["credentials-refused"]


def test_a_cause_that_something_speaks_against_comes_after_one_that_explains_less():
    found = diagnosed(
        result("bucket_objects_list", arguments=LISTING, looked_at=LOOKS),
        result("package_browse", FAILED, arguments=BROWSING, error="Unable to locate credentials"),
        result("athena_query_execute", FAILED, arguments={"query": "SELECT 1"}, error="Unable to locate credentials"),
        result("search_catalog", FAILED, arguments={"query": "x"}, error="no results"),
    )
    assert [cause.id for cause in found.causes] == ["bearer-session-missing", "no-credentials"]
    assert [len(cause.explains) for cause in found.causes] == [1, 2]


def rival(name, *explains, confidence=Confidence.LIKELY):
    return RootCause(name, f"it is {name}", confidence, explains, would_show=f"{name} shows")


def test_the_next_look_separates_the_first_two_that_would_explain_the_same():
    found = next_look((rival("a", "x"), rival("b", "y"), rival("c", "x")))
    assert found == "a shows: then it is a; or c shows: then it is c"


def test_without_rivals_the_next_look_makes_the_first_open_cause_sure():
    sure = rival("a", "x", confidence=Confidence.CERTAIN)
    assert next_look((sure, rival("b", "y"))) == "b shows: then it is b"
    assert next_look((sure,)) == ""
