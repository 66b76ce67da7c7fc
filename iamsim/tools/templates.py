"""Texts with `{parameter}` placeholders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from iamsim.errors import InputError

_NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z]+)?"
_PLACEHOLDER = re.compile(rf"\{{({_NAME}(?:\|{_NAME})*)(\??)\}}")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """
    `{a|b?}`: the value of the first of `names` that is not empty.

    `optional` (the question mark) lets it be empty; otherwise an empty value in an ARN counts as not given.
    """

    names: tuple[str, ...]
    optional: bool


@lru_cache(maxsize=4096)
def parts(template: str) -> tuple[str | Placeholder, ...]:
    """Plain texts and placeholders of `template`, in order; raises `InputError` for a brace that is none."""
    found: list[str | Placeholder] = []
    at = 0
    for match in _PLACEHOLDER.finditer(template):
        found += [template[at : match.start()], Placeholder(tuple(match[1].split("|")), bool(match[2]))]
        at = match.end()
    found.append(template[at:])
    if any(isinstance(part, str) and ("{" in part or "}" in part) for part in found):
        raise InputError(f"`{template[:120]}` has a brace that is no placeholder", hint="write {name} or {name|other?}")
    return tuple(part for part in found if part != "")


def names(template: str) -> tuple[str, ...]:
    """The parameter names in `template`, parts such as `.bucket` included."""
    return tuple(name for part in parts(template) if isinstance(part, Placeholder) for name in part.names)


def renamed(template: str, names: dict[str, str]) -> str:
    """`template` with other names in its placeholders; a name may become `a|b`."""

    def one(match: re.Match[str]) -> str:
        new = []
        for name in match[1].split("|"):
            base, dot, part = name.partition(".")
            new += [choice + dot + part for choice in names.get(base, base).split("|")]
        return "{" + "|".join(new) + match[2] + "}"

    return _PLACEHOLDER.sub(one, template)
