"""API calls of the evidence, asked of what is loaded: agreement with a proven fix, or contradiction with what differs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iamsim.diagnosis import diagnose
from iamsim.engine.simulator import Simulator
from iamsim.model.diagnosis import Answer
from iamsim.model.observation import Call, Outcome
from iamsim.model.origin import Origin
from iamsim.model.policy import PolicyType
from tests.accounts import A, B, account, allow, bucket, deny, organization, policy, role, simulator, trust
from tests.diagnosis.cases import FIXED, TASK_ROLE, diagnosed, evidence, of, report, result
from tests.diagnosis.cases import simulator as of_account

APP, TENANT = f"arn:aws:iam::{A}:role/app", f"arn:aws:iam::{A}:role/tenant"
SESSION = f"arn:aws:sts::{A}:assumed-role/app/run-1"
BUCKET = "arn:aws:s3:::notes"
GET = f"{BUCKET}/today.md"


def call(action="s3:GetObject", resource=GET, code="AccessDenied", **more):
    given = {"operation": action, "principal": SESSION, "origin": Origin("trail.json", "/Records/0"), **more}
    return Call(given.pop("operation"), action, given.pop("principal"), resource, code, **given)


def asked(*calls, policies=(), **more):
    """The calls, held against an account with one role and a bucket."""
    loaded = account(
        role(APP, *policies), role(TENANT, trust=trust("sts:AssumeRole", to=APP)), resources=[bucket("notes")]
    )
    return diagnose((evidence(calls=calls),), simulator=simulator(loaded, **more))


READS = policy(allow("s3:GetObject", on=GET))


def test_a_denial_that_what_is_loaded_predicts_has_a_proven_fix():
    found = asked(call(denied_by="identity-based", explicit=False))
    (one,) = found.calls
    assert (one.answer, one.decision) == (Answer.AGREES, "implicitDeny")
    assert one.reasons[0] == "AWS refused it (no Allow in an identity-based policy)"
    (fix,) = one.remedies
    assert fix.title == "give app s3:GetObject that its tools need"
    assert fix.disposition == "safe"
    assert fix.proof.fixed
    assert found.exit_code == 1
    assert found.causes[0].id == "missing-permission"
    assert found.causes[0].fixes == (fix.title,)


def test_a_refused_call_for_a_role_is_mended_in_both_policies():
    found = asked(call("sts:SetSourceIdentity", TENANT), policies=[policy(allow("sts:AssumeRole", on=TENANT))])
    (one,) = found.calls
    assert one.answer is Answer.AGREES
    assert {edit.owner for remedy in one.remedies for edit in remedy.edits} == {APP, TENANT}
    assert found.causes[0].title.startswith(
        f"the role cannot be assumed: AWS refuses sts:SetSourceIdentity on {TENANT}"
    )


def test_a_call_that_a_check_asked_about_has_the_fix_of_that_check():
    refused = Call(
        "sts:AssumeRole",
        "sts:SetSourceIdentity",
        "arn:aws:sts::111122223333:assumed-role/quilt-mcp-task-role/abc",
        "arn:aws:iam::111122223333:role/quilt-tenant",
        "AccessDenied",
    )
    found = diagnose((evidence(calls=(refused,)),), report=report(TASK_ROLE), simulator=of_account(TASK_ROLE))
    (fix,) = found.calls[0].remedies
    assert fix in report(TASK_ROLE).remedies


@pytest.mark.parametrize(
    ("denied_by", "explicit", "first"),
    [
        (
            "service control policy",
            True,
            "a service control policy denies it explicitly, and among what is loaded none does",
        ),
        (
            "permissions boundary",
            False,
            "a permissions boundary limits the caller and does not allow it, and among what is loaded none does so",
        ),
        ("identity-based", False, "an identity-based policy did not allow it, and one of those loaded does"),
        ("resource-based", False, "a resource-based policy did not allow it, and the one loaded does"),
        ("session policy", False, "a session policy limits the caller"),
        (
            "S3 Block Public Access (RestrictPublicBuckets)",
            None,
            "AWS names a S3 Block Public Access (RestrictPublicBuckets), which is not among what is loaded",
        ),
        (None, None, "the policies that are loaded are not those of the moment of the call"),
    ],
)
def test_a_denial_of_what_is_allowed_says_what_must_differ_by_the_message(denied_by, explicit, first):
    found = asked(call(denied_by=denied_by, explicit=explicit), policies=[READS])
    (one,) = found.calls
    assert (one.answer, one.decision, found.exit_code) == (Answer.CONTRADICTION, "allowed", 1)
    assert one.differs[0].startswith(first)
    assert one.remedies == ()
    assert found.causes[0].id == "loaded-is-not-what-ran"


def test_the_moment_of_the_call_is_said():
    at = datetime(2026, 1, 29, 12, 0, tzinfo=UTC)
    (one,) = asked(call(at=at), policies=[READS]).calls
    assert one.differs[0].endswith("(the call was at 2026-01-29 12:00 UTC)")


def test_the_moment_of_the_call_decides_a_condition_on_the_time():
    until = {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}
    before, after = datetime(2025, 12, 31, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    reads = policy(allow("s3:GetObject", on=GET, Condition=until))
    found = asked(call(code="", at=before), call(code="", at=after), policies=[reads])
    assert [one.answer for one in found.calls] == [Answer.AGREES, Answer.CONTRADICTION]


def test_a_call_that_aws_let_through_and_what_is_loaded_denies_contradicts_it():
    (one,) = asked(call(code=""), policies=[READS, policy(deny("s3:GetObject", on=GET))]).calls
    assert one.answer is Answer.CONTRADICTION
    assert one.differs[0] == "the Deny was added later, or its condition did not hold for this call"


def test_a_call_that_aws_let_through_and_what_is_loaded_allows_agrees():
    found = asked(call(code=""), policies=[READS])
    assert found.calls[0].answer is Answer.AGREES
    assert found.exit_code == 0


def test_a_refusal_for_another_reason_says_that_mending_one_is_not_enough():
    (one,) = asked(call(denied_by="service control policy", explicit=True)).calls
    assert one.answer is Answer.AGREES
    assert "mending that alone is not enough" in one.differs[0]


def test_what_no_policy_decided_is_not_judged():
    found = asked(
        call(code="ExpiredToken"),
        call(code="NoSuchKey"),
        call(resource=None, action="s3:GetObject"),
        call(principal=None),
        Call("s3:CopyObject", None, SESSION, GET, "AccessDenied"),
        call(principal=f"arn:aws:sts::{B}:assumed-role/other/x"),
        call(principal="somebody"),
    )
    assert {one.answer for one in found.calls} == {Answer.NOT_JUDGED}
    reasons = " | ".join(one.reasons[0] for one in found.calls)
    for words in (
        "AWS did not take the credentials",
        "`NoSuchKey` is no refusal",
        "what it asked for is not told",
        "who called is not told",
        "which action it asks for is not told",
        f"the policies of arn:aws:sts::{B}:assumed-role/other/x are not loaded",
        "it cannot be asked",
    ):
        assert words in reasons
    assert found.exit_code == 4


def test_a_name_that_looks_like_a_template_is_a_name():
    found = asked(
        call(resource=f"{BUCKET}/{{today}}"), call(resource=f"{BUCKET}/*"), call(context={"aws:useragent": ("{x}",)})
    )
    assert [one.answer for one in found.calls] == [Answer.AGREES] * 3
    assert [one.remedies for one in found.calls] == [()] * 3


@pytest.mark.parametrize(
    "who",
    [
        f"arn:aws:iam::{A}:root",
        f"arn:aws:iam::{A}:user/alice",
        f"arn:aws:sts::{A}:federated-user/alice",
        f"arn:aws:sts::{A}:assumed-role/app/x",
        "lambda.amazonaws.com",
        "anonymous",
        "arn:aws:iam::111122223333:role/app",
        "arn:aws:sts::111122223333:self",
        "AROAEXAMPLE:someone",
        "arn:",
    ],
)
@pytest.mark.parametrize("code", ["AccessDenied", ""])
def test_whoever_calls_the_answer_is_one(who, code):
    for action, resource in (("s3:GetObject", GET), ("sts:AssumeRole", TENANT), ("kms:Decrypt", "*"), ("no:Such", "x")):
        (one,) = asked(call(action, resource, code=code, principal=who)).calls
        assert one.answer in Answer
        assert one.reasons


def test_without_policies_calls_are_told_and_not_judged():
    found = diagnose((evidence(calls=(call(),)),))
    assert found.calls[0].reasons == ("no policies are loaded to ask",)
    assert found.exit_code == 4


def test_what_depends_on_a_key_that_nobody_tells_is_open():
    reads = policy(allow("s3:GetObject", on=GET, Condition={"StringEquals": {"aws:PrincipalTag/team": "x"}}))
    (one,) = asked(call(), policies=[reads], none_of=frozenset(PolicyType)).calls
    assert one.answer is Answer.UNKNOWN
    assert "aws:principaltag/team" in one.reasons[-1].lower()


def test_a_key_that_the_evidence_tells_decides():
    here = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    reads = policy(allow("s3:GetObject", on=GET, Condition=here))
    (one,) = asked(call(code="", context={"aws:sourceip": ("203.0.113.7",)}), policies=[reads]).calls
    assert one.answer is Answer.AGREES
    (one,) = asked(call(code="", context={"aws:sourceip": ("198.51.100.7",)}), policies=[reads]).calls
    assert one.answer is Answer.CONTRADICTION


def test_the_error_of_a_result_that_holds_a_denial_is_a_call():
    text = (
        f"An error occurred (AccessDenied) when calling the GetObject operation: User: {SESSION} is not authorized to "
        f'perform: s3:GetObject on resource: "{GET}" because no identity-based policy allows the s3:GetObject action'
    )
    loaded = account(role(APP, READS), resources=[bucket("notes")])
    found = diagnose((evidence(result("read", Outcome.FAILED, error=text)),), simulator=simulator(loaded))
    (one,) = found.calls
    assert (one.action, one.principal, one.tool, one.answer) == ("s3:GetObject", SESSION, "read", Answer.CONTRADICTION)
    assert of(found, "read").relation == "contradiction"


def test_calls_beyond_bounds_are_counted_and_refused_ones_come_first(monkeypatch):
    monkeypatch.setattr("iamsim.diagnosis.calls.MOST_ASKED", 1)
    found = asked(call(code=""), call())
    assert [one.answer for one in found.calls] == [Answer.AGREES, Answer.NOT_JUDGED]
    assert found.calls[0].refused


def test_a_source_of_two_accounts_tells_each_callers_own():
    other = f"arn:aws:iam::{B}:role/app"
    both = organization(account(role(APP, READS)), account(role(other), id=B))
    calls = (call(code=""), call(code="", principal=f"arn:aws:sts::{B}:assumed-role/app/x"))
    found = diagnose((evidence(calls=calls),), simulator=Simulator(both, none_of=frozenset(PolicyType)))
    assert found.calls[0].answer is not Answer.CONTRADICTION
    assert found.calls[1].answer is Answer.CONTRADICTION


def test_the_fixed_account_refuses_nothing_that_a_check_allows():
    assert diagnosed(account=FIXED).calls == ()
