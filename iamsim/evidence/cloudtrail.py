"""CloudTrail events: files of a trail, `lookup-events`, Event history, JSON lines, results of Athena."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

import msgspec

from iamsim import redact
from iamsim.errors import InputError
from iamsim.evidence import Format, _answers, _events, _operations, _tables
from iamsim.evidence._events import Event
from iamsim.evidence._items import Items
from iamsim.evidence._reading import HEAD, MOST, Opened
from iamsim.evidence._tally import Calls, shape
from iamsim.model.observation import Call, Evidence
from iamsim.model.origin import Origin
from iamsim.sts import messages

_WRAPPERS = ("Records", "Events", "events")
_RESTART = rb'\{\s*"(?:eventVersion|EventId)"\s*:'
_CALLS = {"AwsApiCall", "AwsVpceEvent"}
_DECODER = msgspec.json.Decoder(Event)
_TEXT = msgspec.json.Decoder(str)
_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,127}")
_NAME = re.compile(r"[A-Za-z0-9_.]{1,128}")
_CODE = re.compile(r"[A-Za-z0-9][\w.:-]{0,127}")
_LIKE = re.compile(r'\\?"eventVersion\\?"|\\?"CloudTrailEvent\\?"')
_OTHERS = re.compile(r'"(?:jsonrpc|\$report_type)"\s*:')
_EVERY = 100_000


def likeness(opened: Opened) -> int:
    """Sure of what has an event's own fields, or a table of them."""
    head = opened.head
    if _LIKE.search(head) and "eventSource" in head and "amazonaws.com" in head:
        # A transcript or a report of tests may hold events in its answers.
        return 30 if _OTHERS.search(head) or head.lstrip()[:1] == "<" else 95
    if _tables.headings(head.partition("\n")[0].rstrip("\r")):
        return 90
    return 40 if re.match(r'\s*\{\s*"Records"\s*:\s*\[\s*\]', head) else 0


def read(opened: Opened) -> Evidence:
    """The calls in the events, counted together where they are alike; raises `InputError` as `Opened` does."""
    found = _Reading(opened)
    for place, event in _all(opened, found):
        found.add(place, event)
    return found.evidence()


EVIDENCE = Format("CloudTrail events", likeness, read)


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    opened: Opened
    calls: Calls = field(default_factory=Calls)
    events: int = 0
    malformed: int = 0
    others: int = 0
    encoded: int = 0
    unnamed: int = 0
    cut: bool = False

    def add(self, place: Origin, event: Event | None) -> None:
        """Counts one event; None is one that could not be read."""
        source, name = (event.eventSource, event.eventName) if event is not None else (None, None)
        if (
            event is None
            or not (isinstance(source, str) and _SOURCE.fullmatch(source))
            or not (isinstance(name, str) and _NAME.fullmatch(name))
        ):
            self.malformed += 1
            return
        self.events += 1
        if self.events % _EVERY == 0:
            self.opened.progress(f"{self.events:,} events")
        if isinstance(event.eventType, str) and event.eventType not in _CALLS:
            self.others += 1
            return
        code = _code(event.errorCode)
        message = event.errorMessage[: _answers.LONGEST] if isinstance(event.errorMessage, str) else ""
        # Some services tell a refusal by its message alone.
        code = code or ("AccessDenied" if "not authorized to perform" in message else "Unknown" if message else "")
        operation = _operations.named(source, name)
        values = _events.parameters(event, operation)
        action = _operations.action(operation, values, allowed=not code)
        principal = _events.principal(event)
        resource = _events.resource(event, operation, action, values)
        who = _events.identity(event)
        key = _key(who.get("accessKeyId"))
        account, sort, sub = (str(who.get(each))[:200] for each in ("accountId", "type", "invokedBy"))
        self.encoded += bool(code) and _answers.encoded(message)
        self.unnamed += principal is None and sort != "AWSService"

        def make() -> Call:
            shown = _events.resource(event, operation, action, _events.without_credentials(values))
            if not code:
                return Call(operation, action, _answers.arn(principal), _answers.arn(shown), key=key, origin=place)
            call = _answers.answered(code, message, operation=operation, origin=place)
            denies = messages.denies(code)
            return replace(
                call,
                action=call.action or action,
                principal=_answers.arn(principal) or call.principal,
                resource=call.resource or _answers.arn(shown),
                # The endpoint's policy is what refuses a network activity event (AWS CloudTrail User Guide).
                denied_by=call.denied_by or ("VPC endpoint policy" if code == "VpceAccessDenied" else None),
                explicit=call.explicit if denies else None,
                key=key,
            )

        like = _session(principal) if principal else f"{sort} {account} {sub}"
        context = _events.context(event, operation, values)
        self.calls.add(
            (operation, code, like),
            (resource, action, shape(message[: _answers.SHOWN])),
            _events.moment(event),
            context,
            make,
        )

    def evidence(self) -> Evidence:
        """All of it."""
        if not self.events and not self.malformed and self.opened.head.strip() == "":
            shown = redact.line(self.opened.location)[:200]
            raise InputError(f"`{shown}` is empty", hint="give a file of CloudTrail events")
        return Evidence(
            "cloudtrail",
            self.opened.location,
            self.opened.sha256,
            calls=self.calls.calls,
            stated={"events": self.events},
            notes=tuple(self._notes()),
            malformed=self.malformed,
        )

    def _notes(self) -> Iterator[str]:
        if self.malformed:
            yield f"entries that are no CloudTrail events, and were passed over: {self.malformed:,}"
        if self.cut:
            yield "the file ends in the middle, or a piece of it could not be read: events are missing"
        if self.others:
            yield f"events that are no API calls (sign-in, insights, what a service did by itself): {self.others:,}"
        if self.unnamed:
            yield f"events that name no ARN of who called (a table without it, or a caller of another account): {self.unnamed:,}"
        if self.encoded:
            yield f"{_answers.DECODE}; events with one: {self.encoded:,}"
        yield from self.calls.notes


