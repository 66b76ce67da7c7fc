"""Reports put together into API calls, and whose each access key is."""

from __future__ import annotations

import re
import time

import botocore.session  # noqa: TID253 - the names are held against those of the real SDK
import pytest

from iamsim.catalog import sdk
from iamsim.model.tool import Credential
from iamsim.tools.monitoring import Event
from iamsim.tools.seen import ApiCall, Holder, calls, holder, holders, spoken

OWN, ROLE, OTHER = "AKIAIOSFODNN7EXAMPLE", "ASIAROLEROLEROLEROLE", "ASIAOTHEROTHEROTHER1"
GIVEN = {"AWS_ACCESS_KEY_ID": OWN}


def request(api="GetObject", at=10, *, service="S3", **fields):
    return Event("ApiCallAttempt", service, api, at, **{"status": 200, "access_key": OWN, **fields})


def whole(api="GetObject", at=9, took=5, *, service="S3", **fields):
    return Event("ApiCall", service, api, at, took, **{"status": 200, "attempts": 1, **fields})


def made(name, at, key: str | None = OWN, *, took=5, temporary=False, status=200, **fields):
    service, _, operation = name.partition(".")
    return ApiCall(service, operation, at, took, key, temporary, status=status, **fields)


def whose(*found: ApiCall, environment=GIVEN) -> dict[str, Credential]:
    return {key: one.credential for key, one in holders(found, environment).items()}


def test_a_request_belongs_to_the_call_that_was_under_way():
    (call,) = calls([request(host="reports.s3.eu-west-1.amazonaws.com", region="eu-west-1"), whole(region="eu-west-1")])
    assert call == ApiCall("s3", "GetObject", 9, 5, OWN, region="eu-west-1", bucket="reports", status=200)
    assert call.name == "s3.GetObject"


def test_requests_of_one_call_count_as_one_and_the_last_one_tells():
    (call,) = calls(
        [
            request(at=10, status=503, error="SlowDown"),
            request(at=12, access_key=ROLE, temporary=True),
            whole(attempts=2),
        ]
    )
    assert (call.key, call.temporary, call.attempts, call.answer) == (ROLE, True, 2, "200")


def test_calls_that_overlap_keep_their_requests_apart():
    found = calls(
        [
            request(at=11, access_key=ROLE),
            whole(at=11, took=3),
            request(at=1),
            whole(at=0, took=40),
        ]
    )
    assert [(call.started, call.key) for call in found] == [(0, OWN), (11, ROLE)]


def test_of_two_requests_at_one_time_the_one_with_the_call_s_answer_is_its():
    refused = {"status": 403, "error": "AccessDenied"}
    found = calls([request(access_key=ROLE), request(**refused), whole(), whole(at=8, took=9, **refused)])
    assert [(call.status, call.key) for call in found] == [(403, OWN), (200, ROLE)]


def test_a_call_that_had_not_ended_is_told_by_its_request():
    (call,) = calls([request()])
    assert (call.name, call.key, call.ended) == ("s3.GetObject", OWN, False)


@pytest.mark.parametrize(
    ("event", "answer", "why"),
    [
        (whole(attempts=0, status=0), "not sent", "it was not sent"),
        (whole(region="us-east-1"), "200", "no report of its requests came"),
        (whole(), "200", "as with a bearer token or SigV4A"),
    ],
)
def test_a_call_without_a_reported_request_says_why_nobody_knows_who_signed(event, answer, why):
    (call,) = calls([event])
    assert call.key is None
    assert call.answer == answer
    assert why in call.silent
    assert holder(call, {}) is None
    assert spoken(call, {}) == "not reported"


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"status": 403, "error": "AccessDenied"}, "403 AccessDenied"),
        ({"status": 404, "error": "404"}, "404"),
        ({"status": 0, "error": "ReadTimeoutError"}, "no answer (ReadTimeoutError)"),
        ({"status": 0, "error": ""}, "no answer"),
    ],
)
def test_the_answer_is_said_in_few_words(fields, answer):
    assert calls([whole(**fields)])[0].answer == answer


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("reports.s3.amazonaws.com", "reports"),
        ("reports.s3.eu-west-1.amazonaws.com", "reports"),
        ("reports.s3-eu-west-1.amazonaws.com", "reports"),
        ("reports.s3-accelerate.amazonaws.com", "reports"),
        ("re.ports.s3.dualstack.eu-west-1.amazonaws.com", "re.ports"),
        ("reports.s3.cn-north-1.amazonaws.com.cn", "reports"),
        ("reports--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "reports--use1-az4--x-s3"),
        ("s3.eu-west-1.amazonaws.com", ""),
        ("reports-111122223333.s3-accesspoint.eu-west-1.amazonaws.com", ""),
        ("reports-111122223333.s3-object-lambda.eu-west-1.amazonaws.com", ""),
        ("reports.s3.example.com", ""),
        ("127.0.0.1:5000", ""),
    ],
)
def test_the_host_of_an_s3_request_tells_the_bucket(host, bucket):
    assert calls([request(host=host), whole()])[0].bucket == bucket


