"""Text of a source as a manifest shows it."""

from __future__ import annotations

from iamsim import redact

LINE = 300
"""A line, and a list, in a manifest is cut after this many characters or entries."""


def printable(text: str) -> str:
    """One line without secrets and without characters that nobody sees."""
    shown = "".join(char if char.isprintable() and not "\ue000" <= char <= "\uf8ff" else " " for char in text)
    return redact.line(" ".join(shown.split())[:LINE])


def summary(text: str) -> str:
    """The first sentence of a description."""
    line = printable(text.strip().split("\n\n")[0])
    return line.partition(". ")[0].rstrip(".")[:200]
