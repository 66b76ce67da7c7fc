"""The functions and classes of a source."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from iamsim.tools.infer.values import Value


@dataclass(slots=True)
class Function:
    """A function's source: `owner` is the class that it is defined in, `module` the module's name."""

    id: int
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: str
    owner: int | None = None
    generator: bool = False

    @property
    def name(self) -> str:
        """Its name; a lambda has none."""
        return "lambda" if isinstance(self.node, ast.Lambda) else self.node.name


@dataclass(slots=True)
class ClassInfo:
    """A class's source with its members once it was run; `bases` as written, `fields` those that its annotations declare."""

    id: int
    node: ast.ClassDef
    module: str
    bases: tuple[Value, ...] = ()
    members: dict[str, Value] = field(default_factory=dict)
    fields: dict[str, Value | None] = field(default_factory=dict)
    setters: dict[str, tuple[str, ...]] = field(default_factory=dict)
