"""What names stand for: in a function, in what it closes over, in a module of the source."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from iamsim.tools import expressions
from iamsim.tools.infer.budget import Spent
from iamsim.tools.infer.choices import guarded, is_constant, join, options
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.values import UNKNOWN, Env, Func, Method, Module, Outside, Value, const

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter


class Scopes:
    """The names of a source, for one walk."""

    def __init__(self, walk: Interpreter) -> None:
        self.walk = walk
        self._setters: dict[str, dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]]] = {}
        self._setting: set[object] = set()

    def forget(self) -> None:
        """Functions that set a name are called once more where it is asked for."""
        self._setting.clear()

    def module(self, name: str) -> Frame | None:
        """The frame of a module, which is run where it has not been yet; None for a module that the source lacks."""
        source = self.walk.tree.modules.get(name)
        if source is None:
            return None
        found = self.walk.modules.get(source.name)
        if found is None:
            found = Frame(self.walk.context("module", source.name), source.name)
            self.walk.frames[found.id] = found
            self.walk.modules[source.name] = found
            found.locals["__name__"] = const(source.name)
            package = source.name if source.package else source.name.rpartition(".")[0]
            found.locals["__package__"] = const(package)
            found.locals["__file__"] = UNKNOWN
            self.walk.stack.append(found)
            try:
                self.walk.run(source.tree.body, found)
            except (Spent, RecursionError):
                self.walk.unnamed[source.file] = "the module is too large to be followed to its end"
            finally:
                self.walk.stack.pop()
        return found

    def name(self, name: str, frame: Frame) -> Value:
        """What a name stands for where `frame` is."""
        at: Frame | None = frame
        if name in frame.globals:
            at = None
        while at is not None:
            if name in at.locals and not (at.owner is not None and at is not frame):
                return self._late(at, name) if at.function is None and at.owner is None else at.locals[name]
            at = at.parent
        module = self.walk.modules.get(frame.module)
        if module is not None:
            found = self._late(module, name)
            if found is not UNKNOWN or name in module.locals:
                return found
        return Outside(f"builtins.{name}")

    def of_module(self, module: str, name: str) -> Value:
        """A name of a module, or a module below it."""
        frame = self.module(module)
        source = self.walk.tree.modules.get(module)
        if frame is not None and name in {**frame.locals, **frame.late}:
            return self._late(frame, name)
        below = f"{source.name if source else module}.{name}"
        if below in self.walk.tree.modules:
            self.module(below)
            return Module(self.walk.tree.modules[below].name)
        if name in ("__path__", "__dict__"):
            return Method(Module(module), name)
        if frame is not None and "__getattr__" in frame.locals:
            return self.walk.call(
                frame.locals["__getattr__"], Given([const(name)]), frame, self.walk.source(module).tree
            )
        return UNKNOWN

    def stored(self, value: Value) -> Value:
        """`value` under the settings that must hold for the walk to be where it is: a switch that a server sets at its start."""
        conditions = {
            condition for frame in self.walk.stack for condition in frame.path if condition.exact and condition.when
        }
        told = [
            each
            for each in sorted(conditions, key=lambda each: each.when)
            if all(isinstance(self.walk.named.get(name), Env) for name in _names(each.when))
        ]
        for each in told:
            value = guarded(each, value)
        return value

    def _late(self, module: Frame, name: str) -> Value:
        """A module's name, with what functions set it to by `global`; they are called where nothing else is known."""
        value = module.locals.get(name)
        if name in module.late:
            value = module.late[name] if value is None else join(value, module.late[name])
        if value is None or is_constant(value):
            # A switch is worth nothing before everything that turns it was seen.
            self._set_globals(module, name)
            late = module.late.get(name)
            if late is not None:
                value = late if value is None else join(value, late)
        return UNKNOWN if value is None else value

    def _set_globals(self, module: Frame, name: str) -> None:
        """Calls the functions of a module that set `name`, whatever they are called with: one of them makes its value."""
        if module.module not in self._setters:
            found: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
            for node in ast.walk(self.walk.source(module.module).tree):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    for inner in ast.walk(node):
                        for named in inner.names if isinstance(inner, ast.Global) else ():
                            found.setdefault(named, []).append(node)
            self._setters[module.module] = found
        for setter in self._setters[module.module].get(name, ()):
            value = module.locals.get(setter.name)
            mark = ("global", module.module, name, setter.name)
            if value is None or mark in self._setting:
                continue
            self._setting.add(mark)
            for each in options(value):
                if isinstance(each, Func):
                    self.walk.blind(each, module)


def _names(when: str) -> tuple[str, ...]:
    """The parameters that a condition names."""
    return expressions.expression(when).names if len(when) <= expressions.LIMIT else ()
