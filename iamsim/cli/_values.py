"""Single options, each as the value that it states."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from iamsim import config, redact
from iamsim.catalog import actions, condition_keys
from iamsim.cli import _secrets
from iamsim.cli._outputs import warning
from iamsim.config import Config
from iamsim.engine.operators.date import instant
from iamsim.errors import InputError
from iamsim.model.arn import is_role
from iamsim.model.policy import PolicyType
from iamsim.model.principal import RESERVED
from iamsim.tokens import jwt

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*:[^\s=]{1,200}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_NAMES = {"formats": "format", "forms": "form", "remedies": "remedy", "set_": "set"}
_PLACES = {"vpc-endpoint": PolicyType.VPC_ENDPOINT}


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a command as they were given; whatever is not given is left to the settings file."""

    given: Mapping[str, Any]
    settings: Config

    def __call__(self, name: str) -> Any:  # noqa: ANN401 - each option has its own type
        """The option, else the setting of the same name."""
        value = self.given.get(name)
        return value if value not in (None, ()) else getattr(self.settings, name, None)


def options(given: Mapping[str, Any]) -> Options:
    """
    The options over the settings that hold in the working directory.

    Raises `InputError` for an option with an empty value, which a shell variable that is not set
    makes and which must not pass for one that was left out, and for characters that nothing has.
    """
    for name, value in given.items():
        option = f"--{_NAMES.get(name, name).replace('_', '-')}"
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str):
                _refuse(text, option)
    return Options(given, config.find(Path()))


def role_arn(text: str | None) -> str | None:
    """The role's ARN; a token in its place is named as what it is, and not repeated."""
    if text is None:
        return None
    not_a_token(text, "--role-arn", "put the token into a file and give it with --token-file")
    if not is_role(text):
        shown = redact.line(text)[:200]
        raise InputError(
            f"`{shown}` is not the ARN of a role", hint="a role ARN reads arn:aws:iam::111122223333:role/name"
        )
    return text


def not_a_token(text: str, option: str, hint: str) -> None:
    """Raises `InputError` for a token where an ARN belongs, without repeating it."""
    if jwt.is_token(text):
        raise InputError(f"{option} was given a token, not an ARN", hint=hint)


def moment(value: str | datetime | None) -> datetime:
    """The moment judged; now when none is given."""
    if value is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day of all have no moment in UTC
        shown = redact.line(str(value))[:60]
        raise InputError(f"`{shown}` is no moment", hint="write --at 2026-01-31T12:00:00Z") from None


def keys(chosen: Options, name: str) -> dict[str, tuple[str, ...]]:
    """Condition keys with values, lower case; options add to the settings and win over them key by key."""
    found = {key.lower(): values for key, values in (getattr(chosen.settings, name, None) or {}).items()}
    given: dict[str, tuple[str, ...]] = {}
    for text in chosen.given.get(name) or ():
        key, equals, value = text.partition("=")
        if not equals or not is_key(key):
            raise InputError(
                f"`{redact.line(text)[:120]}` states no condition key", hint=f"write --{name} aws:SourceIp=203.0.113.7"
            )
        given[key.lower()] = (*given.get(key.lower(), ()), value)
    for key, values in {**found, **given}.items():
        _secrets.remember_in(key, values)
        _should_be_listed(key)
        _must_read(key, values, name)
    return {**found, **given}


def stated(chosen: Options) -> dict[str, tuple[str, ...]]:
    """Every condition key whose values are told, those that are only assumed among them."""
    return {**keys(chosen, "assume"), **keys(chosen, "context")}


def _should_be_listed(key: str) -> None:
    """Warns of a key of AWS's that no page of AWS lists: stated and misspelt, it would change nothing unseen."""
    service = key.lower().partition(":")[0]
    if condition_keys.kind(key) is None and (service == "aws" or service in actions.services()):
        listed = (*(each.key for each in condition_keys.global_keys()), *actions.key_names(service).values())
        way = config.closest(key, listed, "")
        warning(f"AWS lists no condition key `{key[:120]}`{f'; {way}' if way else ''}")


def _must_read(key: str, values: tuple[str, ...], option: str) -> None:
    """Refuses a value that AWS could not have sent: compared, it would pass for one that is known and matches nothing."""
    kind = (condition_keys.kind(key) or "").removeprefix("ArrayOf")
    readable, such = _KINDS.get(kind, (None, ""))
    if not values:
        raise InputError(f"`{key}` has no value", hint=f"write --{option} {key}=VALUE")
    for value in values:
        if readable is not None and readable(value) in (None, False):
            raise InputError(f"`{redact.line(value)[:60]}` is no value of {key}", hint=f"write --{option} {key}={such}")


def endpoint(text: str | None) -> str | None:
    """The endpoint to ask, as given; none that carries a password, which errors and logs would repeat."""
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        parts, usable = None, False
    if not usable:
        raise InputError("the endpoint URL is not a URL", hint="write --endpoint-url https://HOST[:PORT]")
    if parts is not None and parts.username is not None:
        raise InputError("the endpoint URL holds a user name", hint="credentials come from the AWS configuration")
    return text


def is_key(text: str) -> bool:
    """Whether `text` is written like a condition key, such as `aws:SourceIp`."""
    return _KEY.fullmatch(text) is not None


def none_of(chosen: Options) -> frozenset[PolicyType]:
    """The policy types stated to be unattached."""
    words = [word.strip() for text in chosen("assume_none") or () for word in text.split(",") if word.strip()]
    for word in words:
        if word not in config.POLICY_TYPES:
            raise InputError(
                f"`{redact.line(word)[:60]}` is no policy type", hint=config.closest(word, config.POLICY_TYPES)
            )
    return frozenset(map(policy_type, words))


def policy_type(word: str) -> PolicyType:
    """The policy type that one of `config.POLICY_TYPES` names."""
    return _PLACES.get(word) or PolicyType(word)


def unreadable(text: str) -> bool:
    """Whether `text` holds a control character, or one that the model uses for itself."""
    return any(mark in text for mark in RESERVED) or any(ord(character) < ord(" ") for character in text)


def _refuse(text: str, option: str) -> None:
    if not text.strip():
        raise InputError(f"{option} is given without a value", hint="write one, or leave the option out")
    if unreadable(text):
        raise InputError(f"the value of {option} holds a control or a private-use character", hint="write plain text")


def _is_address(text: str) -> bool:
    try:
        return ip_address(text) is not None
    except ValueError:
        return False


_KINDS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "IPAddress": (_is_address, "203.0.113.7"),
    "Bool": (lambda text: text.lower() in ("true", "false"), "true"),
    "Date": (instant, "2026-01-31T12:00:00Z"),
    "Numeric": (_NUMBER.fullmatch, "42"),
}
"""By the data type of a condition key: whether a text is one of its values, and what one looks like."""
