"""What the process ends with, each code out of a real situation."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from iamsim import __version__, gate
from iamsim.cli import _asked, _gated
from tests.cli.running import ACCOUNTS, ROLE, ROOT, TASK, copied, run

CHECK = ("check", "--role-arn", ROLE, "--tools", "quilt-mcp@2026-01", "--server-principal", TASK)


def unanswered() -> str:
    """The URL of a port of this machine that refuses connections: it was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_0_when_nothing_stands_in_the_way(fixed):
    ran = run(fixed, "check")
    assert ran.code == 0
    assert ran.err == ""
    assert ran.out.startswith("✓ Nothing stands in the way")


def test_1_when_there_are_gaps():
    ran = run(ACCOUNTS / "quilt-task-role", "check")
    assert ran.code == 1
    assert ran.err == ""
    assert "gaps" in ran.out.splitlines()[0]


def test_2_when_an_input_is_wrong(fixed):
    assert run(fixed, "check", "--policies", "nowhere").code == 2


def test_3_when_there_is_nothing_to_check(fixed, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    ran = run(fixed, "check", "--policies", empty)
    assert ran.code == 3
    assert "holds no role, user, resource or organization policy" in ran.error


def test_3_when_the_server_has_no_tools(fixed):
    (fixed.parent / "none.toml").write_text('schema = 1\n[server]\nname = "none"\nversion = "1"\n', encoding="utf-8")
    (fixed / "iamsim.toml").write_text(f'policies = ["."]\nserver_principal = "{TASK}"\n', encoding="utf-8")
    ran = run(fixed, "check", "--role-arn", ROLE, "--tools", "../none.toml")
    assert ran.code == 3
    assert "`none@1` has no tools" in ran.error


def test_4_when_something_is_unknown_and_nothing_is_a_gap(fixed):
    (fixed / "account.toml").write_text('id = "111122223333"\nseen = ["scp"]\n', encoding="utf-8")
    assert run(fixed, "check").code == 4


def test_5_when_aws_does_not_answer(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    url = unanswered()
    ran = run(tmp_path, *CHECK, "--region", "us-east-1", "--endpoint-url", url)
    assert ran.code == 5
    assert f"AWS does not answer at `{url.removeprefix('http://')}`" in ran.error
    assert "--endpoint-url" in ran.error


def test_5_when_there_are_no_credentials_to_read_the_live_account_with(tmp_path):
    ran = run(tmp_path, *CHECK, "--region", "us-east-1")
    assert ran.code == 5
    assert "there are no AWS credentials to read the account with" in ran.error


def test_5_when_a_report_cannot_be_written(fixed):
    (fixed / "taken").write_text("", encoding="utf-8")
    ran = run(fixed, "check", "--format", "json=taken/report.json")
    assert ran.code == 5
    assert "`taken/report.json` cannot be written" in ran.error


@pytest.mark.parametrize("target", [".", "roles", "/"])
def test_5_when_a_folder_stands_where_the_report_is_to_go(fixed, target):
    before = sorted(fixed.rglob("*"))
    ran = run(fixed, "check", "--format", f"json={target}")
    assert ran.code == 5
    assert f"`{target}` cannot be written: is a directory" in ran.error
    assert sorted(fixed.rglob("*")) == before


@pytest.fixture
def bug(monkeypatch):
    def failing(_: object) -> None:
        raise ZeroDivisionError("the planted bug")

    monkeypatch.setattr(_gated, "check", failing)


@pytest.mark.usefixtures("bug")
def test_5_and_one_line_when_the_tool_itself_fails(fixed):
    ran = run(fixed, "check")
    assert ran.code == 5
    assert ran.error == (
        "iamsim failed, which is a bug of its own: ZeroDivisionError: the planted bug; "
        "run `iamsim --debug …` for its traceback"
    )


@pytest.mark.usefixtures("bug")
def test_5_with_the_traceback_when_it_is_asked_for(fixed):
    ran = run(fixed, "--debug", "check")
    assert ran.code == 5
    assert ran.out == ""
    assert ran.err.startswith("Traceback (most recent call last):\n")
    assert "in failing" in ran.err
    assert ran.err.splitlines()[-1].startswith("iamsim: iamsim failed, which is a bug of its own: ZeroDivisionError")


COMMAND = (sys.executable, "-c", "from iamsim.cli import main; main()", "check")
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PATH": ""}


def test_5_and_silence_when_the_reader_of_the_output_has_gone(fixed):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*COMMAND, "--format", "json"], cwd=fixed, env=ENVIRONMENT, **pipes) as ran:
        ran.stdout.close()
        said = ran.stderr.read()
    assert (ran.returncode, said) == (5, b"")


