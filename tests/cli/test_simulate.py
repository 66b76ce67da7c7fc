"""`iamsim simulate --batch`: lines from a file or standard input, answers on standard output, and the exit code."""

from __future__ import annotations

import json

from tests.cli.running import run

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
    assert run(tmp_path, "simulate").error == "missing option `--batch`; see `iamsim simulate --help`"
