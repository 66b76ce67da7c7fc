"""`iamsim simulate`: one request with what is expected of it; lines from a file or standard input, answers on standard output, and the exit code."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest

from tests.cli.running import ACCOUNTS, ROOT, run

OPEN = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::notes/*"}]}


def line(name: str, action: str = "s3:GetObject") -> str:
    asked = {"id": name, "principal": "arn:aws:iam::111122223333:user/analyst", "action": action}
    return json.dumps({**asked, "resource": "arn:aws:s3:::notes/a", "policies": {"identity": [OPEN]}})


def test_a_file_and_standard_input_are_answered_alike_and_a_denial_is_no_failure(tmp_path):
    text = "\n".join((line("é"), "", line("b", "sqs:SendMessage"))) + "\n"
    (tmp_path / "lines.jsonl").write_text(text, encoding="utf-8")
    ran = run(tmp_path, "simulate", "--batch", "lines.jsonl")
    assert (ran.code, ran.err) == (0, "")
    assert [(a["id"], a["decision"]) for a in map(json.loads, ran.out.splitlines())] == [
        ("é", "allowed"),
        ("b", "implicitDeny"),
    ]
    assert run(tmp_path, "simulate", "--batch", "-", stdin=text.encode()) == ran


def test_with_explain_every_statement_is_told(tmp_path):
    ran = run(tmp_path, "simulate", "--batch", "-", "--explain", stdin=line("a").encode())
    (statement,) = json.loads(ran.out)["statements"]
    assert (statement["policy"], statement["index"], statement["matched"]) == ("identity[0]", 0, True)
    assert {element["element"] for element in statement["elements"]} >= {"Action", "Resource"}


def test_a_bad_line_ends_in_2_after_all_lines_are_done(tmp_path):
    ran = run(tmp_path, "simulate", "--batch", "-", stdin=b"nonsense\n" + line("b").encode())
    first, second = map(json.loads, ran.out.splitlines())
    assert (ran.code, first["id"], first["error"]["line"], second["decision"]) == (2, None, 1, "allowed")


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    ran = run(tmp_path, "simulate", "--batch", "nowhere.jsonl")
    assert ran.code == 2
    assert ran.error == (
        "`nowhere.jsonl` cannot be read: no such file or directory; give a file of JSON Lines, or - for standard input"
    )


TENANT = "arn:aws:iam::111122223333:role/quilt-tenant"
QUILT = ACCOUNTS / "quilt-task-role"


def ask(resource: str, *arguments: str):
    asked = ("--principal", TENANT, "--action", "s3:GetObject", "--resource", resource)
    return run(QUILT, "simulate", *asked, "--assume-none", "scp,rcp,vpc-endpoint", *arguments)


@pytest.mark.parametrize(
    ("resource", "decision", "codes"),
    [
        ("arn:aws:s3:::test-bucket-1/a", "allowed", (0, 1)),
        ("arn:aws:s3:::somebody-elses/a", "implicitDeny", (1, 0)),
    ],
)
def test_one_request_is_answered_in_short_and_its_exit_code_is_as_expected(resource, decision, codes):
    ran = ask(resource)
    assert ran.out.startswith(f"{decision}   s3:GetObject on {resource}\n")
    assert "Allow" not in ran.out
    assert ran.code == 0
    assert tuple(ask(resource, "--expect", answer).code for answer in ("allowed", "denied")) == codes


def test_what_is_not_known_is_neither_and_says_what_it_depends_on(tmp_path):
    asked = ("--principal", TENANT, "--action", "s3:GetObject", "--resource", "arn:aws:s3:::test-bucket-1/a")
    folder = tmp_path / "account"
    shutil.copytree(QUILT, folder)
    seen = folder / "account.toml"
    seen.write_text(re.sub(r"(?m)^seen.*$", 'seen = ["resource"]', seen.read_text("utf-8")), "utf-8")
    ran = run(folder, "simulate", *asked, "--expect", "allowed")
    assert (ran.code, ran.out.split()[0]) == (4, "unknown")
    assert "not seen: " in ran.out


def test_with_explain_one_request_is_told_statement_by_statement():
    resource = "arn:aws:s3:::somebody-elses/a"
    explained = ("--principal", TENANT, "--action", "s3:GetObject", "--resource", resource)
    told = run(QUILT, "explain", *explained, "--assume-none", "scp,rcp,vpc-endpoint")
    assert ask(resource, "--explain") == told


def test_lines_and_one_request_do_not_go_together(tmp_path):
    assert run(tmp_path, "simulate", "--batch", "-", "--expect", "allowed").error == (
        "`--expect` does not go with --batch: each line says what it is judged by; leave out one of them"
    )
    assert run(tmp_path, "simulate", "--action", "s3:GetObject").error == (
        "missing option `--principal`; or give --batch FILE; see `iamsim simulate --help`"
    )


def test_a_key_is_not_stated_and_absent_at_once():
    ran = ask("arn:aws:s3:::test-bucket-1/a", "--context", "aws:SourceIp=203.0.113.7", "--absent", "aws:sourceip")
    assert ran.error == "`aws:sourceip` is stated and absent; leave out one of them"


def test_a_producer_that_waits_for_its_answer_gets_it():
    command = [sys.executable, "-c", "from iamsim.cli import main; main()", "simulate", "--batch", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as asked:
        for name in ("first", "second"):
            asked.stdin.write(line(name).encode() + b"\n")
            asked.stdin.flush()
            assert json.loads(asked.stdout.readline())["id"] == name
        asked.stdin.close()
        assert asked.wait() == 0
