"""A policy under examination: as written, whether AWS takes it or not, and of which kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iamsim import documents
from iamsim.documents import UntoldError
from iamsim.errors import InputError
from iamsim.jsontext import Number, Pointer, written
from iamsim.model.origin import NOWHERE, Origin
from iamsim.model.policy import Policy, Statement

if TYPE_CHECKING:
    from iamsim.drafts.world import World


class PolicyKind(StrEnum):
    """What a policy is for; a boundary and a session policy are written as identity policies are."""

    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"
    TRUST = "trust"
    RESOURCE = "resource"
    SCP = "scp"
    RCP = "rcp"
    VPC_ENDPOINT = "vpc-endpoint"


LIKE_IDENTITY = frozenset({PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION})
"""Kinds that hang on the one who asks, or are passed with a session of it: they name no principal."""

WITH_PRINCIPAL = frozenset({PolicyKind.TRUST, PolicyKind.RESOURCE, PolicyKind.RCP, PolicyKind.VPC_ENDPOINT})
"""Kinds whose statements name a principal."""


@dataclass(frozen=True)
class Draft:
    """
    One policy under examination.

    `value` is the JSON value as it was written, of whatever shape; `origin` tells the place of a pointer into it, and
    `text` is the whole text where it stands alone in a file. `name` is what a person calls it. `service` is the one
    whose resource a resource policy hangs on (`s3`), empty where that is not told. `of` is the ARN of the principal or
    resource that it hangs on, `arn` that of a managed policy; both are empty where there is none. `managed`: a
    managed policy, not an inline one (None: not told). `world` is what else was loaded. `broken` is why the text is no
    JSON, where it is none; `value` is then None.
    """

    kind: PolicyKind
    name: str
    value: Any
    origin: Callable[[Pointer], Origin]
    text: str | None = None
    service: str = ""
    of: str = ""
    arn: str = ""
    managed: bool | None = None
    world: World | None = None
    broken: InputError | None = None

    @cached_property
    def _read(self) -> Policy | InputError | None:
        if self.broken is not None:
            return self.broken
        try:
            return documents.policy_at(self.value, self.origin, name=self.name, arn=self.arn or None)
        except InputError as error:
            return error
        except UntoldError:
            return None

    @property
    def policy(self) -> Policy | None:
        """The policy as the engine reads it; None where it is malformed, or not told in full."""
        return self._read if isinstance(self._read, Policy) else None

    @property
    def refusal(self) -> InputError | None:
        """Why it is no policy at all, where it is none."""
        return self._read if isinstance(self._read, InputError) else None

    def within(self, world: World) -> Draft:
        """The same draft in another world, with the very same policy."""
        found = replace(self, world=world)
        found.__dict__["_read"] = self._read
        return found

    def statements(self) -> Iterator[Part]:
        """The statements that are objects, however malformed; one that stands alone is the first."""
        found = self.value.get("Statement") if isinstance(self.value, Mapping) else None
        read = self.policy
        if isinstance(found, Mapping):
            yield Part(found, ("Statement",), 0, read.statements[0] if read is not None else None)
        elif isinstance(found, list):
            for i, each in enumerate(found):
                if isinstance(each, Mapping):
                    yield Part(each, ("Statement", i), i, read.statements[i] if read is not None else None)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a policy and its place in it."""

    value: str
    at: Pointer


@dataclass(frozen=True, slots=True)
class Test:
    """One line of a Condition block: an operator, a key, and whatever values stand there as texts."""

    operator: str
    key: str
    values: tuple[Text, ...]
    at: Pointer
    value: Any


