"""Policy variables as they are written."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, Part, Text


def places(draft: Draft) -> Iterator[tuple[Part, Text]]:
    """The texts that hold `${` where a variable may stand: resources and the values of conditions."""
    for part in draft.statements():
        values = [value for test in part.conditions() for value in test.values]
        for text in (*part.resources(), *values):
            if "${" in text.value:
                yield part, text


def variables(text: str) -> Iterator[str | None]:
    """What stands in each pair of braces; None where the second is missing, at the end or before the next variable."""
    for piece in text.split("${")[1:]:
        inside, brace, _ = piece.partition("}")
        yield inside if brace else None
