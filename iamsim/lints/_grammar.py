"""How a policy is written: what the lints about grammar read alike."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iamsim.drafts import LIKE_IDENTITY, Draft, Part, PolicyKind, Text
from iamsim.jsontext import Holed, Number, Pointer
from iamsim.model.principal import HOLE

ELEMENTS = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
TOP = ("Version", "Id", "Statement")
PRINCIPALS = ("AWS", "Service", "Federated", "CanonicalUser")

IN_IAM = LIKE_IDENTITY | {PolicyKind.TRUST}
"""Kinds of policies that IAM or STS reads."""

IN_ORGANIZATIONS = frozenset({PolicyKind.SCP, PolicyKind.RCP})


def told(value: object) -> bool:
    """Whether the inputs tell the value in full."""
    return not isinstance(value, Holed) and not (isinstance(value, str) and HOLE in value)


def is_text(value: object) -> bool:
    """Whether it was written as text; a number is kept as one that was not."""
    return isinstance(value, str) and not isinstance(value, Number)


def json_type(value: object) -> str:
    """What JSON calls it, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, Number | int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "an object" if isinstance(value, Mapping) else "a list"


def has(value: Mapping[str, Any], *names: str) -> bool:
    """Whether an object has one of the elements, or is meant to: a name that is misspelt is a finding of its own."""
    wanted = {name.lower() for name in names}
    return any(isinstance(key, str) and (key.lower() in wanted or _misspelt(key) in names) for key in value)


def _misspelt(key: str) -> str | None:
    """The element that was meant by a name that is none."""
    known = (*ELEMENTS, *TOP)
    return None if key in known else nearest(key, known)


MOST_GUESSES = 50
"""For so many names of one policy it is said which one may be meant: each is compared with hundreds."""


def nearest(word: str, words: Iterable[str], cutoff: float = 0.75) -> str | None:
    """Which of the words was probably meant; None where none is near."""
    known = {each.lower(): each for each in words}
    if word.lower() in known:
        return known[word.lower()]
    found = difflib.get_close_matches(word.lower()[:100], known, 1, cutoff)
    return known[found[0]] if found else None


def top(draft: Draft) -> Mapping[str, Any]:
    """The policy as an object; empty where it is none."""
    return draft.value if isinstance(draft.value, Mapping) else {}


def texts(value: object, at: Pointer = ()) -> Iterator[Text]:
    """Every text in a JSON value, with its place; names are none."""
    pending: list[tuple[object, Pointer]] = [(value, at)]
    while pending:
        each, place = pending.pop()
        if isinstance(each, Mapping):
            pending += [(below, (*place, str(name))) for name, below in reversed(list(each.items()))]
        elif isinstance(each, list):
            pending += [(below, (*place, i)) for i, below in reversed(list(enumerate(each)))]
        elif isinstance(each, str) and is_text(each):
            yield Text(each, place)


def has_variables(draft: Draft) -> bool:
    """Whether a text of the policy holds what is a variable in the newer version of the language."""
    return any("${" in text.value for text in texts(draft.value))


def actions(part: Part) -> Iterator[Text]:
    """The texts of Action and NotAction that are told in full and hold no variable."""
    return (text for text in part.actions() if told(text.value) and "${" not in text.value)


def named(part: Part, kind: str) -> Iterator[Text]:
    """The principals of one kind that are told in full and hold no variable."""
    return (text for each, text in part.principals() if each == kind and told(text.value) and "${" not in text.value)
