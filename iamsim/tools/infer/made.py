"""What a tool was seen to do: API calls, and things that could not be resolved, each with when and how it happens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from iamsim.tools.infer.saying import Condition
from iamsim.tools.infer.sdk_values import SERVER, Registry, Signed
from iamsim.tools.infer.values import Value

MOST_CONDITIONS = 6
"""More conditions than this on the way to one call are not all told."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a call; `maybe`: it is not sent each time."""

    name: str
    value: Value
    maybe: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """
    One API call that the source makes, or (`unresolved` says why) one of which it is not known what it is.

    `site` is `file:line`. `optional`: its error is swallowed. `deferred`: only a link is made. `after`: it is made
    where another call has failed. `likely` says in words why it is not certain. An HTTP request that is signed by
    hand has the `method` and the path in `parameters`.
    """

    service: str
    operation: str
    signed: Signed = SERVER
    parameters: tuple[Parameter, ...] = ()
    site: str = ""
    conditions: tuple[Condition, ...] = ()
    optional: bool = False
    deferred: bool = False
    after: tuple[str, ...] = ()
    likely: str = ""
    unresolved: str = ""
    method: str = ""
    via: str = ""
    call: int = 0

    @property
    def name(self) -> str:
        """`s3.GetObject`."""
        return f"{self.service}.{self.operation}" if self.service else self.operation

    @property
    def alike(self) -> tuple[object, ...]:
        """What makes it the same call, on whatever conditions it is made."""
        return (
            self.service,
            self.operation,
            self.signed,
            self.parameters,
            self.site,
            self.deferred,
            self.unresolved,
            self.method,
        )

    def common(self, other: Made) -> Made:
        """The same call on the conditions that both have."""
        return replace(
            self,
            conditions=tuple(each for each in self.conditions if each in other.conditions),
            optional=self.optional and other.optional,
            after=tuple(each for each in self.after if each in other.after),
            likely=self.likely if other.likely else "",
        )

    def within(self, conditions: Iterable[Condition], *, optional: bool, after: tuple[str, ...], likely: str) -> Made:
        """The same call where whoever makes it is itself under conditions."""
        outer = tuple(conditions)
        if not outer and not optional and not after and not likely:
            return self
        return replace(
            self,
            conditions=tuple(dict.fromkeys((*outer, *self.conditions)))[: 2 * MOST_CONDITIONS],
            optional=self.optional or optional,
            after=tuple(dict.fromkeys((*after, *self.after)))[:MOST_CONDITIONS],
            likely=self.likely or likely,
        )


@dataclass(frozen=True, slots=True)
class Registered:
    """One tool that the source registers: a function, or the handler of a low-level server with the tool's name."""

    name: str
    function: Value
    registry: Registry
    description: str
    site: str
    schema: Value | None = None
    maybe: str = ""
