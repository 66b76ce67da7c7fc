"""One error message of AWS or of an SDK, as it was pasted, or a decoded authorization message."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from iamsim import jsontext, redact
from iamsim.errors import InputError
from iamsim.evidence import Format, _answers, _operations
from iamsim.evidence._log import Found
from iamsim.evidence._log_text import Tracebacks, texts
from iamsim.evidence._reading import HEAD, Opened
from iamsim.evidence._tally import Calls, shown
from iamsim.model.observation import Call, Evidence
from iamsim.model.origin import Origin
from iamsim.sts import messages
from iamsim.sts.messages import Denial, Kind

_FEW, _SOME = 3, 40
_MANY = 100
# What stands for a whole answer, where nothing is around it.
_BARE = {"access denied": "AccessDenied", "accessdenied": "AccessDenied", "forbidden": "403", "403 forbidden": "403"}


def likeness(opened: Opened) -> int:
    """Sure of a decoded message, fairly of a few lines with an error in them; a log is likelier where there are many."""
    text = opened.head
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or len(text) >= HEAD // 4:
        return 0
    if _decoded(text) is not None:
        return 85
    if len(lines) > _SOME or _found(text, Origin("")) is None:
        return 0
    if lines[0].lstrip()[:1] in "{[<":
        return 30  # an answer as AWS sends it, or anything else that is JSON or XML and holds one
    return 70 if len(lines) <= _FEW else 45


def read(opened: Opened) -> Evidence:
    """The message in a file; raises `InputError` where it holds none that is known, or is longer than one."""
    with opened.stream() as stream:
        if len(stream.read(HEAD + 1)) > HEAD:
            raise InputError(
                f"`{redact.line(opened.location)[:200]}` is longer than an error message",
                hint="give it as server_log:PATH",
            )
    return _evidence(opened.head, opened.location, opened.sha256)


def read_text(text: str, location: str) -> Evidence:
    """
    The message in a text that stands in no file; `location` is what it is called.

    Raises `InputError` for a text in which no message of AWS or of an SDK is recognised.
    """
    return _evidence(text, location, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


EVIDENCE = Format("error message", likeness, read)


# ---------------------------------------------------------------- helpers


def _evidence(text: str, location: str, sha256: str) -> Evidence:
    decoded = _decoded(text)
    if decoded is not None:
        denial, context, statements = decoded
        if denial is None:
            note = "the decoded message is of a request that was allowed"
            return Evidence("message", location, sha256, notes=(note,))
        return Evidence("message", location, sha256, calls=(_refused(denial, context, statements, Origin(location)),))
    found = _found(text, Origin(location))
    if found is None:
        raise InputError(
            f"`{redact.line(location)[:200]}` holds no error message of AWS or of an SDK that is known",
            hint="give the whole text of the error, with the words `An error occurred` or `is not authorized to perform`",
        )
    return found.evidence("message", location, sha256)


def _found(text: str, origin: Origin) -> Found | None:
    """What the lines say, or all of the text together; None if that is nothing."""
    text = text[:HEAD]
    found = Found()
    tracebacks = Tracebacks()
    for number, line in enumerate(text.splitlines(), 1):
        place = Origin(origin.document, line=number)
        for each, at in texts(line):
            says = not tracebacks.inside(each) and found.text(each, at, place)
            found.read += says
    known = found.calls.in_order
    whole = _together(text, origin)
    if whole is not None and _told(whole) >= max(map(_told, known), default=0):
        first = known[0] if known else whole
        if len(known) <= 1 or all(_within(each, whole) for each in known):
            found.calls = Calls()
            found.call(replace(whole, origin=first.origin, at=first.at))
            found.encoded = _answers.encoded(text)
            found.read = max(found.read, 1)
    if found.read:
        return found
    code = _BARE.get(text.strip().rstrip(".").lower())
    if code is None:
        return None
    found.call(_answers.answered(code, text, operation="", origin=origin))
    found.read = 1
    return found


def _together(text: str, origin: Origin) -> Call | None:
    """The call that the text tells of with its line breaks, with spaces in their place, or without: the fullest."""
    lines = [line.strip() for line in text.splitlines()]
    if len(lines) > _SOME:
        return None
    whole = [_answers.told(each, origin) for each in dict.fromkeys((text, " ".join(lines), "".join(lines)))]
    return max(filter(None, whole), key=_told, default=None)


def _within(part: Call, whole: Call) -> bool:
    """Whether all that one call tells is told by the other, so that it may be a line of it."""
    names = ("operation", "principal", "resource", "code")
    return all(getattr(part, name) in ("", None, getattr(whole, name)) for name in names)


def _told(call: Call) -> int:
    """How much a call tells."""
    return sum(each is not None for each in (call.principal, call.resource, call.action, call.denied_by, call.explicit))


def _decoded(text: str) -> tuple[Denial | None, dict[str, tuple[str, ...]], tuple[str, ...]] | None:
    """
    The denial of a decoded authorization message, the condition keys that it tells, and the statements that matched.

    None for any other text.
    """
    if '"explicitDeny' not in text and '\\"explicitDeny' not in text:
        return None
    try:
        denial = messages.decoded(text)
        told = jsontext.load(text, "decoded message")
        inner = told.get("DecodedMessage") if isinstance(told, dict) else None
        told = jsontext.load(inner, "decoded message") if isinstance(inner, str) else told
    except InputError:
        return None
    matched = [_member(each, "statementId") for each in _items(_member(told, "matchedStatements"))[:_MANY]]
    return (
        denial,
        _conditions(told),
        tuple(redact.line(each)[:128] for each in matched if isinstance(each, str) and each),
    )


def _conditions(told: Any) -> dict[str, tuple[str, ...]]:  # noqa: ANN401 - JSON is any of six types
    found = {}
    for each in _items(_member(_member(told, "context"), "conditions"))[:_MANY]:
        key = _member(each, "key")
        values = tuple(
            value
            for item in _items(_member(each, "values"))[:_MANY]
            if isinstance(value := _member(item, "value"), str)
        )
        if isinstance(key, str) and ":" in key and values:
            found[key.lower()] = tuple(str(value) for value in values)
    return shown(found)


def _member(told: Any, name: str) -> Any:  # noqa: ANN401 - as above
    return told.get(name) if isinstance(told, dict) else None


def _items(told: Any) -> list[Any]:  # noqa: ANN401 - as above
    items = _member(told, "items")
    return items if isinstance(items, list) else []


def _refused(denial: Denial, context: dict[str, tuple[str, ...]], statements: tuple[str, ...], origin: Origin) -> Call:
    action = redact.line(_operations.spelled(denial.action)) if denial.action else None
    listed = ", ".join(statements[:_FEW])
    return Call(
        "",
        action,
        _answers.arn(denial.caller),
        _answers.arn(denial.resource),
        "AccessDenied",
        f"decoded authorization message{f'; statements that matched: {listed}' if listed else ''}",
        explicit=denial.kind is Kind.EXPLICIT,
        context=context,
        origin=origin,
    )
