"""What the stacks of one call share: how much work is left, what refers to what, and what was not told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from iamsim.jsontext import Pointer
from iamsim.model.report import Input

if TYPE_CHECKING:
    from iamsim.sources._template_stack import Stack

MAX_VALUES = 2_000_000
"""Most values that functions and loops may make of the templates of one call; a template of 1 MB has about 100,000."""

MAX_TEXT = 50_000_000
"""Most characters of text that they may make."""

MAX_NESTED = 100
"""Deepest that values refer to each other and nest, together; Python's own limit is a thousand calls."""

# The ARN of a session drops the path of its role: one without a path is looked for.
_SESSION = re.compile(r"(arn:[^:]+):sts::(\d{12}):assumed-role/([^/]+)/.+", re.ASCII | re.DOTALL)
_SHOWN = 4
_PER_NAME = 2


class World:
    """The stacks of one call, in the order they were found in; `needed` are the ARNs in play."""

    def __init__(self, needed: tuple[str, ...] = ()) -> None:
        self.needed = tuple(_SESSION.sub(r"\1:iam::\2:role/\3", arn) for arn in needed if arn.startswith("arn:"))
        self.stacks: list[Stack] = []
        self.subject = ""
        self._values, self._text, self._depth = 0, 0, 0
        self._open: list[tuple[int, str, str]] = []
        self._causes: dict[str, tuple[str, dict[str, None]]] = {}
        self._told: dict[tuple[str, str, str], None] = {}

    def spend(self, characters: int, stack: Stack, at: Pointer, values: int = 1) -> None:
        """Counts values and the characters made for them; raises `InputError` past the bounds."""
        self._values += values
        self._text += characters
        if self._values > MAX_VALUES or self._text > MAX_TEXT:
            most = f"at most {MAX_VALUES:,} values and {MAX_TEXT:,} characters are made"
            stack.fail("its functions and loops make too much of it", at, most)

    @contextmanager
    def deeper(self, stack: Stack, at: Pointer, levels: int = 1) -> Iterator[None]:
        """Counts levels; raises `InputError` past the bound."""
        self._depth += levels
        try:
            if self._depth > MAX_NESTED:
                stack.fail("nests or refers too deeply", at, f"at most {MAX_NESTED} levels are followed")
            yield
        finally:
            self._depth -= levels

    @contextmanager
    def opened(self, stack: Stack, what: str, name: str, at: Pointer) -> Iterator[None]:
        """While the value of `name` is looked for; raises `InputError` when it is looked for in itself."""
        key = (id(stack), what, name)
        if key in self._open:
            around = [found for _, _, found in self._open[self._open.index(key) :]]
            chain = " → ".join(name[:60] for name in [*around[: _SHOWN + 1], name])
            hint = "CloudFormation refuses circular references; break the circle"
            stack.fail(f"{what} `{name[:60]}` refers to itself: {chain}", at, hint)
        self._open.append(key)
        try:
            with self.deeper(stack, at, _PER_NAME):
                yield
        finally:
            self._open.pop()

    def untold(self, cause: str, why: str) -> None:
        """Notes that `cause` (a parameter, a condition …) is not told, and for which resource that counts."""
        _, where = self._causes.setdefault(cause, (why, {}))
        if self.subject:
            where[self.subject] = None

    def say(self, kind: str, subject: str, detail: str) -> None:
        """Notes a line for the report; the same line is noted once."""
        self._told[kind, subject, detail] = None

    def inputs(self) -> tuple[Input, ...]:
        """The lines for the report: first what was said, then what is not told."""
        told = [Input(*line) for line in self._told]
        return (*told, *(Input("not seen", cause, _where(why, where)) for cause, (why, where) in self._causes.items()))


def _where(why: str, where: dict[str, None]) -> str:
    names = list(where)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{why}; it counts in {', '.join(names[:_SHOWN])}{more}" if names else why