# ---------------------------------------------------------------- helpers


def _all(opened: Opened, found: _Reading) -> Iterator[tuple[Origin, Event | None]]:
    """Every event in the file, in whichever of its forms, with its place."""
    head = opened.head.lstrip()
    first = head.partition("\n")[0]
    if columns := _tables.headings(first.rstrip("\r")):
        if "errorcode" not in columns:
            raise InputError(
                f"`{redact.line(opened.location)[:200]}` has no column for the error code: which calls failed is not told",
                hint="select errorcode as well, and errormessage",
            )
        for number, event in _tables.events(opened.lines()):
            yield Origin(opened.location, line=number), event
    elif "\n" in head and _is_line(first):
        for number, line in opened.lines():
            text = line[line.find("{") :] if "{" in line else line.strip()
            if text:
                for event in _decoded(text.encode("utf-8", "replace")):
                    yield Origin(opened.location, line=number), event
    else:
        with opened.stream() as stream:
            items = Items(stream, _WRAPPERS, _RESTART)
            for number, item in enumerate(items):
                if items.read > MOST:
                    shown = redact.line(opened.location)[:200]
                    raise InputError(f"`{shown}` is longer than {MOST // 1024**3} GB", hint="give a part of it")
                place = Origin(opened.location, f"/Records/{number}" if head[:1] == "{" else f"/{number}")
                for event in (None,) if item is None else _decoded(item):
                    yield place, event
            found.cut = items.cut


def _is_line(line: str) -> bool:
    """Whether one line is a whole event, so that the file has one on each."""
    start = line.find("{")
    events = list(_decoded(line[start:].encode("utf-8", "replace"))) if start >= 0 and len(line) < HEAD // 2 else []
    return len(events) == 1 and events[0] is not None and isinstance(events[0].eventName, str)


def _decoded(item: bytes) -> Iterator[Event | None]:
    """The events in one value: itself, the one that it holds as text, or those of a file of a trail."""
    try:
        if item[:1] == b'"':
            item = _TEXT.decode(item).encode()
        event = _DECODER.decode(item)
        if isinstance(event.CloudTrailEvent, str):
            event = _DECODER.decode(event.CloudTrailEvent)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        yield None
        return
    if isinstance(event.Records, list):
        for each in event.Records:
            try:
                yield msgspec.convert(each, Event)
            except msgspec.ValidationError:
                yield None
        return
    yield event


@lru_cache(maxsize=4096)
def _session(principal: str) -> str:
    """A principal without the moment or the random id in the name of its session."""
    role, slash, session = principal.rpartition("/")
    return f"{role}{slash}{shape(session)}" if ":assumed-role/" in principal else principal


def _code(value: object) -> str:
    """An error code; whatever else stands in its place is no success."""
    if value is None or value == "":
        return ""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else "Unknown"


def _key(value: object) -> str:
    """The last four characters of an access key id."""
    return value[-4:] if isinstance(value, str) and re.fullmatch(r"[A-Z0-9]{16,128}", value) else ""
