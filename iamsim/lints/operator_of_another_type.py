"""
A condition key is compared by an operator of another type.

Every key has a type, and every operator reads one. An address is in no range under `StringEquals`, a name is no number:
the comparison does not match, or matches only where both sides are spelled alike.

Avoid:

    {"StringEquals": {"aws:SourceIp": "203.0.113.0/24"}}

Prefer:

    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog import condition_keys
from iamsim.drafts import Draft
from iamsim.engine.operators import operators
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    LONGEST,
    family,
    is_wild,
    kind,
    lets_by,
    lines,
)
from iamsim.model.finding import Severity

_READS = {"ARN": "arn", "Bool": "boolean", "Date": "date", "IPAddress": "ip", "Numeric": "numeric", "String": "string"}
_CALLED = {
    "arn": "an ARN",
    "boolean": "a truth value",
    "date": "a date",
    "ip": "an IP address",
    "numeric": "a number",
    "string": "a text",
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such line; a text that is compared as a text where it could be compared as more is less."""
    for line in lines(draft):
        if line.operator is None or len(line.key) > LONGEST:
            continue
        kinds = _kinds(line.key)
        reads = family(line.operator)
        if not kinds or reads in kinds or _may_hold(line.key, kinds, reads):
            continue
        as_text = reads == "string" and not ("ip" in kinds and any("/" in value for value in line.values))
        if as_text and not all(_may_be(kinds[0], value) for value in line.values):
            continue
        then = "it matches only where both are spelled alike" if as_text else "it never matches"
        yield Seen(
            line.subject,
            f"{line.name} of {line.part.label} compares {_CALLED[kinds[0]]} as {_CALLED.get(reads, 'bytes')}: {then}",
            line.test.at,
            severity=Severity.LOW if as_text else Severity.HIGH if lets_by(line) else None,
        )


def _kinds(key: str) -> tuple[str, ...]:
    """The families of operators that read the key."""
    known = condition_keys.global_key(key)
    listed = kind(key)
    named = known.kinds if known is not None else (listed.removeprefix("ArrayOf"),) if listed is not None else ()
    return tuple(_READS[each] for each in named if each in _READS)


def _may_be(kind: str, value: str) -> bool:
    """Whether the text can be one of the kind; what no value of the key can be is another lint's."""
    if kind == "boolean":
        return value.lower() in ("true", "false")
    reader = next(each for each in operators().values() if family(each) == kind)
    return kind != "numeric" or "${" in value or is_wild(value) or reader.readable(value)


def _may_hold(key: str, kinds: tuple[str, ...], reads: str) -> bool:
    """Whether a value of the key can be what the operator reads: an ARN is a text too, and what a tag or a key of a service holds is free."""
    if kinds == ("arn",):
        return reads == "string"
    if kinds != ("string",):
        return False
    return condition_keys.global_key(key) is None or "/" in key


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM Access Analyzer policy check reference: Type mismatch",
    codes=("TYPE_MISMATCH",),
)
