"""From options and settings to the inputs of a check."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iamsim import config, overlay, redact, sources
from iamsim.check import Inputs
from iamsim.config import Config
from iamsim.errors import InputError
from iamsim.model.account import Organization
from iamsim.model.arn import Arn, is_role
from iamsim.model.origin import Origin
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE, RESERVED, Principal, PrincipalKind, principal
from iamsim.model.report import Input
from iamsim.model.server import TokenProfile
from iamsim.model.token import Token
from iamsim.tokens import jwt
from iamsim.tools import bindings
from iamsim.tools.manifest import Manifest, named, shipped

_MAX_BYTES = 1_000_000
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*:[^\s=]{1,200}")
_PLACES = {"vpc-endpoint": PolicyType.VPC_ENDPOINT}


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a command as they were given; whatever is empty is left to the settings file."""

    given: Mapping[str, Any]
    settings: Config

    def __call__(self, name: str) -> Any:  # noqa: ANN401 - each option has its own type
        """The option, else the setting of the same name."""
        value = self.given.get(name)
        return value if value not in (None, ()) else getattr(self.settings, name, None)


def options(given: Mapping[str, Any]) -> Options:
    """The options over the settings that hold in the working directory."""
    return Options(given, config.find(Path()))


def inputs(chosen: Options, progress: Callable[[str], None]) -> Inputs:
    """
    Everything a check needs, read. `progress` hears one line per step.

    Raises `InputError` for whatever is missing or wrong, with the choices there are.
    """
    role = role_arn(chosen("role_arn"))
    manifest = _manifest(chosen("tools"))
    mode = chosen("mode") or ""
    deployed = manifest.deployed(mode)
    settings = _settings(chosen, manifest)
    at = moment(chosen("at"))
    stated = _claims(chosen)
    profile = manifest.server.token
    token = _token(chosen, profile, settings, at)
    caller_text = chosen("server_principal")
    named_role = role or _claimed_role(manifest, token, stated)
    loaded = organization(chosen, _needed(chosen, deployed, settings, caller_text, named_role), named_role, progress)
    caller = _caller(caller_text, loaded.organization)
    read = [*loaded.inputs, Input("tools", str(chosen("tools")), f"{len(deployed.tools)} tools")]
    if chosen.settings.path:
        read.append(Input("settings", chosen.settings.path))
    return Inputs(
        loaded.organization,
        deployed.server,
        deployed.tools,
        caller,
        at,
        mode=mode or (manifest.server.modes[0] if manifest.server.modes else ""),
        role_arn=role,
        token=token,
        claims=stated,
        settings=settings,
        context=keys(chosen, "context"),
        assumed=keys(chosen, "assume"),
        none_of=none_of(chosen),
        region=chosen("region"),
        inputs=tuple(read),
    )


# ---------------------------------------------------------------- single options


def role_arn(text: str | None) -> str | None:
    """The role's ARN; a token in its place is named as what it is, and not repeated."""
    if text is None:
        return None
    if jwt.is_token(text):
        raise InputError(
            "--role-arn was given a token, not the ARN of a role",
            hint="put the token into a file and give it with --token-file",
        )
    if not is_role(text):
        shown = redact.line(text)[:200]
        raise InputError(
            f"`{shown}` is not the ARN of a role", hint="a role ARN reads arn:aws:iam::111122223333:role/name"
        )
    return text


