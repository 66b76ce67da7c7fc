"""Where names have values: one frame for each module and for each call that is followed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from iamsim.tools.infer.choices import join
from iamsim.tools.infer.made import Made, Parameter
from iamsim.tools.infer.saying import Condition
from iamsim.tools.infer.source_code import Function
from iamsim.tools.infer.values import Obj, Value


@dataclass(slots=True)
class Given:
    """
    The arguments of one call.

    `star` is what stands behind the positional ones as `*rest`, None for nothing. `maybe` are names in `keywords` that
    are not given each time; `open`: there may be others, which with `source` are the tool's own arguments.
    """

    args: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    star: Value | None = None
    maybe: frozenset[str] = frozenset()
    open: bool = False
    source: bool = False

    def get(self, place: int, *names: str) -> Value | None:
        """The argument at `place` (negative: only by name) or of one of `names`; None when it is not given."""
        if 0 <= place < len(self.args):
            return self.args[place]
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        return None

    def all(self) -> Iterator[Value]:
        """Every value that is given."""
        yield from self.args
        yield from self.keywords.values()
        if self.star is not None:
            yield self.star

    def parameters(self) -> tuple[Parameter, ...]:
        """The named arguments as parameters of an API call."""
        return tuple(Parameter(name, value, name in self.maybe) for name, value in self.keywords.items())

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two calls the same."""
        return (
            tuple(self.args),
            tuple(sorted(self.keywords.items(), key=_first)),
            self.star,
            self.maybe,
            self.open,
            self.source,
        )


_VARIANTS = 6
"""One call under more sets of conditions than this is told with the conditions that all have in common."""


def _first(pair: tuple[str, Value]) -> str:
    return pair[0]


@dataclass(slots=True)
class Frame:
    """
    Names and their values while a module or a function is run.

    `made` are the calls so far. `path` are the conditions that hold where the run is now, `swallowed` whether an
    error would be caught and forgotten there, `after` the calls whose failure leads there, `depth` how deep in
    branches it is. `exits` are the names at each break and continue of the loops around, `rounds` which
    items of lists they are at.
    """

    id: int
    module: str
    function: Function | None = None
    parent: Frame | None = None
    locals: dict[str, Value] = field(default_factory=dict)
    globals: frozenset[str] = frozenset()
    outer: frozenset[str] = frozenset()
    owner: int | None = None
    made: dict[Made, None] = field(default_factory=dict)
    path: tuple[Condition, ...] = ()
    swallowed: bool = False
    after: tuple[str, ...] = ()
    likely: str = ""
    depth: int = 0
    returns: list[Value] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    late: dict[str, Value] = field(default_factory=dict)
    born: set[Obj] = field(default_factory=set)
    rounds: tuple[int, ...] = ()
    exits: list[list[dict[str, Value]]] = field(default_factory=list)
    _variants: dict[object, list[Made]] = field(default_factory=dict)

    def add(self, made: Made) -> None:
        """Notes a call made here; one that is made under many conditions keeps those that all have in common."""
        new = made.within(self.path, optional=self.swallowed, after=self.after, likely=self.likely)
        if new in self.made:
            return
        alike = new.alike
        known = self._variants.setdefault(alike, [])
        if len(known) < _VARIANTS:
            known.append(new)
            self.made[new] = None
            return
        common = new
        for each in known:
            self.made.pop(each, None)
            common = common.common(each)
        known[:] = [common] * _VARIANTS
        self.made[common] = None

    @contextmanager
    def under(self, *conditions: Condition) -> Iterator[None]:
        """While this lasts, `conditions` hold too."""
        before = self.path
        self.path = tuple(dict.fromkeys((*before, *conditions)))
        self.depth += 1
        try:
            yield
        finally:
            self.path = before
            self.depth -= 1


def merged(first: dict[str, Value], second: dict[str, Value]) -> dict[str, Value]:
    """The names of two branches that come together; one that only one of them has may be missing, which is not kept."""
    found = dict(first)
    for name, value in second.items():
        other = found.get(name)
        found[name] = value if other is None or other is value else join(other, value)
    return found
