"""A need on the condition of a claim: what a check makes of it, with a token, with stated claims and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsim.cli import main

MANIFEST = """schema = 1
[server]
name = "tenants"
version = "1"
[server.assume]
role_claims = ["role_arn"]
subject_claims = ["sub"]
session_name = "t-{subject}"
[[tool]]
name = "read"
assumes = true
credentials = ["role"]
[[tool.needs]]
action = "s3:DeleteObject"
resource = "arn:aws:s3:::nobody-may/x"
necessity = "conditional"
when = "token.tier == 'gold'"
"""
ACCOUNT = Path(__file__).parents[2] / "fixtures" / "accounts" / "quilt-fixed"


@pytest.mark.parametrize(
    ("claims", "answer"),
    [
        (["tier=gold"], (1, "s3:DeleteObject on arn:aws:s3:::nobody-may/x is denied")),
        (["tier=silver"], (0, "1 allowed")),
        ([], (4, "the token's claim tier (--claim tier=…)")),
    ],
    ids=["the claim asks for it", "another claim does not", "nobody tells the claim"],
)
def test_a_claim_decides_whether_a_permission_is_needed(tmp_path, capsys, monkeypatch, claims, answer):
    monkeypatch.delenv("IAMSIM_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tenants.toml").write_text(MANIFEST)
    stated = [word for claim in ("sub=alice", *claims) for word in ("--claim", claim)]
    principal = "arn:aws:iam::111122223333:role/quilt-mcp-task-role"
    role = "arn:aws:iam::111122223333:role/quilt-tenant"
    arguments = [
        "check",
        "--tools",
        "tenants.toml",
        "--policies",
        str(ACCOUNT),
        "--server-principal",
        principal,
        "--role-arn",
        role,
    ]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--region", "us-east-1", "--assume-none", "scp,rcp", *stated])
    shown = " ".join(capsys.readouterr().out.split())
    code, said = answer
    assert ended.value.code == code, shown
    assert said in shown