def moment(value: str | datetime | None) -> datetime:
    """The moment judged; now when none is given."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if value is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise InputError(f"`{redact.line(value)[:60]}` is no moment", hint="write --at 2026-01-31T12:00:00Z") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def keys(chosen: Options, name: str) -> dict[str, tuple[str, ...]]:
    """Condition keys with values, lower case; options add to the settings and win over them key by key."""
    found = {key.lower(): values for key, values in (getattr(chosen.settings, name, None) or {}).items()}
    given: dict[str, tuple[str, ...]] = {}
    for text in chosen.given.get(name) or ():
        key, equals, value = text.partition("=")
        if not equals or not _KEY.fullmatch(key) or _unreadable(value):
            raise InputError(
                f"`{redact.line(text)[:120]}` states no condition key", hint=f"write --{name} aws:SourceIp=203.0.113.7"
            )
        given[key.lower()] = (*given.get(key.lower(), ()), value)
    return {**found, **given}


def none_of(chosen: Options) -> frozenset[PolicyType]:
    """The policy types stated to be unattached."""
    words = [word.strip() for text in chosen("assume_none") or () for word in text.split(",") if word.strip()]
    for word in words:
        if word not in config.POLICY_TYPES:
            raise InputError(
                f"`{redact.line(word)[:60]}` is no policy type", hint=f"choose from {', '.join(config.POLICY_TYPES)}"
            )
    return frozenset(_PLACES.get(word) or PolicyType(word) for word in words)


def organization(
    chosen: Options, needed: tuple[str, ...], role: str | None, progress: Callable[[str], None]
) -> sources.Loaded:
    """The organization of every `--policies`, later ones laid over earlier ones; the live account when there is none."""
    locations = chosen("policies") or ("aws",)
    asked = sources.Options(
        needed=needed,
        account=Arn.parse(role).account if role is not None and is_role(role) else None,
        profile=chosen("profile"),
        region=chosen("region"),
        endpoint_url=chosen("endpoint_url"),
        progress=progress,
    )
    found = Organization()
    read: list[Input] = []
    for location in locations:
        loaded = sources.load(location, asked)
        found = overlay.overlay(found, loaded.organization)
        read += loaded.inputs
    return sources.Loaded(found, tuple(read))


# ---------------------------------------------------------------- helpers


def _manifest(text: str | None) -> Manifest:
    if text is None:
        raise InputError("no server is named", hint=f"give --tools {' or '.join(shipped())}, or a manifest file")
    return named(text)


def _settings(chosen: Options, manifest: Manifest) -> dict[str, tuple[str, ...]]:
    known = manifest.parameters
    stored = bindings.settings((f"{name}={value}" for name, value in chosen.settings.set.items()), known)
    return {**stored, **bindings.settings(chosen.given.get("set_") or (), known)}


def _claims(chosen: Options) -> dict[str, Any]:
    found = dict(chosen.settings.claim)
    for text in chosen.given.get("claim") or ():
        name, equals, value = text.partition("=")
        if not equals or not name or _unreadable(text):
            raise InputError(f"`{redact.line(name)[:60]}` states no claim", hint="write --claim sub=alice")
        found[name] = _json(value)
    return found


def _json(value: str) -> Any:  # noqa: ANN401 - JSON is any of six types
    """An object or a list as JSON, everything else as text."""
    if value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise InputError(
            "a claim that begins like JSON is none", hint="quote it for the shell, or write plain text"
        ) from None


def _token(
    chosen: Options, profile: TokenProfile | None, settings: Mapping[str, tuple[str, ...]], at: datetime
) -> Token | None:
    text, origin = _token_text(chosen("token_file"))
    if text is None:
        return None
    keys = _keys(chosen)
    single = {name: values[0] for name, values in settings.items()}
    return jwt.read(
        text, origin=origin, keys=keys, profile=profile or TokenProfile(verifies=False), settings=single, at=at
    )


def _token_text(path: str | None) -> tuple[str | None, Origin]:
    if path == "-":
        return _decoded(sys.stdin.buffer.read(_MAX_BYTES), "standard input"), Origin("standard input")
    if path is not None:
        return _decoded(_content(path, "token file"), path), Origin(path)
    return os.environ.get("IAMSIM_TOKEN"), Origin("IAMSIM_TOKEN")


def _keys(chosen: Options) -> jwt.Keys | None:
    secret, key = chosen("secret_file"), chosen("key_file")
    if secret is not None and key is not None:
        raise InputError(
            "both a secret and a key are given", hint="keep --secret-file for HS algorithms, --key-file for the others"
        )
    if key is not None:
        return jwt.key_file(_content(key, "key file"))
    if secret is not None:
        return jwt.secret(_content(secret, "secret file").rstrip(b"\r\n"))
    stated = os.environ.get("IAMSIM_SECRET")
    return jwt.secret(stated.encode()) if stated else None


def _content(path: str, what: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            found = file.read(_MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise InputError(
            f"the {what} `{redact.line(path)[:200]}` cannot be read: {reason}", hint="check the path"
        ) from None
    if len(found) > _MAX_BYTES:
        raise InputError(f"the {what} `{path}` is larger than {_MAX_BYTES:,} bytes", hint="give the right file")
    return found


def _decoded(content: bytes, what: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InputError("is not text", hint="give a file that holds a token", origin=Origin(what)) from None


def _claimed_role(manifest: Manifest, token: Token | None, stated: Mapping[str, Any]) -> str | None:
    """The role that the token or a stated claim names."""
    template = manifest.server.assume
    known = {**(token.claims if token is not None else {}), **stated}
    for name in template.role_claims if template is not None else ():
        value = known.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def _caller(text: str | None, loaded: Organization) -> Principal | None:
    if text == "none":
        return None
    if text is None:
        roles = ", ".join(role.arn for role in list(loaded.roles())[:5])
        raise InputError(
            "whom the server runs as is not told",
            hint="give --server-principal with the ARN of its task role, or none when its process has no AWS credentials"
            + (f"; loaded: {roles}" if roles else ""),
        )
    if jwt.is_token(text):
        raise InputError(
            "--server-principal was given a token, not an ARN",
            hint="give the ARN of the role that the server's process runs as",
        )
    found = principal(text)
    if found.kind not in (PrincipalKind.ROLE_SESSION, PrincipalKind.USER, PrincipalKind.ROOT):
        raise InputError(
            f"`{redact.line(text)[:200]}` cannot run a server",
            hint="give the ARN of a role, a role session or a user, or none",
        )
    account = loaded.accounts.get(found.account or "")
    if (
        account is not None
        and found.entity is not None
        and found.kind is PrincipalKind.USER
        and found.entity not in account.users
    ):
        raise InputError(
            f"user `{found.entity}` is not among the policies of account {account.id}", hint="check the ARN"
        )
    if (
        account is not None
        and found.session is not None
        and found.session.name == HOLE
        and found.entity not in account.roles
    ):
        names = ", ".join(sorted(account.roles)[:5]) or "none"
        raise InputError(
            f"role `{found.entity}` is not among the policies of account {account.id}", hint=f"loaded roles: {names}"
        )
    return found


def _needed(
    chosen: Options, manifest: Manifest, settings: Mapping[str, tuple[str, ...]], caller: str | None, role: str | None
) -> tuple[str, ...]:
    """The ARNs in play, for a source that could read a whole account and should read those."""
    found = [arn for arn in (role, caller) if arn is not None and arn.startswith("arn:")]
    account = Arn.parse(found[0]).account if found else ""
    known = {"account": (account,), "region": (chosen("region") or "",)}
    for tool in manifest.tools:
        bound = bindings.Bindings({**known, **settings}, {**manifest.server.parameters, **tool.parameters})
        for requirement in tool.requirements:
            if bound.needed(requirement) is not False:
                found += [
                    arn
                    for arn in bound.resources(requirement)[0]
                    if arn.startswith("arn:") and HOLE not in arn.split("/")[0]
                ]
    return tuple(
        dict.fromkeys(
            arn.split("/")[0] if arn.startswith("arn:aws:s3:::") else arn
            for arn in found
            if HOLE not in arn.split("/")[0]
        )
    )


def _unreadable(text: str) -> bool:
    return any(mark in text for mark in RESERVED) or any(ord(character) < ord(" ") for character in text)
