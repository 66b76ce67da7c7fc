"""The conditions under which a tool needs a permission, read from text and decided in three values."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from iamsim.errors import InputError
from iamsim.model.principal import HOLE

LIMIT = 400
"""An expression longer than this many characters is refused."""

_TOKENS = re.compile(r"(?:\s++|[A-Za-z_][A-Za-z0-9_]*+|'[^'\\\n]*+'|\"[^\"\\\n]*+\"|==|!=|[().])*+")
_HINT = "write names, == or != with a quoted text, set(NAME), and, or, not, parentheses"

Lookup = Callable[[str], tuple[str, ...] | None]
"""Name to the values it is bound to (a value may hold a `HOLE`), None when that is not known."""


@dataclass(frozen=True, slots=True)
class Expression:
    """
    A condition over parameters.

    `NAME` alone holds when the parameter is `true`; `set(NAME)` when it is bound to something that is not empty;
    `NAME == 'text'` when one of its values is that text. `flags` are the names that stand alone.
    """

    text: str
    names: tuple[str, ...]
    flags: tuple[str, ...]
    tree: ast.expr

    def holds(self, lookup: Lookup) -> bool | None:
        """Whether the condition holds; None when `lookup` does not know enough (strong Kleene logic)."""
        return _holds(self.tree, lookup)


@lru_cache(maxsize=1024)
def expression(text: str) -> Expression:
    """The expression that `text` writes; raises `InputError` for anything beyond its small grammar."""
    if len(text) > LIMIT:
        raise InputError(f"a condition of {len(text)} characters is too long", hint=f"at most {LIMIT} are read")
    # Only these tokens reach the parser: it warns about some others, numbers among them.
    if not _TOKENS.fullmatch(text):
        raise InputError(f"`{text}` is no condition", hint=_HINT)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError(f"`{text}` is no condition", hint=_HINT) from None
    names = list(_names(tree, text))
    return Expression(
        text,
        tuple(dict.fromkeys(name for name, _ in names)),
        tuple(dict.fromkeys(name for name, alone in names if alone)),
        tree,
    )


def renamed(text: str, names: dict[str, str]) -> str:
    """`text` with parameter names replaced, but for what stands in quotes."""

    def one(match: re.Match[str]) -> str:
        return names.get(match[0], match[0])

    return re.sub(r"'[^']*'|\"[^\"]*\"|[A-Za-z_]\w*", one, text) if text else text


def both(first: str, second: str) -> str:
    """The condition that `first` and `second` (each may be empty: always) hold."""
    if not first or not second:
        return first or second
    return " and ".join(f"({part})" if re.search(r"\bor\b", part) else part for part in (first, second))


def _names(node: ast.expr, text: str) -> Iterator[tuple[str, bool]]:
    match node:
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from _names(part, text)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            yield from _names(part, text)
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=str())]) if _is_name(
            left
        ):
            yield ast.unparse(left), False
        case ast.Call(func=ast.Name(id="set"), args=[name], keywords=[]) if _is_name(name):
            yield ast.unparse(name), False
        case ast.Name() | ast.Attribute() if _is_name(node):
            yield ast.unparse(node), True
        case _:
            raise InputError(f"`{text}` is no condition", hint=_HINT)


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name))


def _holds(node: ast.expr, lookup: Lookup) -> bool | None:
    match node:
        case ast.BoolOp(op=operator, values=parts):
            # Kleene: one False decides `and`, one True decides `or`; else one unknown leaves it open.
            deciding = isinstance(operator, ast.Or)
            results = [_holds(part, lookup) for part in parts]
            if deciding in results:
                return deciding
            return None if None in results else not deciding
        case ast.UnaryOp(operand=part):
            inner = _holds(part, lookup)
            return None if inner is None else not inner
        case ast.Compare(left=left, ops=[operator], comparators=[ast.Constant(value=str(literal))]):
            equal = _equals(lookup(ast.unparse(left)), literal)
            return None if equal is None else equal is isinstance(operator, ast.Eq)
        case ast.Call(args=[name]):
            values = lookup(ast.unparse(name))
            return None if values is None else any(values)
        case _:
            return _equals(lookup(ast.unparse(node)), "true")


def _equals(values: tuple[str, ...] | None, literal: str) -> bool | None:
    if values is None:
        return None
    if literal in values:
        return True
    return None if any(HOLE in value for value in values) else False
