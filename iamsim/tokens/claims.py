"""From claims, by a server's profile, to the call it makes."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from iamsim import documents, redact
from iamsim.errors import InputError
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE
from iamsim.model.report import Message
from iamsim.model.server import AssumeTemplate, Call, Server
from iamsim.model.token import Token


@dataclass(frozen=True, slots=True)
class Built:
    """
    The AssumeRole call that follows from claims.

    `problems` are the reasons for which the server would not get as far as AWS, or AWS would refuse
    what a `Call` cannot say (a tag given twice); the call is then what it would be without them.
    `call` is None when no role is known at all. `read` are the claims that went into the call,
    `ignored` those of the token that the server looks at nowhere. `differs`: the role of the token
    is not the one that was asked about, and the call is to the token's.
    """

    call: Call | None
    problems: tuple[Message, ...] = ()
    notes: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    differs: bool = False


def call(  # noqa: PLR0913 - each is a fact of its own, given by keyword
    claims: Mapping[str, Any] | None,
    template: AssumeTemplate,
    *,
    settings: Mapping[str, str],
    at: datetime,
    role_arn: str | None,
    complete: bool = True,
) -> Built:
    """
    The call that a server with `template` builds at `at` from a token with these `claims`.

    `settings` are the server's parameters by name. Without a token (`claims` None), or where
    `complete` is False and only some claims are stated, a claim that is not there is unknown: the
    subject becomes a `HOLE`, the role `role_arn`, the tags None.
    Raises `InputError` for a session-name pattern that is no character class.
    """
    builder = _Builder(claims or {}, known=complete and claims is not None)
    role = builder.role(template, role_arn, settings.get(template.role_parameter) or None)
    subject = builder.subject(template)
    words = {"subject": subject, "unix_time": str(int(at.timestamp()))}
    built = None
    if role is not None:
        built = Call(
            role_arn=role,
            session_name=builder.session_name(template, words),
            source_identity=_filled(template.source_identity, words),
            tags=builder.tags(template),
            transitive_tag_keys=builder.transitive(template),
            external_id=_filled(template.external_id, words),
            duration=builder.duration(template, settings),
            session_policy=_session_policy(template, words),
        )
    return Built(
        call=built,
        problems=tuple(builder.problems),
        notes=tuple(builder.notes),
        read=tuple(dict.fromkeys(builder.read)),
        ignored=tuple(name for name in builder.claims if name not in builder.read and name not in _REGISTERED),
        differs=role_arn is not None and role is not None and role != role_arn,
    )


def of_server(  # noqa: PLR0913 - each is a fact of its own
    server: Server,
    token: Token | None,
    stated: Mapping[str, Any],
    *,
    settings: Mapping[str, tuple[str, ...]],
    at: datetime,
    role_arn: str | None,
) -> Built | None:
    """
    As `call`, from the claims of a token with the `stated` ones over them; None for a server that makes no call.

    `settings` are values of parameters, as `--set` gives them; defaults of the server's own stand under them.
    """
    if server.assume is None:
        return None
    known = {**(token.claims if token is not None else {}), **stated}
    complete = token is not None
    defaults = {name: each.default for name, each in server.parameters.items() if each.default is not None}
    return call(
        known if complete or known else None,
        server.assume,
        settings={**defaults, **{name: values[0] for name, values in settings.items() if values}},
        at=at,
        role_arn=role_arn,
        complete=complete,
    )


def readings(template: AssumeTemplate) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a server with `template` looks for in a token: each thing with its claims, in the order in which they are tried."""
    found = (
        ("role", template.role_claims),
        ("subject", template.subject_claims),
        ("session tags", template.tag_claims),
        ("transitive tag keys", template.transitive_claims),
    )
    return tuple((what, names) for what, names in found if names)


def command(call: Call, *, region: str | None) -> str:
    """
    The AWS CLI command that repeats the call exactly, quoted for a POSIX shell, on one line.

    What the inputs do not tell shows as `<subject>`. A tag value that is a credential shows as
    redacted, and tags that are not known (None) are left out.
    Source: AWS CLI Command Reference, `sts assume-role`.
    """
    words = ["aws", "sts", "assume-role"]
    words += _option("--role-arn", call.role_arn)
    words += _option("--role-session-name", call.session_name)
    if call.source_identity is not None:
        words += _option("--source-identity", call.source_identity)
    if call.tags:
        words += ["--tags", *_tag_words(call.tags)]
    if call.transitive_tag_keys:
        words += ["--transitive-tag-keys", *map(_word, call.transitive_tag_keys)]
    if call.external_id is not None:
        words += _option("--external-id", call.external_id)
    if call.session_policy is not None:
        words += _option("--policy", json.dumps(documents.document(call.session_policy), separators=(",", ":")))
    words += ["--duration-seconds", str(call.duration)]
    if region:
        words += _option("--region", region)
    return " ".join(words)


