"""The objects of a source while it is followed: what is in them, which only grows."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from iamsim.tools.infer.choices import join, options
from iamsim.tools.infer.frames import Frame
from iamsim.tools.infer.values import Obj, Value


@dataclass(slots=True)
class Heap:
    """
    What the fields of objects may hold; a list's are its places, and `*` is any.

    `maybe` are fields that are not always there, `displays` the lists and dicts that are written out in the source,
    `loose` those of which something is added at times or taken away. `changed`: something was added since `forget`.
    """

    heap: dict[Obj, dict[str, Value]] = field(default_factory=dict, init=False)
    maybe: set[tuple[Obj, str]] = field(default_factory=set, init=False)
    displays: set[Obj] = field(default_factory=set, init=False)
    loose: set[Obj] = field(default_factory=set, init=False)
    changed: bool = field(default=False, init=False)
    _contexts: dict[object, int] = field(default_factory=dict, init=False)

    def context(self, *key: object) -> int:
        """A number for `key`, the same for an equal one."""
        return self._contexts.setdefault(key, len(self._contexts) + 1)

    def allocate(self, kind: str, frame: Frame, node: ast.AST, *key: object) -> Obj:
        """An object that is made at `node` each time `frame` comes by."""
        place = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0), type(node).__name__)
        made = Obj(kind, (frame.id, *place, frame.rounds, self.context("object", *key) if key else 0))
        self.heap.setdefault(made, {})
        frame.born.add(made)
        return made

    def set(self, obj: Obj, name: str, value: Value, *, maybe: bool = False) -> None:
        """Joins `value` to what a field of an object may hold."""
        fields = self.heap.setdefault(obj, {})
        before = fields.get(name)
        if before is None:
            fields[name] = value
            self.changed = True
            if maybe:
                self.maybe.add((obj, name))
        elif before != value:
            after = join(before, value)
            if after != before and set(options(after)) != set(options(before)):
                fields[name] = after
                self.changed = True

    def get(self, obj: Obj, name: str) -> Value | None:
        """What a field of an object may hold; None for one that nothing sets."""
        return self.heap.get(obj, {}).get(name)

    def loosen(self, obj: Obj) -> None:
        """Notes that what is in a list or a dict is not always there: something is added at times, or taken away."""
        if obj not in self.loose:
            self.loose.add(obj)
            self.changed = True

    def is_fixed(self, obj: Obj) -> bool:
        """Whether a list or a dict holds what it was written with, and nothing else."""
        return obj in self.displays and obj not in self.loose
