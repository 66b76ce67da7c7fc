"""
An element is of the wrong JSON type.

AWS refuses the policy: a policy and a statement are objects, Effect and Sid are texts, Action and Resource a text or a
list of texts, Condition is an object.

Avoid:

    {"Effect": "Allow", "Action": {"s3": "GetObject"}, "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.drafts import Draft, Part
from iamsim.jsontext import Pointer, clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import PRINCIPALS, is_text, json_type, told, top
from iamsim.model.finding import Severity

_LISTS = ("Action", "NotAction", "Resource", "NotResource")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each element, and for each operator and key of a Condition."""
    value = draft.value
    if draft.broken is None and told(value) and not isinstance(value, Mapping):
        yield _seen("", "a policy", "an object", value, ())
    for name in ("Version", "Id"):
        yield from _text(name, top(draft), name, ())
    statements = top(draft).get("Statement", [])
    if told(statements) and not isinstance(statements, list | Mapping):
        yield _seen("", "Statement", "an object or a list", statements, ("Statement",))
    for i, each in enumerate(statements if isinstance(statements, list) else ()):
        if told(each) and not isinstance(each, Mapping):
            yield _seen(f"{i + 1}", f"statement {i + 1}", "an object", each, ("Statement", i))
    for part in draft.statements():
        yield from _statement(part)


def _statement(part: Part) -> Iterator[Seen]:
    for name in ("Sid", "Effect"):
        yield from _text(f"{part.subject} {name}", part.value, name, part.at)
    for name in _LISTS:
        if name in part.value:
            yield from _names(f"{part.subject} {name}", name, part.value[name], (*part.at, name))
    for element in ("Principal", "NotPrincipal"):
        body = part.value.get(element)
        for kind in PRINCIPALS:
            if isinstance(body, Mapping) and kind in body:
                yield from _names(f"{part.subject} {element} {kind}", kind, body[kind], (*part.at, element, kind))
    yield from _condition(part)


def _condition(part: Part) -> Iterator[Seen]:
    block, at = part.value.get("Condition", {}), (*part.at, "Condition")
    subject = f"{part.subject} Condition"
    if told(block) and not isinstance(block, Mapping):
        yield _seen(subject, "Condition", "an object", block, at)
    for operator, keys in block.items() if isinstance(block, Mapping) else ():
        name, place = clipped(operator), (*at, str(operator))
        if told(keys) and not isinstance(keys, Mapping):
            yield _seen(f"{subject} {operator}", f"what stands under `{name}`", "an object of keys", keys, place)
        for key, value in keys.items() if isinstance(keys, Mapping) else ():
            # What AWS makes of null is not documented.
            odd = [value] if isinstance(value, Mapping) else value if isinstance(value, list) else []
            if any(isinstance(each, Mapping | list) for each in odd):
                yield _seen(
                    f"{subject} {operator} {key}",
                    f"the value of `{clipped(key)}`",
                    "a text, a number, a boolean or a list of them",
                    next(each for each in odd if isinstance(each, Mapping | list)),
                    (*place, str(key)),
                )


def _text(subject: str, holder: Mapping[str, object], name: str, at: Pointer) -> Iterator[Seen]:
    if name in holder and told(holder[name]) and not is_text(holder[name]):
        yield _seen(subject, name, "text", holder[name], (*at, name))


def _names(subject: str, name: str, value: object, at: Pointer) -> Iterator[Seen]:
    """Texts, or a list of them; a null in a list is what IAM was seen to take, and to pass over."""
    if isinstance(value, list):
        for i, each in enumerate(value):
            if each is not None and told(each) and not is_text(each):
                yield _seen(f"{subject} {i}", f"what {name} lists", "text", each, (*at, i))
    elif told(value) and not is_text(value):
        yield _seen(subject, name, "text or a list of texts", value, at)


def _seen(subject: str, what: str, wanted: str, found: object, at: Pointer) -> Seen:
    return Seen(subject or what, f"{what} is {wanted}, not {json_type(found)}: AWS refuses the policy", at)


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, Grammar of the IAM JSON policy language",
    codes=("DATA_TYPE_MISMATCH",),
)
