"""Several values as one: what a value may be, one by one, and values that come together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iamsim.tools.infer.saying import Condition
from iamsim.tools.infer.sdk_values import Client, Collection, Http, Operation, Registry, Resource, Session, Signer
from iamsim.tools.infer.values import (
    FALSE,
    LONGEST,
    NONE,
    TRUE,
    UNKNOWN,
    Arg,
    Claim,
    Class,
    Const,
    Either,
    Env,
    Func,
    Guarded,
    Managed,
    Obj,
    Outside,
    Partial,
    Property,
    Static,
    Text,
    Value,
    const,
)

WIDEST = 24
"""An expression that may stand for more things than this stands for anything (functions and clients are kept)."""

_KEPT = (
    Obj,
    Class,
    Func,
    Property,
    Static,
    Managed,
    Partial,
    Session,
    Client,
    Operation,
    Resource,
    Collection,
    Signer,
    Http,
    Registry,
)


def options(value: Value) -> tuple[Value, ...]:
    """The values that `value` may be, one by one, whatever the conditions."""
    if isinstance(value, Either):
        return tuple(dict.fromkeys(each.value if isinstance(each, Guarded) else each for each in value.options))
    return (value.value,) if isinstance(value, Guarded) else (value,)


def ways(value: Value) -> tuple[tuple[Condition | None, Value], ...]:
    """The values that `value` may be, each with the condition under which it is; None for none that is known."""
    listed = value.options if isinstance(value, Either) else (value,)
    return tuple((each.condition, each.value) if isinstance(each, Guarded) else (None, each) for each in listed)


def guarded(condition: Condition, value: Value) -> Value:
    """`value` where the condition holds; where it says nothing that a manifest could say, `value` itself."""
    if not condition.exact or not condition.when:
        return value
    found: list[Value] = []
    for inner, option in ways(value):
        both = condition if inner is None or inner == condition else inner.and_(condition)
        found.append(Guarded(option, both) if both is not None else option)
    return Either(tuple(found))


def join(*values: Value) -> Value:
    """Any of `values`."""
    first = values[0]
    if all(value is first or value == first for value in values[1:]):
        return first
    found = dict.fromkeys(
        option for value in values for option in (value.options if isinstance(value, Either) else (value,))
    )
    bare = {option for option in found if not isinstance(option, Guarded)}
    if len(bare) < len(found):
        # What is possible on any condition needs none.
        found = dict.fromkeys(
            option
            for option in found
            if not (isinstance(option, Guarded) and option.value in bare and option.value not in (TRUE, FALSE))
        )
    if len(found) > WIDEST:
        kept = [each for each in found if isinstance(each.value if isinstance(each, Guarded) else each, _KEPT)][
            : 4 * WIDEST
        ]
        found = dict.fromkeys([UNKNOWN, *kept])
    if len(found) == 1:
        only = next(iter(found))
        return only.value if isinstance(only, Guarded) else only
    return Either(tuple(found))


def joined(values: Iterable[Value]) -> Value:
    """Any of `values`; UNKNOWN if there are none."""
    listed = tuple(values)
    return join(*listed) if listed else UNKNOWN


def is_constant(value: Value) -> bool:
    """Whether `value` is a literal, or one of several."""
    return all(isinstance(option, Const) for option in options(value))


def text(value: Value) -> str | None:
    """The text that `value` is; None for anything else, and for one of several."""
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else None


def texts(value: Value) -> tuple[str, ...] | None:
    """The texts that `value` may be; None when it may be anything else."""
    found = tuple(text(option) for option in options(value) if option != NONE)
    return None if not found or None in found else tuple(each for each in found if each is not None)


def concatenated(values: Iterable[str | Value]) -> Value:
    """The text of `values` one after the other: literals run together, a text of texts is flat."""
    parts: list[str | Value] = []
    for value in values:
        for part in _pieces(value):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
            if isinstance(parts[-1] if parts else "", str) and parts and len(parts[-1]) > LONGEST:  # type: ignore[arg-type]
                return UNKNOWN
    if not parts:
        return const("")
    if len(parts) > WIDEST:
        return UNKNOWN
    if len(parts) == 1:
        return const(parts[0]) if isinstance(parts[0], str) else parts[0]
    return Text(tuple(parts))


def _pieces(value: str | Value) -> Iterator[str | Value]:
    match value:
        case str():
            yield value
        case Text(parts=parts):
            yield from parts
        case Const(value=inner) if isinstance(inner, (str, int)) and not isinstance(inner, bool):
            yield str(inner)
        case Arg() | Env() | Claim() | Outside(name="time.time()"):
            yield value
        case Either() | Guarded():
            several = options(value)
            # One of several texts: the one that is told by argument or setting stands for all, else a hole.
            told = [each for each in several if isinstance(each, (Arg, Env, Claim))]
            yield told[0] if len(told) == 1 and all(each == NONE or each in told for each in several) else UNKNOWN
        case _:
            yield UNKNOWN