def web_identity_command(call: Call, *, region: str | None) -> str:
    """
    As `command`, for a server that passes the token itself to STS: the token is read from a file, `TOKEN_FILE`.

    Tags and source identity are no options here: STS reads them from the token.
    Source: AWS CLI Command Reference, `sts assume-role-with-web-identity`.
    """
    words = ["aws", "sts", "assume-role-with-web-identity"]
    words += _option("--role-arn", call.role_arn)
    words += _option("--role-session-name", call.session_name)
    words += ["--web-identity-token", "file://TOKEN_FILE", "--duration-seconds", str(call.duration)]
    if region:
        words += _option("--region", region)
    return " ".join(words)


# RFC 7519 section 4.1: these are the business of the token's check.
_REGISTERED = ("iss", "aud", "exp", "nbf", "iat", "jti")
_DUPLICATE = (
    "An error occurred (InvalidParameterValue) when calling the AssumeRole operation: "
    "Duplicate tag keys found. Please note that Tag keys are case insensitive."
)
_PLACEHOLDER = re.compile(r"\{(subject|unix_time)\}")
_CHARACTER_CLASS = re.compile(r"\[\^?(?:\\.|[^\\\]])+\]")
_SHORTHAND = re.compile(r"[A-Za-z0-9_.:/+@-]+")


class _Builder:
    """Reads claims as the server does, and remembers which, and what there is to say."""

    def __init__(self, claims: Mapping[str, Any], *, known: bool) -> None:
        self.claims = claims
        self.known = known
        self.problems: list[Message] = []
        self.notes: list[str] = []
        self.read: list[str] = []

    def role(self, template: AssumeTemplate, role_arn: str | None, setting: str | None) -> str | None:
        """The first role claim that is a string with something in it, trimmed; else the server's own setting."""
        for name in template.role_claims:
            value = self.claims.get(name)
            if isinstance(value, str) and value.strip():
                self.read.append(name)
                return value.strip()
        if setting is not None:
            return setting
        if (self.known and template.role_claims) or role_arn is None:
            where = (
                f"the token names no role ({_names(template.role_claims)})"
                if template.role_claims
                else "no role is named"
            )
            self.problem(template, "missing_role", where)
        return role_arn

    def subject(self, template: AssumeTemplate) -> str:
        """The first subject claim that is truthy, as text."""
        value = self.first(template.subject_claims)
        if value is not None or not template.subject_claims:
            return str(value or "")
        if self.known:
            self.problem(template, "missing_subject", f"the token names no subject ({_names(template.subject_claims)})")
        return HOLE

    def tags(self, template: AssumeTemplate) -> Mapping[str, str] | None:
        """The session tags; a claim that is neither an object nor a list of `{Key, Value}` is dropped silently."""
        value = self.first(template.tag_claims)
        if value is None:
            empty = [name for name in template.tag_claims if name in self.claims]
            self.read += empty
            return {} if self.known or empty or not template.tag_claims else None
        if isinstance(value, dict):
            pairs = [(str(key), item) for key, item in value.items()]
        elif isinstance(value, list):
            pairs = [
                (str(item["Key"]), item["Value"])
                for item in value
                if isinstance(item, dict) and "Key" in item and "Value" in item
            ]
            if len(pairs) != len(value):
                self.notes.append(f"{len(value) - len(pairs)} of the session tags have no `Key` and `Value`: not sent")
        else:
            self.notes.append(f"claim `{self.read[-1]}` is neither an object nor a list: no session tags are sent")
            return {}
        self.notes += [
            f"session tag `{redact.line(key)}` is null and is sent as `None`" for key, item in pairs if item is None
        ]
        tags = {key: str(item) for key, item in pairs}
        if len(tags) != len(pairs):
            # Only the list form can say a key twice, and a mapping cannot keep it.
            self.problems.append(Message(_DUPLICATE))
        return tags

    def transitive(self, template: AssumeTemplate) -> tuple[str, ...]:
        """The transitive tag keys; only a list counts."""
        value = self.first(template.transitive_claims)
        if value is None or isinstance(value, list):
            return tuple(map(str, value or ()))
        self.notes.append(f"claim `{self.read[-1]}` is not a list: no transitive tag keys are sent")
        return ()

    def session_name(self, template: AssumeTemplate, words: Mapping[str, str]) -> str:
        """The session name, its foreign characters replaced, cut to length; a hole at the end where a cut may fall."""
        name = _filled(template.session_name, words) or ""
        if template.session_name_replace:
            if not _CHARACTER_CLASS.fullmatch(template.session_name_replace):
                raise InputError(
                    f"session name pattern `{template.session_name_replace[:80]}` is not a character class",
                    hint="write the characters to replace in brackets, such as [^a-zA-Z0-9+=,.@-]",
                )
            foreign = re.compile(template.session_name_replace)
            parts = (foreign.sub(lambda _: template.session_name_replacement, part) for part in name.split(HOLE))
            whole = HOLE.join(parts)
            if whole != name:
                self.notes.append(
                    "the session name replaces characters of the subject: two subjects can share one name"
                )
            name = whole
        length = template.session_name_length
        if HOLE in name[:length]:
            # What stands for the subject may be long enough to push the rest out of the name.
            return name[: name.index(HOLE) + 1]
        if len(name) > length:
            self.notes.append(f"the session name is cut from {len(name)} to {length} characters")
        return name[:length]

    def duration(self, template: AssumeTemplate, settings: Mapping[str, str]) -> int:
        """The session's length in seconds: the setting as a whole number, within the server's bounds."""
        setting = settings.get(template.duration_parameter, "") if template.duration_parameter else ""
        asked = template.duration_default
        if setting:
            try:
                asked = int(setting)
            except ValueError:
                text = f"{template.duration_parameter} is `{redact.line(setting)[:40]}`, which is not a whole number"
                self.problems.append(Message(text, "server"))
        duration = max(template.duration_min, min(asked, template.duration_max))
        if duration != asked:
            self.notes.append(f"the server asks for {duration} seconds where {asked} are set")
        return duration

    def first(self, names: Iterable[str]) -> Any:  # noqa: ANN401 - JSON is any of six types
        """The first claim that is truthy in Python's sense, as in `a or b or c`."""
        for name in names:
            if self.claims.get(name):
                self.read.append(name)
                return self.claims[name]
        return None

    def problem(self, template: AssumeTemplate, code: str, otherwise: str) -> None:
        """Says it in the server's own words where the profile has them."""
        own = template.messages.get(code)
        self.problems.append(Message(own, "server", "observed") if own else Message(otherwise, "server"))


