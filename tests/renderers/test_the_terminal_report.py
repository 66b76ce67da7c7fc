from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest

from iamsim.model.report import Message, Status
from iamsim.renderers import RenderOptions, renderer
from iamsim.renderers._words import UNKNOWN_TEXT
from tests.renderers import reports

PLAIN = RenderOptions(width=100)


def shown(report, options=PLAIN):
    return renderer("terminal").render(report, options)


def test_the_verdict_comes_first():
    lines = shown(reports.refused()).splitlines()
    assert lines[0] == "✗ The server cannot assume the role; 2 gaps, 1 unknown"
    assert lines[1].strip() == "AWS would refuse the server's AssumeRole call: sts:SetSourceIdentity is denied."
    assert lines[2].strip() == "Of 22 tools, 6 use the role, 3 need it only to be assumable and 13 ignore it."


@pytest.mark.parametrize(
    ("story", "first", "second", "last"),
    [
        (
            reports.no_credentials,
            "✗ The server cannot ask for the role, having no AWS credentials; 1 gap",
            "The AssumeRole call never leaves the server: its process has no AWS credentials.",
            "exit code 1: gaps",
        ),
        (
            reports.fixed,
            "✓ Nothing stands in the way; 1 hazard to know of",
            "AWS would let the server assume the role.",
            "exit code 0: nothing stands in the way",
        ),
        (
            reports.unseen,
            "? Whether the server can assume the role is unknown; no gap, 1 unknown",
            "Whether AWS would let the server assume the role is unknown: it depends on service control policies",
            "exit code 4: unknown, and no gap",
        ),
    ],
)
def test_every_outcome_has_its_own_first_and_last_words(story, first, second, last):
    lines = shown(story(), RenderOptions(160)).splitlines()
    assert lines[0] == first
    assert lines[1].strip().startswith(second)
    assert lines[-1] == last


def test_the_header_names_role_server_caller_and_moment():
    text = shown(reports.refused())
    assert f"role             {reports.ROLE}" in text
    assert "server           quilt-mcp 2026-01 mode jwt" in text
    assert f"asked by         {reports.SESSION}" in text
    assert "own credentials  the default chain of boto3" in text
    assert "judged at        2026-01-30 12:00:00 UTC" in text


def test_without_credentials_nobody_asks():
    assert "asked by         nobody: the process has no AWS credentials" in shown(reports.no_credentials())
    text = shown(reports.no_credentials())
    assert "= the server's log would say (wording observed):\n      Unable to locate credentials" in text


def test_the_assume_step_tells_both_sides_of_every_permission():
    text = shown(reports.refused())
    wanted = (
        "  the call needs         caller's policies  role's trust policy\n"
        "  sts:AssumeRole         ✓ allows           ✓ allows             ✓ allowed\n"
        "  sts:SetSourceIdentity  ✗ does not allow   ✗ does not allow     ✗ implicitly denied\n"
    )
    assert wanted in text


def test_the_call_can_be_repeated_by_hand_and_the_bare_form_is_explained():
    text = shown(reports.refused(), RenderOptions(60))
    assert f"    {reports.refused().assume.command}\n" in text
    flat = " ".join(text.split())
    assert "The bare form (only --role-arn and --role-session-name) proves nothing" in flat
    assert "the server's call also needs sts:SetSourceIdentity" in flat


def test_a_parameter_that_the_inputs_do_not_tell_is_shown_as_unknown():
    text = shown(reports.no_credentials())
    assert f"RoleSessionName    mcp-{UNKNOWN_TEXT}" in text
    assert "Tags               not known" in text


def test_several_predicted_messages_claim_no_order():
    report = reports.refused()
    two = replace(report.assume, predicted=(*report.assume.predicted, Message("another")))
    assert "AWS names one of them; which it checks first is not documented." in shown(replace(report, assume=two))
    assert "which it checks first" not in shown(report)


def test_a_gap_is_told_with_its_place_its_element_its_reason_and_its_fix():
    text = shown(reports.refused())
    assert "--> accounts/one/roles/mcp/reader/trust.json:8:7   trust policy of mcp/reader" in text
    marked = (
        '  8 | "Action": "sts:AssumeRole"\n'
        "    |           ^^^^^^^^^^^^^^^^ `sts:AssumeRole` does not match `sts:SetSourceIdentity`\n"
    )
    assert marked in text
    assert "= AWS would say (wording inferred):" in text
    assert "= fix 1: allow sts:SetSourceIdentity on both sides\n     proven: fixes 1 of 1 decision, allows" in text


def test_a_condition_that_is_not_known_is_marked_with_its_line():
    text = shown(reports.refused())
    assert '  9 | "Condition": {"Bool": {"aws:SecureTransport": "true"}}\n' in text
    assert "aws:SecureTransport is not known" in text


def test_a_fix_is_shown_as_the_diff_of_each_policy_it_edits():
    text = shown(reports.refused())
    assert f"   trust policy of {reports.ROLE}:\n      --- accounts/one/roles/mcp/reader/trust.json\n" in text
    assert f"   inline policy of {reports.TASK}:\n" in text
    assert '      +        "sts:SetSourceIdentity"\n' in text


def test_a_fix_that_widens_says_for_whom():
    text = shown(reports.refused())
    wanted = f"! {reports.ROLE} could then s3:PutObject on arn:aws:s3:::quilt-ernest-staging/other"
    assert wanted in " ".join(text.split())
    assert "newly allows 1 thing that no tool needs" in " ".join(text.split())


