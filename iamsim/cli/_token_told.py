"""What is told of a token, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from iamsim import redact
from iamsim.cli import _secrets
from iamsim.model.finding import Severity
from iamsim.model.principal import HOLE
from iamsim.model.server import WEB_IDENTITY, Call, Server, TokenProfile
from iamsim.model.token import Token
from iamsim.sts import web_tokens
from iamsim.tokens import claims as claim_rules
from iamsim.tokens import jwt
from iamsim.tokens.keys import Keys
from iamsim.tokens.weaknesses.key import of_signature
from iamsim.tokens.weaknesses.role import outlived
from iamsim.tokens.weaknesses.told import of_token, reasons
from iamsim.tokens.weaknesses.weakness import Weakness

Found = dict[str, Any]


def inspected(token: Token, text: str, servers: Iterable[tuple[Server, Mapping[str, str]]], at: datetime) -> Found:
    """What a token that nobody verified says, and what each server with its settings makes of it."""
    of_key = tuple(of_signature(text, token.header["alg"], None))
    read = [(server, _server(token, server, settings, at)) for server, settings in servers]
    weak = list(of_token(token.header, token.claims, at=at, of_key=of_key))
    for server, (_, longest) in read:
        weak += of_token(token.header, token.claims, at=at, profile=server.token, template=server.assume, of_key=of_key)
        weak += outlived(token.claims, longest, at)
    found: Found = _hidden(
        {
            "verified": None,
            **_said(token, at),
            "servers": [told for _, (told, _) in read],
            "weaknesses": _told(weak),
        }
    )
    return found


def verified(  # noqa: PLR0913, PLR0917 - what was verified, with what, against what
    token: Token,
    text: str,
    keys: Keys,
    source: str,
    profile: TokenProfile,
    settings: Mapping[str, str],
    server: Server | None,
    at: datetime,
) -> Found:
    """Whether a token holds, and every reason why not; the first of them is where a verifier stops."""
    of_key = tuple(of_signature(text, token.header["alg"], keys))
    template = server.assume if server is not None else None
    # Of a server that verifies nothing: it is held against sterner demands than its own, and told for what it does.
    own = server.token if server is not None and server.token is not None else profile
    weak = list(of_token(token.header, token.claims, at=at, profile=own, template=template, of_key=of_key))
    why_not = reasons(token, weak)
    open_ = [name for name in ("issuer", "audience") if not settings.get(getattr(profile, name))]
    found: Found = _hidden(
        {
            "verified": not why_not,
            "signature": token.verified,
            "key": source,
            "reasons": [{"code": code, "message": sentence} for code, sentence in why_not],
            "not_checked": open_,
            **_said(token, at),
            "weaknesses": _told(weak),
        }
    )
    return found


# ---------------------------------------------------------------- helpers


def _said(token: Token, at: datetime) -> Found:
    return {
        "token": str(token.origin),
        "at": _moment(at.timestamp()),
        "header": {name: redact.value(name, value) for name, value in token.header.items()},
        "claims": {name: redact.value(name, value) for name, value in token.claims.items()},
        "times": {
            name: f"{_moment(moment)}, {_in_words(moment - at.timestamp())}"
            for name in ("auth_time", "exp", "iat", "nbf", "updated_at")
            if (moment := jwt.seconds(token.claims.get(name))) is not None
        },
    }


def _server(token: Token, server: Server, settings: Mapping[str, str], at: datetime) -> tuple[Found, int]:
    """What one server makes of the token, and for how many seconds its session lasts (0: it asks for none)."""
    profile, template = server.token, server.assume
    name = f"{server.name}@{server.version}"
    passes = template is not None and template.passes_token
    checks = _checks(profile, settings, passes=passes)
    if template is None:
        goes = f"to {server.broker.name}, which hands out the credentials" if server.broker is not None else "nowhere"
        told: Found = {"server": name, "checks": checks, "reads": [], "ignores": list(token.claims)}
        return told | {"sent": None, "goes": f"no AssumeRole call is made; the token goes {goes}"}, 0
    built = claim_rules.call(token.claims, template, settings=settings, at=at, role_arn=None)
    reads = [
        {"for": what, "claims": list(names), "taken": next((one for one in names if one in built.read), None)}
        for what, names in claim_rules.readings(template)
    ]
    told = {"server": name, "checks": checks, "reads": reads, "ignores": list(built.ignored)}
    told["problems"] = [message.text for message in built.problems]
    told["notes"] = list(built.notes)
    told["sent"] = None if built.call is None else _passed(built.call, token) if passes else _sent(built.call)
    return told, built.call.duration if built.call is not None else 0


def _checks(profile: TokenProfile | None, settings: Mapping[str, str], *, passes: bool) -> list[str]:
    """What the server looks at before it takes the token, in words; `passes`: STS verifies it then."""
    if profile is None:
        return ["what the server checks is not told"]
    if not profile.verifies:
        return ["nothing itself: STS verifies the token" if passes else "nothing: the server takes any token"]
    found = [f"signed with {' or '.join(profile.algorithms)}" if profile.algorithms else "signed"]
    found += [f"has {name}" for name in profile.required_claims]
    for claim, parameter in (("iss", profile.issuer), ("aud", profile.audience)):
        value = settings.get(parameter, "")
        found.append(f"{claim} is {redact.setting(parameter, value)}" if value else f"{claim} is not checked")
    return found


def _sent(call: Call) -> Found:
    """The call under STS's own names, what is not sent left out, and the command that repeats it."""
    parameters: Found = {
        "RoleArn": call.role_arn,
        "RoleSessionName": call.session_name,
        "SourceIdentity": call.source_identity,
        "Tags": [{"Key": key, "Value": redact.value(key, value)} for key, value in (call.tags or {}).items()],
        "TransitiveTagKeys": list(call.transitive_tag_keys),
        "ExternalId": call.external_id,
        "DurationSeconds": call.duration,
    }
    return {
        "operation": "sts:AssumeRole",
        "parameters": {name: value for name, value in parameters.items() if value not in (None, [])},
        "command": claim_rules.command(call, region=None),
    }


