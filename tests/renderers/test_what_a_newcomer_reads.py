"""Sentences that somebody who knows neither IAM nor iamsim has to understand, on a terminal and on the page."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner

from iamsim import documents
from iamsim.cli import command
from iamsim.model.finding import Confidence, Finding, Kind, Severity
from iamsim.model.remedy import Disposition, Edit, Proof, Slot, Widening
from iamsim.model.report import Message, RoleUse, Status
from iamsim.renderers import RenderOptions, renderer
from iamsim.renderers.json import read
from tests.renderers import reports
from tests.renderers.real import FOLDER
from tests.renderers.test_the_html_report import Page, anchor

DOMAIN = (
    "a:A, a:B, a:C, a:D and 9 more: 2 loaded principals that the changed statements can speak of, on every resource "
    "in play, a neighbour of each and one of each type that nobody named; principals that are not loaded by class"
)


def flat(text):
    return " ".join(text.split())


def terminal(report):
    return flat(renderer("terminal").render(report, RenderOptions(160)))


def markup(report):
    return renderer("html").render(report, RenderOptions())


def page(report):
    # Blocks and cells stand apart, as on the page.
    return flat(
        Page(re.sub(r"(?=<(?:p|h\d|li|t[hdr]|d[tdl]|div|br|pre|figcaption|blockquote)\b)", " ", markup(report))).text
    )


both = pytest.mark.parametrize("shown", [terminal, page])


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """The report of a changed copy of an account."""

    def check(account, *arguments, change=lambda _: None):
        folder = tmp_path / account
        shutil.copytree(FOLDER / account, folder)
        change(folder)
        monkeypatch.chdir(folder)
        asked = ["check", "--at", "2026-01-30T12:00:00Z", "--format", "json", *arguments]
        return read(CliRunner().invoke(command, asked).stdout, document=account)

    return check


# ---------------------------------------------------------------- what a fix lets through


def widening(before, after, *, slot=Slot.INLINE, widened=()):
    """A report whose second fix exchanges one statement for another."""
    report = reports.refused()
    had, has = (
        documents.policy(json.dumps({"Statement": statement}), document="p.json", name="p")
        for statement in (before, after)
    )
    edit = Edit(reports.ROLE, slot, had, has, documents.diff(had, has))
    fix = replace(
        report.remedies[1],
        disposition=Disposition.WIDENS,
        edits=(edit,),
        proof=Proof(("1", "2", "3"), widened=widened, domain=DOMAIN),
    )
    return replace(report, remedies=(report.remedies[0], fix))


ALLOW = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
ASKS = {**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
DENY = {**ALLOW, "Effect": "Deny"}


@both
@pytest.mark.parametrize(
    ("before", "after", "slot", "limit"),
    [
        (ASKS, ALLOW, Slot.INLINE, "takes a condition away"),
        ([DENY, ALLOW], [ALLOW], Slot.INLINE, "changes a Deny"),
        (ALLOW, {**ALLOW, "Action": "s3:*"}, Slot.BOUNDARY, "loosens a permissions boundary"),
    ],
)
def test_a_fix_that_takes_back_a_limit_never_says_that_it_allows_nothing_else(before, after, slot, limit, shown):
    report = widening(before, after, slot=slot)
    text = shown(replace(report, remedies=report.remedies[1:]))
    assert re.search(
        rf"proven, widens:? fixes 3 of 3 decisions; looked for more and found nothing, but it {limit} ", text
    )
    assert "allows nothing else" not in text


@both
def test_a_fix_that_lets_more_through_lists_it_and_the_limit_that_it_takes_back(shown):
    also = Widening("every session of reader, past what data, statement 1 asks for", "s3:PutObject", "arn:aws:s3:::b/*")
    text = shown(widening(ASKS, ALLOW, widened=(also,)))
    assert re.search(
        r"proven, widens:? fixes 3 of 3 decisions; newly allows 1 thing that no tool needs and takes a condition away ",
        text,
    )
    assert re.search(r"statement 1 asks for could (then )?s3:PutObject on arn:aws:s3:::b/\*", text)


@both
def test_a_safe_fix_says_that_it_allows_nothing_else(shown):
    report = reports.refused()
    text = shown(replace(report, remedies=report.remedies[:1]))
    assert re.search(r"proven:? fixes 1 of 1 decision, allows nothing else ", text)
    assert "widens" not in text


@both
def test_a_fix_that_aws_would_not_take_says_how_much_is_too_much(shown):
    report = reports.refused()
    line = f"makes the trust policy of {reports.ROLE} 2,050 characters long, 2 more than AWS takes (2,048)"
    fix = replace(report.remedies[0], proof=replace(report.remedies[0].proof, too_long=(line,)))
    text = shown(replace(report, remedies=(fix,)))
    assert "proven, too long" in text
    assert f"allows nothing else; but it {line}" in text


@both
def test_what_was_looked_for_is_said_in_words_and_every_action_is_counted(shown):
    wanted = (
        "ooked for more: a:A, a:B, a:C and 10 more, for 2 loaded principals and whoever else the edit names, "
        "on every resource of this check and made-up ones beside them; found nothing"
    )
    assert wanted in shown(widening(ASKS, ALLOW))
    also = Widening(reports.ROLE, "s3:PutObject", "*")
    assert "made-up ones beside them; found:" in shown(widening(ASKS, ALLOW, widened=(also,)))


# ---------------------------------------------------------------- the call


@both
def test_a_trust_policy_that_was_not_loaded_is_not_seen_even_where_the_caller_is_refused(checked, shown):
    text = shown(checked("quilt-task-role", "--role-arn", "arn:aws:iam::444455556666:role/tenant"))
    assert "sts:AssumeRole ✗ does not allow ? not seen ✗ implicitly denied" in text
    assert "sts:SetSourceIdentity ✗ does not allow ? not seen ✗ implicitly denied" in text


def deny(folder):
    path = folder / "roles/quilt-mcp-task-role/inline/assume-tenants.json"
    policy = json.loads(path.read_text())
    policy["Statement"].append({"Effect": "Deny", "Action": "sts:*", "Resource": "*"})
    path.write_text(json.dumps(policy))


@both
def test_a_trust_policy_that_was_loaded_refuses_even_where_the_caller_is_refused_by_a_deny(checked, shown):
    text = shown(checked("quilt-task-role", change=deny))
    assert "sts:SetSourceIdentity ✗ denies ✗ does not allow ✗ explicitly denied" in text


def externally(folder):
    trust = folder / "roles/quilt-tenant/trust.json"
    own = folder / "roles/quilt-mcp-task-role/inline/assume-tenants.json"
    for path in (trust, own):
        policy = json.loads(path.read_text())
        policy["Statement"][0]["Action"] = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
        if path is trust:
            policy["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": "acme"}}
        path.write_text(json.dumps(policy))


def test_permissions_of_the_call_that_are_refused_alike_are_told_once_and_keep_their_links(checked):
    report = checked("quilt-task-role", "--claim", 'session_tags={"tenant":"acme"}', change=externally)
    text = terminal(report)
    title = (
        "3 gaps sts:AssumeRole, sts:SetSourceIdentity and sts:TagSession on arn:aws:iam::111122223333:role/quilt-tenant "
        "are denied to arn:aws:iam::111122223333:role/quilt-mcp-task-role"
    )
    assert title in text
    assert title in page(report)
    assert text.count("sts:ExternalId is absent from this request") == 1
    assert "touches 9 tools" in text
    found = [f for f in report.findings if f.rule == "assume-denied"]
    assert len(found) == 3
    made = markup(report)
    card = made.partition('id="gaps"')[2].partition("</article>")[0]
    assert all(f'<tr id="{anchor(f)}">' in card for f in found)


def test_permissions_that_are_refused_for_different_reasons_stay_apart(checked):
    text = terminal(checked("quilt-external-id"))
    assert "✗ gap sts:AssumeRole on" in text
    assert "✗ gap sts:SetSourceIdentity on" in text


# ---------------------------------------------------------------- the token and its subject


def refused_token(message, status=Status.ALLOWED):
    report = reports.fixed() if status is Status.ALLOWED else reports.refused()
    tools = tuple(replace(tool, status=Status.BLOCKED) for tool in report.tools)
    token = replace(report.token, status=Status.DENIED, refusals=(message,))
    return replace(report, token=token, tools=tools, exit_code=1)


@both
def test_where_the_token_is_refused_the_rest_holds_once_it_is_accepted(shown):
    text = shown(refused_token(Message("Invalid JWT", "server", "observed")))
    assert "The server refuses the token. Once the token is accepted: AWS would let the server assume the role." in text
    assert "? once the token is accepted: can be assumed" in text
    assert re.search(r"package_delete [^✗]*the server(; once the token is accepted: 2 allowed)? ✗ blocked", text)
    assert text.count("once the token is accepted: 2 allowed") > 0
    text = shown(refused_token(Message("Invalid JWT", "server", "observed"), Status.DENIED))
    assert "✗ once the token is accepted: cannot be assumed" in text
    assert "once the token is accepted and the role assumed: 2 allowed" in text


@both
def test_words_of_the_server_that_nothing_tells_are_not_quoted(shown):
    text = shown(refused_token(Message("invalid token: the token has expired", "server", "inferred")))
    assert "he server would refuse it: the token has expired (the manifest does not give the server's words)" in text
    assert "he server would say" not in text
    text = shown(refused_token(Message("Invalid JWT", "server", "observed")))
    assert re.search(r"he server would say \(wording observed\):? Invalid JWT", text)


def unknown_subject():
    report = reports.fixed()
    finding = Finding(
        "call-unknown-subject", "call-unknown", Kind.UNKNOWN, Severity.MEDIUM, Confidence.CERTAIN,
        "assume", "subject", "whether STS takes the call is not known",
    )  # fmt: skip
    call = replace(report.assume.call, tags=None)
    assume = replace(report.assume, call=call, command="aws sts assume-role --role-arn x")
    return replace(report, assume=assume, findings=(finding, *report.findings), exit_code=4)


@both
def test_a_subject_that_is_not_known_leaves_the_call_open(shown):
    text = shown(unknown_subject())
    assert "? Whether STS takes the server's call for the role is open; no gap, 1 unknown" in text
    assert "AWS's policies let the server assume the role; whether STS takes the call is open." in text
    assert "? allowed by the policies; whether STS takes the call is open" in text
    assert "AWS would let" not in text
    assert "can be assumed" not in text


@both
def test_tags_that_are_not_known_are_said_to_be_left_out_of_the_command(shown):
    assert re.search(
        r"aws sts assume-role --role-arn x ([Ss])ession tags are not known and left out here", shown(unknown_subject())
    )
    assert "left out here" not in shown(reports.refused())


@both
def test_an_unknown_is_not_certain_and_a_refusal_that_may_not_matter_is_denied_if_needed(checked, shown):
    def untagged(folder):
        path = folder / "iamsim.toml"
        path.write_text(re.sub(r"^session_tags = .*\n", "", path.read_text(), flags=re.MULTILINE))
        for name in ("quilt-tenant/trust.json", "quilt-mcp-task-role/inline/assume-tenants.json"):
            policy = folder / "roles" / name
            policy.write_text(re.sub(r',\s*"sts:TagSession"', "", policy.read_text()))

    report = checked("quilt-fixed", change=untagged)
    assert [f.subject for f in report.findings if f.rule == "assume-unknown"] == ["sts:TagSession"]
    text = shown(report)
    assert "high severity; denied if needed; rule assume-unknown" in text
    assert "sts:TagSession ✗ does not allow ✗ does not allow ? denied if needed" in text
    assert "implicitly denied" not in text
    assert "certain" not in text.partition("rule assume-unknown")[0].rpartition("high severity")[2]
    assert "the role is unknown: sts:TagSession is denied if the call needs it." in text
    assert "high severity, certain; implicitly denied; rule missing-permission" in shown(reports.refused())


# ---------------------------------------------------------------- words


@both
def test_parts_of_the_tools_that_are_empty_are_left_out_and_one_is_one(shown):
    report = reports.fixed()
    uses, only, ignores = (next(t for t in report.tools if t.role is use) for use in RoleUse)
    say = lambda *tools: shown(replace(report, tools=tools))  # noqa: E731 - a word for one line
    assert "Of 1 tool, 1 uses the role. Outcome" in say(uses)
    assert "Of 2 tools, 1 uses the role and 1 ignores it. Outcome" in say(uses, ignores)
    assert "Of 2 tools, 1 needs the role only to be assumable and 1 ignores it. Outcome" in say(only, ignores)
    assert "Of 2 tools, 2 ignore the role. Outcome" in say(ignores, replace(ignores, name="other"))


@both
def test_the_servers_own_credentials_are_called_that(shown):
    text = shown(reports.refused())
    assert re.search("[Oo]wn credentials the default chain of boto3", text)
    assert "own keys" not in text


def test_claims_that_somebody_states_are_stated_wherever_they_were_written():
    report = reports.refused()
    text = page(replace(report, token=replace(report.token, stated=("sub",))))
    assert "Stated: sub" in text
    assert "command line" not in text
