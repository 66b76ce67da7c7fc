"""The page's table of known weaknesses: each number has its rule, and the rule finds it in a set-up that has nothing else wrong."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from iamsim.rules import rules
from tests import setups

PAGE = (Path(__file__).parents[2] / "docs" / "tokens.md").read_text(encoding="utf-8")
ROWS = {row[0]: row for row in re.findall(r"^\| (J\d\d) \| ([^|]+) \| ([^|]*) \| ([^|]*)\|$", PAGE, re.MULTILINE)}
WORKING = setups.FIXTURES / "rules" / "token-brings-key" / "clean"
ROLE = "arn:aws:iam::111122223333:role/tenant"
CLAIMS = {
    "iss": "https://idp.example.com", "aud": "notes", "sub": "alice", "role_arn": ROLE, "iat": 1769860740,
    "exp": 1769864400,
}  # fmt: skip
SERVER, SETTINGS = "server.toml", "iamsim.toml"
HS, AUDIENCE = 'algorithms = ["HS256"]', 'algorithms = ["HS256"]\naudience = "AUD"\nissuer = "ISS"'
CHECKS = ((SERVER, HS, AUDIENCE), (SERVER, "[parameters]", '[parameters]\nAUD = "a"\nISS = "i"'))


def given(aud: str = "notes", iss: str = "https://idp.example.com"):
    return (*CHECKS, (SETTINGS, "[set]", f'[set]\nAUD = "{aud}"\nISS = "{iss}"'))


CASES = {
    "J01": [("token-unsigned", {"alg": "none"}, {}, ())],
    "J02": [("token-algorithm-confusion", {}, {}, ((SERVER, HS, 'algorithms = ["HS256", "RS256"]'),))],
    "J03": [("token-mintable", {}, {}, ((SERVER, HS, "verifies = false"),))],
    "J04": [("token-secret-weak", {}, {"secret": "secret"}, ())],
    "J05": [("token-never-expires", {}, {"exp": None}, ())],
    "J06": [("token-expires-late", {}, {"exp": 1869864400}, ())],
    "J07": [("token-refused", {}, {"nbf": 1769864000}, ()), ("token-refused", {}, {"iat": 1769864000}, ())],
    "J08": [
        ("token-for-anybody", {}, {"aud": None}, ()),
        ("token-for-anybody", {}, {"aud": ["notes", "letters"]}, ()),
        ("token-refused", {}, {}, given(aud="letters")),
        ("token-audience-unchecked", {}, {}, ()),
    ],
    "J09": [
        ("token-for-anybody", {}, {"iss": None}, ()),
        ("token-refused", {}, {}, given(iss="https://idp.example.org")),
        ("token-refused", {}, {"iss": "https://idp.example.co"}, given()),
    ],
    "J10": [("token-critical-header", {"crit": ["exp"]}, {}, ())],
    "J11": [("token-key-id-unsafe", {"kid": "../../dev/null"}, {}, ())],
    "J12": [("token-brings-key", {name: "https://keys.example.net"}, {}, ()) for name in ("jku", "x5u", "x5c")],
    "J13": [("token-of-another-kind", {}, {"nonce": "n"}, ())],
    "J14": [
        ("token-mintable", {}, {}, ()),
        ("any-role-by-token", {}, {}, (("account/roles/notes-server/inline/assume.json", ROLE, "*"),)),
    ],
    "J15": [
        ("token-role-elsewhere", {}, {"role_arn": "arn:aws:iam::444455556666:role/tenant"}, ()),
        ("token-role-elsewhere", {}, {"role_arn": "arn:aws-cn:iam::111122223333:role/tenant"}, ()),
        ("token-names-another-role", {}, {"role_arn": "arn:aws:iam::111122223333:role/notes-server"}, ()),
    ],
    "J16": [
        ("call-not-built", {}, {"role_arn": [ROLE]}, ((SETTINGS, f'role_arn = "{ROLE}"\n', ""),)),
        ("call-invalid", {}, {"role_arn": "arn:aws:sts::111122223333:assumed-role/tenant/x"}, ()),
    ],
    "J17": [("token-without-id", {"typ": "at+jwt"}, {}, ())],
    "J18": [("token-in-url", {}, {"link": "https://a.example/?access_token=x"}, ())],
    "J19": [("token-audience-unchecked", {}, {}, ())],
    "J20": [
        ("token-issuer-in-clear", {}, {"iss": "http://idp.example.com"}, ()),
        ("token-refused", {}, {"signed": "another secret of the tests, and no other"}, ()),
    ],
    "J21": [
        ("call-not-built", {}, {"sub": ""}, ()),
        ("call-invalid", {}, {"sub": "a/b c"}, ((SERVER, 'session_name = "notes"', 'session_name = "{subject}"'),)),
    ],
    "J22": [
        (
            "assume-denied",
            {},
            {"session_tags": {"team": "red"}},
            ((SERVER, 'session_name = "notes"', 'session_name = "notes"\ntag_claims = ["session_tags"]'),),
        )
    ],
    "J23": [
        ("token-algorithm-unusual", {}, {}, ((SERVER, HS, 'algorithms = ["HS256", "ES256K"]'),)),
        ("token-unsigned", {"alg": "nOnE"}, {}, ()),
    ],
    "J24": [("token-nested", {"cty": "JWT"}, {}, ()), ("token-nested", {"zip": "DEF"}, {}, ())],
    "J25": [("token-outlived", {}, {"exp": 1769861700}, ())],
}


def found(folder, monkeypatch, header, claims, changes) -> set[str]:
    """The rules that find something in the set-up that works, changed."""
    shutil.copytree(WORKING, folder, dirs_exist_ok=True)
    (folder / "claims.json").unlink()
    claims = dict(claims)
    token = {"header": header}
    if "secret" in claims:
        token["secret"] = claims.pop("secret")
    signed = claims.pop("signed", None)
    merged = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    (folder / "token.json").write_text(json.dumps({**token, "claims": merged}), encoding="utf-8")
    for name, old, new in changes:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old} is in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")
    with monkeypatch.context() as patch:
        setups.enter(folder, patch)
        if signed is not None:
            patch.setenv("IAMSIM_SECRET", signed)
        given_ = setups.inputs(setups.options({}), lambda _: None)
    return {finding.rule for finding in setups.judged(given_).report.findings}


@pytest.mark.parametrize(
    ("number", "at"), [(number, at) for number, cases in CASES.items() for at in range(len(cases))]
)
def test_the_rule_finds_it(number, at, tmp_path, monkeypatch):
    rule, header, claims, changes = CASES[number][at]
    assert rule in found(tmp_path, monkeypatch, header, claims, changes)


def test_each_number_has_a_row_and_every_rule_of_it_a_case():
    assert list(ROWS) == [f"J{number:02}" for number in range(1, 26)] == list(CASES)
    for number, (_, _, cell, _) in ROWS.items():
        named = set(re.findall(r"`([a-z0-9-]+)`", cell))
        assert named <= set(rules())
        assert named == {case[0] for case in CASES[number]}


def test_a_set_up_that_works_has_none_but_the_secret_that_verifier_and_issuer_share(tmp_path, monkeypatch):
    mine = {case[0] for cases in CASES.values() for case in cases}
    assert found(tmp_path, monkeypatch, {}, {}, given()) & mine == {"token-mintable"}
