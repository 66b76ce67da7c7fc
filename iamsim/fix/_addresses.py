"""What a place is called in its source's own language: addresses of Terraform, logical ids of CloudFormation."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from iamsim.fix._hcl import Writer
from iamsim.model.origin import Origin


@dataclass(frozen=True, slots=True)
class Address:
    """
    A resource in a Terraform configuration.

    `module` is the address of its module, empty for the root; `key` its own index as HCL writes it (`[0]`, `["eu"]`),
    empty for none; `is_data` tells a data source.
    """

    module: str
    type: str
    name: str
    key: str = ""
    is_data: bool = False

    @property
    def reference(self) -> str:
        """The expression that means it in its own module."""
        return f"{'data.' if self.is_data else ''}{self.type}.{self.name}{self.key}"

    @property
    def block(self) -> str:
        """The address of the block that makes it."""
        return ".".join(filter(None, (self.module, "data" if self.is_data else "", self.type, self.name)))


def address(origin: Origin) -> Address | None:
    """The resource of a Terraform plan at a place; None where the place is no such."""
    found = _ADDRESS.fullmatch(origin.address)
    if found is None or found["type"] == "module" or not _IN_A_PLAN.match(origin.pointer):
        return None
    key = _key(found["key"] or "")
    if key is None:
        return None
    return Address((found["module"] or "").rstrip("."), found["type"], found["name"], key, found["data"] is not None)


def logical_id(origin: Origin) -> str:
    """The logical id of the resource of a template at a place; empty where the place is no such."""
    return origin.address if _LOGICAL.fullmatch(origin.address) and not _IN_A_PLAN.match(origin.pointer) else ""


def _key(text: str) -> str | None:
    """An index as HCL writes it; None for a text that no address has."""
    if not text or text[1] != '"':
        return text
    try:
        told = json.loads(text[1:-1])
    except ValueError:
        return None
    # Terraform writes the keys of its addresses as HCL: `$${` stands for `${`.
    return f"[{Writer().text(told.replace('$${', '${').replace('%%{', '%{'))}]"


_ADDRESS = re.compile(
    r'(?P<module>(?:module\.[\w-]{1,200}(?:\[(?:\d{1,9}|"(?:[^"\\]|\\.){0,200}")\])?\.){0,30})'
    r"(?P<data>data\.)?(?P<type>[a-z][a-z0-9_]{0,100})\.(?P<name>[A-Za-z_][\w-]{0,200})"
    r'(?P<key>\[(?:\d{1,9}|"(?:[^"\\]|\\.){0,200}")\])?',
    re.ASCII,
)
_IN_A_PLAN = re.compile(r"/(?:resource_changes|planned_values|prior_state|configuration)/")
_LOGICAL = re.compile(r"[A-Za-z0-9]{1,255}", re.ASCII)