def test_many_reports_that_fit_nowhere_do_not_slow_the_rest():
    stray = [request(at=1) for _ in range(20_000)]
    events = [event for at in range(10, 200_010, 10) for event in (request(at=at + 1), whole(at=at))]
    begun = time.monotonic()
    found = calls([*stray, *events])
    assert time.monotonic() - begun < 10
    assert sum(call.ended for call in found) == 20_000


# ---------------------------------------------------------------- names


def test_every_service_id_of_the_sdk_leads_to_the_sdk_s_name():
    session = botocore.session.get_session()
    wrong = {}
    for name in session.get_available_services():
        known = session.get_service_model(name).service_id
        found = calls([whole(service=str(known))])[0].service
        # Two services share one id.
        if found != name and session.get_service_model(found).service_id != known:
            wrong[known] = (found, name)
    assert wrong == {}
    assert calls([whole(service="Cost Explorer")])[0].service == "ce"


def test_every_reported_operation_leads_to_the_api_s_name():
    session = botocore.session.get_session()
    for name in ("s3", "cloudfront", "dynamodb", "glue"):
        model = session.get_service_model(name)
        for operation in model.operation_names:
            wire = model.operation_model(operation).wire_name
            assert calls([whole(wire, service=str(model.service_id))])[0].operation == operation
            assert operation in sdk.operations(name)


def test_a_service_that_nobody_knows_keeps_its_own_name():
    found = calls([whole(service="Time Machine")])[0].service
    assert found == "time-machine"
    assert re.fullmatch("[a-z-]+", found)


# ---------------------------------------------------------------- keys


def test_the_key_of_the_environment_is_the_server_s():
    assert whose(made("s3.ListBuckets", 1)) == {OWN: Credential.SERVER}


def test_a_key_under_a_name_of_the_server_s_own_is_the_server_s_too():
    environment = {**GIVEN, "SERVER_KEY": OTHER}
    assert whose(made("s3.ListBuckets", 1, OTHER, temporary=True), environment=environment) == {
        OTHER: Credential.SERVER
    }


def test_a_key_that_appears_after_a_role_was_assumed_is_the_role_s():
    found = (made("sts.AssumeRole", 1), made("s3.GetObject", 7, ROLE, temporary=True))
    assert whose(*found) == {OWN: Credential.SERVER, ROLE: Credential.ROLE}


def test_a_role_assumed_with_a_role_is_one():
    found = (
        made("sts.AssumeRole", 1),
        made("sts.AssumeRole", 7, ROLE, temporary=True),
        made("s3.GetObject", 20, OTHER, temporary=True),
    )
    assert whose(*found)[OTHER] is Credential.ROLE


