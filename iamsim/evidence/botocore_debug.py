"""The debug log of botocore: where credentials came from, the requests in order, and AWS's answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from iamsim.evidence import Format, _answers, _botocore, _events, _log_lines, _log_text, _operations
from iamsim.evidence._botocore import Answer
from iamsim.evidence._log import Found
from iamsim.evidence._provider_chain import Walk
from iamsim.evidence._reading import Opened
from iamsim.evidence._tally import untimed
from iamsim.model.observation import Call, Evidence
from iamsim.model.origin import Origin
from iamsim.sts import messages

_MAKING = "Making request for OperationModel(name="
_SENDING = "Sending http request: "
_HEADERS = "Response headers: "
_BODY = "Response body:"
_FAILED = "Exception received when sending HTTP request"
_MANY = 100
_FOR_CREDENTIALS = {
    *("AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetSessionToken", "GetFederationToken"),
    *("GetRoleCredentials", "CreateToken", "CreateOAuth2Token", "CreateSession"),
}
"""What botocore asks within another request, before that is sent."""

_LIKE = re.compile(rf"{re.escape(_MAKING)}|Looking for credentials via: |\bbotocore\.(?:hooks|parsers|auth)\b")
_WORTH = re.compile(
    r"botocore\.|urllib3\.|Response (?:body:|headers: )|Making request for |Sending http request: |credentials|metadata|HTTP/"
)
_RECORD = re.compile(r"\b(?:botocore|boto3|urllib3|s3transfer|awscli)\.[a-z]")
_EVENT = re.compile(r"\bEvent [a-z-]{1,40}\.([a-z0-9-]{1,60})\.([A-Za-z0-9]{1,128}): calling handler")
_STATUS = re.compile(r'"[A-Z]{3,7} \S{0,16384} HTTP/[\d.]{1,4}" (\d{3})\b')
_ATTEMPT = re.compile(r"'amz-sdk-invocation-id': b?'([\w-]{1,64})'")


def likeness(opened: Opened) -> int:
    """Sure where a line is one of those that botocore writes at level DEBUG only."""
    return 80 if _LIKE.search(opened.head) else 0


def read(opened: Opened) -> Evidence:
    """
    The requests with their answers, and what the lines say of credentials.

    A request whose answer the log does not hold is counted in a note; it neither failed nor succeeded.
    Raises `InputError` as `Opened` does.
    """
    reading = _Reading()
    tracebacks = _log_text.Tracebacks()
    for number, line in opened.lines():
        if not line.strip():
            continue
        reading.found.read += 1
        origin = Origin(opened.location, line=number)
        for text, at in _log_text.texts(line):
            if not tracebacks.inside(text):
                reading.line(text, at, origin)
    reading.end()
    return reading.found.evidence("botocore_debug", opened.location, opened.sha256, reading.notes())


EVIDENCE = Format("botocore debug log", likeness, read)


@dataclass(slots=True)
class _Request:
    """A request that was made, and what was seen of its answer; `mixed` is one whose answer may be another's."""

    name: str
    line: str
    at: datetime | None
    origin: Origin
    service: str = ""
    region: str = ""
    key: str = ""
    status: int = 0
    headers: str = ""
    answer: Answer | None = None
    attempt: str = ""
    sent: bool = False
    mixed: bool = False


