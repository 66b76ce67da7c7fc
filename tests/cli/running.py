"""The command line, run in this process: what it prints and what it exits with."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from iamsim.cli import main

ROOT = Path(__file__).parents[2]
ACCOUNTS = ROOT / "fixtures" / "accounts"
ROLE = "arn:aws:iam::111122223333:role/quilt-tenant"
TASK = "arn:aws:iam::111122223333:role/quilt-mcp-task-role"


@dataclass(frozen=True, slots=True)
class Ran:
    """One run; `words` is standard output with every run of white space as one space, so that line breaks do not count."""

    code: Any
    out: str
    err: str

    @property
    def words(self) -> str:
        return " ".join(self.out.split())

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def error(self) -> str:
        """The one line on standard error, after its prefix; nothing on standard output."""
        assert self.out == ""
        assert self.err.startswith("iamsim: ")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err.removeprefix("iamsim: ").rstrip("\n")


def run(folder: Path, *arguments: str | Path, stdin: bytes = b"") -> Ran:
    """`iamsim` with these arguments, in this folder."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.StringIO()
    code: Any = None
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main([str(argument) for argument in arguments])
            except SystemExit as error:
                code = error.code
    finally:
        sys.stdin = before
    written = out.buffer
    assert isinstance(written, io.BytesIO)
    return Ran(code, written.getvalue().decode(), err.getvalue())


@cache
def checked(account: str, form: str = "terminal") -> Ran:
    """The check of one of the accounts in fixtures/, as it lies there."""
    return run(ACCOUNTS / account, "check", "--format", form, "--at", "2026-01-30T12:00:00Z")


def copied(account: str, folder: Path, *, settings: str | None = None, without: tuple[str, ...] = ()) -> Path:
    """A copy of an account, with other settings or without the lines of its settings that begin with one of `without`."""
    made = folder / account
    shutil.copytree(ACCOUNTS / account, made)
    lines = (made / "iamsim.toml").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith(without)) if without else "".join(lines)
    (made / "iamsim.toml").write_text(kept if settings is None else settings, encoding="utf-8")
    return made