@pytest.mark.parametrize(
    "found",
    [
        (made("s3.GetObject", 7, OTHER, temporary=True), made("sts.AssumeRole", 8)),
        (made("sts.AssumeRole", 1, took=100), made("s3.GetObject", 50, OTHER, temporary=True)),
        (made("sts.AssumeRole", 1, status=403), made("s3.GetObject", 7, OTHER, temporary=True)),
        (made("sts.AssumeRole", 1), made("s3.GetObject", 7, OTHER)),
        (made("sts.AssumeRole", 1), made("s3.GetObject", 7, ROLE, temporary=True), made("s3.X", 8, OTHER, temporary=True)),
    ],
    ids=["assumed later", "not assumed yet", "refused", "no session token", "one role, two keys"],
)  # fmt: skip
def test_a_key_that_no_call_can_have_given_out_is_brokered(found):
    assert whose(*found)[OTHER] is Credential.BROKERED
    assert "nothing that was seen gave this key out" in holders(found, GIVEN)[OTHER].note


def test_a_role_assumed_with_a_brokered_key_is_brokered():
    found = (made("sts.AssumeRole", 1, OTHER, temporary=True), made("s3.GetObject", 9, ROLE, temporary=True))
    assert whose(*found) == {OTHER: Credential.BROKERED, ROLE: Credential.BROKERED}


def test_a_token_that_the_server_exchanges_gives_a_role():
    found = (made("sts.AssumeRoleWithWebIdentity", 1, ""), made("s3.GetObject", 9, ROLE, temporary=True))
    assert whose(*found) == {ROLE: Credential.ROLE}
    assert holder(found[0], {}) == Holder(Credential.BEARER)


def test_the_token_of_the_process_itself_gives_the_server_s_own_role():
    found = (made("sts.AssumeRoleWithWebIdentity", 1, ""), made("s3.GetObject", 9, ROLE, temporary=True))
    environment = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/pod"}
    assert whose(*found, environment=environment) == {ROLE: Credential.SERVER}
    assert "web identity token" in holders(found, environment)[ROLE].note


@pytest.mark.parametrize("name", ["sts.GetSessionToken", "sts.GetFederationToken", "s3.CreateSession"])
def test_a_session_for_oneself_stays_whose_it_was(name):
    found = (made(name, 1), made("s3.GetObject", 9, OTHER, temporary=name != "s3.CreateSession"))
    assert whose(*found) == {OWN: Credential.SERVER, OTHER: Credential.SERVER}


def test_what_cognito_hands_out_is_brokered():
    found = (
        made("cognito-identity.GetCredentialsForIdentity", 1, ""),
        made("s3.GetObject", 9, OTHER, temporary=True),
    )
    assert whose(*found) == {OTHER: Credential.BROKERED}
    assert holders(found, GIVEN)[OTHER].note == "Amazon Cognito gave the key out"


@pytest.mark.parametrize(("environment", "whom"), [({}, Credential.SERVER), (GIVEN, Credential.BROKERED)])
def test_single_sign_on_is_the_server_s_own_where_it_was_given_no_key(environment, whom):
    found = (made("sso.GetRoleCredentials", 1, ""), made("s3.GetObject", 9, OTHER, temporary=True))
    assert whose(*found, environment=environment) == {OTHER: whom}


def test_without_a_key_in_the_environment_the_first_one_is_the_server_s_and_that_is_said():
    found = (made("s3.GetObject", 1, OTHER, temporary=True), made("s3.GetObject", 9, ROLE, temporary=True))
    known = holders(found, {"AWS_PROFILE": "dev"})
    assert known[OTHER].credential is Credential.SERVER
    assert known[OTHER].note.startswith("the first key that signed is taken for the server's own")
    assert known[ROLE].credential is Credential.BROKERED


def test_a_call_without_a_signature_is_unsigned():
    assert holder(made("s3.GetObject", 1, ""), {}) == Holder(Credential.UNSIGNED)


def test_keys_are_never_spoken_of_in_full():
    known = {
        OWN: Holder(Credential.SERVER),
        ROLE: Holder(Credential.ROLE),
        OTHER: Holder(Credential.BROKERED),
        "short": Holder(Credential.BROKERED),
    }
    said = [spoken(made("s3.GetObject", 1, key), known) for key in (OWN, ROLE, OTHER, "short", "")]
    assert said == ["server's key", "role's key (…ROLE)", "other key (…HER1)", "other key", "unsigned"]
    assert spoken(made("sts.AssumeRoleWithSAML", 1, ""), known) == "its token"
