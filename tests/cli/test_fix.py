"""`iamsim fix`: what closes the gaps, printed, put into files, or made in the policies themselves."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iamsim import fix
from iamsim.cli._fixed import blocks
from tests import setups
from tests.cli.running import run
from tests.fix import corpus

IDENTITY = "remedies/permission/identity"
TENANT = "arn:aws:iam::111122223333:role/tenant"
SERVER = "arn:aws:iam::111122223333:role/notes-server"
WRITABLE = (
    ("accounts/quilt-external-id", "--widen"),
    ("accounts/quilt-no-credentials", ""),
    ("accounts/quilt-task-role", ""),
    ("accounts/example-s3-iam-search", "--widen"),
    ("remedies/assume-statements/both-sides", ""),
    ("remedies/permission/boundary", "--widen"),
    (IDENTITY, ""),
    ("remedies/permission/key-policy", ""),
    ("remedies/permission/two-accounts", ""),
    ("remedies/service-trust/names-another-service", ""),
    ("rules/hop-denied/flagged", ""),
)


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Copies a set-up of fixtures/; `settings` are lines that come first in its settings."""

    def made(name: str = IDENTITY, settings: str = "") -> Path:
        folder = tmp_path / "set-up"
        shutil.copytree(setups.FIXTURES / name, folder)
        setups.enter(folder, monkeypatch)
        file = folder / "iamsim.toml"
        file.write_text(f"{settings}\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
        return folder

    return made


def files(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.is_file()}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


# ---------------------------------------------------------------- written


@pytest.mark.parametrize(("name", "option"), WRITABLE)
def test_after_write_a_check_says_what_fix_said(name, option, set_up):
    folder = set_up(name)
    options = [option] if option else []
    before = files(folder)
    told = run(folder, "fix", *options)
    shown = run(folder, "fix", "--diff", *options)
    assert changed(before, files(folder)) == set()
    written = run(folder, "fix", "--write", *options)
    assert {told.code, shown.code, written.code, run(folder, "check").code} == {told.code}
    verdict = told.words.rpartition(": once")[2].partition(": ")[2]
    assert written.words == f"checked again: {verdict}"
    # Every file that is said to change does, and nothing else.
    done = re.findall(r"(?m)^(?:wrote|changed) (.*)$", written.err)
    assert changed(before, files(folder)) == set(done) == set(re.findall(r"(?m)^\+\+\+ (.*)$", shown.out))
    again = run(folder, "fix", "--diff", *options)
    assert (again.code, again.out.splitlines()[0]) == (told.code, "nothing to write")


def test_write_leaves_the_rest_of_a_file_as_it_is_written(set_up):
    folder = set_up("remedies/assume-statements/both-sides")
    path = folder / "account/roles/notes-server/inline/assume.json"
    path.write_bytes(
        b'{ "Statement": {"Effect":"Allow", "Resource": "arn:aws:iam::111122223333:role/tenant",\r\n'
        b'\t"Action" : "sts:assumeRole", "Sid":"\\u0041ssume"}, "Version":"2012-10-17" }'
    )
    assert run(folder, "fix", "--write").code == 0
    assert path.read_bytes() == (
        b'{ "Statement": {"Effect":"Allow", "Resource": "arn:aws:iam::111122223333:role/tenant",\r\n'
        b'\t"Action" : [\r\n\t\t"sts:assumeRole",\r\n\t\t"sts:SetSourceIdentity"\r\n\t], "Sid":"\\u0041ssume"}, '
        b'"Version":"2012-10-17" }'
    )


def test_a_new_policy_of_a_resource_and_of_a_role_gets_the_place_that_its_folder_has_for_it(set_up):
    folder = set_up("remedies/permission/two-accounts")
    ran = run(folder, "fix", "--write")
    assert ran.err == "wrote data/resources/notes/policy.json\n"
    assert json.loads((folder / "data/resources/notes/policy.json").read_text())["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": TENANT},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::notes/*",
        }
    ]


def test_what_the_inline_policies_of_a_role_cannot_hold_is_written_as_a_managed_policy(set_up):
    folder = set_up()
    inline = folder / "account/roles/tenant/inline"
    text = (
        '{"Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"arn:aws:sns:eu-west-1:111122223333:%s"}]}'
    )
    room = 10_240 - len(json.dumps(json.loads((inline / "data.json").read_text()), separators=(",", ":")))
    (inline / "full.json").write_text(text % ("x" * (room - len(text % ""))), encoding="utf-8")
    name = "iamsim-least-privilege-tenant"
    told = run(folder, "fix", "--form", "cli")
    assert (
        f"aws iam attach-role-policy --role-name tenant --policy-arn arn:aws:iam::111122223333:policy/{name}"
        in told.words
    )
    ran = run(folder, "fix", "--write")
    assert (ran.code, ran.err) == (0, f"wrote account/roles/tenant/managed/{name}.json\n")


def template(**more: Any) -> str:
    """The accounts of the set-up as a CloudFormation template; `more` are elements of the statement of the trust policy."""
    trust = {"Effect": "Allow", "Principal": {"AWS": SERVER}, "Action": "sts:AssumeRole", **more}
    reads = {"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}
    return json.dumps(
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Resources": {
                "Tenant": {
                    "Type": "AWS::IAM::Role",
                    "Properties": {
                        "RoleName": "tenant",
                        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                        "Policies": [{"PolicyName": "data", "PolicyDocument": {"Statement": [reads]}}],
                    },
                }
            },
        },
        indent=4,
    )


def of_template(folder: Path, text: str, name: str = "template.json") -> Path:
    """The set-up with the tenant's role in a template, and without it in the folder."""
    (folder / name).write_text(text, encoding="utf-8")
    shutil.rmtree(folder / "account/roles/tenant")
    file = folder / "iamsim.toml"
    settings = file.read_text(encoding="utf-8").replace('["account"]', f'["account", "{name}"]')
    file.write_text(settings, encoding="utf-8")
    return folder


def test_a_policy_in_a_json_template_is_edited_where_it_stands(set_up):
    folder = of_template(set_up(), template())
    assert "AWS::IAM::Role" in run(folder, "fix").out
    ran = run(folder, "fix", "--write")
    assert (ran.code, ran.err) == (0, "changed template.json\n")
    told = (folder / "template.json").read_text(encoding="utf-8")
    wanted = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    assert told == template(Action=wanted)


def test_what_a_template_says_by_a_function_is_not_written_and_still_a_gap(set_up):
    folder = of_template(set_up(), template(Principal={"AWS": {"Fn::Sub": SERVER}}))
    before = files(folder)
    ran = run(folder, "fix", "--write")
    assert ran.code == run(folder, "check").code == 1
    why = "the file says it in another way than it was judged, by functions or references"
    assert ran.err == f"iamsim: warning: not written: the trust policy of {TENANT}: {why}\n"
    assert changed(before, files(folder)) == set()
    # It can be had as text all the same.
    assert run(folder, "fix").code == 0


def test_a_template_in_yaml_is_named_as_not_written(set_up):
    folder = of_template(set_up(), template(), name="template.yaml")
    ran = run(folder, "fix", "--write")
    assert (ran.code, ran.err) == (
        1,
        f"iamsim: warning: not written: the trust policy of {TENANT}: template.yaml is no JSON\n",
    )
    shown = run(folder, "fix", "--diff")
    assert (shown.code, shown.out) == (1, "nothing to write\n")


def test_what_aws_told_is_not_edited(set_up):
    folder = set_up()
    role = {
        "RoleName": "tenant",
        "Path": "/",
        "RoleId": "AROAEXAMPLE",
        "Arn": TENANT,
        "AssumeRolePolicyDocument": json.loads((folder / "account/roles/tenant/trust.json").read_text()),
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        "InstanceProfileList": [],
        "Tags": [],
    }
    details = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}
    of_template(folder, json.dumps(details), name="details.json")
    ran = run(folder, "fix", "--write")
    assert ran.code == 1
    assert ran.err == (
        f"iamsim: warning: not written: the inline policy of {TENANT}: its owner is described in details.json: "
        "take the block that `iamsim fix` prints\n"
    )


def test_nothing_is_written_through_a_link_or_over_a_file_that_is_there(set_up, tmp_path):
    folder = set_up("remedies/permission/two-accounts")
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "data/resources/notes").rename(outside / "notes")
    (folder / "data/resources/notes").symlink_to(outside / "notes")
    # A folder whose links leave it is not even read.
    assert "is a link that leaves the folder" in run(folder, "fix", "--write").error
    assert list((outside / "notes").iterdir()) == [outside / "notes/resource.toml"]


def test_a_value_that_must_not_be_shown_is_neither_printed_nor_written(set_up, monkeypatch):
    secret = "notes-" + "0815" * 4
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    folder = set_up()
    for path in (folder / "iamsim.toml", folder / "account/resources/notes/resource.toml"):
        path.write_text(path.read_text().replace(':::notes"', f':::{secret}"').replace('"notes"', f'"{secret}"'))
    for form in fix.names():
        ran = run(folder, "fix", "--form", form)
        assert ran.code == 0
        assert secret not in ran.out
        assert "unknown" in ran.out.lower()
        assert "for what must not be shown: fill it in" in ran.words
    ran = run(folder, "fix", "--out", "made")
    assert secret not in ran.out + ran.err + "".join(files(folder / "made").values())
    ran = run(folder, "fix", "--write")
    assert ran.code == 1
    assert ran.err == (
        f"iamsim: warning: not written: the inline policy of {TENANT}: it holds a value that must not be shown\n"
    )


def test_a_token_on_standard_input_is_read_once(set_up, token_file):
    folder = set_up()
    token = token_file(role_arn=TENANT).read_bytes()
    ran = run(folder, "fix", "--write", "--token-file", "-", stdin=token)
    assert (ran.code, ran.words) == (4, "checked again: The server can assume the role; no gap, 1 unknown")


# ---------------------------------------------------------------- printed


def test_each_gap_stands_with_what_closes_it_and_what_could_be_done_instead(set_up):
    folder = set_up("accounts/quilt-external-id")
    safe, wide = run(folder, "fix"), run(folder, "fix", "--widen")
    assert (safe.code, wide.code) == (1, 0)
    assert safe.words.startswith("✗ No safe edit closes any of 2 gaps with --widen 2 of 2 gaps would be closed")
    why = "what closes it lets more through than the tools need; --widen takes it"
    assert f"= {why} = fix 1: have the server send an external id" in safe.words
    widened = "any principal of account 111122223333 whose own policies allow it could then sts:AssumeRole on"
    for ran in (safe, wide):
        assert widened in ran.words
        assert "instruction: a change outside the policies" in ran.words
    nothing = run(folder, "fix", "--write")
    assert (nothing.code, nothing.err) == (1, "2 gaps stay: `iamsim fix` alone says why\n")
    assert wide.words.startswith(
        "! 1 edit closes 2 of 2 gaps, and lets more through than the tools need proven, widens"
    )
    assert "= by fix 2: ask for a source identity" in wide.words
    assert '+ "sts:SourceIdentity": "*"' in wide.words
    assert "--- roles/quilt-tenant/trust.json" in wide.out
    assert wide.words.endswith("exit code 0: once it is made: Nothing stands in the way; 4 hazards to know of")


def test_the_numbers_of_fixes_are_those_of_the_report(set_up):
    folder = set_up("accounts/quilt-external-id")
    report = run(folder, "check", "--format", "json").report
    numbers = {remedy["id"]: remedy["title"] for remedy in report["remedies"]}
    shown = run(folder, "check").words
    for id_, title in numbers.items():
        assert f"fix {id_[1:]}: {title}" in shown
    ran = run(folder, "fix", "--remedy", "2")
    assert ran.code == 0
    assert ran.out == run(folder, "fix", "--remedy", "r2").out
    told = run(folder, "fix", "--remedy", "1")
    assert told.code == 1
    assert "✗ No edit closes any of 2 gaps" in told.words
    assert "what closes it was not named = fix 1: have the server send an external id" in told.words


def test_one_named_fix_leaves_the_gaps_of_the_others(set_up):
    folder = set_up("accounts/quilt-task-role")
    ran = run(folder, "fix", "--remedy", "1")
    assert ran.code == 1
    assert "2 edits close 1 of 27 gaps, and allow nothing else" in ran.words
    assert "what closes it was not named = fix 2: give quilt-mcp-task-role the 21 actions" in ran.words
    assert ran.out.count("\n+++ ") == 2
    both = run(folder, "fix", "--remedy", "1", "--remedy", "3")
    assert "3 edits close 6 of 27 gaps" in both.words


def test_gaps_that_are_accepted_are_left_as_they_are(set_up, tmp_path):
    folder = set_up("accounts/quilt-task-role")
    found = run(folder, "check", "--format", "json").report["findings"]
    keys = [finding["key"] for finding in found if finding["kind"] == "gap"]
    assert len(keys) == 27
    text = "".join(f'[[waivers]]\nid = "{key}"\nreason = "not for us"\nexpires = 2999-01-01\n' for key in keys[1:])
    waivers = tmp_path / "waivers.toml"
    waivers.write_text(text, encoding="utf-8")
    ran = run(folder, "fix", "--waivers", waivers)
    assert (ran.code, ran.err) == (0, "")
    assert "2 edits close 1 of 1 gap" in ran.words
    assert "─── Accepted, and left as they are (26) ───" in ran.words
    assert "= waived until 2999-01-01: not for us" in ran.words
    assert "s3:GetObject" not in "".join(line for line in ran.out.splitlines() if line.startswith(("+", "-")))
    # The report says how many there are, and that these are left.
    line = (
        "4 edits that close 27 of 27 gaps and allow nothing else (iamsim fix, which leaves accepted gaps as they are)"
    )
    assert line in run(folder, "check", "--waivers", waivers).words
    written = run(folder, "fix", "--write", "--waivers", waivers)
    assert written.code == 0
    assert written.words == "checked again: Nothing new stands in the way; 26 accepted"


def test_a_check_without_a_gap_has_nothing_to_fix(set_up):
    folder = set_up("rules/missing-permission/clean")
    ran = run(folder, "fix")
    assert (ran.code, ran.err) == (0, "")
    assert ran.words.startswith("✓ There is no gap to close exit code 0: Nothing stands in the way")
    assert run(folder, "fix", "--diff").out == "nothing to write\n"


def test_what_is_unknown_stays_unknown(set_up):
    ran = run(set_up("rules/need-unknown/flagged"), "fix")
    assert ran.code == 4
    assert ran.words.startswith("✓ There is no gap to close exit code 4: ")


def test_policies_that_were_not_seen_and_keep_a_fix_from_being_sure_are_named(set_up):
    folder = set_up()
    (folder / "account/account.toml").write_text('id = "111122223333"\nseen = ["boundary"]\n', encoding="utf-8")
    ran = run(folder, "fix")
    assert ran.code == 1
    types = "scp,rcp,vpc-endpoint"
    words = f"with --assume-none {types}, where none of them is attached, 3 of 3 gaps would be closed"
    assert ran.words.startswith(f"✗ No edit closes any of 3 gaps {words} ─── Left (3) ───")
    assert "= no edit of a policy is sure to close it = fix 1: have " in ran.words
    stated = run(folder, "fix", "--assume-none", types)
    assert stated.code == 0
    assert "--assume-none" not in stated.out
    # What does not stand in the way of a fix is not asked for.
    (folder / "account/account.toml").write_text(
        'id = "111122223333"\nseen = ["scp", "rcp", "boundary", "resource"]\n', encoding="utf-8"
    )
    assert "with --assume-none vpc-endpoint, where none is attached, 3 of 3 gaps" in run(folder, "fix").words


def test_every_form_is_written_and_several_at_once(set_up):
    folder = set_up("accounts/quilt-session-tags")
    titles = {name: fix.form(name).title for name in fix.names()}
    for name, title in titles.items():
        out = run(folder, "fix", "--form", name.replace("_", "-")).out
        assert [other for other in titles.values() if f"─── {other}, 1 of 2: " in out] == [title]
    both = run(folder, "fix", "--form", "cli", "--form", "json_patch", "--form", "cli").out
    assert re.findall(r"(?m)^─── (.*), (\d of \d): ", both) == [
        ("AWS CLI", "1 of 4"),
        ("AWS CLI", "2 of 4"),
        ("JSON patch", "3 of 4"),
        ("JSON patch", "4 of 4"),
    ]


def test_out_writes_each_block_into_a_file_and_says_what_it_replaces(set_up, tmp_path):
    folder = set_up("accounts/quilt-session-tags")
    made = tmp_path / "made"
    command = ("fix", "--out", made, "--form", "cli", "--form", "json-patch")
    first = run(folder, *command)
    names = sorted(files(made))
    assert names == [
        "01-cli-change-the-trust-policy-of-role-quilt-tenant.sh",
        "02-cli-change-inline-policy-assume-tenants-of-role-quilt-mcp-task-role.sh",
        "03-json-patch-patch-the-trust-policy-of-role-quilt-tenant.json",
        "04-json-patch-patch-the-inline-policy-of-role-quilt-mcp-task-role.json",
    ]
    assert first.code == 0
    assert first.err == "".join(f"wrote {made}/{name}\n" for name in names)
    assert "AWS CLI" not in first.out
    texts = files(made)
    lines = texts[names[0]].split("\n")
    assert lines[0] == "# change the trust policy of role quilt-tenant"
    words = shlex.split(texts[names[0]], comments=True)
    assert words[:5] == ["aws", "iam", "get-role", "--role-name", "quilt-tenant"]
    assert {operation["op"] for operation in json.loads(texts[names[2]])} <= {"test", "replace", "add"}
    second = run(folder, *command)
    assert second.err == first.err.replace("wrote", "replaced")
    assert (second.out, files(made)) == (first.out, texts)
    fewer = run(folder, "fix", "--out", made, "--form", "cli")
    assert fewer.err.splitlines()[-1] == (
        f"iamsim: warning: {made}/{names[2]} and 1 more stays from an earlier run; take it out"
    )


def test_what_a_form_has_no_words_for_is_a_file_of_json():
    (made,) = blocks((corpus.made("access point"),), ("cloudformation",))
    assert made.block.title.endswith("by hand")
    assert (made.form, made.extension) == ("cloudformation", ".json")


def test_hostile_names_reach_neither_the_terminal_nor_the_names_of_files(set_up):
    folder = set_up("remedies/assume-statements/both-sides")
    path = folder / "account/roles/tenant/trust.json"
    hostile = "\u202e$(touch x)`../..\u009b31m"
    policy = json.loads(path.read_text())
    policy["Statement"][0]["Sid"] = hostile
    path.write_text(json.dumps(policy, ensure_ascii=False), encoding="utf-8")
    for arguments in (("--diff",), *(("--form", form) for form in fix.names()), ("--out", "made")):
        ran = run(folder, "fix", *arguments)
        assert ran.code == 0
        for text in (ran.out, ran.err, *(files(folder / "made") if (folder / "made").exists() else ())):
            assert "\u202e" not in text
            assert "\u009b" not in text
    assert all(re.fullmatch(r"[0-9]+-[a-z0-9-]+\.[a-z]+", path.name) for path in (folder / "made").iterdir())


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--form", "terafrom"), "`terafrom` is no form of a fix; did you mean `terraform`?"),
        (("--form", "x" * 99), f"`{'x' * 60}` is no form of a fix; use one of: cli, cloudformation, diff, json-patch"),
        (("--remedy", "9"), "there is no fix 9; the fixes are 1; iamsim check describes each"),
        (("--remedy", "two"), "`two` is no number of a fix; write --remedy 2 for fix 2"),
        (("--remedy", "1", "--widen"), "--remedy names the fixes, and --widen chooses them; give one of them"),
        (("--write", "--form", "cli"), "--form is for fixes that are shown, and --write edits files; give one of them"),
        (("--diff", "--out", "x"), "--out is for fixes that are shown, and --write edits files; give one of them"),
        (
            ("--out", "account/fixes"),
            "`account/fixes` is inside a folder of --policies, whose files are read as policies;",
        ),
        (("--out", " "), "--out is given without a value; write one, or leave the option out"),
        (("--widn",), "no option `--widn`; did you mean `--widen`?; see `iamsim fix --help`"),
    ],
)
def test_a_wrong_option_is_one_line_with_the_way_out(arguments, error, set_up):
    folder = set_up()
    before = files(folder)
    ran = run(folder, "fix", *arguments)
    assert ran.code == 2
    assert ran.error.startswith(error)
    assert changed(before, files(folder)) == set()


def test_a_folder_that_cannot_be_written_is_a_failure(set_up):
    folder = set_up()
    (folder / "taken").write_text("a file", encoding="utf-8")
    ran = run(folder, "fix", "--out", "taken")
    assert ran.code == 5
    assert "cannot be written" in ran.err
