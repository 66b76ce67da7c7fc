"""Policy variables: ${key} resolved from the request context."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from iamsim.engine.patterns import Test, literal, remembered
from iamsim.model.principal import HOLE, LITERAL_MARK, LITERAL_STAR
from iamsim.model.request import Context

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")

MAX_RESOLVED = 100_000
"""Characters that an entry may have when its variables are put in; a longer one is left open."""

_ESCAPES = {"*": LITERAL_STAR, "?": LITERAL_MARK, "$": "$"}


@dataclass(frozen=True, slots=True)
class Variable:
    """`${key}` or `${key, 'default'}`; the key is lower case."""

    key: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Template:
    """
    A written value that holds variables: literal parts (patterns) and `Variable`s in turn.

    `broken` marks `${` without its brace, or nothing inside: AWS's answer to it is not documented.
    """

    parts: tuple[str | Variable, ...]
    broken: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that the value depends on."""
        return tuple(part.key for part in self.parts if isinstance(part, Variable))


@dataclass(frozen=True, slots=True)
class Resolved:
    """
    What a template becomes for one request.

    `pattern` has the values put in literally; `wild` is the other reading, in which a wildcard
    inside a value acts as one, where the two differ (AWS's documentation is silent, VAR-014).
    `absent` names the keys that the request does not have, `unknown` those that are not told: they
    leave a hole in the pattern.
    """

    pattern: str
    wild: str | None = None
    absent: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@remembered
def template(text: str) -> Template | str:
    """
    `text` with its variables found; a plain pattern when it holds none.

    `${*}`, `${?}` and `${$}` are the characters themselves.
    Source: IAM User Guide, "IAM policy elements: Variables and tags" (VAR-001 to 012).
    """
    if "${" not in text:
        return text
    parts: list[str | Variable] = []
    plain, at = "", 0
    broken = False
    for match in _VARIABLE.finditer(text):
        before = text[at : match.start()]
        plain += before
        broken = broken or "${" in before
        at = match.end()
        inner = match[1]
        if inner in _ESCAPES:
            plain += _ESCAPES[inner]
            continue
        key, comma, quoted = inner.partition(", '")
        default = quoted[:-1] if comma and quoted.endswith("'") else None
        if default is None:
            key = inner
        broken = broken or not key
        parts += [plain, Variable(key.lower(), default)]
        plain = ""
    rest = text[at:]
    broken = broken or "${" in rest
    parts.append(plain + rest)
    if not broken and len(parts) == 1:
        return str(parts[0])
    return Template(tuple(parts), broken)


def resolved(written: Template, context: Context) -> Resolved:
    """`written` with the request's values put in; a multivalued key resolves like an absent one (VAR-011)."""
    pattern, wild = "", ""
    absent: list[str] = []
    unknown: list[str] = []
    for part in written.parts:
        if isinstance(part, str):
            pattern, wild = pattern + part, wild + part
            continue
        values = () if _is_multivalued(part.key) else context.values.get(part.key)
        if values is not None and len(values) == 1:
            value = values[0]
        elif values is None and not context.is_absent(part.key):
            unknown.append(part.key)
            pattern, wild = pattern + HOLE, wild + HOLE
            continue
        elif part.default is not None and not values:
            value = part.default
        else:
            absent.append(part.key)
            continue
        pattern, wild = pattern + literal(value), wild + value
    return Resolved(pattern, wild if wild != pattern else None, tuple(absent), tuple(unknown))


@dataclass(frozen=True, slots=True)
class Answer:
    """
    The test of one entry with variables, for one request.

    `test` is None when the entry matches nothing, because a key is absent; `void` is whether that
    is so, None when it is not known.
    """

    test: Test | None
    void: bool | None


def answered(written: Template, context: Context, prepare: Callable[[str], Test]) -> Answer:
    """
    The test that `prepare` makes of the resolved pattern.

    It answers None where an unknown key decides, where the variable is broken, and where the two
    readings of a wildcard inside a value differ.
    """
    if written.broken or _too_long(written, context):
        return Answer(lambda _: None, void=False)
    values = resolved(written, context)
    if values.absent:
        return Answer(None, void=True)
    void = None if values.unknown else False
    test = prepare(values.pattern)
    if values.wild is None:
        return Answer(test, void)
    other = prepare(values.wild)

    def both(value: str) -> bool | None:
        answer = test(value)
        return answer if answer == other(value) else None

    return Answer(both, void)


def _too_long(written: Template, context: Context) -> bool:
    """Whether the entry would grow past `MAX_RESOLVED`, by the longest value of each key."""
    size = 0
    for part in written.parts:
        if isinstance(part, str):
            size += len(part)
        elif found := context.values.get(part.key):
            size += len(found[0])
        else:
            size += len(part.default or "")
    return size > MAX_RESOLVED


_MULTIVALUED = frozenset(
    {
        "aws:tagkeys",
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:vpceorgpaths",
        "aws:principalservicenameslist",
        "sts:transitivetagkeys",
        "sts:requestcontextproviders",
        "kms:encryptioncontextkeys",
        "s3:requestobjecttagkeys",
        "dynamodb:attributes",
        "dynamodb:leadingkeys",
    }
)


def _is_multivalued(key: str) -> bool:
    """Whether a key can hold several values, and so is no variable even when it holds one (VAR-011)."""
    return key in _MULTIVALUED or key.endswith(":amr")
