"""`iamsim diff`: what is compared with what, what a reader is told, and what a pipeline is."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.cli.running import ACCOUNTS, TASK, copied, run

FIXED, BROKEN = ACCOUNTS / "quilt-fixed", ACCOUNTS / "quilt-task-role"
AT = ("--at", "2026-01-30T12:00:00Z")
SEEN = 'seen = ["scp", "rcp", "boundary", "resource", "vpc-endpoint"]\norganization = "none"\n'
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
WRITE = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::data/*"}
ADMIN = {"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def written(folder, *statements, name="app", seen=SEEN):
    """A folder of one account whose role has these statements."""
    home = folder / "roles" / name
    home.mkdir(parents=True, exist_ok=True)
    (folder / "account.toml").write_text(f'id = "111122223333"\n{seen}')
    (home / "trust.json").write_text(document(TRUST))
    if statements:
        (home / "inline").mkdir(exist_ok=True)
        (home / "inline" / "own.json").write_text(document(*statements))
    return folder


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_two_folders_are_compared_without_a_server(tmp_path):
    ran = run(tmp_path, "diff", written(tmp_path / "a", READ), written(tmp_path / "b", READ, WRITE))
    assert ran.code == 0
    assert ran.out.startswith(
        "1 principal gains\n\nwhat principals may do\n  role app (arn:aws:iam::111122223333:role/app)\n"
    )
    assert "+ gains on arn:aws:s3:::data/* Write: s3:PutObject" in ran.words
    assert "asked: 1 of the loaded roles and users" in ran.words
    assert f"before: policies {tmp_path}/a: account 111122223333: 1 role" in ran.words
    assert f"after: policies {tmp_path}/b: account 111122223333: 1 role" in ran.words
    assert ran.out.endswith("\nnothing got worse (exit code 0)\n")
    assert "needs of the server" not in ran.out


def test_what_lies_over_is_compared_with_what_it_lies_over(tmp_path):
    base, change = written(tmp_path / "base", READ), written(tmp_path / "change", READ, WRITE)
    written(tmp_path / "base", name="idle")
    ran = run(tmp_path, "diff", base, "--over", change)
    # The role that the change does not mention stays.
    assert "idle" not in ran.out
    assert ran.words.startswith("1 principal gains what principals may do role app")


def test_the_policies_of_the_settings_are_what_a_change_lies_over(tmp_path):
    written(tmp_path / "base", READ)
    written(tmp_path / "change", READ, WRITE)
    (tmp_path / "iamsim.toml").write_text('policies = ["base"]\n')
    assert run(tmp_path, "diff", "--over", "change").words.startswith(
        "1 principal gains what principals may do role app"
    )
    # Two that are named are compared as they are.
    assert run(tmp_path, "diff", "base", "base").out.startswith("no difference\n")


def test_policies_beside_lie_under_both(tmp_path):
    written(tmp_path / "base", READ, name="idle")
    written(tmp_path / "a", READ)
    written(tmp_path / "b", READ, WRITE)
    ran = run(tmp_path, "diff", "a", "b", "--policies", "base", "--format", "json")
    assert [each["who"] for each in ran.report["principals"]] == ["role app"]
    assert [each["location"] for each in ran.report["before"]][:1] == ["base"]
    assert "asked: 2 of" in run(tmp_path, "diff", "a", "b", "--policies", "base").words


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((), "what is to be compared is not told; write `iamsim diff BEFORE AFTER`, or `iamsim diff BEFORE --over CHANGE`"),
        (("a",), "what `a` is compared with is not told; write `iamsim diff BEFORE AFTER`, or `iamsim diff BEFORE --over CHANGE`"),
        (
            ("--over", "a"),
            "what the change is laid over is not told; write `iamsim diff BEFORE AFTER`, or `iamsim diff BEFORE --over CHANGE`",
        ),
        (("a", "a", "--fail-on-gain", "wrote"), "`wrote` is no access level; did you mean `write`?"),
        (("a", "a", "--format", "html"), "`html` is no format of diff; choose json, markdown, text"),
        (("a", "a", "--format", "json="), "`json=` names no file; write --format json=FILE"),
        (
            ("a", "a", "--format", "json", "--format", "text"),
            "two formats want standard output; give all but one a file: --format markdown=comment.md",
        ),
        (
            ("a", "a", "--format", "json=x", "--format", "text=x"),
            "two formats want the file `x`; give each a file of its own",
        ),
        (("a", "a", "--principal", "arn:aws:iam::111122223333:role/x"), "`arn:aws:iam::111122223333:role/x` is loaded on neither side; loaded: arn:aws:iam::111122223333:role/app"),
        (("a", "a", "--parameter", "Env=prod"), "no template has a parameter `Env`; no template is among the policies"),
        (("a", "nowhere"), "`nowhere` does not exist; give a file or a folder of policies, or `aws` for the live account"),
    ],
)  # fmt: skip
def test_a_command_that_asks_for_nothing_is_told_how_to(tmp_path, arguments, error):
    written(tmp_path / "a", READ)
    ran = run(tmp_path, "diff", *arguments)
    assert ran.code == 2
    assert ran.error == error


def test_a_repaired_set_up_passes_and_the_way_back_fails(tmp_path):
    del tmp_path
    repaired = run(BROKEN, "diff", ".", FIXED, *AT)
    assert repaired.code == 0
    assert repaired.out.startswith(
        "166 needs better, 2 principals gain, 1 principal loses, 1 way to assume a role changed\n"
    )
    spoilt = run(BROKEN, "diff", FIXED, ".", *AT)
    assert spoilt.code == 1
    first = spoilt.out.split("needs of the server\n")[1].splitlines()
    assert first[:4] == [
        "  - worse: sts:SetSourceIdentity on arn:aws:iam::111122223333:role/quilt-tenant   allowed -> denied",
        "      for the server's AssumeRole call",
        "      = the resource's own policy has to allow it: no resource-based policy and no identity-based policy allows it",
        f"      --> before: Allow in identity policy assume-tenants, AssumeTenantRoles ({FIXED}/roles/quilt-mcp-task-role/inline/assume-tenants.json:4:5)",
    ]


def test_needs_that_fare_alike_are_told_with_all_their_tools():
    spoilt = run(BROKEN, "diff", FIXED, ".", *AT)
    assert (
        "- worse: s3:ListBucket on arn:aws:s3:::quilt-ernest-staging allowed -> denied for bucket_objects_list, bucket_object_info, bucket_object_text, bucket_object_fetch = no identity-based policy allows it"
        in spoilt.words
    )


def test_the_server_s_own_role_may_be_gone_after(tmp_path):
    home = copied("quilt-fixed", tmp_path)
    shutil.copytree(home, tmp_path / "after")
    shutil.rmtree(tmp_path / "after" / "roles" / "quilt-mcp-task-role")
    ran = run(home, "diff", ".", "../after", *AT)
    assert ran.code == 1
    assert ran.out.split(",")[0].endswith(" needs gone")
    assert f"= `{TASK}` is not there" in ran.words
    assert f"- role quilt-mcp-task-role ({TASK}) (is gone, with all that it could do)" in ran.words
    # And the other way about it comes into being.
    back = run(home, "diff", "../after", ".", *AT)
    assert back.code == 0
    assert back.out.split(",")[0].endswith(" needs appeared")


def test_a_role_that_no_side_has_is_refused_as_check_does(tmp_path):
    home = copied("quilt-fixed", tmp_path)
    ran = run(home, "diff", ".", ".", "--server-principal", "arn:aws:iam::111122223333:role/nobody", *AT)
    assert ran.code == 2
    assert ran.error.startswith("role `arn:aws:iam::111122223333:role/nobody` is not among the policies of account")


def test_a_boundary_that_is_not_told_leaves_needs_newly_unknown(tmp_path):
    home = copied("quilt-fixed", tmp_path)
    shutil.copytree(home, tmp_path / "after")
    (tmp_path / "after" / "roles" / "quilt-tenant" / "role.toml").write_text(
        'boundary = "arn:aws:iam::111122223333:policy/limit"\n'
    )
    ran = run(home, "diff", ".", "../after", *AT)
    assert ran.code == 4
    assert " needs newly unknown" in ran.out.split("\n")[0]
    assert "? newly unknown: s3:ListBucket on arn:aws:s3:::quilt-ernest-staging allowed -> unknown" in ran.words
    assert ran.out.endswith("\nsomething is unknown (exit code 4)\n")
    back = run(home, "diff", "../after", ".", *AT)
    assert back.code == 0
    assert "+ no longer unknown: s3:ListBucket on arn:aws:s3:::quilt-ernest-staging unknown -> allowed" in back.words


@pytest.mark.parametrize(
    ("added", "seen", "levels", "code"),
    [
        (WRITE, SEEN, "write", 1),
        (WRITE, SEEN, "permissions", 0),
        (WRITE, SEEN, "permissions,write", 1),
        (ADMIN, SEEN, "permissions", 1),
        (ADMIN, SEEN, "any", 1),
        (READ, SEEN, "any", 0),
        (WRITE, "", "write", 4),
        (WRITE | {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, SEEN, "write", 4),
    ],
    ids=("write", "not-permissions", "one-of-two", "permissions", "any", "nothing", "not-seen", "on-a-condition"),
)
def test_a_gain_fails_a_pipeline_that_asks_for_it(tmp_path, added, seen, levels, code):
    before, after = written(tmp_path / "a", READ, seen=seen), written(tmp_path / "b", READ, added, seen=seen)
    ran = run(tmp_path, "diff", before, after, "--fail-on-gain", levels)
    assert ran.code == code
    assert ran.out.endswith(
        {
            0: "\nnothing got worse (exit code 0)\n",
            1: "\na principal gains what it must not (exit code 1)\n",
            4: "\nwhether a principal gains what it must not is unknown (exit code 4)\n",
        }[code]
    )
    assert run(tmp_path, "diff", before, after).code == 0
    # What goes is no gain.
    assert run(tmp_path, "diff", after, before, "--fail-on-gain", levels).code == 0


def test_who_may_newly_assume_a_role_is_a_gain_of_write(tmp_path):
    before, after = written(tmp_path / "a", READ), written(tmp_path / "b", READ)
    (after / "roles" / "app" / "trust.json").write_text(
        document(TRUST, {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"})
    )
    assert run(tmp_path, "diff", before, after, "--fail-on-gain", "write").code == 1
    assert run(tmp_path, "diff", before, after, "--fail-on-gain", "permissions").code == 0


def test_several_formats_at_once(tmp_path):
    before, after = written(tmp_path / "a", READ), written(tmp_path / "b", READ, WRITE)
    ran = run(
        tmp_path, "diff", before, after, "--format", "text", "--format", "json=out/d.json", "--format", "markdown=c.md"
    )
    assert ran.err == "wrote out/d.json\nwrote c.md\n"
    assert ran.out.startswith("1 principal gains\n")
    saved = json.loads((tmp_path / "out" / "d.json").read_text())
    assert saved["principals"][0]["rows"][0]["levels"][0]["actions"] == ["s3:PutObject"]
    assert (tmp_path / "c.md").read_text().startswith("**iamsim diff: nothing got worse** (1 principal gains)\n")


def test_a_secret_in_a_condition_is_not_repeated(tmp_path):
    secret = "AKIAIOSFODNN7EXAMPLE"
    guarded = {**WRITE, "Condition": {"StringEquals": {"aws:UserAgent": secret}}}
    before, after = written(tmp_path / "a", READ), written(tmp_path / "b", READ, guarded)
    for form in ("text", "json", "markdown"):
        ran = run(tmp_path, "diff", before, after, "--format", form)
        assert secret not in ran.out
        assert "redacted" in ran.out.replace("&#", "")


ONE = ACCOUNTS.parent / "sources" / "one-account"


@pytest.mark.parametrize("change", ["terraform/plan.json", "snapshot/snapshot.json"])
def test_the_same_account_in_another_format_laid_over_it_is_no_difference(change):
    ran = run(ONE, "diff", "folder", "--over", change)
    assert ran.out.startswith("no difference\n")
    assert ran.code == 0


def test_a_template_takes_its_parameters_and_the_side_without_one_none():
    template = ("diff", "folder", "--over", "cloudformation/template.yaml", "--region", "us-east-1")
    ran = run(ONE, *template, "--parameter", "AWS::AccountId=111122223333")
    assert ran.code == 0
    assert "after: policies cloudformation/template.yaml: CloudFormation, account 111122223333" in ran.words
    assert run(ONE, *template, "--parameter", "AWS::AccountId=111122223333", "--parameter", "Projekt=x").error == (
        "no template has a parameter `Projekt`; did you mean `Project`?"
    )
    # The one account below it is where the template is deployed to.
    assert run(ONE, *template).code == 0
    alone = ("diff", "cloudformation/template.yaml", "snapshot/snapshot.json", "--region", "us-east-1")
    assert run(ONE, *alone).error.startswith(
        "cloudformation/template.yaml: the account that the template is deployed to"
    )
