"""Whole set-ups from fixtures/: checked as the command line checks them, and opened for what a report does not hold."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import jwt  # noqa: TID253 - the tests sign tokens
import pytest
from click.testing import CliRunner

from iamsim import check, judging
from iamsim.check import Inputs
from iamsim.cli import command
from iamsim.cli._inputs import inputs
from iamsim.cli._values import options
from iamsim.model.report import Report
from iamsim.probes import Case
from iamsim.renderers import json as saved
from tests.tokens import made

FIXTURES = Path(__file__).parents[1] / "fixtures"
SECRET = "a secret of the tests, and of nothing else"


@dataclass(frozen=True)
class Judged:
    """A report, and the case behind it."""

    report: Report
    case: Case


def setups(*kinds: str) -> tuple[Path, ...]:
    """The folders below fixtures/KIND that hold a set-up."""
    return tuple(sorted(path.parent for kind in kinds for path in (FIXTURES / kind).rglob("iamsim.toml")))


def named(folder: Path) -> str:
    return str(folder.relative_to(FIXTURES))


def expected(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))


def enter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Works in the folder; a `claims.json` becomes a signed token, as none is kept; an `unverified.json` one without its key.

    A `token.json` has `header` and `claims`, and `secret` where it is not that of the tests.
    """
    monkeypatch.chdir(folder)
    if (folder / "token.json").is_file():
        given = json.loads((folder / "token.json").read_text(encoding="utf-8"))
        secret = given.get("secret", SECRET)
        header = {"alg": "HS256", "typ": "JWT", **given["header"]}
        monkeypatch.setenv("IAMSIM_TOKEN", made.token(header, given["claims"], secret.encode()))
        monkeypatch.setenv("IAMSIM_SECRET", secret)
    for name, verified in (("claims.json", True), ("unverified.json", False)):
        claims = folder / name
        if claims.is_file():
            token = jwt.encode(json.loads(claims.read_text(encoding="utf-8")), SECRET, algorithm="HS256")
            monkeypatch.setenv("IAMSIM_TOKEN", token)
            if verified:
                monkeypatch.setenv("IAMSIM_SECRET", SECRET)
            else:
                monkeypatch.delenv("IAMSIM_SECRET", raising=False)


def reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, Report]:
    """The exit code and the report of `iamsim check` in the folder."""
    enter(folder, monkeypatch)
    result = CliRunner().invoke(command, ["check", "--format", "json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, saved.read(result.stdout, document=named(folder))


def read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Inputs:
    """The inputs of the set-up in the folder."""
    enter(folder, monkeypatch)
    return inputs(options({}), lambda _: None)


def judged(given: Inputs) -> Judged:
    """A check, with the case that its report was made from."""
    with mock.patch.object(judging, "findings", wraps=judging.findings) as findings:
        report = check.check(given)
    return Judged(report, findings.call_args.args[0])


def all_judged(monkeypatch: pytest.MonkeyPatch, *kinds: str) -> Iterator[tuple[Path, Judged]]:
    for folder in setups(*kinds):
        with monkeypatch.context() as patch:
            yield folder, judged(read(folder, patch))
