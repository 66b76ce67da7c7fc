"""What the values inside AWS's messages look like, and how they are spelled."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from iamsim.model.policy import PolicyType


class Kind(StrEnum):
    """Whether a Deny statement matched, or no Allow did."""

    EXPLICIT = "explicit"
    IMPLICIT = "implicit"


ROLE_TRUST = "role trust policy"
"""The type that AWS names where a role's trust policy decided."""

DenialType = PolicyType | str
"""A policy type, `ROLE_TRUST`, or AWS's words for a type that has no name here."""

WORDS: Mapping[DenialType, str] = {
    PolicyType.SCP: "service control policy",
    PolicyType.RCP: "resource control policy",
    PolicyType.VPC_ENDPOINT: "VPC endpoint policy",
    PolicyType.BOUNDARY: "permissions boundary",
    PolicyType.SESSION: "session policy",
    PolicyType.RESOURCE: "resource-based policy",
    PolicyType.IDENTITY: "identity-based policy",
    ROLE_TRUST: ROLE_TRUST,
}
"""The policy types in AWS's words."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a value looks like in a text; `open` if its length has no bound; how it is read and written."""

    pattern: str
    open: bool = False
    read: Callable[[str], Any] = str
    written: Callable[[Any], str] = str


def _type(words: str) -> DenialType:
    spelled = " ".join(words.split())
    return _TYPES.get(spelled.lower(), spelled)


def _words(type_: DenialType) -> str:
    return WORDS.get(type_, type_)


def _denier(type_: DenialType) -> str:
    """A type with its article."""
    words = _words(type_)
    article = "the" if words == ROLE_TRUST else "an" if words[:1] in "aeiou" else "a"
    return f"{article} {words}"


def _from_json(inside: str) -> str:
    """What a JSON string holds; `ValueError` for one that is none."""
    return str(json.loads(f'"{inside}"'))


def _to_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _without_article(words: str) -> DenialType:
    return _type(words.split(maxsplit=1)[1])


# "sessions policy" stands in one example of AWS's page.
_TYPES = {words.lower(): type_ for type_, words in WORDS.items()} | {"sessions policy": PolicyType.SESSION}
_TYPE = r"[A-Za-z][A-Za-z\s-]{0,60}(?:[Pp]olicy|boundary)"
_DENYING = (
    r"(?:Client\.)?(?:AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized|Forbidden)(?:Exception)?"
)
# What no quotes bound ends where a reason or another sentence begins.
_UNQUOTED = r'(?!")(?:(?!\s(?:because|with\san\sexplicit\sdeny|is\snot\sauthorized)\b)[^\r\n])+'

FIELDS: Mapping[str, Field] = {
    # A denial
    "caller": Field(r"\S{1,2048}"),
    "action": Field(r"[A-Za-z0-9-]{1,64}:[A-Za-z0-9*]{1,128}"),
    "operation": Field(r"[A-Za-z][A-Za-z0-9]{1,127}"),
    "quoted": Field(r"[^\r\n]+", open=True),
    "resource": Field(_UNQUOTED, open=True),
    "type": Field(_TYPE, read=_type, written=_words),
    "denier": Field(rf"(?:an?|the)\s{{1,8}}{_TYPE}", read=_without_article, written=_denier),
    "policy_arn": Field(r'arn:\S{0,2047}[^\s".]'),
    "acls": Field(r"[A-Za-z]{1,36}(?:Acls|ACLs)"),
    "policies": Field(r"[A-Za-z]{1,36}Policy"),
    "because": Field(r'[^\s"](?:[^"\r\n]{0,998}[^\s".])?'),
    "bracketed": Field(r"[^\s\]]{1,256}"),
    "permission": Field(r"[A-Za-z]{1,40}(?: [A-Za-z]{1,40}){0,3}?"),
    # What AWS adds to it
    "sentence": Field(r"[\s\S]+", open=True),
    "encoded": Field(r'[^\s".]{1,32768}'),
    "details": Field(r"https://\S{1,500}"),
    "authorization_id": Field(r"[A-Za-z0-9-]{1,128}"),
    "aside": Field(r"[A-Za-z, ]{1,120}"),
    # What a client puts around it
    "message": Field(r"[\s\S]+", open=True),
    "json": Field(r'(?:[^"\\\r\n]|\\.)+', open=True, read=_from_json, written=_to_json),
    "xml": Field(r"[^<>]+", open=True, read=html.unescape, written=html.escape),
    "namespace": Field(r"[A-Za-z0-9._]{1,200}"),
    "url": Field(r"https?://[^\s\"]{1,300}"),
    "code": Field(r"[A-Za-z0-9][A-Za-z0-9.]{1,127}"),
    "denying": Field(_DENYING),
    "service": Field(r"[A-Za-z0-9][A-Za-z0-9 ]{0,79}"),
    "status": Field(r"[0-9]{3}"),
    "request_id": Field(r"[A-Za-z0-9-]{1,128}"),
    "host_id": Field(r"[A-Za-z0-9+/=-]{1,256}"),
    "attempts": Field(r"[0-9]{1,4}"),
    # Other errors
    "number": Field(r"[0-9]{1,20}"),
    "word": Field(r"[^\s\"]{1,2048}"),
    "name": Field(r"[\w+=,.@/-]{1,576}(?<![.])"),
    "phrase": Field(r"[a-z]{1,20}(?: [a-z]{1,20}){0,7}"),
}
"""Every field that a template may name, by that name."""
