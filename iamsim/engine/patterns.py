"""Wildcard matching: one written value, or many fused into one test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from typing import TypeVar

from iamsim.engine.walks import ARN_FIELDS, LONG, MAX_HOLED, may, walk
from iamsim.model.principal import HOLE, LITERAL_MARK, LITERAL_STAR

Test = Callable[[str], bool | None]
"""A test of one value: None where a hole in the value leaves the answer open."""

WILDCARDS = ("*", "?", LITERAL_STAR, LITERAL_MARK)
"""The characters that are no plain text in a pattern."""

MAX_WORK = 100_000_000
"""
Characters of patterns times characters of a value that are compared; more is left open.

A value of 1,024 characters (the longest S3 key) may meet 97,000 characters of patterns, more than a policy holds.
"""

_REMEMBERED = 8192
_Made = TypeVar("_Made")


def remembered(make: Callable[[str], _Made]) -> Callable[[str], _Made]:
    """
    `make`, with what it made of the texts seen last.

    Long texts are not kept: values put in for variables make ever new ones, and what is made of one takes many times its size.
    """
    known = lru_cache(maxsize=_REMEMBERED)(make)

    @wraps(make)
    def made(text: str) -> _Made:
        return known(text) if len(text) <= LONG else make(text)

    made.cache_clear = known.cache_clear  # type: ignore[attr-defined]  # as every cache can be emptied
    return made


@remembered
def matcher(pattern: str) -> Test:
    """
    The test for `pattern`: `*` is any text, `?` one character, everything else itself.

    The whole value must match, case counts. For a value with holes the answer is True when every
    filling matches, False when none does, else None; True is only given where a `*` absorbs each
    hole, which is sound and not complete.
    Source: IAM User Guide, "IAM JSON policy elements: Condition operators" (StringLike), "… Action".
    """
    if HOLE in pattern:
        return lambda value: None if may(pattern, value) else False
    if not any(mark in pattern for mark in WILDCARDS):
        return _text(pattern)
    return _with_holes(_exact(pattern), pattern)


def fused(patterns: Iterable[str]) -> Test:
    """
    One test for many patterns.

    Law: `fused(ps)(v) == any(matcher(p)(v) for p in ps)`, with None dominating False.
    """
    return _fuse(tuple(patterns), matcher, _head, _regex)


@remembered
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
    if HOLE in pattern:
        return lambda value: None if may(pattern, value) else False
    head = arn_head(pattern)
    if head is not None:
        return _text(pattern) if head == pattern else _with_holes(_starts(head), pattern)
    return _with_holes(_by_fields(pattern) or _full(arn_regex(pattern)), pattern)


def arn_head(pattern: str) -> str | None:
    """What every ARN that the pattern matches begins with, and nothing else does; the ARN itself where it is one. None for others."""
    head = pattern.removesuffix("*")
    whole = pattern.count(":") >= ARN_FIELDS - 1 and not any(mark in head for mark in (*WILDCARDS, HOLE))
    return head if whole else None


def arn_fused(patterns: Iterable[str]) -> Test:
    """One test for many ARN patterns; the law of `fused`."""
    return _fuse(tuple(patterns), arn_matcher, arn_head, arn_regex)


@remembered
def arn_condition_matcher(pattern: str) -> Test:
    """
    The test for an ARN pattern in a condition: six fields, each matched on its own.

    A pattern with fewer fields cannot match six; of `*` alone AWS's page does not speak: None.
    Source: IAM User Guide, "… Condition operators", ARN condition operators (COND-040, 041).
    """
    fields = pattern.split(":", ARN_FIELDS - 1)
    if is_everything(pattern):
        return _unknown
    if HOLE in pattern:
        return lambda value: None if may(pattern, value) else False
    if len(fields) < ARN_FIELDS:
        return _never
    if walk := _by_fields(pattern):
        return _with_holes(walk, pattern)
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
    return walk(pattern) or _full(_regex(pattern))


def _full(regex: str) -> Callable[[str], bool]:
    match = re.compile(regex, re.DOTALL).fullmatch
    return lambda value: match(value) is not None


def _text(plain: str) -> Test:
    def test(value: str) -> bool | None:
        if value == plain:
            return True
        return None if HOLE in value and may(plain, value) else False

    return test


def _with_holes(exact: Callable[[str], bool], pattern: str) -> Test:
    # A wildcard may be tried at every place of a value, at the cost of what stands between two of them.
    limit = MAX_WORK // max(len(pattern), 1)

    def test(value: str) -> bool | None:
        if len(value) > limit:
            return None
        if exact(value):
            return True
        return None if HOLE in value and may(pattern, value) else False

    return test


def _by_fields(pattern: str) -> Callable[[str], bool] | None:
    """`_full(arn_regex(pattern))` for a long pattern of six fields; None for others, and where one of its fields has to be a regular expression."""
    fields = pattern.split(":", ARN_FIELDS - 1)
    if len(pattern) <= LONG or len(fields) < ARN_FIELDS:
        return None
    tests = [walk(field) if len(field) > LONG else _full(_regex(field)) for field in fields]
    walks = [test for test in tests if test is not None]
    if len(walks) < ARN_FIELDS:
        return None

    def walked(value: str) -> bool:
        found = value.split(":", ARN_FIELDS - 1)
        return len(found) == ARN_FIELDS and all(walk(field) for walk, field in zip(walks, found, strict=True))

    return walked


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


def _head(pattern: str) -> str | None:
    """As `arn_head`, for text that is not taken apart."""
    head = pattern.rstrip("*")
    return None if any(mark in head for mark in WILDCARDS) else head


def _fuse(
    patterns: tuple[str, ...],
    one: Callable[[str], Test],
    head: Callable[[str], str | None],
    regex: Callable[[str], str],
) -> Test:
    if len(patterns) == 1:
        return one(patterns[0])
    if any(is_everything(pattern) for pattern in patterns):
        return _anything
    if any(HOLE in pattern for pattern in patterns):
        return _one_by_one([one(pattern) for pattern in patterns])
    heads = {pattern: head(pattern) for pattern in patterns}
    plain = frozenset(pattern for pattern, found in heads.items() if found == pattern)
    begins = tuple(found for pattern, found in heads.items() if found is not None and found != pattern)
    wild = [pattern for pattern, found in heads.items() if found is None]
    match = re.compile("|".join(f"(?:{regex(p)})" for p in wild), re.DOTALL).fullmatch if wild else None
    size = sum(map(len, patterns))
    limit, holed = MAX_WORK // max(sum(map(len, wild)), 1), MAX_HOLED // max(size, 1)

    def test(value: str) -> bool | None:
        if value in plain or (begins and value.startswith(begins)):
            return True
        if match is not None and (len(value) > limit or match(value) is not None):
            return None if len(value) > limit else True
        if HOLE not in value:
            return False
        # Only now does it matter that some of the value is not told.
        return None if len(value) > holed else _one_by_one([one(pattern) for pattern in patterns])(value)

    return test


def _one_by_one(tests: list[Test]) -> Test:
    def test(value: str) -> bool | None:
        answers = [test(value) for test in tests]
        return True if True in answers else None if None in answers else False

    return test
