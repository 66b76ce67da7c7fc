"""Where a value was written: file, JSON pointer, line, or API call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """
    A place in an input.

    `document` is a path as the user gave it, or an API call such as `iam:GetRole`; `pointer` is an
    RFC 6901 JSON pointer into it; `line` and `column` count from 1 where the document is text.
    """

    document: str
    pointer: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        if self.line is not None:
            return f"{self.document}:{self.line}" + (f":{self.column}" if self.column is not None else "")
        return f"{self.document}#{self.pointer}" if self.pointer else self.document


NOWHERE = Origin("")
"""The origin of a value that was not read from anywhere."""
