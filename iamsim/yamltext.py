"""YAML as templates and manifests have it, and the line and column of everything in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from iamsim.errors import InputError
from iamsim.jsontext import MAX_DEPTH, Number, Pointer, Written, clipped, unreadable, written
from iamsim.model.origin import Origin

if TYPE_CHECKING:
    from yaml import MappingNode, Node, ScalarNode

MAX_CHARACTERS = 2_000_000
"""Longest text that is read; CloudFormation takes templates of 1 MB (User Guide, "CloudFormation quotas")."""

MAX_NODES = 500_000
"""Most values that a text may stand for, each alias counted as what it repeats."""

MAX_DOCUMENTS = 10_000


def read(text: str, document: str) -> tuple[Written, ...]:
    """
    The values of the YAML documents in `text`, each with the place of everything in it; an empty document is left out.

    Scalars stay as they are written: `012345678901` and `2012-10-17` are texts. Plain `true`, `false`,
    `null` and numbers are what they are in JSON, numbers as `Number`. A local tag is an object with one
    name: `!Ref x` is `{"Ref": "x"}`, `!Sub x` is `{"Fn::Sub": "x"}`. Raises `InputError` with line and
    column for what is no YAML, for a key that comes twice, and for what grows beyond bounds.
    Source of the tags: AWS CloudFormation User Guide, "Intrinsic function reference" (short forms).
    """
    import yaml

    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"{len(text):,} characters are too many",
            hint=f"at most {MAX_CHARACTERS:,} are read",
            origin=Origin(document),
        )
    reader = _Reader(document)
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = []
    try:
        # Nodes alone are composed, which makes no object of a text's own choosing and shares what an alias repeats.
        _not_too_deep(text, document, loader)
        for number, node in enumerate(yaml.compose_all(text, Loader=loader)):
            if number >= MAX_DOCUMENTS:
                raise InputError(
                    f"holds more than {MAX_DOCUMENTS:,} documents", hint="split the file", origin=Origin(document)
                )
            places: dict[Pointer, tuple[int, int]] = {}
            value = reader.value(node, (), places, 0)
            if value is not None:
                found.append(Written(value, _Places(document, places)))
    except yaml.MarkedYAMLError as error:
        _refused(error, document)
    except yaml.YAMLError as error:
        # A character that YAML does not have: the library tells its code and its place.
        code, at = getattr(error, "character", None), getattr(error, "position", None)
        before = text[: at if isinstance(at, int) else 0]
        what = f"U+{code:04X} is no character of YAML" if isinstance(code, int) else "is not YAML"
        origin = Origin(document, "", before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise InputError(what, hint="take it out", origin=origin) from None
    return tuple(found)


class _Places:
    """The place of a pointer; of one that leads nowhere, that of the nearest part that does."""

    def __init__(self, document: str, places: dict[Pointer, tuple[int, int]]) -> None:
        self._document = document
        self._places = places

    def __call__(self, pointer: Pointer) -> Origin:
        known = next(pointer[:end] for end in range(len(pointer), -1, -1) if pointer[:end] in self._places)
        return Origin(self._document, written(pointer), *self._places[known])


def dumped(value: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    """A JSON value as a YAML document in block style, which every reader of YAML 1.1 takes for the same value."""
    import yaml

    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
    return text


class _Reader:
    """Makes values of the nodes of one text."""

    def __init__(self, document: str) -> None:
        self.document = document
        self.nodes = 0

    def value(self, node: Node | None, at: Pointer, places: dict[Pointer, tuple[int, int]], depth: int) -> Any:  # noqa: ANN401 - as in JSON
        """The value of a node; `places` learns where each part stands."""
        if node is None:
            return None
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.refuse(
                f"stands for more than {MAX_NODES:,} values", "do not repeat aliases of aliases", node.start_mark
            )
        if depth > MAX_DEPTH:
            self.refuse(
                "is nested too deeply, or holds itself", f"at most {MAX_DEPTH} levels are read", node.start_mark
            )
        places.setdefault(at, _line_and_column(node.start_mark))
        tag = node.tag
        if tag.startswith("!") and tag != "!":
            name = tag[1:] if tag in _BARE else f"Fn::{tag[1:]}"
            return {name: self.untagged(node, (*at, name), places, depth + 1)}
        return self.untagged(node, at, places, depth)

    def untagged(self, node: Any, at: Pointer, places: dict[Pointer, tuple[int, int]], depth: int) -> Any:  # noqa: ANN401 - as in JSON
        places.setdefault(at, _line_and_column(node.start_mark))
        if node.id == "scalar":
            return self.scalar(node)
        if node.id == "sequence":
            return [self.value(item, (*at, i), places, depth + 1) for i, item in enumerate(node.value)]
        return {name: self.value(item, (*at, name), places, depth + 1) for name, item in self.members(node, at, places)}

    def members(
        self, node: MappingNode, at: Pointer, places: dict[Pointer, tuple[int, int]]
    ) -> Iterator[tuple[str, Node]]:
        seen = set()
        for key, item in node.value:
            if key.id != "scalar":
                self.refuse("a key is no text", "write a plain name before the colon", key.start_mark)
            if key.tag == _MERGE:
                self.refuse(
                    "`<<` is not read", "write out what it merges; AWS CloudFormation takes none", key.start_mark
                )
            name = self.text(key)
            if name in seen:
                message = f"the key `{clipped(name)}` appears twice in one object"
                self.refuse(message, "an object holds a key once; the last one would silently win", key.start_mark)
            seen.add(name)
            places[*at, name] = _line_and_column(key.start_mark)
            yield name, item

    def scalar(self, node: ScalarNode) -> Any:  # noqa: ANN401 - as in JSON
        text = self.text(node)
        if node.style or node.tag.startswith("!"):
            return text
        word = text.lower()
        if node.tag == _BOOL:
            # Of YAML's words for them, AWS's templates and Kubernetes know these two; `yes` and `on` stay texts.
            return word == "true" if word in ("true", "false") else text
        if node.tag == _NULL:
            return None
        return Number(text) if node.tag in _NUMBERS and _NUMBER.fullmatch(text) else text

    def text(self, node: ScalarNode) -> str:
        text: str = node.value
        if reason := unreadable(text):
            self.refuse(reason, "AWS takes no such character", node.start_mark)
        return text

    def refuse(self, message: str, hint: str, mark: Any) -> NoReturn:  # noqa: ANN401 - as in `_line_and_column`
        raise InputError(message, hint=hint, origin=Origin(self.document, "", *_line_and_column(mark)))


def _not_too_deep(text: str, document: str, loader: Any) -> None:  # noqa: ANN401 - a class of the library
    """Refuses what nests deeper than the library's own recursion could follow."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            origin = Origin(document, "", *_line_and_column(event.start_mark))
            raise InputError("is nested too deeply", hint=f"at most {MAX_DEPTH} levels are read", origin=origin)


def _refused(error: Any, document: str) -> NoReturn:  # noqa: ANN401 - an error of the library
    mark = error.problem_mark or error.context_mark
    place = _line_and_column(mark) if mark is not None else (None, None)
    problem = clipped(error.problem or error.context or "no more is known")
    raise InputError(
        f"is not YAML: {problem}", hint="check the indentation and quotes there", origin=Origin(document, "", *place)
    ) from None


def _line_and_column(mark: Any) -> tuple[int, int]:  # noqa: ANN401 - the library has two kinds of marks
    return mark.line + 1, mark.column + 1


_BARE = ("!Ref", "!Condition")
_BOOL, _NULL, _MERGE = (f"tag:yaml.org,2002:{word}" for word in ("bool", "null", "merge"))
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
# Digits as JSON has them: a leading zero is an account's, and a colon a time's.
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
