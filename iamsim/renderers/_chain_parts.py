"""What the chain from the token to the tools is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from iamsim.renderers._words import Label


class Part(StrEnum):
    """What a node is."""

    TOKEN = "token"  # noqa: S105 - a word, no secret
    SERVER = "server"
    ROLE = "role"
    BROKER = "broker"
    TOOLS = "tools"


class Line(NamedTuple):
    """A line of a node: `name` says what `value` is, which is a name such as an ARN where `code` says so."""

    name: str
    value: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """
    Somebody on the way.

    `label` is what becomes of it, None where there is nothing to say; `href` the place of the page that tells more.
    """

    id: str
    part: Part
    title: str
    label: Label | None
    lines: tuple[Line, ...]
    href: str

    @property
    def words(self) -> str:
        """All that the node says, on one line."""
        told = (f"{line.name} {line.value}".strip() for line in self.lines)
        return "; ".join(filter(None, (self.title, str(self.label.word) if self.label else "", *told)))


@dataclass(frozen=True, slots=True)
class Edge:
    """
    What leads from one node to another.

    `asked` is what is asked for on the way, each with its outcome where there is one; `told` says more of the
    `outcome`, for one that fails the missing action or condition.
    """

    source: str
    target: str
    outcome: Label
    asked: tuple[Label | str, ...]
    told: tuple[str, ...] = ()
    href: str = ""

    @property
    def words(self) -> str:
        """All that the edge says, on one line."""
        return "; ".join((*map(str, self.asked), *self.told))


@dataclass(frozen=True, slots=True)
class Chain:
    """
    The nodes, and what leads from one to the next.

    `spine` are the token, the server and the roles, in the order in which one is had through another; `groups` the
    tools by the credential they act with, those of the last on the spine first. A broker is in neither.
    """

    spine: tuple[Node, ...]
    broker: Node | None
    groups: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All of them, in reading order."""
        return (*self.spine, *((self.broker,) if self.broker else ()), *self.groups)
