"""The OIDC providers of an account, as `aws iam get-open-id-connect-provider` prints each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from iamsim import jsontext
from iamsim.errors import InputError

# A scheme other than https, an ARN in the place of a URL, or anything after the path is none that IAM takes.
_URL = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[^\s?#*]*)?", re.ASCII)


def oidc_providers(text: str, document: str) -> dict[str, tuple[str, ...]]:
    """
    The client ids by issuer in the JSON `text`: a list of objects with `Url` and `ClientIDList`.

    IAM tells the URL without its scheme; issuers here have `https://`. Other members do not
    decide and are left alone. Raises `InputError` with the place.
    Source: IAM API Reference, GetOpenIDConnectProvider and CreateOpenIDConnectProvider.
    """
    read = _Reader(jsontext.Places(text, document))
    value = jsontext.load(text, document)
    if not isinstance(value, list):
        read.refuse("is no list of providers", (), "write [] for an account without any")
    found: dict[str, tuple[str, ...]] = {}
    for i, entry in enumerate(value):
        if not isinstance(entry, dict):
            read.refuse("a provider is an object", (i,), _PRINTED)
        issuer = read.issuer(entry.get("Url"), (i,))
        if issuer in found:
            read.refuse(f"`{jsontext.clipped(issuer)}` is there twice", (i, "Url"), "an account has one for each URL")
        found[issuer] = read.client_ids(entry.get("ClientIDList"), (i,))
    return found


_PRINTED = "save what `aws iam get-open-id-connect-provider` prints for it"


@dataclass(frozen=True, slots=True)
class _Reader:
    places: jsontext.Places

    def issuer(self, value: object, at: jsontext.Pointer) -> str:
        if not _is_text(value):
            self.refuse("`Url` is a text and has to be there", at, _PRINTED)
        name = str(value).removeprefix("https://")
        if not _URL.fullmatch(name):
            hint = "it reads HOST/PATH, with https:// before it or without"
            self.refuse(f"`{jsontext.clipped(value)}` is no URL of a provider", (*at, "Url"), hint)
        return f"https://{name}"

    def client_ids(self, value: object, at: jsontext.Pointer) -> tuple[str, ...]:
        # Without the list nobody told the audiences; an empty one would refuse every token.
        if not isinstance(value, list) or not all(map(_is_text, value)):
            self.refuse("`ClientIDList` is a list of texts and has to be there", at, _PRINTED)
        return tuple(map(str, value))

    def refuse(self, message: str, at: jsontext.Pointer, hint: str) -> NoReturn:
        raise InputError(message, hint=hint, origin=self.places.origin(at))


def _is_text(value: object) -> bool:
    """Whether it was written as text; a number is kept as it was written, and is none."""
    return isinstance(value, str) and not isinstance(value, jsontext.Number)