def _filled(template: str | None, words: Mapping[str, str]) -> str | None:
    """The template with its placeholders filled in once: braces in a subject are plain text."""
    return None if template is None else _PLACEHOLDER.sub(lambda match: words[match[1]], template)


def _session_policy(template: AssumeTemplate, words: Mapping[str, str]) -> Policy | None:
    """The document that goes with the call: placeholders are filled inside of its texts, so that no subject can change its form."""
    if not template.session_policy:
        return None
    written = documents.policy(template.session_policy, document="session_policy", name="session policy")

    def filled(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_filled(value, words) or "" for value in values)

    return replace(
        written,
        statements=tuple(
            replace(
                statement,
                resource=statement.resource and replace(statement.resource, values=filled(statement.resource.values)),
                conditions=tuple(replace(each, values=filled(each.values)) for each in statement.conditions),
            )
            for statement in written.statements
        ),
    )


def _names(claims: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in claims)


def _word(text: str) -> str:
    return shlex.quote(redact.line(text).replace(HOLE, "<subject>"))


def _option(name: str, value: str) -> list[str]:
    # A value that begins with a dash would be read as an option.
    return [f"{name}={_word(value)}"] if value.startswith("-") else [name, _word(value)]


def _tag_words(tags: Mapping[str, str]) -> list[str]:
    """The tags in the CLI's shorthand where their characters allow it, else as JSON."""
    shown = {redact.line(key): redact.line(redact.value(key, value)) for key, value in tags.items()}
    if all(_SHORTHAND.fullmatch(key) and _SHORTHAND.fullmatch(value) for key, value in shown.items()):
        return [f"Key={key},Value={value}" for key, value in shown.items()]
    return [shlex.quote(json.dumps([{"Key": key, "Value": value} for key, value in shown.items()], ensure_ascii=False))]
