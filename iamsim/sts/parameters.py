"""What STS accepts: names, tags, durations, sizes; else the error it answers with."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from iamsim import documents, redact
from iamsim.model.arn import is_role
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE
from iamsim.model.report import Message
from iamsim.model.server import Call
from iamsim.sts.messages import shown


@dataclass(frozen=True, slots=True)
class Violation:
    """
    One way in which a call breaks a rule of STS: the API parameter, and the answer to it.

    `code` is empty where botocore itself answers and the call never leaves the server.
    """

    parameter: str
    code: str
    text: str
    basis: str
    operation: str = "AssumeRole"

    @property
    def message(self) -> Message:
        """The answer, as a client shows it."""
        if not self.code:
            return Message(f"Parameter validation failed: {self.text}", "botocore", self.basis)
        return Message(shown(self.text, operation=self.operation, code=self.code), "AWS", self.basis)


def errors(
    call: Call, *, max_session_duration: int | None, chained: bool, operation: str = "AssumeRole"
) -> tuple[Message, ...]:
    """
    What an AssumeRole call is refused for before any policy is looked at, one message per fault.

    AWS joins the faults of one call into one answer and checks some before others; which, it does
    not say. `max_session_duration` is that of the role in seconds, None when not known. `chained`:
    the caller's own credentials are those of a role session. Where a value holds a `HOLE`, only
    what is wrong whatever stands there counts. `operation` is another one with the same parameters.
    Source: AWS STS API Reference, "AssumeRole", and its service model in botocore 1.44.
    """
    found = violations(call, max_session_duration=max_session_duration, chained=chained)
    return tuple(replace(violation, operation=operation).message for violation in found)


def violations(call: Call, *, max_session_duration: int | None, chained: bool) -> tuple[Violation, ...]:
    """As `errors`, with the parameter that each one is about."""
    return (
        *_role_arn(call.role_arn),
        *_text("RoleSessionName", call.session_name, _NAME, (2, 64)),
        *_text("SourceIdentity", call.source_identity, _NAME, (2, _IDENTITY)),
        *_text("ExternalId", call.external_id, _EXTERNAL_ID, (2, 1224)),
        *_tags(call.tags or {}),
        *_transitive(call),
        *_session_policy(call.session_policy),
        *_duration(call.duration, max_session_duration, chained=chained),
    )


def _session_policy(policy: Policy | None) -> Iterator[Violation]:
    """
    A document longer than STS takes even without blanks.

    Source: AWS STS API Reference, AssumeRole, Policy: at most 2,048 characters (QUOTA-010).
    """
    if policy is not None:
        text = json.dumps(documents.document(policy), separators=(",", ":"))
        yield from _length("Policy", "policy", text, (1, _SESSION_POLICY))


_SESSION_POLICY = 2048


def name_errors(operation: str, parameter: str, value: str, longest: int) -> tuple[Message, ...]:
    """What is wrong with a name that an operation of STS is given, of the characters of a session name."""
    found = _text(parameter, value, _NAME, (2, longest))
    return tuple(replace(violation, operation=operation).message for violation in found)


def tag_errors(operation: str, tags: Mapping[str, str]) -> tuple[Message, ...]:
    """What is wrong with the tags that an operation of STS is given; they are those of AssumeRole everywhere."""
    return tuple(replace(violation, operation=operation).message for violation in _tags(tags))


def doubts(call: Call) -> tuple[str, ...]:
    """
    What may be refused although no documented rule says so for certain, in words.

    The packed size of tags has a limit of its own whose compression is not published.
    """
    found = []
    if call.source_identity is not None and _OLD_IDENTITY < len(call.source_identity) <= _IDENTITY:
        # The service model took 64 characters until 2026 and takes 256 since; the quota page is silent.
        found.append(f"the source identity has {len(call.source_identity)} characters; STS took at most 64 for years")
    size = sum(len(key.encode()) + len(value.encode()) for key, value in (call.tags or {}).items())
    if size > _PACKED // 2:
        found.append(
            f"the session tags have {size:,} bytes: PackedPolicyTooLarge is possible, the packed size is not published"
        )
    return tuple(found)


_OLD_IDENTITY = 64
_IDENTITY = 256
_PACKED = 4096
_MAX_TAGS = 50
_MIN_DURATION, _MAX_DURATION, _CHAINED_DURATION = 900, 43200, 3600
_LONGEST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A pattern as AWS prints it, and the test of one character by it."""

    printed: str
    character: re.Pattern[str] | None = None
    empty: bool = True

    def fits(self, value: str) -> bool:
        return all(self._fits(letter) for letter in value if letter != HOLE) and (self.empty or value != "")

    def _fits(self, letter: str) -> bool:
        if self.character is not None:
            return self.character.fullmatch(letter) is not None
        return letter in "_.:/=+-@" or unicodedata.category(letter)[0] in "LZN"


