"""`iamsim explain`: one request, every statement's verdict."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.running import ACCOUNTS, ROLE, ROOT, TASK, run

KEY = "arn:aws:s3:::quilt-ernest-staging/raw/cells.csv"


def test_every_statement_says_what_it_had_to_say():
    ran = run(
        ACCOUNTS / "quilt-external-id",
        "explain",
        "--principal",
        TASK,
        "--action",
        "sts:AssumeRole",
        "--resource",
        ROLE,
        "--absent",
        "sts:ExternalId",
    )
    assert (ran.code, ran.err) == (0, "")
    first, second, *_ = ran.out.splitlines()
    assert first == f"implicitDeny   sts:AssumeRole on {ROLE}"
    assert second == f"   asked by {TASK}"
    assert "Allow does not apply: resource policy trust policy of quilt-tenant" in ran.words
    assert "--> roles/quilt-tenant/trust.json:4:5" in ran.words
    assert "no Condition" in ran.words
    assert "sts:ExternalId" in ran.words


def test_an_external_id_that_is_stated_changes_the_answer():
    arguments = ("explain", "--principal", TASK, "--action", "sts:AssumeRole", "--resource", ROLE)
    ran = run(ACCOUNTS / "quilt-external-id", *arguments, "--context", "sts:ExternalId=mcp-jwt-testing")
    assert ran.out.split()[0] == "allowed"
    ran = run(ACCOUNTS / "quilt-external-id", *arguments, "--absent", "sts:ExternalId")
    assert ran.out.split()[0] == "implicitDeny"


def test_a_denial_comes_with_the_words_that_aws_is_expected_to_use():
    arguments = ("--principal", ROLE, "--action", "s3:DeleteObject", "--resource", KEY)
    ran = run(ACCOUNTS / "quilt-fixed", "explain", *arguments)
    assert ran.out.split()[0] == "implicitDeny"
    assert "AWS would answer (inferred): User: arn:aws:sts::111122223333:assumed-role/quilt-tenant/" in ran.words
    assert "not authorized to perform: s3:DeleteObject" in ran.words


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_it_can_be_read_wherever_it_is_shown(encoding):
    code = "from iamsim.cli import main; main()"
    arguments = ("explain", "--principal", ROLE, "--action", "s3:GetObject", "--resource", KEY + "\u2603")
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ACCOUNTS / "quilt-fixed",
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.decode(encoding).startswith("allowed   s3:GetObject on arn:aws:s3:::quilt-ernest-staging/")
    assert "\ue000" not in ran.stdout.decode(encoding)
