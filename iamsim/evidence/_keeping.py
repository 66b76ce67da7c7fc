"""What a format keeps of what it reads: short, without credentials, and no more than is told apart."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from iamsim import redact
from iamsim.errors import InputError
from iamsim.evidence import _answers
from iamsim.evidence._reading import CUT, Opened
from iamsim.model.observation import Evidence, Result
from iamsim.model.origin import Origin

ERROR = 4_000
"""Characters of an error that are kept; of an answer, half as many."""
ANSWER = 2_000
NAME = 300
MOST_RESULTS = 100_000
MOST_NOTES = 100
_MOST_ITEMS = 1_000
_MOST_CHARACTERS = 16 * 1024
"""Of the arguments of a call, all parts together."""
_LARGEST = 256 * 1024 * 1024
"""Characters of all results of a file together."""


class NotJsonError(ValueError):
    """A text is no JSON, or none that can be followed."""


class Kept:
    """What was read of one file so far; what is more than `MOST_RESULTS` is counted and said."""

    def __init__(self, opened: Opened, format: str) -> None:
        self._opened = opened
        self._format = format
        self._left_out = 0
        self._room = _LARGEST
        self.results: list[Result] = []
        self.expected: list[Result] = []
        self.stated: dict[str, int] = {}
        self.malformed = 0
        self._notes: dict[str, None] = {}

    def add(self, result: Result) -> None:
        """Keeps a result, as far as there is room."""
        self._keep(self.results, result)

    def expect(self, result: Result) -> None:
        """Keeps what the file says will be tested, as far as there is room."""
        self._keep(self.expected, result)

    def _keep(self, those: list[Result], result: Result) -> None:
        if len(those) < MOST_RESULTS and self._room > 0:
            those.append(result)
            self._room -= len(repr(result))
        else:
            self._left_out += 1

    def note(self, words: str) -> None:
        """Keeps a note once."""
        if len(self._notes) < MOST_NOTES:
            self._notes[line(words, ERROR)] = None

    def at(self, number: int | None, pointer: str = "") -> Origin:
        """The place of a line, or of a part of a file that is one JSON value."""
        return Origin(self._opened.location, pointer, line=number)

    def nothing(self) -> bool:
        """Whether there is nothing yet that evidence is made of."""
        return not (self.results or self.expected or self.stated)

    def refuse(self, what: str, hint: str | None = None) -> NoReturn:
        """Says that the file is not what it was taken for."""
        raise InputError(f"`{line(self._opened.location, 200)}` {what}", hint=hint)

    def evidence(self) -> Evidence:
        """What was kept."""
        if self._left_out:
            self.note(f"holds {self._left_out:,} results more than are kept")
        return Evidence(
            self._format,
            self._opened.location,
            self._opened.sha256,
            results=tuple(self.results),
            expected=tuple(self.expected),
            stated=dict(self.stated),
            notes=tuple(self._notes),
            malformed=self.malformed,
        )


# ---------------------------------------------------------------- texts


def shown(words: object, most: int = ERROR) -> str:
    """Text of any number of lines, redacted and cut; what could steer a terminal, or is no character, becomes U+FFFD."""
    told = _UNFIT.sub("\ufffd", redact.text(_colourless(_beginning(str(words))))).strip()
    return told if len(told) <= most else told[: most - 1] + CUT


def line(words: object, most: int = NAME) -> str:
    """As `shown`, on one line."""
    return _BREAKS.sub(" ", shown(words, most))


def quoted(words: object) -> str:
    """A name within a note."""
    return f"`{line(words, 100)}`"


def says_timeout(error: str) -> bool:
    """Whether an error says that an answer was waited for in vain."""
    return _TIMEOUT.search(error) is not None


def told_error(answer: str) -> str:
    """
    What an answer itself calls an error, as it stands there; empty where it calls nothing so.

    Servers answer `{"error": "…"}` or `{"success": false, …}` as a result like any other; those made with
    pydantic begin `1 validation error for …` where arguments are refused.
    """
    if found := _REFUSED_ARGUMENTS.search(answer, 0, _LOOKED_AT):
        return answer[found.start() :]
    try:
        tree = parsed(answer)
    except NotJsonError:
        return ""
    return error_of(tree)


def error_of(tree: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    """As `told_error`, for an answer that is JSON."""
    if not isinstance(tree, Mapping):
        return ""
    for name in ("error", "errors", "error_message", "errorMessage"):
        if words := _words(tree.get(name)):
            return words
    if (
        tree.get("success") is False
        or tree.get("ok") is False
        or str(tree.get("status")).lower() in ("error", "failed")
    ):
        told = (_words(tree.get(name)) for name in ("message", "reason", "detail", "cause"))
        return next(filter(None, told), "the answer says that it failed, and not why")
    inner = tree.get("result")
    return error_of(inner) if isinstance(inner, Mapping) and len(tree) == 1 else ""


def _words(value: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    """An error as text; nothing for what says that there is none."""
    if value is None or isinstance(value, (bool, int, float)) or not value:
        return ""
    if isinstance(value, Mapping):
        return next((str(value[name]) for name in ("message", "Message", "detail") if value.get(name)), _dumped(value))
    if isinstance(value, list):
        return "\n".join(filter(None, (_words(item) for item in value[:_MOST_ITEMS])))
    return str(value)


def _dumped(value: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    return json.dumps(redact.value("error", value), ensure_ascii=False)


# ---------------------------------------------------------------- values


def arguments(tree: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - JSON is any of six types
    """The arguments of a call, redacted and within bounds; None for what are none."""
    if not isinstance(tree, Mapping):
        return None
    found: Mapping[str, Any] = _within(redact.arguments(tree), [_MOST_CHARACTERS])
    return found


def answer(tree: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    """The beginning of an answer that is JSON, redacted."""
    told = _within(redact.arguments({"answer": tree}), [_MOST_CHARACTERS])["answer"]
    return shown(told if isinstance(told, str) else json.dumps(told, ensure_ascii=False, default=str), ANSWER)


def _within(value: Any, left: list[int]) -> Any:  # noqa: ANN401 - JSON is any of six types
    """
    The same within bounds, with `CUT` in the place of what is left out.

    `left` is the one number of characters that may still come, all parts together.
    """
    left[0] -= 4
    if isinstance(value, str):
        told = shown(value) if len(value) > NAME or _UNFIT.search(value) else value
        left[0] -= len(told)
        return told if left[0] > 0 else CUT
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        found = {}
        for name, item in value.items():
            if left[0] <= 0:
                found[CUT] = CUT
                break
            found[line(name)] = _within(item, left)
        return found
    if isinstance(value, list):
        parts = []
        for item in value:
            if left[0] <= 0:
                parts.append(CUT)
                break
            parts.append(_within(item, left))
        return parts
    return value


def parsed(text: str) -> Any:  # noqa: ANN401 - JSON is any of six types
    """The JSON in `text`; raises `NotJsonError` for anything else, and for what is nested too deeply or holds NaN."""
    try:
        return _JSON.decode(text)
    except (ValueError, RecursionError):
        raise NotJsonError from None


def first_json(text: str, at: int = 0) -> Any:  # noqa: ANN401 - JSON is any of six types
    """The JSON that begins at a place of a text, whatever follows it; raises `NotJsonError` where none does."""
    try:
        return _JSON.raw_decode(text, at)[0]
    except (ValueError, RecursionError):
        raise NotJsonError from None


def moment(words: object) -> datetime | None:
    """A moment in one of ISO 8601's forms, or as a number of seconds or milliseconds since 1970; None for what is none."""
    if not isinstance(words, str):
        return _answers.moment(words)
    try:
        return datetime.fromisoformat(words.strip().replace(",", "."))
    except ValueError:
        return None


