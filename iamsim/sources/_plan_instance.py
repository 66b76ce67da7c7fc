"""One resource of a Terraform plan, and what of its attributes is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from iamsim.errors import InputError
from iamsim.jsontext import Number, clipped, short, written
from iamsim.model.origin import Origin
from iamsim.sources._plan_values import Untold


@dataclass(frozen=True, slots=True)
class Instance:
    """
    One resource or data source as it will be after the apply, or was before a deletion.

    `module` holds the steps of its module's address, such as `module.app["eu"]`; `key` is its own
    index as it stands in its address, such as `["blue"]`, empty for none. `after` and `before` are
    attributes, with `Untold` in place of what is not known yet or must not be shown. `new`: it is
    created or made anew; `gone`: it is deleted; `deferred`: a data source that is read during the apply.
    """

    address: str
    mode: str
    type: str
    name: str
    key: str
    module: tuple[str, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    origin: Origin
    new: bool = False
    gone: bool = False
    deferred: bool = False
    changed: bool = False

    @property
    def shown(self) -> str:
        """Its address as it may be shown."""
        return self.origin.address

    @property
    def path(self) -> tuple[str, ...]:
        """Its place in the configuration: names of modules, and what it is called in the last one."""
        prefix = "data." if self.mode == "data" else ""
        return (*(name_of(step) for step in self.module), f"{prefix}{self.type}.{self.name}")

    @property
    def told(self) -> Mapping[str, Any]:
        """The attributes that it has, or had where it is gone."""
        return self.before if self.gone else self.after

    def place(self, *pointer: str | int) -> Origin:
        """The place of an attribute."""
        side = "before" if self.gone else "after"
        return Origin(
            self.origin.document,
            f"{self.origin.pointer}/{side}{written(short(pointer))}",
            address=self.origin.address,
        )

    def text(self, name: str) -> str | Untold | None:
        """An attribute that is text; an empty one says nothing, like null."""
        value = self.told.get(name)
        if value is None or isinstance(value, Untold):
            return value
        if not isinstance(value, str) or isinstance(value, Number):
            wrong(f"`{clipped(name)}` is no text", self.place(name))
        return value or None

    def texts(self, name: str) -> tuple[str | Untold, ...] | Untold | None:
        """An attribute that is a list of texts."""
        value = self.told.get(name)
        if value is None or isinstance(value, Untold):
            return value
        if not isinstance(value, list):
            wrong(f"`{clipped(name)}` is no list", self.place(name))
        for index, item in enumerate(value):
            if not isinstance(item, str | Untold) or isinstance(item, Number):
                wrong(f"`{clipped(name)}` holds something that is no text", self.place(name, index))
        return tuple(value)

    def blocks(self, name: str) -> tuple[Mapping[str, Any], ...] | Untold | None:
        """An attribute that is a list of blocks."""
        value = self.told.get(name)
        if value is None or isinstance(value, Untold):
            return value
        if not isinstance(value, list):
            wrong(f"`{clipped(name)}` is no list", self.place(name))
        found: list[Mapping[str, Any]] = []
        for index, item in enumerate(value):
            if isinstance(item, Untold):
                return item
            if not isinstance(item, Mapping):
                wrong(f"`{clipped(name)}` holds something that is no block", self.place(name, index))
            found.append(item)
        return tuple(found)


def name_of(step: str) -> str:
    """The name of the module in one step of an address: `app` of `module.app["eu"]`."""
    return step.removeprefix("module.").partition("[")[0]


def wrong(message: str, origin: Origin) -> NoReturn:
    """Raises the error of a plan that Terraform would not have written."""
    refuse(message, "give the output of `terraform show -json PLAN` as it is", origin)


def refuse(message: str, hint: str, origin: Origin) -> NoReturn:
    """Raises the error."""
    raise InputError(message, hint=hint, origin=origin)
