"""What an expression of the configuration refers to: variables, outputs and modules followed to resources."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iamsim.sources._plan_file import Module, Plan
from iamsim.sources._plan_instance import Instance, name_of

_MOST = 100
"""Most references that are followed for one value; circles in a hostile plan end here."""

_LONGEST = 1000
"""Longest reference that is followed; keys of `for_each` are in it."""


ANY = "*"
"""The attribute of a target of which the plan does not tell which attribute is used."""


@dataclass(frozen=True, slots=True)
class Target:
    """An attribute of a resource or data source, such as `arn` of `aws_iam_policy.read`."""

    instance: Instance
    attribute: str

    def __str__(self) -> str:
        named = self.attribute not in ("", ANY)
        return f"{self.instance.shown}.{self.attribute}" if named else self.instance.shown


@dataclass(frozen=True, slots=True)
class Named:
    """
    What an expression names: `targets`, each of which it uses, and in `rest` what leads nowhere that the plan tells.

    The plan tells which resources an expression uses, and never what it does with them.
    """

    targets: tuple[Target, ...] = ()
    rest: tuple[str, ...] = ()

    def only(self, types: Mapping[str, tuple[str, ...]]) -> Instance | None:
        """
        The one instance that is named, where it is of one of `types` and one of those attributes is used.

        A value that is not known yet comes from something that is not: where one such attribute is all that
        is named, the value is that attribute.
        """
        if len(self.targets) != 1 or self.rest:
            return None
        target = self.targets[0]
        named = types.get(target.instance.type, ())
        return target.instance if named and target.attribute in (*named, ANY) else None

    def __str__(self) -> str:
        return ", ".join(dict.fromkeys([*map(str, self.targets), *self.rest]))


class References:
    """The references of a plan, followed."""

    def __init__(self, plan: Plan) -> None:
        self.modules = plan.modules
        self.at: dict[tuple[tuple[str, ...], str], dict[str, Instance]] = {}
        self.inside: dict[tuple[tuple[str, ...], str], dict[tuple[str, ...], None]] = {}
        self.listed: dict[int, tuple[object, list[str]]] = {}
        for instance in plan.instances:
            if not instance.gone:
                self.at.setdefault((instance.module, instance.path[-1]), {})[instance.key] = instance
            for end in range(len(instance.module), 0, -1):
                module = instance.module[:end]
                self.inside.setdefault((module[:-1], name_of(module[-1])), {})[module] = None

    def written(self, instance: Instance) -> Mapping[str, Any]:
        """What the configuration says of a resource; empty where it says nothing."""
        *path, name = instance.path
        return self.modules.get(tuple(path), Module()).resources.get(name, {})

    def expression(self, instance: Instance, *path: str | int) -> Any:  # noqa: ANN401 - expressions are JSON
        """The expression of an attribute, or of one in a block; None where the configuration does not set it."""
        found: Any = self.written(instance).get("expressions")
        for part in path:
            if isinstance(part, str):
                found = found.get(part) if isinstance(found, Mapping) else None
            else:
                found = found[part] if isinstance(found, list) and part < len(found) else None
        return found

    def sets(self, instance: Instance, name: str) -> bool:
        """Whether the configuration gives the attribute or block a value; taken for true where there is none to look at."""
        expressions = self.written(instance).get("expressions")
        return name in expressions if isinstance(expressions, Mapping) else not self.written(instance)

    def named(self, instance: Instance, *path: str | int) -> Named:
        """What the expression of an attribute names."""
        each = self.written(instance).get("for_each_expression")
        walk = _Walk(self)
        walk.follow(self.of(self.expression(instance, *path)), instance.module, instance.key, each)
        return Named(tuple(walk.targets.values()), tuple(dict.fromkeys(walk.rest)))

    def of(self, expression: object) -> list[str]:
        """The references of an expression, looked up once however many instances share it."""
        if id(expression) not in self.listed:
            # The expression is kept, so that no other takes its place.
            self.listed[id(expression)] = expression, _references(expression)
        return self.listed[id(expression)][1]


class _Walk:
    """One value's references, followed to where they end."""

    def __init__(self, references: References) -> None:
        self.references = references
        self.targets: dict[tuple[str, str], Target] = {}
        self.rest: list[str] = []
        self.seen: set[tuple[object, ...]] = set()

    def follow(self, names: list[str], module: tuple[str, ...], key: str, each: object) -> None:
        by_key = any(name.startswith(("each.", "count.")) for name in names)
        for name in _whole(names):
            if len(self.seen) > _MOST:
                self.rest.append("…")
                return
            step = (name, module, key)
            if step not in self.seen:
                self.seen.add(step)
                self.one(name, module, key if by_key else "", key, each)

    def one(self, name: str, module: tuple[str, ...], picked: str, key: str, each: object) -> None:
        kind, _, rest = name.partition(".")
        if name in _CONSTANT or kind in _CONSTANT:
            return
        if kind == "var":
            self.variable(re.split(r"[.\[]", rest)[0], module)
        elif kind == "module":
            self.output(name, module, picked)
        elif kind == "each":
            self.each(rest, module, key, each)
        elif kind in ("local", "self", "ephemeral"):
            self.rest.append(name)
        else:
            self.resource(name, module, picked)

    def variable(self, name: str, module: tuple[str, ...]) -> None:
        """A variable's value: of the root module it is known, below it the call of the module gives it."""
        if not module:
            return
        path = tuple(map(name_of, module))
        call = self.references.modules.get(path[:-1], Module()).calls.get(path[-1], {})
        expressions = call.get("expressions")
        if isinstance(expressions, Mapping) and name in expressions:
            key = module[-1].removeprefix(f"module.{path[-1]}")
            self.follow(self.references.of(expressions[name]), module[:-1], key, call.get("for_each_expression"))

    def output(self, name: str, module: tuple[str, ...], picked: str) -> None:
        match = _OUTPUT.fullmatch(name)
        path = (*map(name_of, module), match["module"]) if match else ()
        output = self.references.modules.get(path, Module()).outputs.get(match["output"] or "") if match else None
        if match is None or output is None:
            self.rest.append(name)
            return
        found = self.references.inside.get((module, match["module"]), {})
        key = match["key"] or (picked if len(found) > 1 else "")
        step = (*module, f"module.{match['module']}{key}")
        inside = [step] if step in found else [] if key else list(found)[:_MOST]
        for one in inside:
            self.follow(self.references.of(output.get("expression")), one, "", None)
        if not inside:
            self.rest.append(name)

    def each(self, attribute: str, module: tuple[str, ...], key: str, each: object) -> None:
        """
        `each.value` is an element of what `for_each` goes over.

        It is the instance of that key where that is a resource, and else may be all that it refers to.
        """
        names = _whole(self.references.of(each))
        match = _RESOURCE.fullmatch(names[0]) if len(names) == 1 else None
        found = {} if match is None else self.references.at.get((module, match["name"]), {})
        word, _, attribute = attribute.partition(".")
        if match is not None and not match["key"] and not match["rest"] and word == "value":
            one = found.get(key) or found.get("")
            if one is not None:
                self.target(one, attribute)
                return
        self.follow([name for name in names if not name.startswith("each.")], module, key, None)

    def target(self, instance: Instance, attribute: str) -> None:
        self.targets[instance.address, attribute] = Target(instance, attribute)

    def resource(self, name: str, module: tuple[str, ...], picked: str) -> None:
        match = _RESOURCE.fullmatch(name)
        found = self.references.at.get((module, match["name"]), {}) if match else {}
        if match is None or not found:
            self.rest.append(name)
            return
        # Behind an index that is computed Terraform names no attribute.
        by_index = not match["key"] and not match["rest"] and "" not in found
        key = match["key"] or (picked if by_index else "")
        if key in found:
            self.target(found[key], ANY if by_index else match["rest"].removeprefix("."))
            return
        for one in list(found.values())[:_MOST]:
            self.target(one, match["rest"].removeprefix("."))
        if len(found) > _MOST:
            self.rest.append(name)


