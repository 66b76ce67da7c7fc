"""Policies with statements put in read as a person would have written them, and say no more than they should."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamsim import documents
from iamsim.model.principal import HOLE
from iamsim.model.remedy import RemedyKind, Slot
from iamsim.remedies._edits import allow, carrier, grouped, resource_pattern, with_statements
from tests import setups, variants

READ = variants.policy("p", variants.allow("s3:GetObject", Resource="arn:aws:s3:::notes/*"))


def statements(policy):
    found = documents.document(policy)["Statement"]
    return found if isinstance(found, list) else [found]


def test_actions_that_share_their_resources_share_a_statement():
    needs = [
        ("s3:PutObject", "b"),
        ("s3:GetObject", "b"),
        ("s3:GetObject", "a"),
        ("s3:PutObject", "a"),
        ("s3:List", "c"),
    ]
    assert grouped(needs) == ((("s3:GetObject", "s3:PutObject"), ("a", "b")), (("s3:List",), ("c",)))


def test_a_statement_takes_in_an_action_when_nothing_else_changes():
    after = with_statements(READ, [allow(["s3:PutObject"], ["arn:aws:s3:::notes/*"])], name="p")
    assert statements(after) == [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::notes/*"}
    ]


def test_the_order_of_resources_is_no_difference():
    old = variants.policy("p", variants.allow("s3:GetObject", Resource=["b", "a"]))
    after = with_statements(old, [allow(["s3:PutObject"], ["a", "b"])], name="p")
    assert len(after.statements) == 1


@pytest.mark.parametrize(
    "old",
    [
        variants.allow("s3:GetObject", Resource="arn:aws:s3:::notes/*", **variants.FROM_HOME),
        variants.allow("s3:GetObject", Resource="arn:aws:s3:::other/*"),
        variants.deny("s3:GetObject", Resource="arn:aws:s3:::notes/*"),
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::notes/*"},
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::notes/*"},
        variants.allow("s3:GetObject", Resource="arn:aws:s3:::notes/*", **variants.ANYONE),
    ],
)
def test_a_statement_that_says_something_else_is_left_alone(old):
    policy = variants.policy("p", old)
    after = with_statements(policy, [allow(["s3:PutObject"], ["arn:aws:s3:::notes/*"])], name="p")
    assert after.statements[0] == policy.statements[0]
    assert len(after.statements) == 2


def test_an_action_that_is_there_is_not_said_twice():
    again = [allow(["s3:GetObject"], ["arn:aws:s3:::notes/*"])]
    assert statements(with_statements(READ, again, name="p")) == statements(READ)


def test_text_that_is_not_told_is_a_star_and_a_real_star_is_itself():
    assert resource_pattern(f"arn:aws:s3:::notes/{HOLE}") == "arn:aws:s3:::notes/*"
    assert resource_pattern("arn:aws:s3:::notes/a*b?$c") == "arn:aws:s3:::notes/a${*}b${?}${$}c"
    assert resource_pattern("*") == "*"


def test_a_real_star_in_a_name_is_granted_and_its_namesakes_are_not(monkeypatch):
    base = setups.read(setups.FIXTURES / "rules/missing-permission/flagged", monkeypatch)
    tool = base.tools[0]
    need = replace(tool.requirements[0], resources=("arn:aws:s3:::{bucket}/{key}",))
    asked = replace(
        base,
        tools=(replace(tool, requirements=(need,), parameters={"key": base.server.parameters["bucket"]}),),
        settings={**base.settings, "key": ("50%*",)},
    )
    report = setups.judged(asked).report
    (remedy,) = report.remedies
    assert remedy.kind is RemedyKind.EDIT
    assert '"arn:aws:s3:::notes/50%${*}"' in remedy.edits[0].diff
    assert remedy.proof.widened == ()


def test_an_opensearch_path_is_governed_by_its_domain():
    assert carrier("arn:aws:es:us-east-1:111122223333:domain/library/docs/_search").endswith(":domain/library")
    assert carrier("arn:aws:s3:::notes/a/b") == "arn:aws:s3:::notes"
    assert carrier("*") == "*"


def test_a_key_without_a_loaded_policy_is_not_given_one(monkeypatch):
    folder = setups.FIXTURES / "remedies/permission/key-policy"
    given = variants.DATA["the data's policies are gone"](setups.read(folder, monkeypatch))
    report = setups.judged(given).report
    (remedy,) = report.remedies
    assert remedy.kind is RemedyKind.INSTRUCTION
    assert remedy.instruction.startswith("the resource policy of arn:aws:kms:")


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_boundary_that_aws_manages_is_not_edited_in_any_partition(partition, monkeypatch):
    given = setups.read(setups.FIXTURES / "remedies/permission/boundary", monkeypatch)
    own = [edit.slot for remedy in setups.judged(given).report.remedies for edit in remedy.edits]
    assert Slot.BOUNDARY in own
    (account,) = given.organization.accounts.values()
    arn = f"arn:{partition}:iam::aws:policy/PowerUserAccess"
    roles = {
        name: role
        if role.boundary is None
        else replace(role, boundary=replace(role.boundary, arn=arn), boundary_arn=arn)
        for name, role in account.roles.items()
    }
    organization = replace(given.organization, accounts={account.id: replace(account, roles=roles)})
    remedies = setups.judged(replace(given, organization=organization)).report.remedies
    assert [edit.slot for remedy in remedies for edit in remedy.edits if edit.slot is Slot.BOUNDARY] == []
    assert any(f"nobody can edit {arn}, which AWS manages" in remedy.instruction for remedy in remedies)


def test_a_condition_is_exchanged_in_the_statement_that_it_blocks_and_in_no_other(monkeypatch):
    folder = setups.FIXTURES / "remedies/condition/external-id"
    same = {"Condition": {"StringEquals": {"sts:ExternalId": "notes-7"}}}
    given = variants.trust(variants.allow("sts:AssumeRole", **variants.STRANGER, **same))(
        setups.read(folder, monkeypatch)
    )
    (edit,) = [r.edits[0] for r in setups.judged(given).report.remedies if r.kind is RemedyKind.EDIT]
    first, second, third = statements(edit.after)
    assert first["Condition"] == {"StringLike": {"sts:SourceIdentity": "*"}}
    assert second["Condition"] == same["Condition"]
    assert third == {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{variants.OWN}:role/notes-server"},
        "Action": "sts:SetSourceIdentity",
    }


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        ("the trust policy wants another subject", "change the subject (claim `sub`)"),
        ("the trust policy wants a tag", "meet the condition on aws:RequestTag/team"),
        ("the trust policy wants a tagged caller", "tag the server's principal"),
        ("the trust policy wants an organization", "meet the condition on aws:PrincipalOrgID"),
    ],
)
def test_a_condition_is_met_where_its_key_comes_from(fault, title, monkeypatch):
    base = setups.read(setups.FIXTURES / "rules/assume-denied/clean", monkeypatch)
    # A session with a name, so that what it carries is known.
    named = variants.caller(f"arn:aws:sts::{variants.OWN}:assumed-role/notes-server/task")(base)
    report = setups.judged(variants.ROLE[fault](named)).report
    told = [remedy for remedy in report.remedies if remedy.proposer == "condition"]
    assert {remedy.title for remedy in told} == {title}
    assert all(remedy.kind is RemedyKind.INSTRUCTION for remedy in told)


def test_the_reason_for_the_longest_session_is_the_one_that_holds(monkeypatch):
    base = setups.read(setups.FIXTURES / "remedies/call-parameters/duration", monkeypatch)
    (chained,) = setups.judged(base).report.remedies
    assert "a chained session lasts 3600 seconds at most" in chained.instruction
    user = f"arn:aws:iam::{variants.OWN}:user/operator"
    may = variants.allow("sts:*", Resource="*")
    given = variants.trust(variants.allow("sts:*", Principal={"AWS": user}))(variants.caller(user, user=True)(base))
    account = variants.account(
        lambda a: replace(a, users={user: replace(a.users[user], policies=(variants.policy("may", may),))}),
        lambda _: variants.OWN,
    )
    (by_user,) = setups.judged(account(given)).report.remedies
    assert "MaxSessionDuration of the role is 3600 seconds (or raise that, up to 43200)" in by_user.instruction


def test_a_duration_that_is_no_number_is_corrected_where_it_is_set(monkeypatch):
    base = setups.read(setups.FIXTURES / "remedies/call-parameters/duration", monkeypatch)
    given = replace(base, settings={**base.settings, "NOTES_SESSION_SECONDS": ("soon",)})
    (remedy,) = setups.judged(given).report.remedies
    assert remedy.title == "correct NOTES_SESSION_SECONDS"
    assert remedy.settings == (("NOTES_SESSION_SECONDS", "3600"),)


def test_a_tag_given_twice_is_sent_once(monkeypatch):
    base = setups.read(setups.FIXTURES / "remedies/assume-statements/session-tags", monkeypatch)
    twice = [{"Key": "team", "Value": "a"}, {"Key": "team", "Value": "b"}]
    titles = {remedy.title for remedy in setups.judged(variants.claims(session_tags=twice)(base)).report.remedies}
    assert "send each session tag once" in titles


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("the trust policy names somebody else and may deny", "narrow the Deny that may apply so that it spares"),
        ("the trust policy denies", "narrow the Deny that applies so that it spares"),
        ("the server is root", "no policy can allow"),
        ("the server's organization lacks sts", "a service control policy of account 111122223333, at every level"),
        ("the endpoint lacks sts", "the policy of the VPC endpoint that the call goes through must allow"),
        ("the role's organization denies", "rcp, statement 1"),
    ],
)
def test_what_is_not_ours_to_edit_is_named(fault, said, monkeypatch):
    base = setups.read(setups.FIXTURES / "rules/assume-denied/clean", monkeypatch)
    report = setups.judged(variants.ROLE[fault](base)).report
    assert any(said in remedy.instruction for remedy in report.remedies if remedy.proposer == "other-policy")


def test_a_deny_that_hides_a_missing_allow_says_so(monkeypatch):
    base = setups.read(setups.FIXTURES / "rules/missing-permission/flagged", monkeypatch)
    (remedy,) = setups.judged(variants.DATA["the data's organization denies"](base)).report.remedies
    assert remedy.instruction.endswith("no statement allows it yet either, so that one has to be added")
    working = setups.read(setups.FIXTURES / "rules/missing-permission/clean", monkeypatch)
    (remedy,) = setups.judged(variants.DATA["the data's organization denies"](working)).report.remedies
    assert "yet either" not in remedy.instruction


def test_an_unsigned_request_is_not_answered_with_the_policies_of_nobody(monkeypatch):
    base = setups.read(setups.FIXTURES / "rules/missing-permission/clean", monkeypatch)
    report = setups.judged(variants.with_more_tools(base)).report
    told = [remedy.instruction for remedy in report.remedies if "unsigned" in remedy.instruction]
    public = "the resource policy of arn:aws:s3:::notes (which makes it public: sign the request instead where you can)"
    assert told == [f"{public} must allow s3:GetObject on arn:aws:s3:::notes/unsigned by anyone, unsigned"]
