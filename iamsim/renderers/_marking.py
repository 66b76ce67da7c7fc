"""Text of the user's in Markdown, as it reads, whatever is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from iamsim.renderers._words import count, line, visible

MOST = 60_000
"""Characters of a comment; GitHub takes 65,536."""
ROWS = 50
_LONGEST = 600
# Letters, digits and what neither Markdown nor HTML reads as its own; everything else becomes a character reference.
# A colon before a slash, and the dot of `www.`, are what links of plain text are known by.
_OTHER = re.compile(r"[^A-Za-z0-9 ,./+=;:()\"'?\n-]|:(?=/)|(?<=www)\.", re.IGNORECASE)


def code(words: str) -> str:
    """
    On one line, in `<code>`: no mark-up, no link, no mention, no end of a table cell.

    A character reference alone does not keep `@name` from being a mention.
    """
    return f"<code>{_inert(_cut(line(words)))}</code>"


def block(words: str, *, lines: int = 60) -> str:
    """Line by line, in `<pre>`, cut after `lines`."""
    told = visible(words, keep="\n").rstrip("\n").split("\n")
    more = [f"… {count(len(told) - lines, 'more line')}"] if len(told) > lines else []
    return f"<pre>{_inert(chr(10).join([*map(_cut, told[:lines]), *more]))}</pre>"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; of many rows the first, and how many more there are."""
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows[:ROWS]]
    if len(rows) > ROWS:
        lines += ["", f"*and {count(len(rows) - ROWS, 'more row')}*"]
    return "\n".join(lines)


def folded(summary: str, parts: Iterable[str]) -> str:
    """Parts behind a summary that is clicked on."""
    return "\n\n".join((f"<details><summary>{summary}</summary>", *parts, "</details>"))


def whole(parts: Iterable[str]) -> str:
    """Parts as one text, without those that would make it longer than a comment may be."""
    size, kept = 0, []
    for part in parts:
        size += len(part) + 2
        if size > MOST:
            kept.append("*Too long to be shown whole: the rest is in `--format json`.*")
            break
        kept.append(part)
    return "\n\n".join(kept) + "\n"


def _inert(plain: str) -> str:
    return _OTHER.sub(lambda match: f"&#{ord(match[0])};", plain)


def _cut(plain: str) -> str:
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST] + "…"
