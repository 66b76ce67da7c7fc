"""One template with the values that its deploy would give it: parameters, conditions, references, properties."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from iamsim.errors import InputError
from iamsim.jsontext import Holed, Pointer, Written, clipped
from iamsim.model.origin import Origin
from iamsim.sources._template_conditions import holds
from iamsim.sources._template_functions import call, is_function
from iamsim.sources._template_loops import LOOP, filled, pieces, rounds
from iamsim.sources._template_parameters import Parameters
from iamsim.sources._template_references import StandIn
from iamsim.sources._template_values import NO_LOOPS, UNTOLD, Deploy, Loops, Node, Piece, below, made, place
from iamsim.sources._template_world import World


class Stack:
    """Reads one template; `folder` is where the templates that it nests may stand."""

    def __init__(self, written: Written, path: Path, folder: Path, deploy: Deploy, world: World) -> None:
        self.written, self.path, self.folder, self.deploy, self.world = written, path, folder, deploy, world
        self.template: Mapping[str, Any] = written.value if isinstance(written.value, dict) else {}
        if self.template is not written.value:
            self.fail("is no template", (), "a template is an object with Resources")
        if "TemplateBody" in self.template:
            self.fail(
                "is an answer of the AWS CLI",
                ("TemplateBody",),
                "keep what is under TemplateBody: --query TemplateBody",
            )
        self.judged: dict[str, bool | None] = {}
        self.shows_secrets = False
        self.resources: dict[str, Piece] = {}
        self.names: dict[str, str] = {}
        self.mappings = self.section("Mappings")
        self.parameters = Parameters(self)
        self.transforms = self._transforms()
        self.conditions = dict(pieces(self, self.section("Conditions"), ("Conditions",), NO_LOOPS))
        self.outputs = dict(pieces(self, self.section("Outputs"), ("Outputs",), NO_LOOPS))
        self.resources |= self._resources()
        self.stand_ins: dict[str, StandIn] = {}
        self.exports: dict[str, str | None] = {}
        self.profiles: dict[str, str] = {}
        self.parent: Stack | None = None
        world.stacks.append(self)

    # ------------------------------------------------------------ places and errors

    def origin(self, at: Pointer, address: str = "") -> Origin:
        """The place of a pointer, or of the nearest part around it that the template has."""
        value, known = self.written.value, 0
        for step in at:
            there = step in value if isinstance(value, dict) else _is_in(value, step)
            if not there:
                break
            value = value[step]
            known += 1
        return replace(self.written.origin(tuple(at[:known])), address=address)

    def places(self, node: Node, address: str) -> Callable[[Pointer], Origin]:
        """Tells the place of each part of a resolved value."""
        return lambda pointer: self.origin(place(node, pointer), address)

    def fail(self, message: str, at: Pointer, hint: str) -> NoReturn:
        """Raises the error about what stands at `at`."""
        raise InputError(message, hint=hint, origin=self.origin(at))

    # ------------------------------------------------------------ sections

    def section(self, name: str) -> Mapping[str, Any]:
        """A part of the template at its top; empty where it has none."""
        found = self.template.get(name)
        if found is not None and not isinstance(found, dict):
            self.fail(f"{name} is an object", (name,), "write names and values")
        return found or {}

    def _transforms(self) -> tuple[str, ...]:
        found = self.template.get("Transform", [])
        names = found if isinstance(found, list) else [found]
        return tuple(name if isinstance(name, str) else "Fn::Transform" for name in names)

    @property
    def is_changed(self) -> bool:
        """Whether a macro that is not known here may add to the template and change anything in it."""
        return not all(map(self.knows, self.transforms))

    @staticmethod
    def knows(transform: str) -> bool:
        """Whether what a transform does to a template is known here, or touches nothing that counts."""
        return transform in _KNOWN_TRANSFORMS

    @property
    def is_serverless(self) -> bool:
        return any(name.startswith(_SERVERLESS) for name in self.transforms)

    def _resources(self) -> Iterator[tuple[str, Piece]]:
        for name, piece in pieces(self, self.section("Resources"), ("Resources",), NO_LOOPS):
            kind = piece.raw.get("Type") if isinstance(piece.raw, dict) else None
            if not isinstance(kind, str):
                self.fail(f"resource `{clipped(name)}` has no Type", piece.at, "write Type: AWS::Service::Resource")
            if not isinstance(piece.raw.get("Properties") or {}, dict):
                self.fail("Properties is an object", (*piece.at, "Properties"), "write names and values")
            yield name, replace(piece, type=kind)

    # ------------------------------------------------------------ values

    def resolve(self, raw: Any, at: Pointer, loops: Loops = NO_LOOPS) -> Node | None:  # noqa: ANN401 - as above
        """The value with its functions resolved; None for AWS::NoValue."""
        world = self.world
        world.spend(0, self, at)
        if isinstance(raw, str):
            return Node(made(filled(self, raw, loops)), at) if type(raw) is str else Node(raw, at)
        if raw is None or isinstance(raw, bool):
            return Node(raw, at)
        with world.deeper(self, at):
            if isinstance(raw, list):
                items = (self.resolve(item, below(at, i), loops) for i, item in enumerate(raw))
                return Node([item for item in items if item is not None], at)
            if is_function(raw):
                return call(self, raw, at, loops)
            return self._object(raw, at, loops)

    def _object(self, raw: Mapping[str, Any], at: Pointer, loops: Loops) -> Node:
        if "Fn::Transform" in raw:
            self.world.untold("Fn::Transform", "only the deploy tells what it gives")
            return Node(UNTOLD, at)
        found: dict[str, Node] = {}
        for name, item in raw.items():
            inside = below(at, name)
            if name.startswith(LOOP):
                turns = rounds(self, item, inside, loops)
                bodies = [self._object(body, below(inside, 2), turn) for turn, body in turns or ()]
                if turns is None or not all(isinstance(body.value, dict) for body in bodies):
                    return Node(UNTOLD, at)
                for body in bodies:
                    found |= body.value if isinstance(body.value, dict) else {}
            elif (node := self.resolve(item, inside, loops)) is not None:
                found[filled(self, name, loops)] = node
        return Node(found, at)

    @contextmanager
    def judging(self) -> Iterator[None]:
        """While a condition is judged, which may look at the values of parameters that are not shown."""
        before, self.shows_secrets = self.shows_secrets, True
        try:
            yield
        finally:
            self.shows_secrets = before

    # ------------------------------------------------------------ other stacks

    # Set by what opens templates: a stack knows no files.
    nested: Callable[[str], Stack | None]
    exported: Callable[[str, Pointer], Node | None]

    def output(self, name: str, member: tuple[str, ...] = ("Value",)) -> Node | None:
        """The value of an output, or another member of it; None where there is none."""
        piece = self.outputs.get(name)
        if piece is None:
            return None
        raw, at = piece.raw, piece.at
        for step in member:
            raw, at = raw.get(step) if isinstance(raw, dict) else None, (*at, step)
        if raw is None:
            return None
        with self.world.opened(self, "the output", name, at):
            return self.resolve(raw, at, piece.loops)

    # ------------------------------------------------------------ resources

    def exists(self, name: str) -> bool | None:
        """Whether the resource is there; None where that hangs on a condition that is not told."""
        piece = self.resources[name]
        condition = piece.raw.get("Condition")
        found: bool | None = True
        if condition is not None:
            if not isinstance(condition, str):
                self.fail("Condition names a condition", (*piece.at, "Condition"), "write its name")
            found = holds(self, filled(self, condition, piece.loops), (*piece.at, "Condition"))
        return None if found and self.deploy.maybe else found

    def why_maybe(self, name: str) -> str:
        """Why it is not known whether the resource is there."""
        condition = self.resources[name].raw.get("Condition")
        return f"condition {condition} is not told" if isinstance(condition, str) else self.deploy.maybe

    def property(self, name: str, *path: str) -> Node | None:
        """A property of a resource, resolved; None where it is not set."""
        piece = self.resources[name]
        if piece.property is not None:
            return piece.property(path[0])
        at: Pointer = (*piece.at, "Properties")
        raw: Any = piece.raw.get("Properties") or {}
        for i, step in enumerate(path):
            if not isinstance(raw, dict):
                return None
            if step not in raw and (i == 0 or not is_function(raw)):
                loops = any(key.startswith(LOOP) or key == "Fn::Transform" for key in raw)
                return self._of(self._object(raw, at, piece.loops), path[i:]) if loops else None
            if step not in raw:
                found = self.resolve(raw, at, piece.loops)
                return None if found is None else self._of(found, path[i:])
            raw, at = raw[step], (*at, step)
        return self.resolve(raw, at, piece.loops)

    def _of(self, node: Node, path: tuple[str, ...]) -> Node | None:
        for step in path:
            if isinstance(node.value, Holed):
                return node
            found = node.value.get(step) if isinstance(node.value, dict) else None
            if found is None:
                return None
            node = found
        return node


_SERVERLESS = "AWS::Serverless-"
_KNOWN_TRANSFORMS = (
    "AWS::LanguageExtensions",
    "AWS::Serverless-2016-10-31",
    "AWS::CodeDeployBlueGreen",
    # The function that rotates a secret, in a stack of its own.
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
)


def _is_in(value: object, step: object) -> bool:
    """Whether a list has that index."""
    return isinstance(value, list) and isinstance(step, int) and step < len(value)