def test_5_when_standard_output_is_full(fixed):
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(COMMAND, cwd=fixed, env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE, check=False)
    assert ran.returncode == 5
    assert ran.stderr == b"iamsim: standard output cannot be written: no space left on device; name a file: --format json=FILE\n"  # fmt: skip


def test_130_when_it_is_interrupted(fixed, monkeypatch):
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_gated, "check", interrupted)
    ran = run(fixed, "check")
    assert ran.code == 130
    assert ran.err.strip().splitlines()[-1] == "iamsim: interrupted"
    assert ran.out == ""


# ---------------------------------------------------------------- precedence: 2, 5, 3, 1, 4, 0


@pytest.mark.parametrize(
    "wrong",
    [
        ("--context", "nonsense"),
        ("--assume-none", "scps"),
        ("--at", "yesterday"),
        ("--format", "pdf"),
        ("--server-principal", "nobody"),
        ("--role-arn", "admin"),
        ("--set", "bukket=x"),
    ],
)
def test_a_wrong_command_outranks_an_aws_that_does_not_answer(tmp_path, wrong):
    ran = run(tmp_path, *CHECK, "--region", "us-east-1", "--endpoint-url", unanswered(), *wrong)
    assert ran.code == 2, ran.err


@pytest.mark.parametrize("missing", ["--role-arn", "--tools", "--server-principal"])
def test_a_missing_option_outranks_an_aws_that_does_not_answer(tmp_path, missing):
    place = CHECK.index(missing)
    ran = run(tmp_path, *CHECK[:place], *CHECK[place + 2 :], "--endpoint-url", unanswered())
    assert ran.code == 2, ran.err


def test_an_aws_that_does_not_answer_outranks_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    ran = run(tmp_path, *CHECK, "--policies", "aws", "--policies", ".", "--endpoint-url", unanswered())
    assert ran.code == 5


def test_gaps_outrank_unknowns(tmp_path):
    folder = copied("quilt-task-role", tmp_path)
    (folder / "account.toml").write_text('id = "111122223333"\n', encoding="utf-8")
    ran = run(folder, "check", "--format", "json")
    assert {"gap", "unknown"} <= {found["kind"] for found in ran.report["findings"]}
    assert ran.code == 1


def test_the_help_of_check_documents_every_code():
    ran = run(ROOT, "check", "--help")
    assert ran.code == 0
    for code, words in (
        (gate.PASSED, "nothing stands in the way"),
        (gate.GAPS, "gaps"),
        (gate.WRONG_INPUT, "wrong command or input"),
        (gate.NOTHING_TO_CHECK, "nothing to check"),
        (gate.UNKNOWN, "unknown and no gap"),
        (gate.FAILED, "AWS or the tool failed"),
        (gate.INTERRUPTED, "interrupted"),
    ):
        assert f"{code} {words}" in ran.words


def test_explain_exits_with_0_whatever_the_answer(fixed):
    for role, decision in ((TASK, "implicitDeny"), (ROLE, "allowed")):
        key = "arn:aws:s3:::quilt-ernest-staging/raw/cells.csv"
        action = "iam:CreateUser" if decision == "implicitDeny" else "s3:GetObject"
        ran = run(
            fixed, "explain", "--principal", role, "--action", action, "--resource", "*" if "iam" in action else key
        )
        assert (ran.code, ran.out.split()[0]) == (0, decision)


def test_explain_exits_with_0_when_the_answer_is_that_nobody_can_tell(fixed):
    (fixed / "account.toml").write_text('id = "111122223333"\n', encoding="utf-8")
    ran = run(fixed, "explain", "--principal", ROLE, "--action", "s3:GetObject", "--resource", "arn:aws:s3:::quilt-ernest-staging/raw/cells.csv")  # fmt: skip
    assert (ran.code, ran.out.split()[0]) == (0, "unknown")


def test_explain_fails_when_the_tool_itself_does(fixed, monkeypatch):
    def failing(*_: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(_asked, "organization", failing)
    assert run(fixed, "explain", "--principal", ROLE, "--action", "s3:GetObject").code == 5


# ---------------------------------------------------------------- version and help


def test_the_version_is_told():
    ran = run(ROOT, "--version")
    assert (ran.code, ran.out, ran.err) == (0, f"iamsim, version {__version__}\n", "")


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("check", "--help"), ("explain", "-h"), ("report", "-h")])
def test_help_is_a_result(arguments):
    ran = run(ROOT, *arguments)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Usage: iamsim")


def test_the_help_lists_the_commands():
    words = run(ROOT, "--help").words
    for name in sorted(path.stem for path in (Path(ROOT) / "iamsim" / "cli").glob("[a-z]*.py")):
        assert f" {name} " in words
