"""What a CI system, docker or `gh` writes before each line of a log, learned from the log and taken off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from iamsim.evidence._keeping import ESCAPE

_FORMS = (
    # GitHub's raw logs, `docker logs -t`, GitLab's (which add `00O ` or `00E+`).
    re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)? (?:\d\d[OE][+ ])?"),
    # `[job] `, act's `[workflow/job]   | `; a moment in brackets is mcp-test's own.
    re.compile(r"\[(?!\d{4}-\d\d-\d\d)[^\[\]]{1,100}\](?:\s{0,8}\|)? ?"),
    # docker compose.
    re.compile(r"[\w./@-]{1,60}\s{0,40}\| ?"),
    # `gh run view --log`: job, step, moment and line.
    re.compile(r"[^\t]{1,200}\t"),
)
_MOST = 4


def plain_lines(lines: Iterator[tuple[int, str]], head: str, anchor: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """
    The lines without colours and prefixes, each with its number.

    A prefix is taken off only if a line of `head` has it before what `anchor` matches, so that nothing is taken from a
    text that only looks like one. What a carriage return divides are lines of one number.
    """
    strip = _stripper(head, anchor)
    for number, line in lines:
        for part in line.split("\r"):
            yield number, strip(_colourless(part))


def _stripper(head: str, anchor: re.Pattern[str]) -> Callable[[str], str]:
    seen = {forms for line in head.splitlines() if (forms := _before(_colourless(line), anchor))}
    longest_first = sorted(seen, key=len, reverse=True)

    def strip(line: str) -> str:
        for forms in longest_first:
            end = _end(line, forms)
            if end is not None:
                return line[end:]
        return line

    return strip


def _before(line: str, anchor: re.Pattern[str]) -> tuple[re.Pattern[str], ...]:
    """The forms of prefix that stand before the anchor; none where something else does, or nothing."""
    found = anchor.search(line)
    if found is None:
        return ()
    prefix, at = line[: found.start()].rstrip(" "), 0
    forms: list[re.Pattern[str]] = []
    while at < len(prefix) and len(forms) < _MOST:
        form = next((form for form in _FORMS if form.match(line, at)), None)
        if form is None:
            return ()
        forms.append(form)
        at = form.match(line, at).end()  # type: ignore[union-attr]  # it matched there just now
    return tuple(forms) if at >= len(prefix) else ()


def _end(line: str, forms: tuple[re.Pattern[str], ...]) -> int | None:
    at = 0
    for form in forms:
        found = form.match(line, at)
        if found is None:
            return None
        at = found.end()
    return at


def _colourless(line: str) -> str:
    return ESCAPE.sub("", line) if "\x1b" in line else line
