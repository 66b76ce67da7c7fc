"""What a rule says names who, what and where, says it once, and names the option that would settle it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamsim.config import POLICY_TYPES
from iamsim.model.policy import PolicyType
from iamsim.rules import rules
from iamsim.rules._evidence import OPTIONS
from tests import setups, variants

WORKING = "rules/missing-permission/clean"


def subjects(judged, rule):
    return [finding.subject for finding in judged.report.findings if finding.rule == rule]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (PolicyType.SCP, "the service control policies of account 111122223333, not seen (load it with --policies, or --assume-none scp)"),
        (PolicyType.BOUNDARY, "the permissions boundary of arn:aws:iam::111122223333:role/tenant, not seen (load it with --policies, or --assume-none boundary)"),
        (PolicyType.VPC_ENDPOINT, "the VPC endpoint policies, not seen (load it with --policies, or --assume-none vpc-endpoint)"),
        (PolicyType.RCP, "the resource control policies of account 111122223333, not seen (load it with --policies, or --assume-none rcp)"),
    ],
)  # fmt: skip
def test_a_policy_type_that_was_not_seen_is_named_with_its_option(kind, said, monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    judged = setups.judged(variants.unseen(kind)(base))
    assert said in subjects(judged, "need-unknown")


def test_the_policy_of_a_resource_that_was_not_seen_is_named_with_its_option(monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    gone = variants.account(lambda a: replace(a, resources={}), lambda _: variants.OWN)
    judged = setups.judged(variants.unseen(PolicyType.RESOURCE)(gone(base)))
    (said,) = subjects(judged, "need-unknown")
    assert said == "the policy of arn:aws:s3:::notes/*, not seen (load it with --policies, or --assume-none resource)"


def test_every_option_that_is_named_is_one_that_is_taken():
    assert {option.removeprefix("--assume-none ") for option in OPTIONS.values()} == set(POLICY_TYPES)


def test_a_condition_key_that_is_not_told_is_named_with_its_option(monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    denies = variants.DATA["the data's policy denies from home"]
    assert subjects(setups.judged(denies(base)), "need-unknown") == ["aws:sourceip (--context aws:sourceip=…)"]


def test_a_name_that_only_the_server_knows_has_no_option(monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    some = variants.of_tenant(variants.allow("s3:GetObject", Resource="arn:aws:s3:::notes/public/*"), keep=False)
    (said,) = subjects(setups.judged(some(base)), "need-unknown")
    assert (
        said == "what the server puts for the `*` of arn:aws:s3:::notes/* (no option tells: allow all of it, or none)"
    )


def test_a_role_that_nobody_named_is_asked_for(monkeypatch):
    base = setups.read(setups.FIXTURES / "rules/falls-back-silently/flagged", monkeypatch)
    judged = setups.judged(replace(base, role_arn=None))
    assert "the role whose credentials are used (--role-arn ARN)" in subjects(judged, "need-unknown")


def test_what_is_a_gap_for_one_tool_is_no_note_for_another(monkeypatch):
    judged = setups.judged(setups.read(setups.FIXTURES / "accounts/example-s3-iam-search", monkeypatch))
    assert any("s3:ListBucket" in subject for subject in subjects(judged, "missing-permission"))
    assert subjects(judged, "optional-permission") == []


@pytest.mark.parametrize("name", [path.name for path in setups.setups("accounts")])
def test_nothing_is_said_twice(name, monkeypatch):
    report = setups.judged(setups.read(setups.FIXTURES / "accounts" / name, monkeypatch)).report
    messages = [finding.message for finding in report.findings]
    assert len(messages) == len(set(messages))
    for finding in report.findings:
        assert len(finding.evidence) == len(set(finding.evidence))
        assert finding.message not in finding.evidence
        # A rule does not repeat its own name.
        assert finding.rule not in finding.message


def test_requests_that_are_refused_for_different_reasons_are_kept_apart(monkeypatch):
    base = setups.read(setups.FIXTURES / "remedies/permission/identity", monkeypatch)
    judged = setups.judged(variants.boundary(variants.tenant, variants.allow("s3:GetObject", Resource="*"))(base))
    assert {subject.partition(" ")[2] for subject in subjects(judged, "missing-permission")} == {
        "s3:GetObject implicitDeny,identity",
        "s3:PutObject implicitDeny,identity,boundary",
        "s3:ListBucket implicitDeny,identity,boundary",
    }


def test_every_rule_cites_a_page():
    assert all(", " in rule.cite or rule.cite == "Service Authorization Reference" for rule in rules().values())