@dataclass(frozen=True, slots=True)
class Part:
    """One statement of a draft as written; `statement` is the model's, where the whole policy could be read."""

    value: Mapping[str, Any]
    at: Pointer
    index: int
    statement: Statement | None

    @property
    def label(self) -> str:
        """What a person calls the statement: its Sid, else its place in the list."""
        sid = self.value.get("Sid")
        return f"statement {sid}" if isinstance(sid, str) and sid else f"statement {self.index + 1}"

    @property
    def subject(self) -> str:
        """As `label`, stable as long as the Sid or the place is."""
        return self.label.removeprefix("statement ")

    @property
    def allows(self) -> bool:
        """Whether its Effect is Allow."""
        return self.value.get("Effect") == "Allow"

    @property
    def denies(self) -> bool:
        """Whether its Effect is Deny."""
        return self.value.get("Effect") == "Deny"

    def texts(self, element: str) -> tuple[Text, ...]:
        """The texts under an element that holds one or a list, such as Action; what is no text there is left out."""
        return tuple(_texts(self.value.get(element), (*self.at, element)))

    def actions(self) -> tuple[Text, ...]:
        """Those of Action and NotAction."""
        return (*self.texts("Action"), *self.texts("NotAction"))

    def resources(self) -> tuple[Text, ...]:
        """Those of Resource and NotResource."""
        return (*self.texts("Resource"), *self.texts("NotResource"))

    def principals(self) -> tuple[tuple[str, Text], ...]:
        """The texts of Principal and NotPrincipal, each with its kind: AWS, Service, Federated, CanonicalUser; `*` alone has the kind `*`."""
        found: list[tuple[str, Text]] = []
        for element in ("Principal", "NotPrincipal"):
            value, at = self.value.get(element), (*self.at, element)
            if isinstance(value, Mapping):
                found += [
                    (kind, text)
                    for kind, each in value.items()
                    if isinstance(kind, str)
                    for text in _texts(each, (*at, kind))
                ]
            else:
                found += [("*", text) for text in _texts(value, at)]
        return tuple(found)

    def conditions(self) -> tuple[Test, ...]:
        """The lines of the Condition block, however malformed their values."""
        block = self.value.get("Condition")
        found = []
        for operator, keys in block.items() if isinstance(block, Mapping) else ():
            for key, value in keys.items() if isinstance(keys, Mapping) else ():
                at = (*self.at, "Condition", operator, key)
                found.append(Test(str(operator), str(key), tuple(_scalars(value, at)), at, value))
        return tuple(found)


def _texts(value: object, at: Pointer) -> Iterator[Text]:
    if isinstance(value, list):
        for i, each in enumerate(value):
            yield from _texts(each, (*at, i)) if not isinstance(each, list) else ()
    elif isinstance(value, str) and not isinstance(value, Number):
        yield Text(value, at)


def _scalars(value: object, at: Pointer) -> Iterator[Text]:
    """As the engine reads values of conditions: numbers and truth values are texts too."""
    if isinstance(value, list):
        for i, each in enumerate(value):
            yield from _scalars(each, (*at, i)) if not isinstance(each, list) else ()
    elif isinstance(value, bool):
        yield Text("true" if value else "false", at)
    elif isinstance(value, str | int | float):
        yield Text(str(value), at)


def of_policy(policy: Policy, kind: PolicyKind, **parts: Any) -> Draft:  # noqa: ANN401 - the other fields of a draft
    """The draft of a policy that a source has read: its value is written anew, its places are the source's."""
    places: dict[Pointer, Origin] = {(): policy.origin}
    for i, statement in enumerate(policy.statements):
        at: Pointer = ("Statement", i)
        places[at] = statement.origin
        for name, element in (
            ("Action", statement.action), ("Resource", statement.resource), ("Principal", statement.principal),
        ):  # fmt: skip
            if element is not None:
                places[*at, f"Not{name}" if element.negated else name] = element.origin
        for condition in statement.conditions:
            places[*at, "Condition", condition.operator, condition.key] = condition.origin

    def origin(pointer: Pointer) -> Origin:
        for end in range(len(pointer), -1, -1):
            found = places.get(pointer[:end])
            if found is not None and found != NOWHERE:
                return Origin(
                    found.document, found.pointer + written(pointer[end:]), found.line, found.column, found.address
                )
        return NOWHERE

    draft = Draft(kind, policy.name, documents.document(policy), origin, arn=policy.arn or "", **parts)
    # What is read again would have other identities, and be compiled again.
    draft.__dict__["_read"] = policy
    return draft
