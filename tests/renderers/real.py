"""Reports of the accounts in fixtures/, made by the check itself."""

from __future__ import annotations

import contextlib
from functools import cache
from pathlib import Path

from click.testing import CliRunner

from iamsim.cli import command
from iamsim.model.finding import Finding, Kind
from iamsim.model.report import Report
from iamsim.renderers.json import read

FOLDER = Path(__file__).parents[2] / "fixtures" / "accounts"
ACCOUNTS = tuple(sorted(path.name for path in FOLDER.iterdir() if (path / "iamsim.toml").is_file()))
QUILT = tuple(name for name in ACCOUNTS if name.startswith("quilt-"))


@cache
def saved(account: str) -> str:
    """What `iamsim check --format json` prints for the account."""
    with contextlib.chdir(FOLDER / account):
        ran = CliRunner().invoke(command, ["check", "--at", "2026-01-30T12:00:00Z", "--format", "json"])
    assert ran.exit_code in (0, 1), ran.output
    return ran.stdout


@cache
def real(account: str) -> Report:
    """The report of the account."""
    return read(saved(account), document=account)


def gaps(report: Report) -> tuple[Finding, ...]:
    """Its gaps."""
    return tuple(finding for finding in report.findings if finding.kind is Kind.GAP)
