"""The grants of a KMS key, as `aws kms list-grants` prints them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from iamsim import config, jsontext
from iamsim.errors import InputError
from iamsim.model.account import GRANTABLE, KeyGrant

_CONSTRAINTS = ("EncryptionContextEquals", "EncryptionContextSubset", "SourceArn")


def grants(text: str, document: str) -> tuple[KeyGrant, ...]:
    """
    The grants in the JSON `text`: `{"Grants": […]}`, each with the members of AWS's GrantListEntry.

    Members that do not decide are left alone; a constraint that is not known here is refused, since
    it would narrow what is granted. Raises `InputError` with the place.
    Source: AWS KMS API Reference, ListGrants, GrantListEntry and GrantConstraints.
    """
    read = _Reader(jsontext.Places(text, document))
    value = jsontext.load(text, document)
    if not isinstance(value, dict) or not isinstance(value.get("Grants"), list):
        read.refuse("has no list `Grants`", (), "save what `aws kms list-grants` prints")
    if value.get("Truncated") is True or value.get("NextMarker"):
        read.refuse("is one page of several", (), "list all grants: leave out --max-items and --no-paginate")
    return tuple(read.grant(entry, ("Grants", i)) for i, entry in enumerate(value["Grants"]))


@dataclass(frozen=True, slots=True)
class _Reader:
    places: jsontext.Places

    def grant(self, entry: object, at: jsontext.Pointer) -> KeyGrant:
        if not isinstance(entry, dict):
            self.refuse("a grant is an object", at, 'write {"GrantId": …, "GranteePrincipal": …, "Operations": […]}')
        constraints = entry.get("Constraints") or {}
        if not isinstance(constraints, dict):
            self.refuse("`Constraints` is an object", (*at, "Constraints"), "leave it out for none")
        for name in constraints:
            if name not in _CONSTRAINTS:
                hint = config.closest(name, _CONSTRAINTS)
                self.refuse(f"`{jsontext.clipped(name)}` is no constraint of grants", (*at, "Constraints", name), hint)
        source = constraints.get("SourceArn")
        return KeyGrant(
            id=self.text(entry, "GrantId", at),
            grantee=self.text(entry, self._grantee(entry), at),
            operations=tuple(self.operations(entry, at)),
            context_equals=self.pairs(constraints, "EncryptionContextEquals", (*at, "Constraints")),
            context_subset=self.pairs(constraints, "EncryptionContextSubset", (*at, "Constraints")),
            source_arn=None if source is None else self.text(constraints, "SourceArn", (*at, "Constraints")),
            origin=self.places.origin(at),
        )

    def operations(self, entry: Mapping[str, Any], at: jsontext.Pointer) -> Iterator[str]:
        found = entry.get("Operations")
        if not isinstance(found, list):
            self.refuse("`Operations` is a list", at, 'write ["Decrypt"]')
        for i, name in enumerate(found):
            if not _is_text(name) or name not in GRANTABLE:
                hint = config.closest(str(name), GRANTABLE)
                where = (*at, "Operations", i)
                self.refuse(f"`{jsontext.clipped(name)}` is no operation that a grant can allow", where, hint)
            yield name

    def pairs(self, found: Mapping[str, Any], name: str, at: jsontext.Pointer) -> tuple[tuple[str, str], ...] | None:
        if name not in found:
            return None
        pairs = found[name]
        if not isinstance(pairs, dict) or not all(_is_text(value) for value in pairs.values()):
            self.refuse(f"`{name}` is an object of texts", (*at, name), 'write {"department": "sales"}')
        return tuple(pairs.items())

    def text(self, found: Mapping[str, Any], name: str, at: jsontext.Pointer) -> str:
        value = found.get(name)
        if not _is_text(value) or not value:
            self.refuse(f"`{name}` is a text and has to be there", at, "save what `aws kms list-grants` prints")
        return str(value)

    def refuse(self, message: str, at: jsontext.Pointer, hint: str) -> NoReturn:
        raise InputError(message, hint=hint, origin=self.places.origin(at))

    @staticmethod
    def _grantee(entry: Mapping[str, Any]) -> str:
        return "GranteeServicePrincipal" if "GranteeServicePrincipal" in entry else "GranteePrincipal"


def _is_text(value: object) -> bool:
    """Whether it was written as text; a number is kept as it was written, and is none."""
    return isinstance(value, str) and not isinstance(value, jsontext.Number)