def _passed(call: Call, token: Token) -> Found:
    """As `_sent`, for a server that hands the token itself to STS; `brought` is what STS reads from it for the session."""
    brought = _sent(web_tokens.sent(call, token.claims))["parameters"]
    own = {"RoleArn": call.role_arn, "RoleSessionName": call.session_name, "DurationSeconds": call.duration}
    return {
        "operation": f"sts:{WEB_IDENTITY}",
        "parameters": {**own, "WebIdentityToken": "the token itself"},
        "brought": {name: value for name, value in brought.items() if name not in own},
        "command": claim_rules.web_identity_command(call, region=None),
    }


def _told(weak: Iterable[Weakness]) -> list[Found]:
    """Each weakness once, the worst first."""
    ranked = sorted(dict.fromkeys(weak), key=lambda one: list(Severity).index(one.severity))
    return [asdict(one) for one in ranked]


def _hidden(found: Any) -> Any:  # noqa: ANN401 - the parts of an answer have many types
    """The same, with whatever must not be said taken out of every text in it."""
    if isinstance(found, str):
        return _secrets.hidden(found.replace(HOLE, "<subject>"))
    if isinstance(found, Mapping):
        return {_hidden(name): _hidden(value) for name, value in found.items()}
    if isinstance(found, Sequence):
        return [_hidden(value) for value in found]
    return found


def _moment(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _in_words(left: float) -> str:
    """How far away a moment is."""
    size = abs(left)
    for unit, length in _UNITS:
        if size >= length:
            number = int(size // length)
            words = f"{number:,} {unit}{'' if number == 1 else 's'}"
            return f"in {words}" if left > 0 else f"{words} ago"
    return "now"


_UNITS = (("year", 31_557_600), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
