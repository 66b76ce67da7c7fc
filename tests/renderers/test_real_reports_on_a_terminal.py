"""What a reader of the real cases sees on a terminal."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest

from iamsim import documents
from iamsim.model.report import Status
from iamsim.renderers import RenderOptions, renderer
from tests.renderers.real import ACCOUNTS, QUILT, gaps, real


def shown(account, width=100):
    return renderer("terminal").render(real(account), RenderOptions(width))


def flat(text):
    return " ".join(text.split())


def blocks(text):
    """The parts of the section on gaps, one per block."""
    section = re.split(r"\n─── (?:Hazards|Notes|Unknown|Not seen|Assumed)", text.partition("─── Gaps (")[2])[0]
    return section.split("\n\n")


FIRST_TWO = {
    "quilt-no-credentials": (
        "✗ The server cannot ask for the role, having no AWS credentials; 6 gaps",
        "The AssumeRole call never leaves the server: its process has no AWS credentials.",
    ),
    "quilt-task-role": (
        "✗ The server cannot assume the role; 27 gaps",
        "AWS would refuse the server's AssumeRole call: sts:SetSourceIdentity is denied.",
    ),
    "quilt-external-id": (
        "✗ The server cannot assume the role; 2 gaps",
        "AWS would refuse the server's AssumeRole call: sts:AssumeRole and sts:SetSourceIdentity are denied.",
    ),
    "quilt-session-tags": (
        "✗ The server cannot assume the role; 1 gap",
        "AWS would refuse the server's AssumeRole call: sts:TagSession is denied.",
    ),
    "quilt-auth0-subject": (
        "✗ STS rejects the server's call for the role as invalid; 1 gap",
        "STS would reject the AssumeRole call as invalid, before it looks at any policy.",
    ),
    "quilt-fixed": (
        "✓ Nothing stands in the way; 4 hazards to know of",
        "AWS would let the server assume the role.",
    ),
    "example-s3-iam-search": (
        "✗ The server can assume the role, but there are 6 gaps",
        "AWS would let the server assume the role.",
    ),
    "example-s3-iam-search-fixed": (
        "✓ Nothing stands in the way",
        "AWS would let the server assume the role.",
    ),
}


@pytest.mark.parametrize("account", FIRST_TWO)
def test_the_first_two_lines_tell_the_case_and_the_last_the_exit_code(account):
    lines = shown(account, 120).splitlines()
    assert (lines[0], lines[1].strip()) == FIRST_TWO[account]
    assert re.match(r"exit code [01]: ", lines[-1])


def test_gaps_of_one_role_that_one_fix_closes_are_told_together():
    text = shown("quilt-task-role")
    heads = re.findall(r"^✗ (gap|\d+ gaps)  (.*)", text, re.MULTILINE)
    assert [head for head, _ in heads] == ["gap", "21 gaps", "5 gaps"]
    assert heads[1][1].startswith("quilt-mcp-task-role lacks ")
    assert heads[2][1] == "quilt-tenant lacks 5 permissions"
    _, of_the_server, of_the_role = blocks(text)
    lines = re.findall(r"^     ([a-z0-9]+:\w+) +(\S.*?)  +(\S.*)$", of_the_server, re.MULTILINE)
    assert len(lines) == 21
    assert ("athena:GetQueryExecution", "workgroup/quilt-ernest", "athena_query_execute, +3") in lines
    assert "     s3:PutObject         quilt-ernest-staging/raw/notes.md         bucket_objects_put\n" in of_the_role
    assert "\n   = this stands in the way once the role can be assumed\n" in of_the_role


@pytest.mark.parametrize("account", ACCOUNTS)
def test_every_gap_is_named_and_every_block_of_them_has_its_fix(account):
    text = shown(account)
    found = gaps(real(account))
    told = blocks(text) if found else []
    assert all("\n   = fix " in block for block in told)
    counts = [int(number or 1) for number in re.findall(r"^✗ (?:gap|(\d+) gaps)  ", text, re.MULTILINE)]
    assert sum(counts) == len(found)
    for finding in found:
        assert finding.message in flat(text) or re.search(
            rf"^     {re.escape(real(account).probe(finding.probes[0]).explanation.request.action)} ",
            text,
            re.MULTILINE,
        )


@pytest.mark.parametrize("account", ACCOUNTS)
def test_fixes_are_numbered_as_they_come_and_told_in_full_once(account):
    text = shown(account)
    in_full = [int(number) for number in re.findall(r"^   = fix (\d+): ", text, re.MULTILINE)]
    assert in_full == list(range(1, len(real(account).remedies) + 1))
    for number in re.findall(r"^   = fix (\d+) above: ", text, re.MULTILINE):
        assert text.index(f"   = fix {number}: ") < text.index(f"   = fix {number} above: ")


@pytest.mark.parametrize("account", ACCOUNTS)
def test_the_words_of_aws_are_told_once(account):
    told = re.findall(r"would say.*?:\n((?: {6,}\S.*\n)+)", shown(account))
    assert len({flat(words) for words in told}) == len(told)


def test_a_condition_that_failed_is_pointed_at_on_its_own_line():
    text = shown("quilt-external-id")
    wanted = (
        "  --> roles/quilt-tenant/trust.json:8:38   trust policy of quilt-tenant, statement 1 (Allow)\n"
        '  8 | "Condition": {"StringEquals": {"sts:ExternalId": "mcp-jwt-testing"}}\n'
    )
    assert wanted in text
    assert "\n   = the server never sends it, so the condition can never match\n" in text
    assert "trust policy trust policy" not in text


def test_a_permission_that_both_sides_lack_is_placed_in_both_policies():
    first = flat(blocks(shown("quilt-task-role"))[0])
    assert re.search(r"roles/quilt-tenant/trust\.json:\d+:\d+", first)
    assert re.search(r"roles/quilt-mcp-task-role/inline/assume-tenants\.json:\d+:\d+", first)


def test_many_tools_are_counted_and_few_are_named():
    assert "\n   = touches 9 tools\n" in shown("quilt-task-role")
    assert "touches package_create, package_update and package_delete\n" in shown("quilt-task-role")


def test_without_credentials_the_tools_say_what_they_wait_for_and_what_they_speak_of():
    notes = flat(shown("quilt-no-credentials").partition("About these tools")[2])
    assert "discover_permissions and check_bucket_access: the answer is about the server's principal and never" in notes
    assert "waits twice for the instance metadata address 169.254.169.254: 10.2 s measured" in notes
    assert "search_catalog: not decided by IAM: GET {registryUrl}/api/search" in notes


@pytest.mark.parametrize("account", QUILT)
def test_the_search_stays_outside_of_iam_whatever_the_account(account):
    text = shown(account)
    bearers = flat(text.partition("with a bearer token: · not decided by IAM")[2].partition("with no credential")[0])
    assert "search_catalog" in bearers
    assert "search_catalog: not decided by IAM" in flat(text)
    assert all(re.search(rf"\b{tool.name}\b", text) for tool in real(account).tools)


def test_a_new_policy_can_be_copied_from_the_terminal():
    report = real("quilt-task-role")
    text = shown("quilt-task-role")
    edits = [
        edit for remedy in report.remedies for edit in remedy.edits if "quilt-tenant" in edit.owner and not edit.before
    ]
    lines = text.partition(f"inline policy of {edits[0].owner}, new: {edits[0].after.name}:\n")[2].splitlines()
    whole = lines[: lines.index("      ]}") + 1]
    assert json.loads("".join(whole)) == documents.document(edits[0].after)
    assert len(whole) < 15


def test_a_long_new_policy_is_begun_and_the_rest_counted():
    text = shown("quilt-task-role")
    assert re.search(r"\n      … \d+ more lines: iamsim fix prints the whole, to be copied\n", text)
    assert len(text.splitlines()) < 316


@pytest.mark.parametrize("width", [60, 80, 100, 160])
@pytest.mark.parametrize("account", ACCOUNTS)
def test_no_line_is_wider_than_the_page_but_those_to_be_copied(account, width):
    report = real(account)
    edits = [edit for remedy in report.remedies for edit in remedy.edits]
    copied = {
        f"    {report.assume.command}",
        *(f"      {name}={value}" for r in report.remedies for name, value in r.settings),
    }
    copied |= {f"      {row}" for edit in edits for row in edit.diff.split("\n")}
    wide = [line for line in shown(account, width).splitlines() if len(line) > width and line not in copied]
    # What a new policy names is never broken, so that it stays JSON.
    assert [line for line in wide if not re.match(r' {7,}("|\{"Effect")', line)] == []


def test_what_else_a_fix_allows_names_few_actions_and_the_method_once():
    text = flat(shown("quilt-task-role"))
    found = re.findall(r"looked for more: (.*?), (for 1 loaded principal|in the same way)(.*?); found nothing", text)
    assert [(actions, how) for actions, how, _ in found] == [
        ("sts:SetSourceIdentity", "for 1 loaded principal"),
        ("athena:GetDataCatalog, athena:GetQueryExecution, athena:GetQueryResults and 18 more", "in the same way"),
        ("kms:Decrypt, kms:GenerateDataKey, s3:GetObject and 2 more", "in the same way"),
    ]
    assert text.count("on every resource of this check and made-up ones beside them") == 1


def test_where_the_role_is_refused_its_tools_are_blocked_and_say_what_they_would_still_lack():
    report = real("quilt-task-role")
    blocked = [tool.name for tool in report.tools if tool.status is Status.BLOCKED]
    text = shown("quilt-task-role")
    assert len(blocked) == 9
    assert all(re.search(rf"^  {name} .*✗ blocked", text, re.MULTILINE) for name in blocked)
    assert re.search(r"^  bucket_objects_put +the role +✗ blocked +once assumed: 2 denied$", text, re.MULTILINE)


def test_nothing_is_said_twice_in_a_row():
    for account in ACCOUNTS:
        lines = [line for line in shown(account).splitlines() if line.startswith("   = ")]
        assert [line for line, after in pairwise(lines) if line == after] == []
