"""A form of words: one template that both writes a text and reads it back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from iamsim.sts.messages._fields import FIELDS, Field

LONGEST = 65_536
"""How many characters of a text are read."""


@dataclass(frozen=True, slots=True)
class Form:
    """
    One form of words.

    `template` is the text with `{name}` or `{name:field}` where a value stands; `field` names the entry
    of `FIELDS` that says what such a value looks like, by itself `name`. A name that comes again is written
    again and not compared when read; `{:field}` is read over, and so never written. `says` are the
    values that the words alone tell. `code` is the error code that comes with them, where AWS's pages tell.
    `services`: the only ones that write so (anybody's text is read). `bare`: the words are plain enough to be
    meant without an error code beside them. `ends`: nothing follows them.

    Reading is linear: every field but one per template has a bounded length, and a text is searched for the
    first place where the words before that one field stand, no other.
    """

    name: str
    template: str
    source: str
    code: str = ""
    says: Mapping[str, Any] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    bare: bool = True
    ends: bool = True

    @property
    def names(self) -> frozenset[str]:
        """The names of every value that the form tells."""
        return frozenset(name for name, _ in _placeholders(self.template) if name) | self.says.keys()

    @property
    def written(self) -> bool:
        """Whether it is a form to write in, and not one that is only read."""
        return all(name for name, _ in _placeholders(self.template))

    def fits(self, values: Mapping[str, Any], *, service: str = "", closely: bool = True) -> bool:
        """Whether these are the values that the form tells, no more and no fewer; `closely`: by how they look, too."""
        return (
            self.written
            and values.keys() == self.names
            and all(values[name] == value for name, value in self.says.items())
            and (not self.services or service in self.services)
            and (not closely or all(_looks(values[name], kind) for name, kind in _placeholders(self.template)))
        )

    def write(self, values: Mapping[str, Any]) -> str:
        """The text with these values."""

        def text(match: re.Match[str]) -> str:
            return FIELDS[match[2] or match[1]].written(values[match[1]])

        return _PLACEHOLDER.sub(text, self.template)

    def read(self, text: str) -> dict[str, Any] | None:
        """The values that `text` tells in this form, None if it is none; what stands before the form is passed over."""
        anchor, opener, whole = _patterns(self.template)
        if anchor not in text:
            return None
        start = 0
        if opener is not None:
            found = opener.search(text)
            if found is None:
                return None
            start = found.start()
        match = whole.fullmatch(text, start) if self.ends else whole.match(text, start)
        if match is None or (start and not self.bare):
            return None
        kinds = dict(reversed(_placeholders(self.template)))
        try:
            told = {name: FIELDS[kinds[name]].read(value) for name, value in match.groupdict().items()}
        except ValueError:
            return None
        return {**self.says, **told}


def first(forms: tuple[Form, ...], values: Mapping[str, Any], *, service: str = "") -> Form:
    """The form to write `values` in; `ValueError` if they make no sense together."""
    for closely in (True, False):
        for form in forms:
            if form.fits(values, service=service, closely=closely):
                return form
    raise ValueError(f"no form of words tells {sorted(values)} together")


_PLACEHOLDER = re.compile(r"\{(\w*)(?::(\w+))?\}")


@lru_cache(maxsize=512)
def _placeholders(template: str) -> tuple[tuple[str, str], ...]:
    """The name and the field of each value of a template, in order."""
    return tuple((match[1], match[2] or match[1]) for match in _PLACEHOLDER.finditer(template))


def _looks(value: object, kind: str) -> bool:
    known: Field = FIELDS[kind]
    return re.fullmatch(known.pattern, known.written(value)) is not None


@lru_cache(maxsize=512)
def _patterns(template: str) -> tuple[str, re.Pattern[str] | None, re.Pattern[str]]:
    """
    A word without which nothing is read, what to search a text for, and what has to match from there to the end.

    What to search for ends before the one field of unbounded length; None if the template begins with that field.
    """
    parts, opener, seen = [], None, set()
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        parts.append(_words(template[end : match.start()]))
        name, known = match[1], FIELDS[match[2] or match[1]]
        if known.open:
            opener = "".join(parts)
        parts.append(f"(?P<{name}>{known.pattern})" if name and name not in seen else f"(?:{known.pattern})")
        seen.add(name)
        end = match.end()
    parts.append(_words(template[end:]))
    whole = "".join(parts)
    opener = whole if opener is None else opener
    anchor = max(re.split(r"[\s.]+", _PLACEHOLDER.sub(" ", template)), key=len)
    return anchor, re.compile(opener) if opener else None, re.compile(whole)


def _words(text: str) -> str:
    """Words as a pattern: any white space between them, as in AWS's own broken lines, and a full stop or none."""
    words = re.split(r"\s+", text)
    return r"\s{1,8}".join(
        re.escape(word[:-1]) + r"\.?" if word.endswith(".") and place < len(words) - 1 else re.escape(word)
        for place, word in enumerate(words)
    )