@dataclass(slots=True)
class _Thread:
    """What one thread of the process does, as far as its lines tell: requests within requests, the last that was answered."""

    open: list[_Request] = field(default_factory=list)
    unsent: list[_Request] = field(default_factory=list)
    done: _Request | None = None
    service: tuple[str, str] = ("", "")


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    found: Found = field(default_factory=Found)
    requests: int = 0
    unanswered: int = 0
    mixed: int = 0
    _walk: Walk = field(init=False)
    _threads: dict[str, _Thread] = field(default_factory=dict)
    _body: _Thread | None = None
    _callers: dict[str, str] = field(default_factory=dict)
    _answered: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """The walk tells its lines where the requests do."""
        self._walk = Walk(self.found)

    def line(self, text: str, at: datetime | None, origin: Origin) -> None:
        """Takes in one line."""
        if self._body is not None:
            thread, self._body = self._body, None
            if _RECORD.search(text[:200]) is None:
                self._answer(thread, text)
                return
            self._answer(thread, "")
        if _WORTH.search(text) is None:
            self._other(text, at, origin)
            return
        self._walk.line(text, at, origin)
        if not self._of_request(self._thread(text), text, at, origin):
            self._other(text, at, origin)

    def _of_request(self, thread: _Thread, text: str, at: datetime | None, origin: Origin) -> bool:
        """Takes in a line about a request; whether it is one."""
        if (event := _EVENT.search(text)) is not None:
            thread.service = (event[1], event[2])
        elif _MAKING in text:
            self._made(thread, text, at, origin)
        elif _SENDING in text:
            self._sent(thread, text)
        elif _BODY in text:
            rest = text.partition(_BODY)[2].strip()
            if rest:
                self._answer(thread, rest)
            else:
                self._body = thread
        else:
            return self._of_answer(thread, text)
        return True

    def _of_answer(self, thread: _Thread, text: str) -> bool:
        """Takes in a line about the answer to the request at hand; whether it is one."""
        if not thread.open:
            return False
        made = thread.open[-1]
        if _HEADERS in text:
            made.headers = text[: _answers.LONGEST]
        elif _FAILED in text:
            made.sent = False
        elif (status := _STATUS.search(text)) is not None and not any(at in text for at in _log_lines.METADATA):
            made.status = int(status[1])
        else:
            return False
        return True

    def end(self) -> None:
        """Takes in that there are no more lines."""
        if self._body is not None:
            self._answer(self._body, "")
        for thread in self._threads.values():
            thread.open[:0] = thread.unsent
            while thread.open:
                self._close(thread, thread.open.pop())
            self._told(thread)

    def notes(self) -> Iterator[str]:
        """What is missing."""
        if self.unanswered:
            yield f"requests whose answer is not in the log, so that how they came out is not told: {self.unanswered:,}"
        if self.mixed:
            yield (
                "requests of several threads at once, whose answers are not to be told apart (a log with the threads' "
                f"names tells them): {self.mixed:,}"
            )

    # ---------------------------------------------------------------- requests

    def _thread(self, text: str) -> _Thread:
        """The thread that wrote a line, by what stands before the logger's name."""
        found = _RECORD.search(text)
        name = untimed(text[: found.start()][:_MANY]) if found is not None else ""
        name = name if name in self._threads or len(self._threads) < _MANY else ""
        return self._threads.setdefault(name, _Thread())

    def _made(self, thread: _Thread, text: str, at: datetime | None, origin: Origin) -> None:
        name = _botocore.operation(text)
        if not name:
            return
        self.requests += 1
        if thread.open and (thread.open[-1].status or len(thread.open) >= _MANY):
            self._close(thread, thread.open.pop())
        if thread.open and not thread.open[-1].sent and name not in _FOR_CREDENTIALS:
            # It failed before it was sent, or another thread is at work.
            thread.unsent.append(thread.open.pop())
            del thread.unsent[:-_MANY]
        line = text[: _answers.LONGEST]
        made = _Request(name, line, at, origin, region=_botocore.region(line))
        service, of = thread.service
        made.service = service if of == name else ""
        thread.open.append(made)
        if any(each.mixed or each.sent for each in thread.open):
            self._mix(thread)

    def _sent(self, thread: _Thread, text: str) -> None:
        found = _ATTEMPT.search(text)
        attempt = found[1] if found is not None else ""
        if attempt and thread.done is not None and thread.done.attempt == attempt:
            # A further attempt at what was answered already: the last answer counts.
            thread.open.append(thread.done)
            thread.done = None
        elif (thread.unsent and not thread.open) or (thread.open and thread.open[-1].sent):
            self._mix(thread)
        if not thread.open:
            return
        made = thread.open[-1]
        made.attempt, made.sent = attempt, True
        key, region, service = _botocore.scope(text[: _answers.LONGEST])
        made.key = key
        made.region = region or made.region
        made.service = made.service or service or _botocore.host(made.line).partition(".")[0]
        made.status, made.headers, made.answer = 0, "", None

    def _mix(self, thread: _Thread) -> None:
        """Several threads are at work, and their lines not told apart: whose an answer is, is not known."""
        thread.open[:0] = thread.unsent
        thread.unsent.clear()
        for each in (*thread.open, thread.done):
            if each is not None:
                each.mixed = True

    def _answer(self, thread: _Thread, body: str) -> None:
        if not thread.open:
            return
        made = thread.open.pop()
        if made.mixed:
            made.answer = Answer(*_botocore.error(_botocore.unescaped(body)))
        elif made.status:
            made.answer = _botocore.answer(made.status, made.headers, body)
        self._close(thread, made)

    def _close(self, thread: _Thread, made: _Request) -> None:
        self._told(thread)
        if made.answer is None and made.status:
            made.answer = _botocore.answer(made.status, made.headers, "")
        thread.done = made

    def _told(self, thread: _Thread) -> None:
        """Counts the last answered request, to which no further attempt comes any more."""
        made, thread.done = thread.done, None
        if made is None:
            return
        answer = made.answer
        if answer is None:
            self.unanswered += 1
            return
        if made.mixed:
            self.mixed += 1
            if messages.denies(answer.code) or messages.of_credentials(answer.code):
                self.found.call(_answers.answered(answer.code, answer.message, operation="", origin=made.origin))
            return
        operation = _operations.named(made.service, made.name)
        if answer.caller is not None and len(self._callers) < _MANY * _MANY:
            self._callers[answer.issued or made.key] = answer.caller
        self._answered.add((operation.rpartition(":")[2], answer.code))
        call = self._call(made, operation, answer)
        self.found.call(call)
        means = _log_lines.of_code(call.code)
        if means:
            text = f"{operation}: {call.code}: {call.message}"
            self.found.line(means, text, "", made.at, made.origin)

    def _call(self, made: _Request, operation: str, answer: Answer) -> Call:
        principal = self._callers.get(made.key) if made.key else None
        event = _botocore.request(operation, made.line, made.region, principal)
        values = _events.parameters(event, operation)
        action = _operations.action(operation, values, allowed=not answer.code)
        resource = _answers.arn(_events.resource(event, operation, action, _events.without_credentials(values)))
        context = _events.context(event, operation, values)
        key = made.key[-4:]
        if not answer.code:
            call = Call(operation, action, _answers.arn(principal), resource, at=made.at, origin=made.origin)
        else:
            call = _answers.answered(answer.code, answer.message, operation=operation, origin=made.origin, at=made.at)
            self.found.encoded += _answers.encoded(answer.message)
        return replace(
            call,
            action=call.action or action,
            principal=call.principal or _answers.arn(principal),
            resource=call.resource or resource,
            context=context,
            key=key,
        )

    # ---------------------------------------------------------------- what else a log says

    def _other(self, text: str, at: datetime | None, origin: Origin) -> None:
        """A line that is not of a request: as in a server's log, but for answers that stand here already."""
        says = False
        for means, about in _log_lines.said(text):
            says = True
            self.found.line(means, text, about, at, origin)
        if _log_lines.answers(text):
            call = _answers.told(text, origin, at)
            if call is not None and not self._known(call.operation.rpartition(":")[2], call.code):
                self.found.call(call)
                says = True
        self.found.passed += not says

    def _known(self, name: str, code: str) -> bool:
        """Whether an answer like this was read where botocore got it."""
        last = (thread.done for thread in self._threads.values())
        return (name, code) in self._answered or any(
            made is not None and made.name == name and made.answer is not None and made.answer.code == code
            for made in last
        )
