"""How much of a source is followed: a bound for each tool, and one for all."""

from __future__ import annotations

STEPS, ALL_STEPS = 200_000, 4_000_000
"""How many expressions and statements are followed for one tool, and in all."""


class Spent(Exception):  # noqa: N818 - no error: a bound that is reached
    """A tool is too large to be followed to its end."""


class Budget:
    """The steps that one walk may take, and those that it took."""

    __slots__ = ("limit", "spent", "steps")

    def __init__(self) -> None:
        self.steps = 0
        self.spent = 0
        self.limit = STEPS

    def step(self) -> None:
        """Counts one step; raises `Spent` beyond the bounds."""
        self.steps += 1
        if self.steps > self.limit:
            self.spent += self.steps
            self.steps = 0
            self.limit = max(0, min(STEPS, ALL_STEPS - self.spent))
            raise Spent

    def afresh(self) -> None:
        """Starts the count for another tool."""
        self.spent += self.steps
        self.steps = 0
        self.limit = max(1000, min(STEPS, ALL_STEPS - self.spent))
