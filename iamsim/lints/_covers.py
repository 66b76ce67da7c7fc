"""Whether one written value, element or statement names everything that another does: said only where it is sure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from iamsim.drafts import Draft, Part, Text
from iamsim.engine.patterns import arn_matcher, is_everything, matcher
from iamsim.lints._grammar import is_text, told
from iamsim.model.policy import Condition, Element, PrincipalElement, Statement
from iamsim.model.principal import HOLE

Cover = Callable[[str, str], bool]
"""Whether the first value names all that the second does."""

_FIELDS = 6
_MOST, _MOST_WILDCARDS = 2_048, 24
"""Longer values are not compared, nor those with more wildcards than anybody writes."""

_MOST_WILD, _MOST_STATEMENTS, _MOST_PAIRS = 100, 60, 2_500
"""How many values with wildcards, statements, and pairs of values of two statements are compared."""

_ACTION = re.compile(r"[a-z0-9-]+:[^:$]+")
_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_STAND_IN = 0xF000


@lru_cache(maxsize=65_536)
def action(general: str, special: str) -> bool:
    """Whether every action that `special` names is one that `general` names, listed or not."""
    wide, narrow = general.lower(), special.lower()
    if not (narrow.isascii() and wide.isascii()):
        return False
    if wide == narrow or wide in ("*", "*:*"):
        return True
    if _hostile(wide) or _hostile(narrow) or not (_ACTION.fullmatch(wide) and _ACTION.fullmatch(narrow)):
        return False
    (service, _, name), (other, _, special_name) = wide.partition(":"), narrow.partition(":")
    return service == other and matcher(name)(_filled(special_name)) is True


def resource(*, variables: bool) -> Cover:
    """The test of values of Resource in a policy where `${…}` is a variable, or plain text."""
    return _with_variables if variables else _plain


def needless(*, variables: bool) -> Cover:
    """
    As `resource`, where the second can be left out beside the first.

    AWS warns that a variable without a value may void the whole statement: what has one of its own stays.
    """
    covers = resource(variables=variables)
    if not variables:
        return covers
    return lambda general, special: covers(general, special) and _variables([special]) <= _variables([general])


def again(texts: Sequence[Text], covers: Cover) -> tuple[tuple[Text, Text], ...]:
    """The values that another one of the list makes needless, each with that one; of those that name the same, the first stays."""
    texts = [text for text in texts if told(text.value) and is_text(text.value)]
    wild = [text for text in texts if "*" in text.value or "?" in text.value][:_MOST_WILD]
    first: dict[str, Text] = {}
    found = []
    for text in texts:
        # What differs in case alone is the same action, and another resource.
        alike = (first.setdefault(text.value, text), first.setdefault(text.value.lower(), text))
        by = next((each for each in alike if each is not text and covers(each.value, text.value)), None) or next(
            (each for each in wild if each.value != text.value and _makes_needless(each, text, covers)), None
        )
        if by is not None:
            found.append((text, by))
    return tuple(found)


def statements(draft: Draft) -> tuple[tuple[Part, Statement], ...]:
    """The statements that can be compared: all of a policy that is told in full; none where there are too many."""
    found = [
        (part, part.statement) for part in draft.statements() if part.statement is not None and _whole(part.statement)
    ]
    return tuple(found) if len(found) <= _MOST_STATEMENTS else ()


def statement(general: Statement, special: Statement, *, variables: bool, denies: bool = False) -> bool:
    """Whether `general` applies whenever `special` does; `denies`: it is a Deny, so that `*` names whoever AWS knows."""
    return element(general.action, special.action, action) and beside_action(
        general, special, variables=variables, denies=denies
    )


def beside_action(general: Statement, special: Statement, *, variables: bool, denies: bool = False) -> bool:
    """As `statement`, of everything but the actions."""
    return (
        {_told(each) for each in general.conditions} <= {_told(each) for each in special.conditions}
        and _principal(general.principal, special.principal, denies=denies)
        and _resources(general.resource, special.resource, resource(variables=variables))
    )


def element(general: Element, special: Element, covers: Cover) -> bool:
    """Whether an element names all that another does."""
    if not general.values or not special.values or len(general.values) * len(special.values) > _MOST_PAIRS:
        return False
    if not general.negated and any(is_everything(each) for each in general.values):
        return True
    if general.negated and special.negated:
        return all(any(covers(wide, each) for wide in special.values) for each in general.values)
    if general.negated or special.negated:
        return False
    return all(any(covers(wide, each) for wide in general.values) for each in special.values)


# ---------------------------------------------------------------- helpers


def _makes_needless(wide: Text, text: Text, covers: Cover) -> bool:
    return covers(wide.value, text.value) and (wide.at < text.at or not covers(text.value, wide.value))


def _resources(general: Element | None, special: Element | None, covers: Cover) -> bool:
    if general is None or special is None:
        return general is special
    # A variable without a value may void the statement that has it.
    alike = covers is _plain or _variables(general.values) <= _variables(special.values)
    return alike and element(general, special, covers)


def _variables(values: Iterable[str]) -> set[str]:
    return {found for value in values for found in _VARIABLE.findall(value)}


def _principal(general: PrincipalElement | None, special: PrincipalElement | None, *, denies: bool) -> bool:
    if general is None or special is None:
        return general is special
    if general.negated or special.negated:
        return general == special
    if denies and general.anyone and not (special.service or special.federated or special.canonical):
        return True
    if special.anyone and not (general.anyone and general.bare == special.bare):
        return False
    return (
        set(general.aws) >= set(special.aws)
        and set(general.service) >= set(special.service)
        and set(general.federated) >= set(special.federated)
        and set(general.canonical) >= set(special.canonical)
    )


def _told(condition: Condition) -> tuple[str, str, frozenset[str]]:
    return condition.operator, condition.key.lower(), frozenset(condition.values)


def _whole(statement: Statement) -> bool:
    """Whether no piece of the statement is left untold: two that are need not be the same."""
    who = statement.principal
    values = [
        *statement.action.values,
        *(statement.resource.values if statement.resource is not None else ()),
        *((*who.aws, *who.service, *who.federated, *who.canonical) if who is not None else ()),
        *(value for each in statement.conditions for value in (each.operator, each.key, *each.values)),
    ]
    return not any(_PRIVATE.search(value) for value in values)


@lru_cache(maxsize=65_536)
def _with_variables(general: str, special: str) -> bool:
    return _arn(general, special, variables=True)


@lru_cache(maxsize=65_536)
def _plain(general: str, special: str) -> bool:
    return _arn(general, special, variables=False)


def _arn(general: str, special: str, *, variables: bool) -> bool:
    if _PRIVATE.search(general) or _PRIVATE.search(special):
        return False
    if general == special or is_everything(general):
        return True
    if _hostile(general) or _hostile(special):
        return False
    if variables and "${" in general + special:
        # A variable is one sign that only itself and `*` match: whatever its value is, it is the same in both.
        known: dict[str, str] = {}
        general, special = (
            _VARIABLE.sub(lambda m: known.setdefault(m[0], chr(_STAND_IN + len(known))), each)
            for each in (general, special)
        )
        heads = ":".join((*general.split(":", _FIELDS - 1)[:-1], *special.split(":", _FIELDS - 1)[:-1]))
        if "$" in general + special or "?" in general or _PRIVATE.search(heads):
            return False
    whole = all(each.startswith("arn:") and each.count(":") >= _FIELDS - 1 for each in (general, special))
    return whole and arn_matcher(general)(_filled(special)) is True


def _hostile(value: str) -> bool:
    return len(value) > _MOST or value.count("*") + value.count("?") > _MOST_WILDCARDS


def _filled(pattern: str) -> str:
    """The pattern as a value: what a wildcard stands for is not told."""
    return pattern.replace("*", HOLE).replace("?", HOLE)
