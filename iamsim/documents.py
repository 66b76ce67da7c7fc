"""Policy text to model and back, keeping pointers, line numbers and formatting."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NoReturn, TypeGuard

from iamsim.errors import InputError
from iamsim.jsontext import Holed, Number, Places, Pointer, clipped, load, short, unreadable, written
from iamsim.model.origin import Origin
from iamsim.model.policy import Condition, Effect, Element, Policy, PrincipalElement, Statement
from iamsim.model.principal import HOLE

VERSIONS = ("2012-10-17", "2008-10-17")

MAX_OPERATOR = 200
"""
Longest name of a condition operator that is read; IAM's longest has 46 characters.

Each condition's origin holds the name, so that one long name over many keys would fill the memory.
"""

MAX_KEY = 10_000
"""
Longest condition key that is read.

The longest of AWS's hold a tag's key (128 characters), a provider's URL (255) or a key of an encryption context (8,192).
"""

MAX_VALUE = 32_768
"""
Longest single text that is read: an action, an ARN, a condition's value, a Sid.

A whole key policy has no more (AWS KMS Developer Guide, "Resource quotas"); IAM, S3 and Organizations store less.
"""


def policy(text: str, *, document: str, name: str | None = None, arn: str | None = None) -> Policy:
    """
    The policy written in `text`; raises `InputError` with line and pointer for anything malformed.

    `document` is what the user calls the text (a path); `name` defaults to its last part without
    ending. What AWS would refuse but a simulator can still read (an unknown operator, an odd ARN)
    is kept as written: the engine and the rules deal with it.
    """
    value = load(text, document)
    places = Places(text, document)
    stem = re.split(r"[/\\]", document)[-1].removesuffix(".json")
    return _Reader(places.origin).policy(value, name or stem, arn)


def policy_of(value: object, *, origin: Origin, name: str, arn: str | None = None) -> Policy:
    """
    The policy in an already parsed JSON value; origins are pointers below `origin`, without lines.

    Raises `InputError` with the pointer of anything malformed.
    """

    def place(pointer: Pointer) -> Origin:
        return Origin(origin.document, origin.pointer + written(pointer), address=origin.address)

    return policy_at(value, place, name=name, arn=arn)


class UntoldError(Exception):
    """The inputs do not tell what the policy says: at `pointer` stands a value that is not known, and no text."""

    def __init__(self, pointer: Pointer) -> None:
        super().__init__(f"what stands at `{written(short(pointer)) or '/'}` is not told")
        self.pointer = pointer


def policy_at(value: object, place: Callable[[Pointer], Origin], *, name: str, arn: str | None = None) -> Policy:
    """
    The policy in an already parsed value, of which `place` tells where each part stands.

    Texts may be `Holed`. Raises `UntoldError` where something else than a text is not told, and
    `InputError` for anything malformed.
    """
    return _Reader(place).policy(value, name, arn)


def anything(name: str, origin: Origin, *, arn: str | None = None, of_resource: bool = False) -> Policy:
    """The policy that is there and of which nothing is told: it may allow everything and deny everything."""
    untold: dict[str, object] = {"Action": Holed(HOLE), "Resource": Holed(HOLE)}
    if of_resource:
        untold["Principal"] = {"AWS": Holed(HOLE)}
    value = {"Version": VERSIONS[0], "Statement": [{"Effect": effect, **untold} for effect in ("Allow", "Deny")]}
    return policy_at(value, lambda _: origin, name=name, arn=arn)


def embedded(text: str, origin: Origin, *, name: str, arn: str | None = None) -> Policy:
    """
    The policy in a text that stands at `origin` in another document: pointers go on behind it, line and column are its own.

    Raises `InputError` for anything malformed, with that place.
    """

    def place(pointer: Pointer) -> Origin:
        return replace(origin, pointer=origin.pointer + written(pointer))

    try:
        value = load(text, origin.document)
    except InputError as error:
        raise InputError(f"a policy in it {error.message}", hint=error.hint, origin=origin) from None
    return policy_at(value, place, name=name, arn=arn)


def document(policy: Policy) -> dict[str, Any]:
    """The policy as a JSON value: one value stands alone, several make a list, as people write it."""
    value: dict[str, Any] = {}
    if policy.version is not None:
        value["Version"] = policy.version
    value["Statement"] = [_statement(statement) for statement in policy.statements]
    return value


def statement_document(statement: Statement) -> dict[str, Any]:
    """One statement as a JSON value."""
    return _statement(statement)


def text(policy: Policy) -> str:
    """The policy as indented JSON, ending in a newline."""
    return json.dumps(document(policy), indent=2, ensure_ascii=False) + "\n"


def diff(before: Policy | None, after: Policy) -> str:
    """A unified diff of two policies as indented JSON; `before` is None for a new policy."""
    old = text(before).splitlines(keepends=True) if before else []
    new = text(after).splitlines(keepends=True)
    label = str(before.origin.document or before.name) if before else "/dev/null"
    target = after.origin.document or after.name
    return "".join(difflib.unified_diff(old, new, label, target, n=3))


# ---------------------------------------------------------------- from JSON values to the model


class _Reader:
    """Reads one document; `place` tells the origin of a pointer."""

    def __init__(self, place: Callable[[Pointer], Origin]) -> None:
        self.place = place

    def fail(self, message: str, pointer: Pointer, hint: str, found: object = None) -> NoReturn:
        """Raises the error; where what was `found` is a piece that is not told, it says that instead."""
        if isinstance(found, Holed):
            raise UntoldError(pointer)
        at = self.place(pointer)
        place = written(short(pointer))
        origin = replace(at, pointer=at.pointer.removesuffix(written(pointer)) + place)
        raise InputError(f"{message} (at `{place or '/'}`)", hint=hint, origin=origin)

    def text(self, value: object, at: Pointer) -> str:
        """A string as it is; a value that came parsed may hold what no text that is read does."""
        if not isinstance(value, str) or isinstance(value, Number):
            self.fail(f"expected text, found {_kind(value)}", at, "write a string or a list of strings")
        if not isinstance(value, Holed) and (reason := unreadable(value)):
            self.fail(reason, at, _NO_SUCH)
        if len(value) > MAX_VALUE:
            self.fail(
                f"`{clipped(value)}` is longer than all of a policy", at, f"at most {MAX_VALUE:,} characters are read"
            )
        return str(value)

    def policy(self, value: object, name: str, arn: str | None) -> Policy:
        """Source: IAM User Guide, "Grammar of the IAM JSON policy language" (GRAM-001 to 003)."""
        if not isinstance(value, Mapping):
            self.fail(
                f"a policy is a JSON object, not {_kind(value)}", (), 'write {"Version": …, "Statement": […]}', value
            )
        for key in self.names(value, ()):
            if key not in ("Version", "Id", "Statement"):
                self.fail(
                    f"a policy has no element `{clipped(key)}`",
                    (key,),
                    _unwrapped(value) or "element names are case-sensitive: Version, Id, Statement",
                )
        version = value.get("Version")
        if version is not None and version not in VERSIONS:
            self.fail(f"{_shown(version)} is no policy version", ("Version",), "use 2012-10-17", version)
        if not _is_text(value.get("Id", "")):
            self.fail("Id is a string", ("Id",), "write text or leave it out")
        statements = value.get("Statement")
        if isinstance(statements, Mapping):
            parsed: tuple[Statement, ...] = (self.statement(statements, ("Statement",), 0),)
        elif isinstance(statements, list) and statements:
            parsed = tuple(self.statement(item, ("Statement", i), i) for i, item in enumerate(statements))
        else:
            self.fail(
                "a policy needs at least one statement",
                ("Statement",) if "Statement" in value else (),
                "add a Statement",
                statements,
            )
        return Policy(name, parsed, version, arn, self.place(()))

    def statement(self, value: object, at: Pointer, index: int) -> Statement:
        if not isinstance(value, Mapping):
            self.fail(
                f"a statement is a JSON object, not {_kind(value)}", at, 'write {"Effect": …, "Action": …}', value
            )
        for key in self.names(value, at):
            if key not in _ELEMENTS:
                self.fail(
                    f"a statement has no element `{clipped(key)}`",
                    (*at, key),
                    f"element names are case-sensitive: {', '.join(_ELEMENTS)}",
                )
        effect = value.get("Effect")
        if effect not in ("Allow", "Deny"):
            where = (*at, "Effect") if "Effect" in value else at
            found = f"Effect is `Allow` or `Deny`, not {_shown(effect)}"
            self.fail(
                found if "Effect" in value else "Effect is `Allow` or `Deny`, and is missing here",
                where,
                "the word is case-sensitive, and there is no default",
                effect,
            )
        sid = value.get("Sid")
        if sid is not None and not _is_text(sid):
            self.fail("Sid is a string", (*at, "Sid"), "write text or leave it out")
        sid = None if sid is None else self.text(sid, (*at, "Sid"))
        action = self.element(value, "Action", at)
        if action is None:
            self.fail("a statement needs Action or NotAction", at, "name the actions, such as s3:GetObject")
        return Statement(
            Effect(str(effect)),
            action,
            self.element(value, "Resource", at),
            self.principal(value, at),
            self.conditions(value, at),
            sid,
            self.place(at),
            index,
        )

    def pair(self, value: Mapping[str, object], name: str, at: Pointer) -> str | None:
        """Which of `name` and `Not` + `name` the statement has (GRAM-013)."""
        present = [key for key in (name, f"Not{name}") if key in value]
        if len(present) > 1:
            self.fail(f"{name} and Not{name} exclude each other", (*at, present[1]), "keep one of them")
        return present[0] if present else None

    def element(self, value: Mapping[str, object], name: str, at: Pointer) -> Element | None:
        key = self.pair(value, name, at)
        if key is None:
            return None
        pointer = (*at, key)
        values = self.strings(value[key], pointer)
        if not values:
            self.fail(f"{key} is empty", pointer, "name at least one value, or `*`")
        return Element(values, key != name, self.place(pointer))

    def strings(self, value: object, at: Pointer) -> tuple[str, ...]:
        """One string or a list of strings (GRAM-014)."""
        if not isinstance(value, list):
            return (self.text(value, at),)
        return tuple(self.text(item, (*at, i)) for i, item in enumerate(value))

    def principal(self, value: Mapping[str, object], at: Pointer) -> PrincipalElement | None:
        key = self.pair(value, "Principal", at)
        if key is None:
            return None
        pointer = (*at, key)
        body, negated = value[key], key != "Principal"
        if _is_text(body):
            if body != "*":
                self.fail(f"{_shown(body)} is no principal by itself", pointer, 'write "*" or {"AWS": "arn…"}', body)
            return PrincipalElement(anyone=True, bare=True, negated=negated, origin=self.place(pointer))
        if not isinstance(body, Mapping) or not body:
            self.fail(f"{key} is `*` or an object, not {_kind(body)}", pointer, 'write {"AWS": "arn…"}')
        parts: dict[str, tuple[str, ...]] = {}
        for kind in self.names(body, pointer):
            if kind not in _PRINCIPAL_KINDS:
                self.fail(
                    f"`{clipped(kind)}` is no kind of principal",
                    (*pointer, kind),
                    f"use {', '.join(_PRINCIPAL_KINDS)}; the words are case-sensitive",
                )
            parts[_PRINCIPAL_KINDS[kind]] = self.strings(body[kind], (*pointer, kind))
            if not parts[_PRINCIPAL_KINDS[kind]]:
                self.fail(f"{kind} is empty", (*pointer, kind), "name at least one principal")
        anyone = "*" in parts.get("aws", ())
        return PrincipalElement(
            parts.get("aws", ()),
            parts.get("service", ()),
            parts.get("federated", ()),
            parts.get("canonical", ()),
            anyone,
            negated=negated,
            origin=self.place(pointer),
        )

    def conditions(self, value: Mapping[str, object], at: Pointer) -> tuple[Condition, ...]:
        """Operator, key, values (GRAM-026); empty objects are always true and leave no condition behind."""
        pointer = (*at, "Condition")
        block = value.get("Condition", {})
        if not isinstance(block, Mapping):
            self.fail(
                f"Condition is an object, not {_kind(block)}",
                pointer,
                'write {"StringEquals": {"key": "value"}}',
                block,
            )
        found = []
        for operator in self.names(block, pointer):
            keys = block[operator]
            if len(operator) > MAX_OPERATOR:
                self.fail(
                    f"`{clipped(operator)}` is longer than any operator",
                    (*pointer, operator),
                    f"at most {MAX_OPERATOR} characters are read",
                )
            if not isinstance(keys, Mapping):
                self.fail(
                    f"`{clipped(operator)}` holds an object of keys, not {_kind(keys)}",
                    (*pointer, operator),
                    'write {"key": "value"}',
                    keys,
                )
            for key in self.names(keys, (*pointer, operator)):
                where = (*pointer, operator, key)
                if len(key) > MAX_KEY:
                    self.fail(
                        f"`{clipped(key)}` is longer than any condition key",
                        where,
                        f"at most {MAX_KEY:,} characters are read",
                    )
                found.append(Condition(operator, key, self.scalars(keys[key], where), self.place(where)))
        return tuple(found)

    def scalars(self, value: object, at: Pointer) -> tuple[str, ...]:
        """Strings, numbers and booleans; the unquoted forms mean the same as the quoted (GRAM-028)."""
        if not isinstance(value, list):
            return (self.scalar(value, at),)
        return tuple(self.scalar(item, (*at, i)) for i, item in enumerate(value))

    def scalar(self, value: object, at: Pointer) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return self.text(str(value) if isinstance(value, Number) else value, at)
        if not isinstance(value, int | float):
            self.fail(
                f"a condition value is text, a number or a boolean, not {_kind(value)}",
                at,
                "write a scalar or a list of scalars",
            )
        try:
            return json.dumps(value, allow_nan=False)
        except ValueError:
            # Python writes no integer of more than 4,300 digits.
            self.fail("a number that JSON does not have, or one with too many digits", at, "write a plain number")

    def names(self, value: Mapping[str, object], at: Pointer) -> Iterator[str]:
        """The names in an object; a value that came parsed may hold others than JSON has."""
        for name in value:
            if not isinstance(name, str):
                self.fail(f"a name is text, not {_kind(name)}", at, "put it in quotes")
            if not isinstance(name, Holed) and (reason := unreadable(name)):
                self.fail(reason, at, _NO_SUCH)
            yield name


_NO_SUCH = "AWS takes no such character"
_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_PRINCIPAL_KINDS = {"AWS": "aws", "Service": "service", "Federated": "federated", "CanonicalUser": "canonical"}


_ANSWERS: tuple[Pointer, ...] = (
    ("PolicyDocument",),
    ("Role", "AssumeRolePolicyDocument"),
    ("AssumeRolePolicyDocument",),
    ("PolicyVersion", "Document"),
    ("Document",),
    ("Policy", "Content"),
    ("Policy",),
)
"""Where the answers of the AWS CLI hold a policy (IAM, Organizations; S3, KMS and Lambda under `Policy`, as text)."""


def _unwrapped(value: Mapping[str, object]) -> str | None:
    """The way out for an answer of the AWS CLI that was saved whole; None for anything else."""
    for path in _ANSWERS:
        found: object = value
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        text = isinstance(found, str) and found.lstrip().startswith("{")
        if text or (isinstance(found, Mapping) and "Statement" in found):
            query = f"--query {'.'.join(map(str, path))} --output {'text' if text else 'json'}"
            return f"this is an answer of the AWS CLI; keep what is under {path[-1]} ({query})"
    return None


def _kind(value: object) -> str:
    if value is None:
        return "null"
    for types, word in (
        ((Mapping,), "an object"),
        ((list,), "a list"),
        ((bool,), "a boolean"),
        ((Number, int, float), "a number"),
    ):
        if isinstance(value, types):
            return word
    return "text"


def _is_text(value: object) -> TypeGuard[str]:
    """Whether it was written as text; a `Number` is a string that was not."""
    return isinstance(value, str) and not isinstance(value, Number)


def _shown(value: object) -> str:
    """What was found in place of a word: the text itself, else its kind."""
    return f"`{clipped(value)}`" if _is_text(value) else _kind(value)


# ---------------------------------------------------------------- from the model to JSON values


def _statement(statement: Statement) -> dict[str, Any]:
    value: dict[str, Any] = {}
    if statement.sid is not None:
        value["Sid"] = statement.sid
    value["Effect"] = str(statement.effect)
    if statement.principal is not None:
        value["NotPrincipal" if statement.principal.negated else "Principal"] = _principal(statement.principal)
    value["NotAction" if statement.action.negated else "Action"] = _one(statement.action.values)
    if statement.resource is not None:
        value["NotResource" if statement.resource.negated else "Resource"] = _one(statement.resource.values)
    if statement.conditions:
        block: dict[str, dict[str, Any]] = {}
        for condition in statement.conditions:
            block.setdefault(condition.operator, {})[condition.key] = _one(condition.values)
        value["Condition"] = block
    return value


def _principal(element: PrincipalElement) -> Any:  # noqa: ANN401 - JSON is any of six types
    if element.bare:
        return "*"
    parts = {kind: getattr(element, attribute) for kind, attribute in _PRINCIPAL_KINDS.items()}
    return {kind: _one(values) for kind, values in parts.items() if values}


def _one(values: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON is any of six types
    return values[0] if len(values) == 1 else list(values)
