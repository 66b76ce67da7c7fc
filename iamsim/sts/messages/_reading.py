"""A text taken apart: what a client put around AWS's words, what AWS added to its sentence, and the sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iamsim.sts.messages._clients import CLIENTS, Reply
from iamsim.sts.messages._forms import LONGEST, Form


def candidates(text: str) -> Iterator[str]:
    """What of a text may be one message: all of it, then each line, as logs and stack traces have other lines, too."""
    text = text[:LONGEST].strip(_ASIDE)
    yield text
    lines = [line.strip(_ASIDE) for line in text.splitlines()]
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= _SHORTEST)


def unwrapped(text: str) -> Iterator[tuple[Reply | None, str]]:
    """The message inside what a client shows, by every client's form that reads so, and last the text as it stands."""
    for client in CLIENTS:
        found = client.read(text)
        if found is not None:
            message = found.pop("message")
            yield Reply(**found), message.strip(_ASIDE)
    yield None, text


def peeled(text: str, frames: tuple[Form, ...]) -> tuple[dict[str, Any], str]:
    """What AWS added to a sentence, and the sentence."""
    told: dict[str, Any] = {}
    for frame in frames:
        found = frame.read(text)
        if found is not None and not found.keys() & told.keys():
            text = found.pop("sentence").strip(_ASIDE)
            told |= found
    return told, text


# A full stop at the end of a sentence comes and goes.
_ASIDE = " \t\r\n."
_SHORTEST = len("Forbidden")