# Java's \w, which these patterns use, is ASCII.
_NAME = _Pattern(r"[\w+=,.@-]*", re.compile(r"[\w+=,.@-]", re.ASCII))
_EXTERNAL_ID = _Pattern(r"[\w+=,.@:\/-]*", re.compile(r"[\w+=,.@:/-]", re.ASCII))
_ARN = _Pattern(
    r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+",
    re.compile("[\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"),
    empty=False,
)
_TAG_KEY = _Pattern(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", empty=False)
_TAG_VALUE = _Pattern(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")


def _role_arn(arn: str) -> Iterator[Violation]:
    faults = list(_text("RoleArn", arn, _ARN, (20, 2048)))
    yield from faults
    if not faults and HOLE not in arn and not is_role(arn):
        yield _answer("RoleArn", "ValidationError", f"{_printed(arn)} is invalid", "inferred")


def _text(parameter: str, value: str | None, pattern: _Pattern, bounds: tuple[int, int]) -> Iterator[Violation]:
    """One string parameter: its length as botocore and STS count it, its characters as STS checks them."""
    if value is None:
        return
    place = parameter[0].lower() + parameter[1:]
    yield from _length(parameter, place, value, bounds)
    if value and not pattern.fits(value):
        yield _constraint(parameter, place, _printed(value), f"satisfy regular expression pattern: {pattern.printed}")


def _length(parameter: str, place: str, value: str, bounds: tuple[int, int], printed: str = "") -> Iterator[Violation]:
    least, most = bounds
    known = len(value.replace(HOLE, ""))
    if known < least and HOLE not in value:
        # botocore checks lower bounds itself: the call never leaves the server.
        yield _client(
            parameter.split("[", maxsplit=1)[0],
            f"Invalid length for parameter {parameter}, value: {known}, valid min length: {least}",
        )
    if known > most:
        yield _constraint(
            parameter.split("[", maxsplit=1)[0],
            place,
            printed or _printed(value),
            f"have length less than or equal to {most}",
        )


def _tags(tags: Mapping[str, str]) -> Iterator[Violation]:
    if len(tags) > _MAX_TAGS:
        yield _constraint("Tags", "tags", f"[{len(tags)} tags]", f"have length less than or equal to {_MAX_TAGS}")
    for index, (key, value) in enumerate(tags.items()):
        place = f"tags.{index + 1}.member"
        shown_value = _printed(redact.value(key, value))
        yield from _length(f"Tags[{index}].Key", f"{place}.key", key, (1, 128))
        yield from _length(f"Tags[{index}].Value", f"{place}.value", value, (0, 256), shown_value)
        if key and not _TAG_KEY.fits(key):
            yield _constraint(
                "Tags", f"{place}.key", _printed(key), f"satisfy regular expression pattern: {_TAG_KEY.printed}"
            )
        if not _TAG_VALUE.fits(value):
            yield _constraint(
                "Tags", f"{place}.value", shown_value, f"satisfy regular expression pattern: {_TAG_VALUE.printed}"
            )
        if key.startswith("aws:") or value.startswith("aws:"):
            what = "keys" if key.startswith("aws:") else "values"
            yield _answer(
                "Tags",
                "ValidationError",
                f"Tag {what} that begin with aws: are reserved (tag `{_printed(key)}`)",
                "inferred",
            )
    if len({key.lower() for key in tags}) < len(tags):
        text = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        yield _answer("Tags", "InvalidParameterValue", text, "inferred")


def _transitive(call: Call) -> Iterator[Violation]:
    keys: Sequence[str] = call.transitive_tag_keys
    if len(keys) > _MAX_TAGS:
        yield _constraint(
            "TransitiveTagKeys",
            "transitiveTagKeys",
            f"[{len(keys)} keys]",
            f"have length less than or equal to {_MAX_TAGS}",
        )
    for index, key in enumerate(keys):
        place = f"transitiveTagKeys.{index + 1}.member"
        yield from _length(f"TransitiveTagKeys[{index}]", place, key, (1, 128))
        if key and not _TAG_KEY.fits(key):
            pattern = f"satisfy regular expression pattern: {_TAG_KEY.printed}"
            yield _constraint("TransitiveTagKeys", place, _printed(key), pattern)
    if call.tags is not None and HOLE not in "".join((*keys, *call.tags)):
        sent = {key.lower() for key in call.tags}
        if any(key.lower() not in sent for key in keys):
            text = "The specified transitive tag key must be included in the requested tags."
            yield _answer("TransitiveTagKeys", "InvalidParameterValue", text, "inferred")


def _duration(seconds: int, most: int | None, *, chained: bool) -> Iterator[Violation]:
    name = "DurationSeconds"
    if seconds < _MIN_DURATION:
        yield _client(name, f"Invalid value for parameter {name}, value: {seconds}, valid min value: {_MIN_DURATION}")
    if seconds > _MAX_DURATION:
        yield _constraint(name, "durationSeconds", str(seconds), f"have value less than or equal to {_MAX_DURATION}")
    if most is not None and seconds > most:
        text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        yield _answer(name, "ValidationError", text, "observed")
    if chained and seconds > _CHAINED_DURATION:
        text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        yield _answer(name, "ValidationError", text, "observed")


def _constraint(parameter: str, place: str, printed: str, demand: str) -> Violation:
    """A violated constraint of the service model, in the words of the service."""
    text = f"1 validation error detected: Value '{printed}' at '{place}' failed to satisfy constraint: Member must {demand}"
    return _answer(parameter, "ValidationError", text, "observed")


def _answer(parameter: str, code: str, text: str, basis: str) -> Violation:
    return Violation(parameter, code, text, basis)


def _client(parameter: str, text: str) -> Violation:
    return Violation(parameter, "", text, "observed")


def _printed(value: str) -> str:
    words = redact.line(value.replace(HOLE, "<subject>"))
    return words if len(words) <= _LONGEST_SHOWN else f"{words[:_LONGEST_SHOWN]}…"
