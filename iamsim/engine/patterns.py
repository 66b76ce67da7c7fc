"""Wildcard matching: one written value, or many fused into one test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from iamsim.model.principal import HOLE, LITERAL_MARK, LITERAL_STAR

Test = Callable[[str], bool | None]
"""A test of one value: None where a hole in the value leaves the answer open."""

ARN_FIELDS = 6

_WILD = ("*", "?", LITERAL_STAR, LITERAL_MARK)


@lru_cache(maxsize=65536)
def matcher(pattern: str) -> Test:
    """
    The test for `pattern`: `*` is any text, `?` one character, everything else itself.

    The whole value must match, case counts. For a value with holes the answer is True when every
    filling matches, False when none does, else None; True is only given where a `*` absorbs each
    hole, which is sound and not complete.
    Source: IAM User Guide, "IAM JSON policy elements: Condition operators" (StringLike), "… Action".
    """
    if HOLE in pattern:
        return lambda value: None if _may(pattern, value) else False
    return _with_holes(_exact(pattern), pattern)


def fused(patterns: Iterable[str]) -> Test:
    """
    One test for many patterns.

    Law: `fused(ps)(v) == any(matcher(p)(v) for p in ps)`, with None dominating False.
    """
    return _fuse(tuple(patterns), matcher, _regex)


@lru_cache(maxsize=65536)
def arn_matcher(pattern: str) -> Test:
    """
    The test for an ARN pattern in Resource.

    The five fields before the resource part are matched each on its own, a wildcard stays inside
    its field, except that a `*` that ends the pattern covers the rest. An ARN with missing trailing
    fields stands for `*` in each of them. `*` alone matches everything.
    Source: IAM User Guide, "IAM JSON policy elements: Resource" (ARN-002, 003, 007, GRAM-025).
    """
    if is_everything(pattern):
        return _anything
    regex = arn_regex(pattern)
    if HOLE in pattern:
        return lambda value: None if _may(pattern, value) else False
    if pattern.count(":") >= ARN_FIELDS - 1:
        head = pattern.removesuffix("*")
        if not any(mark in head for mark in _WILD):
            return _with_holes(pattern.__eq__ if head == pattern else _starts(head), pattern)
    return _with_holes(_full(regex), pattern)


def arn_fused(patterns: Iterable[str]) -> Test:
    """One test for many ARN patterns; the law of `fused`."""
    return _fuse(tuple(patterns), arn_matcher, arn_regex)


@lru_cache(maxsize=65536)
def arn_condition_matcher(pattern: str) -> Test:
    """
    The test for an ARN pattern in a condition: six fields, each matched on its own.

    A pattern with fewer fields cannot match six; of `*` alone AWS's page does not speak: None.
    Source: IAM User Guide, "… Condition operators", ARN condition operators (COND-040, 041).
    """
    fields = pattern.split(":", ARN_FIELDS - 1)
    if is_everything(pattern):
        return _unknown
    if len(fields) < ARN_FIELDS:
        return _never
    if HOLE in pattern:
        return lambda value: None if _may(pattern, value) else False
    regex = ":".join([*(_segment(field) for field in fields[:-1]), _regex(fields[-1])])
    return _with_holes(_full(regex), pattern)


def literal(text: str) -> str:
    """`text` with its wildcards made literal, as a pattern."""
    return text.replace("*", LITERAL_STAR).replace("?", LITERAL_MARK)


def is_everything(pattern: str) -> bool:
    """Whether the pattern is stars alone."""
    return pattern != "" and not pattern.strip("*")


def arn_regex(pattern: str) -> str:
    """The regular expression that `arn_matcher` stands for."""
    fields = pattern.split(":", ARN_FIELDS - 1)
    if len(fields) == ARN_FIELDS:
        return ":".join([*(_segment(field) for field in fields[:-1]), _regex(fields[-1])])
    written = ":".join(_segment(field) for field in fields)
    if fields[-1].endswith("*"):
        return f"{written}.*"
    missing = ARN_FIELDS - len(fields)
    return written + ":[^:]*" * (missing - 1) + ":.*"


# ---------------------------------------------------------------- helpers


def _anything(_: str) -> bool:
    return True


def _unknown(_: str) -> None:
    return None


def _never(_: str) -> bool:
    return False


def _starts(head: str) -> Callable[[str], bool]:
    return lambda value: value.startswith(head)


def _exact(pattern: str) -> Callable[[str], bool]:
    """The cheapest test of a value without holes."""
    if "?" not in pattern and LITERAL_MARK not in pattern and LITERAL_STAR not in pattern:
        head, star, tail = pattern.partition("*")
        if not star:
            return pattern.__eq__
        if not tail.strip("*"):
            return _starts(head) if head else _anything
    return _full(_regex(pattern))


def _full(regex: str) -> Callable[[str], bool]:
    match = re.compile(regex, re.DOTALL).fullmatch
    return lambda value: match(value) is not None


def _with_holes(exact: Callable[[str], bool], pattern: str) -> Test:
    def test(value: str) -> bool | None:
        if exact(value):
            return True
        return None if HOLE in value and _may(pattern, value) else False

    return test


def _regex(pattern: str) -> str:
    """
    The pattern as a regular expression without backtracking into what a `*` has passed.

    Between two stars the leftmost place is the best one, so each part is found in an atomic group;
    5,000 stars or a megabyte of text cost one pass. `?` does not match a hole.
    """
    parts = [_literals(part) for part in re.split(r"\*+", pattern)]
    if len(parts) == 1:
        return parts[0]
    middle = "".join(f"(?>.*?{part})" for part in parts[1:-1])
    return f"{parts[0]}{middle}.*{parts[-1]}"


def _segment(field: str) -> str:
    """One field of an ARN: its wildcards do not cross a colon."""
    parts = [_literals(part, any_character=f"[^:{HOLE}]") for part in re.split(r"\*+", field)]
    return "[^:]*".join(parts) if len(parts) <= 2 else _one_field(parts)  # noqa: PLR2004 - head and tail around one star


def _one_field(parts: list[str]) -> str:
    middle = "".join(f"(?>[^:]*?{part})" for part in parts[1:-1])
    return f"{parts[0]}{middle}[^:]*{parts[-1]}"


def _literals(text: str, any_character: str = f"[^{HOLE}]") -> str:
    special = {"?": any_character, LITERAL_STAR: r"\*", LITERAL_MARK: r"\?"}
    return "".join(special.get(character) or re.escape(character) for character in text)


def _fuse(patterns: tuple[str, ...], one: Callable[[str], Test], regex: Callable[[str], str]) -> Test:
    if len(patterns) == 1:
        return one(patterns[0])
    if any(is_everything(pattern) for pattern in patterns):
        return _anything
    tests = [one(pattern) for pattern in patterns]

    def slowly(value: str) -> bool | None:
        answers = [test(value) for test in tests]
        return True if True in answers else None if None in answers else False

    if any(HOLE in pattern for pattern in patterns):
        return slowly
    wild = [p for p in patterns if any(mark in p for mark in _WILD) or regex is not _regex]
    plain = frozenset(patterns) - set(wild)
    match = re.compile("|".join(f"(?:{regex(p)})" for p in wild), re.DOTALL).fullmatch if wild else None

    def test(value: str) -> bool | None:
        if HOLE in value:
            return slowly(value)
        return value in plain or (match is not None and match(value) is not None)

    return test


def _may(pattern: str, value: str) -> bool:
    """
    Whether some filling of the holes in `value` (and in `pattern`) matches.

    Both sides hold stars then: two wildcard texts meet when one walk over both ends together.
    Fields of an ARN are not told apart here, which can only say "may" too often.
    """
    for character, wanted in zip(value, pattern, strict=False):
        if character == HOLE or wanted in _OPEN:
            break
        if character != wanted:
            # Most pairs part here, before anything has to be searched for.
            return False
    if not (set(value) - {HOLE}) or not (set(pattern) - {HOLE, "*"}):
        return True
    left = re.sub(f"[*{HOLE}]+", "*", pattern)
    right = re.sub(f"{HOLE}+", HOLE, value)
    if left.count(":") < ARN_FIELDS - 1 and left.startswith("arn:"):
        left += "*"
    reached = {0}
    for character in right:
        reached = _closed(left, reached)
        if character == HOLE:
            # A hole takes any text: everything from the first reached place on can be reached.
            reached = set(range(min(reached), len(left) + 1)) if reached else reached
            continue
        reached = {
            at if left[at] == "*" else at + 1
            for at in reached
            if at < len(left) and (left[at] in ("*", "?") or _PLAIN.get(left[at], left[at]) == character)
        }
        if not reached:
            return False
    return len(left) in _closed(left, reached)


_PLAIN = {LITERAL_STAR: "*", LITERAL_MARK: "?"}
_OPEN = frozenset(("*", "?", HOLE, LITERAL_STAR, LITERAL_MARK))


def _closed(pattern: str, reached: set[int]) -> set[int]:
    """The places in `pattern` that are reached when stars may take nothing."""
    found = set(reached)
    for at in sorted(reached):
        while at < len(pattern) and pattern[at] == "*":
            at += 1  # noqa: PLW2901 - the walk along the stars
            found.add(at)
    return found
