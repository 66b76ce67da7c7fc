"""A condition on the way to a call, in the words of a manifest and in those of the source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Condition:
    """
    What must hold for the source to come by: `when` in the manifest's words, empty where it cannot say so.

    `words` are the source's own. `exact`: `when` says all of it, so that its opposite can be said too.
    """

    when: str
    words: str
    exact: bool = True

    def negated(self) -> Condition:
        """The opposite; where it cannot be said, words alone."""
        words = self.words.removeprefix("not ") if self.words.startswith("not ") else f"not {self.words}"
        if not self.exact or not self.when:
            return Condition("", words, exact=False)
        return Condition(opposite(self.when), words)

    def and_(self, other: Condition) -> Condition | None:
        """Both; None where that is too long to be said."""
        when = all_of((self.when, other.when))
        return Condition(when, f"{self.words} and {other.words}") if len(when) <= _LONGEST else None


def opposite(when: str) -> str:
    """The condition that holds where `when` does not; `opposite` of that is `when` again."""
    if when.startswith("not (") and _closes(when, 4) == len(when) - 1:
        return when[5:-1]
    if _is_simple(when):
        if when.startswith("not "):
            return when.removeprefix("not ")
        for sign, other in ((" == ", " != "), (" != ", " == ")):
            if sign in when:
                return when.replace(sign, other, 1)
        return f"not {when}"
    return f"not ({when})"


def all_of(whens: Iterable[str]) -> str:
    """All of the conditions; each once."""
    parts = list(dict.fromkeys(whens))
    return parts[0] if len(parts) == 1 else " and ".join(f"({when})" if " or " in when else when for when in parts)


def any_of(whens: Iterable[str]) -> str:
    """
    One of the conditions, without what another one makes superfluous; empty where one of them always holds.

    A or (B and not A) is A or B; `x == 'a'` says nothing beside `x != 'b'`.
    """
    parts = _absorbed(list(dict.fromkeys(whens)))
    if any(opposite(part) in parts for part in parts):
        return ""
    return parts[0] if len(parts) == 1 else " or ".join(f"({when})" if " and " in when else when for when in parts)


def _absorbed(parts: list[str]) -> list[str]:
    opposites = {opposite(part) for part in parts}
    shorter = []
    for part in parts:
        pieces = part.split(" and ")
        if len(pieces) > 1 and all(_is_simple(piece) for piece in pieces):
            kept = [piece for piece in pieces if piece not in opposites]
            shorter.append(" and ".join(kept) if kept else part)
        else:
            shorter.append(part)
    unlike = {tuple(part.split(" != ")) for part in shorter if _is_simple(part) and part.count(" != ") == 1}
    found = []
    for part in dict.fromkeys(shorter):
        name, equal, value = part.partition(" == ")
        if not (equal and _is_simple(part) and any(name == other and value != unequal for other, unequal in unlike)):
            found.append(part)
    return found


def _is_simple(when: str) -> bool:
    """Whether a condition is one test: a name, `set(name)`, a comparison, or the opposite of one."""
    bare = when.removeprefix("not ").replace("set(", "")
    return " and " not in when and " or " not in when and "(" not in bare


def _closes(text: str, at: int) -> int:
    """Where the bracket that opens at `at` closes; quoted texts hold none that counts."""
    depth, quoted = 0, False
    for place in range(at, len(text)):
        char = text[place]
        if char == "'":
            quoted = not quoted
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1
            if not depth:
                return place
    return -1