def test_an_instruction_shows_the_exact_settings():
    text = shown(reports.no_credentials())
    assert "instruction: a change outside the policies" in text
    assert "   pass the credentials of the principal that the role's trust policy names\n" in text
    assert "      AWS_PROFILE=quilt-mcp\n      AWS_EC2_METADATA_DISABLED=true\n" in text


@pytest.mark.parametrize("width", [80, 100, 120])
def test_every_tool_is_named_whole_with_its_credential(width):
    text = shown(reports.large(), RenderOptions(width))
    assert all(re.search(rf"\b{tool.name}\b", text) for tool in reports.large().tools)
    assert re.search(r"bucket_objects_put +the role +✗ blocked +once assumed: 1 denied, 1", text)
    assert re.search(r"package_delete +the server +✗ blocked +2 allowed", text)
    assert "  with a bearer token: · not decided by IAM\n    admin_user_create, admin_user_get, search_catalog" in text
    assert "3 tools need it only assumable (3 blocked)" in text


def test_hazards_and_notes_are_told_apart_from_gaps():
    text = shown(reports.refused())
    assert "Hazards, no gaps (1)" in text
    assert "! hazard  any valid token gets the server's own permissions" in text
    assert text.index("Gaps (2)") < text.index("Hazards, no gaps (1)") < text.index("Notes (1)")


def test_what_the_answer_rests_on_is_told():
    text = shown(reports.refused())
    assert "─── Not seen ───\n  service control policies (SCP): 1 decision\n" in text
    assert "─── Assumed ───\n  no VPC endpoint policy applies (--assume-none vpc-endpoint)\n" in text
    assert "─── About the server ───\n  one AssumeRole call per tool call\n" in text
    assert "Lake Formation grants are not part of IAM" in text
    assert "a changed policy takes some seconds to reach every region" in text
    assert "  policies: accounts/one (2 roles, 3 policies)\n" in text
    assert "  set: bucket=quilt-ernest-staging\n" in text


def test_settings_beyond_a_few_are_counted():
    report = replace(reports.fixed(), settings={f"name{number}": "value" for number in range(9)})
    assert "  set: 9 parameters, which the HTML and JSON reports list\n" in shown(report)


def test_a_refused_token_is_told_in_the_servers_words():
    report = reports.refused()
    refusal = Message("Invalid JWT: JWT token has expired", "the server", "observed")
    token = replace(report.token, status=Status.DENIED, refusals=(refusal,))
    step = replace(report.assume, status=Status.BLOCKED)
    text = shown(replace(report, token=token, assume=step))
    assert "The server refuses the token." in text
    assert "The AssumeRole call is never made." in text
    assert "the server would say (wording observed):\n      Invalid JWT: JWT token has expired" in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_but_what_is_to_be_copied_is_wider_than_the_page(width):
    report = reports.refused()
    copied = {f"      {row}" for remedy in report.remedies for e in remedy.edits for row in e.diff.split("\n")}
    copied.add(f"    {report.assume.command}")
    lines = shown(report, RenderOptions(width)).splitlines()
    assert [line for line in lines if len(line) > width and line not in copied] == []


def test_without_a_terminal_there_are_no_escape_codes_and_with_colour_the_words_are_the_same(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    plain = shown(reports.refused())
    assert "\x1b" not in plain
    monkeypatch.setenv("NO_COLOR", "1")
    colored = shown(reports.refused(), RenderOptions(100, color=True))
    assert "\x1b[1;31m" in colored
    bare = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert [line.rstrip() for line in bare.splitlines()] == plain.splitlines()


def test_where_only_ascii_can_be_shown_there_is_nothing_else():
    text = shown(reports.refused(), RenderOptions(100, unicode=False))
    assert text.isascii()
    assert text.startswith("x The server cannot assume the role; 2 gaps, 1 unknown\n")
    assert "mcp-<unknown>" in shown(reports.no_credentials(), RenderOptions(100, unicode=False))
    assert shown(reports.hostile(), RenderOptions(100, unicode=False)).isascii()


def test_the_same_report_gives_the_same_text():
    assert shown(reports.large()) == shown(reports.large())


@pytest.mark.parametrize("color", [True, False])
def test_hostile_names_are_shown_and_never_obeyed(color):
    text = shown(reports.hostile(), RenderOptions(160, color=color))
    assert not re.search(r"\x1b(?!\[[0-9;]*m)", text)
    assert "\x1b[31mred" not in text
    assert not set("\x07\x9b\u202e\u2066\u200b\r\ud800") & set(text)
    flat = " ".join(text.split())
    assert r"\u001b[31mred\u001b[0m" in flat
    assert r"abc\u202etxt.exe" in flat
    assert "[bold red]not bold[/bold red]" in flat
    assert "[link=https://example.com]x[/link]" in flat
    assert "2 gaps reader lacks 2 permissions" in re.sub(r"\x1b\[[0-9;]*m", "", flat)


def test_a_name_cannot_forge_a_line():
    report = replace(reports.fixed(), assumptions=("fine\n✓ Nothing\tstands in the way",))
    assert "  fine\\u000a✓ Nothing\\u0009stands in the way\n" in shown(report)


def test_letters_of_two_columns_are_counted_as_two():
    def columns(line):
        return sum(2 if unicodedata.east_asian_width(letter) == "W" else 1 for letter in line)

    wide = "権限が足りない役割" * 12
    report = replace(reports.refused(), assumptions=(wide,), role_arn=f"arn:aws:iam::111122223333:role/{wide}")
    lines = [line for line in shown(report, RenderOptions(60)).splitlines() if "権" in line]
    assert len(lines) >= 7
    assert max(map(columns, lines)) in (59, 60)
