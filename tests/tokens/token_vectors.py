"""Token vectors read: the token that each describes, and what the program makes of it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iamsim.model.origin import Origin
from iamsim.model.server import AssumeTemplate, TokenProfile
from iamsim.tokens import claims as call_of
from iamsim.tokens import jwt
from iamsim.tokens.claims import Built
from iamsim.tokens.keys import Keys
from iamsim.tokens.weaknesses.key import of_signature
from iamsim.tokens.weaknesses.role import outlived
from iamsim.tokens.weaknesses.told import of_token, reasons
from iamsim.tokens.weaknesses.weakness import Weakness
from tests.tokens import made

FOLDER = Path(__file__).parents[2] / "fixtures" / "vectors" / "tokens"
SCHEMA = FOLDER.parent / "tokens.schema.json"
ELSEWHERE = FOLDER.parent / "not-a-token.json"
NOW = 1_700_000_000


@dataclass(frozen=True)
class Case:
    """One token of a vector."""

    id: str
    given: Mapping[str, Any]

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Answer:
    """What a verifier says: why it refuses, what is weak all the same, and the call that a server would make."""

    reasons: tuple[tuple[str, str], ...]
    weaknesses: tuple[Weakness, ...]
    built: Built | None


def files() -> tuple[Path, ...]:
    return tuple(sorted(FOLDER.glob("*.toml")))


def vectors() -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads(path.read_text(encoding="utf-8")) for path in files())


def elsewhere() -> list[dict[str, Any]]:
    """The rules that no token can show."""
    found: list[dict[str, Any]] = json.loads(ELSEWHERE.read_text(encoding="utf-8"))
    return found


def cases() -> tuple[Case, ...]:
    return tuple(Case(f"{one['rule']}: {given['name']}", given) for one in vectors() for given in one["tokens"])


def answer(given: Mapping[str, Any]) -> Answer:
    """What the program says of one case; `InputError` where the text is no token, or the key none."""
    verifier, text = given["verifier"], token(given["token"])
    at = datetime.fromtimestamp(verifier.get("at", NOW), UTC)
    keys = _keys(verifier)
    profile = TokenProfile(
        algorithms=tuple(verifier.get("algorithms", ())),
        required_claims=tuple(verifier.get("required_claims", ("exp",))),
        issuer="ISSUER",
        audience="AUDIENCE",
        verifies=verifier.get("verifies", True),
    )
    settings = {"ISSUER": verifier.get("issuer", ""), "AUDIENCE": verifier.get("audience", "")}
    found = jwt.read(text, origin=Origin("vector"), keys=keys, profile=profile, settings=settings, at=at)
    template = _template(given.get("server"))
    of_key = tuple(of_signature(text, found.header["alg"], keys))
    weak = [*of_token(found.header, found.claims, at=at, profile=profile, template=template, of_key=of_key)]
    built = call_of.call(found.claims, template, settings={}, at=at, role_arn=None) if template is not None else None
    if built is not None and built.call is not None:
        weak += outlived(found.claims, built.call.duration, at)
    return Answer(reasons(found, weak), tuple(weak), built)


def token(given: Mapping[str, Any]) -> str:
    """The text of the token that a vector describes."""
    header = {"alg": "HS256", **given.get("header", {})}
    if "header_jwk" in given:
        header["jwk"] = made.jwk(given["header_jwk"])
    claims = given.get("claims", {"sub": "alice", "exp": NOW + 3600})
    payload = json.dumps({name: _value(value) for name, value in claims.items()}).encode()
    payload = given["claims_text"].encode() if "claims_text" in given else payload
    payload = bytes.fromhex(given["claims_hex"]) if "claims_hex" in given else payload
    opening = given["header_text"].encode() if "header_text" in given else json.dumps(header).encode()
    key = given.get("signed_with", "secret")
    signer = made.pem(key["text_of"]) if isinstance(key, dict) else key
    kind = given.get("signature", "")
    text = made.signed(opening, payload, str(header["alg"]), signer, der=kind == "der")
    if kind in ("empty", "zero"):
        text = f"{text.rpartition('.')[0]}.{made.base64url(bytes(64)) if kind == 'zero' else ''}"
    return _then(text, given.get("then", {}))


def _then(text: str, change: Mapping[str, Any]) -> str:
    segments = text.split(".")
    if "append_to" in change:
        segments[change["append_to"] - 1] += change["text"]
    if "loosen" in change:
        last = segments[change["loosen"] - 1]
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        # A signature of 32 bytes leaves two bits of its last character unused.
        segments[change["loosen"] - 1] = last[:-1] + letters[letters.index(last[-1]) + 1]
    if "drop" in change:
        del segments[change["drop"] - 1]
    return ".".join([*segments, *change.get("add", ())])


def _value(given: Any) -> Any:
    if isinstance(given, dict) and set(given) == {"repeat", "times"}:
        return given["repeat"] * given["times"]
    if isinstance(given, dict) and set(given) == {"nested"}:
        deep: list[Any] = []
        for _ in range(given["nested"]):
            deep = [deep]
        return deep
    return given


def _keys(verifier: Mapping[str, Any]) -> Keys:
    if "jwks" in verifier:
        found = [made.jwk(one["key"], **{name: one[name] for name in one if name != "key"}) for one in verifier["jwks"]]
        return jwt.key_file(json.dumps({"keys": found}).encode())
    if "secret_text_of" in verifier:
        return jwt.secret(made.pem(verifier["secret_text_of"]))
    name = verifier["key"]
    return jwt.secret(made.SECRETS[name]) if name in made.SECRETS else jwt.key_file(made.pem(name))


def _template(given: Mapping[str, Any] | None) -> AssumeTemplate | None:
    if given is None:
        return None
    return AssumeTemplate(
        tuple(given["role_claims"]),
        tuple(given["subject_claims"]),
        given["session_name"],
        session_name_replace=given.get("replace", ""),
        source_identity=given.get("source_identity"),
    )
