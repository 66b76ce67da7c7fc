"""Patterns answer as a walk by dynamic programming does, one by one and fused, with holes and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from iamsim.engine import patterns
from iamsim.model.principal import HOLE
from tests import vectors

LETTERS = "*?:ab/.A[" + HOLE
FILLINGS = ("", "a", ":", "ab:*")


def seeds() -> Iterator[bytes]:
    """Every resource that a vector asks about, with everything that its policies name."""
    for case in vectors.cases():
        statements = [s for policy in case.layers.identity for s in policy.statements]
        named = [value for s in statements if s.resource is not None for value in s.resource.values]
        yield "\n".join([case.request.resource, *named]).encode()


def one_input(data: bytes) -> None:
    """The first line is the value, the others are patterns; text that is not printable stands for what patterns are made of."""
    text = "".join(LETTERS[byte % len(LETTERS)] if byte < 10 or byte > 126 else chr(byte) for byte in data[:400])
    value, *written = text.split("\n")
    if not written:
        return
    each = [agreed(pattern, value) for pattern in written]
    assert patterns.fused(written)(value) in allowed(each, value)
    arns = [agreed_arn(pattern, value) for pattern in written]
    assert patterns.arn_fused(written)(value) in allowed(arns, value)


def allowed(each: list[bool | None], value: str) -> set[bool | None]:
    """What many fused may answer: what they answer one by one, or, of a value with holes, less."""
    one_by_one = True if True in each else None if None in each else False
    return {one_by_one} if HOLE not in value else {one_by_one, None}


def agreed(pattern: str, value: str) -> bool | None:
    """The answer of the pattern, after it was held against the naive walk."""
    found = patterns.matcher(pattern)(value)
    held(found, pattern, value, walked)
    return found


def agreed_arn(pattern: str, value: str) -> bool | None:
    found = patterns.arn_matcher(pattern)(value)
    whole = pattern.count(":") >= 5 and value.count(":") >= 5
    if whole and HOLE not in pattern + value:
        held(found, pattern, value, fields)
        condition = patterns.arn_condition_matcher(pattern)(value)
        assert condition is fields(pattern, value)
    return found


def held(found: object, pattern: str, value: str, naive: Callable[[str, str], bool]) -> None:
    """Without holes the same; with holes never surer than the fillings allow."""
    if HOLE not in pattern + value:
        assert found is naive(pattern, value)
        return
    if value.count(HOLE) + pattern.count(HOLE) > 3:
        return
    answers = {naive(p, v) for p, v in product(filled(pattern), filled(value))}
    assert found is None or answers == {found}, (found, answers)


def filled(text: str) -> Iterator[str]:
    head, *rest = text.split(HOLE)
    for texts in product(FILLINGS, repeat=len(rest)):
        yield head + "".join(filling + part for filling, part in zip(texts, rest, strict=True))


def fields(pattern: str, value: str) -> bool:
    """Six fields, each matched on its own."""
    pairs = zip(pattern.split(":", 5), value.split(":", 5), strict=True)
    return pattern.strip("*") == "" or all(walked(part, field) for part, field in pairs)


def walked(pattern: str, value: str) -> bool:
    """`reached[i]`: whether the pattern so far matches the first `i` characters."""
    reached = [True] + [False] * len(value)
    for wanted in pattern:
        if wanted == "*":
            for i in range(len(value)):
                reached[i + 1] = reached[i + 1] or reached[i]
        else:
            reached = [False, *(reached[i] and wanted in ("?", value[i]) for i in range(len(value)))]
    return reached[-1]
