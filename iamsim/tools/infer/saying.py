"""A condition on the way to a call, in the words of a manifest and in those of the source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_LONGEST = 160

_MOST = 24
"""More ways to one call than this are not put in fewer words."""


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
        words = _opposite_words(self.words)
        if not self.exact or not self.when:
            return Condition("", words, exact=False)
        return Condition(opposite(self.when), words)

    def and_(self, other: Condition) -> Condition | None:
        """Both; None where that is too long to be said."""
        when = all_of((self.when, other.when))
        return Condition(when, f"{self.words} and {other.words}") if len(when) <= _LONGEST else None


def _opposite_words(words: str) -> str:
    """The source's own words the other way round; several of them in brackets."""
    if words.startswith("not (") and _closes(words, 4) == len(words) - 1:
        return words[5:-1]
    several = " and " in words or " or " in words or " if " in words
    if words.startswith("not ") and not several:
        return words.removeprefix("not ")
    return f"not ({words})" if several or words.startswith("not ") else f"not {words}"


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
    """All of the conditions, each once, without those that another one says already."""
    parts = list(dict.fromkeys(piece for when in whens for piece in pieces(when)))
    equal = {part.partition(" == ")[0]: part for part in parts if " == " in part and _is_simple(part)}
    kept = [
        part
        for part in parts
        if not (" != " in part and _is_simple(part) and part.partition(" != ")[0] in equal)
        and not (" or " in part and any(each in parts for each in part.split(" or ")))
    ]
    return kept[0] if len(kept) == 1 else " and ".join(f"({when})" if " or " in when else when for when in kept)


def any_of(whens: Iterable[str]) -> str:
    """
    One of the conditions, without what another one makes superfluous; empty where one of them always holds.

    A or (B and not A) is A or B; `x == 'a'` says nothing beside `x != 'b'`.
    """
    parts = _absorbed(list(dict.fromkeys(whens)))
    if "" in parts or any(opposite(part) in parts for part in parts):
        return ""
    return parts[0] if len(parts) == 1 else " or ".join(f"({when})" if " and " in when else when for when in parts)


def _absorbed(parts: list[str]) -> list[str]:
    """
    The conditions of which one must hold, in as few words.

    (A and X) or (not A and X) is X; A or (B and not A) is A or B; A or (A and B) is A.
    """
    rows = [frozenset(pieces(part)) for part in parts]
    changed = True
    while changed and len(rows) <= _MOST:
        changed = False
        for one in rows:
            for other in rows:
                if one is other or one == other:
                    continue
                apart, rest = one - other, other - one
                if len(apart) == len(rest) == 1 and opposite(next(iter(apart))) == next(iter(rest)):
                    new = one & other
                elif len(one) == 1 and opposite(next(iter(one))) in other:
                    rows = [row - {opposite(next(iter(one)))} if row is other else row for row in rows]
                    changed = True
                    break
                elif one < other:
                    rows = [row for row in rows if row is not other]
                    changed = True
                    break
                else:
                    continue
                rows = [row for row in rows if row is not one and row is not other] + [new]
                changed = True
                break
            if changed:
                break
    if any(not row for row in rows):
        return [""]
    order = {piece: number for number, piece in enumerate(piece for part in parts for piece in pieces(part))}
    found = [all_of(sorted(row, key=lambda piece: order.get(piece, len(order)))) for row in dict.fromkeys(rows)]
    unlike = {tuple(part.split(" != ")) for part in found if _is_simple(part) and part.count(" != ") == 1}
    return [
        part
        for part in found
        if not (
            " == " in part
            and _is_simple(part)
            and any(part.partition(" == ")[0] == name and part.partition(" == ")[2] != value for name, value in unlike)
        )
    ]


def pieces(when: str) -> list[str]:
    """The conditions that `when` joins by `and`, brackets taken away; itself, where it joins none."""
    found, start, depth, quoted = [], 0, 0, False
    place = 0
    while place < len(when):
        char = when[place]
        if char == "'":
            quoted = not quoted
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1
        elif not quoted and not depth and when.startswith(" and ", place):
            found.append(when[start:place])
            place += len(" and ")
            start = place
            continue
        elif not quoted and not depth and when.startswith(" or ", place):
            return [when]
        place += 1
    found.append(when[start:])
    if len(found) == 1:
        return found
    return [piece[1:-1] if piece.startswith("(") and _closes(piece, 0) == len(piece) - 1 else piece for piece in found]


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
