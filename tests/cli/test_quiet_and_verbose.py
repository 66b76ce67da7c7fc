"""`--quiet` and `--verbose` of `check` and `lint`: more or less said, the same decided."""

from __future__ import annotations

import io
import re
import sys

import pytest

from iamsim.cli import main
from tests.cli.running import copied, run
from tests.cli.test_lint import PASSES, write

AT = ("--at", "2026-01-30T12:00:00Z")
LINT = ("lint", "policies", "--select", "passes-any-role")


@pytest.fixture
def denied(tmp_path):
    return copied("quilt-session-tags", tmp_path)


@pytest.fixture
def passing(tmp_path):
    write(str(tmp_path / "policies/one.json"), PASSES)
    return tmp_path


@pytest.mark.parametrize("flag", ["-q", "--quiet"])
def test_quiet_prints_the_verdict_and_nothing_else(denied, flag):
    ran = run(denied, "check", *AT, flag)
    assert (ran.code, ran.out, ran.err) == (1, "✗ The server cannot assume the role; 1 gap\n", "")
    assert run(denied, "check", *AT, flag, "--format", "junit=../check.xml").err == ""


def test_quiet_leaves_the_other_formats_and_files_whole(denied):
    loud = run(denied, "check", *AT, "--format", "markdown", "--format", "terminal=../loud.txt")
    still = run(denied, "check", *AT, "--quiet", "--format", "markdown", "--format", "terminal=../still.txt")
    assert (still.code, still.out) == (loud.code, loud.out)
    assert (denied.parent / "still.txt").read_text() == (denied.parent / "loud.txt").read_text()


def test_quiet_hides_no_error_no_warning_and_no_expired_waiver(denied):
    assert "no server is named" in run(denied.parent, "check", "-q").error
    (denied.parent / "w.toml").write_text(
        '[[waivers]]\nid = "x"\nreason = "why"\n[[waivers]]\nid = "y"\nreason = "why"\nexpires = 2020-01-31\n',
        encoding="utf-8",
    )
    ran = run(denied, "check", *AT, "-q", "--waivers", "../w.toml")
    assert "never expires" in ran.err
    assert "1 expired waiver" in ran.out
    ran = run(denied.parent, "lint", denied.name, "-q", "--waivers", "w.toml")
    assert ran.code == 1
    assert "the waiver of `y` expired on 2020-01-31" in ran.out


def test_quiet_lint_prints_what_the_findings_come_to(passing):
    ran = run(passing, *LINT, "-q")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out == "1 policy: 1 finding (1 high); iamsim rules show ID explains a rule\n"


@pytest.mark.parametrize("flag", ["-v", "--verbose"])
def test_verbose_says_what_is_read_and_how_long_it_takes_and_changes_no_result(denied, flag):
    plain, ran = run(denied, "check", *AT), run(denied, "check", *AT, flag)
    assert (ran.code, ran.out, plain.err) == (plain.code, plain.out, "")
    lines = ran.err.splitlines()
    assert all(re.fullmatch(r" *\d+\.\d\d s  \S.*", line) for line in lines), lines
    said = "\n".join(line.partition(" s  ")[2] for line in lines)
    for words in ("reading .\n", "policies: . (account 111122223333", "settings: iamsim.toml", "writing terminal took"):
        assert words in said
    assert re.search(r"^judging \d+ tools took \d+\.\d\d s$", said, re.MULTILINE)
    times = [float(line.split(" s ")[0]) for line in lines]
    assert times == sorted(times)


def test_verbose_lint_says_it_too(passing):
    ran = run(passing, *LINT, "-v")
    assert ran.out == run(passing, *LINT).out
    assert re.search(r"s  judging passes|s  judging .*one", ran.err)
    assert re.search(r"s  reading took \d", ran.err)


def test_the_two_do_not_go_together(denied):
    for command in (("check",), ("lint", ".")):
        assert run(denied, *command, "-q", "-v").error == "--quiet and --verbose are given; leave one of them out"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("terminal", "flags", "said"), [(True, (), True), (False, (), False), (True, ("-q",), False)])
def test_progress_is_for_a_terminal_and_not_for_who_wants_silence(denied, monkeypatch, terminal, flags, said):
    err = Terminal() if terminal else io.StringIO()
    monkeypatch.chdir(denied)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    with pytest.raises(SystemExit):
        main(["check", *AT, *flags])
    assert err.getvalue() == ("reading .\n" if said else "")


def test_verbose_shows_no_secret(denied, monkeypatch):
    secret = "a-secret-of-these-tests-long-enough"
    monkeypatch.setenv("IAMSIM_SECRET", secret)
    (denied.parent / secret).mkdir()
    ran = run(denied, "check", *AT, "-v", "--policies", ".", "--policies", f"../{secret}")
    assert secret not in ran.err