def seconds(value: object) -> float | None:
    """A duration in seconds, as a number or as text (`1,234.5` too); None for what is none."""
    try:
        found = float(value.replace(",", "") if isinstance(value, str) else value)  # type: ignore[arg-type]  # what fits not is caught
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and found >= 0 and not isinstance(value, bool) else None


def _beginning(words: str) -> str:
    """
    As much of a text as is looked at, without a part of what may be a credential at its end.

    Nothing is cut at its beginning: what tells a credential stands before it.
    """
    if len(words) <= _LOOKED_AT:
        return words
    last = next((at for at in range(_LOOKED_AT, _LOOKED_AT - _LONGEST_RUN, -1) if words[at] in _APART), 0)
    return words[: last or _LOOKED_AT - _LONGEST_RUN]


def _no_constant(_: str) -> NoReturn:
    raise NotJsonError


def _colourless(words: str) -> str:
    return ESCAPE.sub("", words) if "\x1b" in words else words


_LOOKED_AT = 64 * 1024
_LONGEST_RUN = 8 * 1024
_APART = frozenset(" \t\r\n\"',;&<>|")
_JSON = json.JSONDecoder(parse_constant=_no_constant)
ESCAPE = re.compile(r"\x1b(?:\[[0-9;:?<=>]{0,64}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,256}(?:\x07|\x1b\\)|[@-Z\\^_])")
"""An escape sequence of a terminal, such as a colour."""
# Controls besides tab and line feed, what changes the direction of text, halves of characters, and what the engine reserves.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ue000-\ue002]", re.UNICODE
)
_BREAKS = re.compile(r"\s*[\n\t]\s*")
_REFUSED_ARGUMENTS = re.compile(r"\b\d{1,4} validation errors? for ")
_TIMEOUT = re.compile(
    r"timed[ -]?out\b|\btime-?out (?:after|of|expired|exceeded|reached|waiting|[>(])"
    r"|\b(?:read|connect|connection|request|gateway|operation|socket)[ _-]?time-?out\b"
    r"|TimeoutE(?:rror|xpired|xception)|\bTimeout:|deadline exceeded|ETIMEDOUT",
    re.IGNORECASE,
)