# Values that are known when the plan is made.
_CONSTANT = frozenset({"path", "terraform", "each.key", "count.index", "count"})
_INDEX = r"""\[(?:\d+|"(?:[^"\\]|\\.)*+")\]"""
_OUTPUT = re.compile(rf"module\.(?P<module>[^.\[\]]+)(?P<key>{_INDEX})?(?:\.(?P<output>[^.\[\]]+).*)?", re.DOTALL)
_RESOURCE = re.compile(
    rf"(?P<name>(?:data\.)?[^.\[\]]+\.[^.\[\]]+)(?P<key>{_INDEX})?(?P<rest>(?:\..*|\[.*)?)", re.DOTALL
)


def _references(expression: object) -> list[str]:
    """The references of an expression, and of all that is in a block."""
    found: list[str] = []
    pending = deque([expression])
    while pending:
        value = pending.popleft()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, Mapping):
            names = value.get("references")
            if isinstance(names, list):
                found += [name for name in names if isinstance(name, str)]
            else:
                pending.extend(item for name, item in value.items() if name != "constant_value")
    return found


def _whole(names: list[str]) -> list[str]:
    """The references without those that are the beginning of another: Terraform names `a.b.c` and then `a.b`."""
    short = [name for name in names[:_MOST] if len(name) <= _LONGEST]
    beginnings = {name[:end] for name in short for end, letter in enumerate(name) if letter in ".["}
    return list(dict.fromkeys(name for name in short if name not in beginnings))
