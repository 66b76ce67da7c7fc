"""
A transcript of MCP: calls of tools and reads of resources with their answers, as a client, a server or a tap logs them.

Source: https://modelcontextprotocol.io/specification/2025-06-18, the pages "Tools", "Cancellation" and "Lifecycle".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from iamsim.evidence import Format
from iamsim.evidence._keeping import (
    ANSWER,
    Kept,
    answer,
    arguments,
    error_of,
    line,
    quoted,
    says_timeout,
    shown,
    told_error,
)
from iamsim.evidence._messages import Message, messages
from iamsim.evidence._reading import Opened
from iamsim.evidence._running import ANSWERED, ERROR_FIELD
from iamsim.model.observation import Evidence, Outcome, Result, Subject

IS_ERROR = "is-error"
_MARK = re.compile(r"\\?\"jsonrpc\\?\"\s{0,8}:\s{0,8}\\?\"2\.0\\?\"")
_CALL, _READ, _BEGIN, _CANCEL = "tools/call", "resources/read", "initialize", "notifications/cancelled"
_MOST_OPEN = 10_000
_MOST_ALIKE = 16
_LARGEST = 64 * 1024 * 1024
"""Characters of the lines of all calls that wait together."""
_MOST_PARTS = 1_000


def likeness(opened: Opened) -> int:
    """Sure where messages of JSON-RPC stand, more so where one calls a tool."""
    if not _MARK.search(opened.head):
        return 0
    return 90 if _CALL in opened.head or "serverInfo" in opened.head else 60


def read(opened: Opened) -> Evidence:
    """Each call with its answer; a call without one is unknown, or has failed where it was cancelled."""
    transcript = _Transcript(Kept(opened, "mcp_transcript"))
    for message in messages(opened, transcript.kept):
        transcript.take(message)
    return transcript.finished()


@dataclass(slots=True)
class _Asked:
    """A request that waits for its answer."""

    method: str
    params: Mapping[str, Any]
    message: Message

    def fits(self, body: Mapping[str, Any]) -> bool:
        """Whether an answer may be to this request: the other side asks too, and counts from 0 as well."""
        result = body.get("result")
        if "error" in body:
            return True
        if not isinstance(result, Mapping):
            return False
        if self.method == _CALL:
            return isinstance(result.get("content"), list) or "isError" in result or "structuredContent" in result
        return self.method != _READ or "contents" in result


@dataclass(frozen=True, slots=True)
class _Answer:
    """How a call came out: `said` is the beginning of the answer, `told` what it calls an error itself; all redacted."""

    outcome: Outcome
    error: str = ""
    error_type: str = ""
    timed_out: bool = False
    said: str = ""
    told: str = ""


class _Transcript:
    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.open: dict[tuple[type, Any], list[_Asked]] = {}
        self.cancelled: dict[tuple[type, Any], tuple[_Asked, int]] = {}
        self.waiting = self.size = self.unanswered = self.unasked = 0
        self.ambiguous = self.twice = False

    def take(self, message: Message) -> None:
        body = message.body
        method, params = body.get("method"), body.get("params")
        params = params if isinstance(params, Mapping) else {}
        key = _key(body.get("id"))
        if method == _CANCEL:
            self.cancels(_key(params.get("requestId")), params, message)
        elif isinstance(method, str) and key is not None:
            self.asks(key, _Asked(method, params, message))
        elif key is not None and ("result" in body or "error" in body):
            self.answers(key, message)
        elif not isinstance(method, str):
            self.kept.malformed += 1

    def asks(self, key: tuple[type, Any], asked: _Asked) -> None:
        waiting = self.open.setdefault(key, [])
        same = [one for one in waiting if one.method == asked.method]
        if any(one.params == asked.params for one in same):
            # A tap at both ends of a connection sees each message twice.
            self.twice = True
            return
        self.ambiguous = self.ambiguous or (bool(same) and asked.method in (_CALL, _READ))
        if len(waiting) >= _MOST_ALIKE:
            self.gives_up(key)
            waiting = self.open.setdefault(key, [])
        waiting.append(asked)
        self.cancelled.pop(key, None)
        self.waiting += 1
        self.size += asked.message.size
        while self.waiting > _MOST_OPEN or (self.size > _LARGEST and self.waiting > 1):
            self.gives_up(next(iter(self.open)))

    def answers(self, key: tuple[type, Any], message: Message) -> None:
        waiting = self.open.get(key, [])
        fitting = [one for one in waiting if one.fits(message.body)]
        if not fitting:
            self.is_late(key, message.body)
            return
        # The side that asked last is the one that is answered first.
        asked = next((one for one in reversed(fitting) if one.method not in (_CALL, _READ)), fitting[0])
        self.leaves(key, asked)
        if asked.method == _BEGIN:
            self.meets(message.body.get("result"))
        elif asked.method in (_CALL, _READ):
            self.comes_out(asked, message)

    def is_late(self, key: tuple[type, Any], body: Mapping[str, Any]) -> None:
        """An answer that nobody waits for any more still tells why it took so long."""
        result = body.get("result")
        asked, index = self.cancelled.pop(key, (None, 0))
        if asked is not None and asked.fits(body) and isinstance(result, Mapping):
            said, told = _said(result)
            self.kept.results[index] = replace(self.kept.results[index], answer=said, told_error=told)
        elif isinstance(result, Mapping) and ("isError" in result or "contents" in result):
            self.unasked += 1

    def leaves(self, key: tuple[type, Any], asked: _Asked) -> None:
        self.waiting -= 1
        self.size -= asked.message.size
        self.open[key].remove(asked)
        if not self.open[key]:
            del self.open[key]

    def cancels(self, key: tuple[type, Any] | None, params: Mapping[str, Any], message: Message) -> None:
        asked = next((one for one in self.open.get(key, []) if one.method in (_CALL, _READ)), None) if key else None
        if key is None or asked is None:
            return
        self.leaves(key, asked)
        reason = shown(params["reason"]) if isinstance(params.get("reason"), str) else ""
        error = f"the client gave up: {reason}" if reason else "the client gave up"
        # A reason that names something else (the user stopped it) is no wait in vain.
        timed_out = not reason or says_timeout(reason)
        index = len(self.kept.results)
        self.keeps(asked, _Answer(Outcome.FAILED, error, "cancelled", timed_out), message.at)
        if len(self.kept.results) > index and len(self.cancelled) < _MOST_OPEN:
            self.cancelled[key] = asked, index

    # ---------------------------------------------------------------- results

    def comes_out(self, asked: _Asked, message: Message) -> None:
        body, result = message.body, message.body.get("result")
        if "error" in body or not isinstance(result, Mapping):
            told = body.get("error")
            words = shown(_part(told, "message") or (told if isinstance(told, str) else "no more is told"))
            data = _part(told, "data")
            more = "" if data is None else shown(data) if isinstance(data, str) else answer(data)
            error, code = "\n".join(filter(None, (words, more))), line(f"JSON-RPC {_part(told, 'code') or ''}")
            self.keeps(asked, _Answer(Outcome.FAILED, error, code, says_timeout(error)), message.at)
            return
        said, hidden = _said(result)
        if result.get("isError") is True:
            error = shown("\n".join(_texts(result))) or said
            self.keeps(asked, _Answer(Outcome.FAILED, error, IS_ERROR, says_timeout(error), said), message.at)
        else:
            self.keeps(asked, _Answer(Outcome.PASSED, said=said, told=hidden), message.at)

    def keeps(self, asked: _Asked, how: _Answer, until: datetime | None = None) -> None:
        is_call = asked.method == _CALL
        name = asked.params.get("name" if is_call else "uri")
        if not isinstance(name, str) or not name:
            self.kept.malformed += 1
            return
        given = asked.params.get("arguments")
        self.kept.add(
            Result(
                line(name),
                how.outcome,
                Subject.TOOL if is_call else Subject.RESOURCE,
                tool=line(name) if is_call else None,
                # They may be left out where a tool takes none.
                arguments=({} if given is None else arguments(given)) if is_call else None,
                error=how.error,
                error_type=how.error_type,
                timed_out=how.timed_out,
                looked_at=_looked_at(how, is_call=is_call),
                answer=how.said,
                told_error=how.told,
                seconds=_between(asked.message.at, until),
                at=asked.message.at,
                origin=asked.message.origin,
            )
        )

    def meets(self, result: Any) -> None:  # noqa: ANN401 - JSON is any of six types
        if not isinstance(result, Mapping):
            return
        about = result.get("serverInfo")
        name, version = (_part(about, part) or "(not told)" for part in ("name", "version"))
        protocol = line(result.get("protocolVersion") or "(not told)", 100)
        self.kept.note(f"the server is {quoted(name)} {line(version, 100)}, MCP {protocol}")

    # ---------------------------------------------------------------- the end

    def gives_up(self, key: tuple[type, Any]) -> None:
        for asked in self.open.pop(key):
            self.waiting -= 1
            self.size -= asked.message.size
            if asked.method in (_CALL, _READ):
                self.unanswered += 1
                self.keeps(asked, _Answer(Outcome.UNKNOWN))

    def finished(self) -> Evidence:
        for key in list(self.open):
            self.gives_up(key)
        if self.unanswered:
            self.kept.note(f"calls without an answer in the transcript: {self.unanswered}")
        if self.unasked and not self.twice:
            self.kept.note(f"answers without a call in the transcript: {self.unasked}")
        if self.ambiguous:
            self.kept.note("calls with the same id wait at the same time: an answer may belong to another of them")
        if self.kept.nothing():
            self.kept.refuse("holds no call of a tool", "give a transcript with the requests of the client")
        return self.kept.evidence()


def _key(id: Any) -> tuple[type, Any] | None:  # noqa: ANN401 - JSON is any of six types
    return (type(id), id) if isinstance(id, (str, int)) and not isinstance(id, bool) else None


def _looked_at(how: _Answer, *, is_call: bool) -> tuple[str, ...]:
    if how.outcome is Outcome.UNKNOWN:
        return ()
    if not is_call or how.error_type not in ("", IS_ERROR):
        return (ANSWERED,)
    # The answer of a call that passed is at hand, and was looked into for an error.
    return (IS_ERROR, ERROR_FIELD) if how.outcome is Outcome.PASSED else (IS_ERROR,)


def _said(result: Mapping[str, Any]) -> tuple[str, str]:
    """The beginning of an answer, and what it calls an error itself; both redacted."""
    texts, structured = list(_texts(result)), result.get("structuredContent")
    said = shown("\n".join(texts), ANSWER) or ("" if structured is None else answer(structured))
    return said, shown(next(filter(None, map(told_error, texts)), "") or error_of(structured))


def _texts(result: Mapping[str, Any]) -> Iterator[str]:
    """The texts of an answer's parts; what is no text is named."""
    parts = result.get("content", result.get("contents"))
    for part in parts[:_MOST_PARTS] if isinstance(parts, list) else ():
        if isinstance(part, Mapping):
            text = part.get("text", _part(part.get("resource"), "text"))
            yield text if isinstance(text, str) else f"({line(part.get('type', part.get('mimeType')), 100)})"


def _part(value: Any, name: str) -> Any:  # noqa: ANN401 - JSON is any of six types
    return value.get(name) if isinstance(value, Mapping) else None


def _between(since: datetime | None, until: datetime | None) -> float | None:
    if since is None or until is None or (since.tzinfo is None) != (until.tzinfo is None):
        return None
    took = (until - since).total_seconds()
    return took if took >= 0 else None


EVIDENCE = Format("MCP transcript", likeness, read)
