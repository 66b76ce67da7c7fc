"""AWS's codes: which lint finds what IAM Access Analyzer's policy checks find, and which codes none has."""

from __future__ import annotations

from pathlib import Path

from iamsim.lints import lints

CODES = [
    line.split()[-1]
    for line in (Path(__file__).parent / "aws_codes.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
NOT_FOUND = {
    "SCP_SYNTAX_ERROR_ACTION_WILDCARD": "since September 2025 SCPs take a wildcard anywhere in an action",
    "EMPTY_SID_VALUE": "an empty Sid is taken, may come again, and changes nothing",
}
"""With the reason why it is not looked for."""


def test_every_code_is_found_but_those_that_are_not_worth_it():
    found = {code for lint in lints().values() for code in lint.codes}
    assert len(CODES) == len(set(CODES)) == 153
    assert set(CODES) - found == set(NOT_FOUND)
    assert found <= set(CODES)
