"""Every condition key, its type, and which actions send it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from types import MappingProxyType

import msgspec

from iamsim.catalog import actions, read, reference


class Presence(StrEnum):
    """When a global key is part of a request, beside its action."""

    ALWAYS = "always"
    SIGNED = "signed"
    IAM_USER = "iamUser"
    ORGANIZATION = "organization"
    PRINCIPAL_TAGS = "principalTags"
    TEMPORARY = "temporaryCredentials"
    MFA = "mfa"
    FEDERATED = "federated"
    SOURCE_IDENTITY = "sourceIdentity"
    ASSUME_ROOT = "assumeRoot"
    SIGN_IN = "signInSession"
    SERVICE_SESSION = "serviceSession"
    IDENTITY_CENTER = "identityCenterUser"
    PUBLIC_ENDPOINT = "publicEndpoint"
    VPC_ENDPOINT = "vpcEndpoint"
    RESOURCE = "resource"
    RESOURCE_ORGANIZATION = "resourceOrganization"
    RESOURCE_TAGS = "resourceTags"
    REQUEST_TAGS = "requestTags"
    FORWARD_ACCESS = "forwardAccessSession"
    SERVICE_PRINCIPAL = "servicePrincipal"
    AWS_MCP = "awsMcpServer"
    BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class GlobalKey:
    """
    A condition key that is not bound to one service.

    `key` is in AWS's case; one ending in `/` is a family. `kinds` are the data types AWS names, the
    usual one first. `present` says when the key is part of a request and `note` what that leaves
    out. With `services`, only requests to those carry it; `never` are action patterns that do not.
    `source` is the section of AWS's page.
    """

    key: str
    kinds: tuple[str, ...]
    present: Presence
    multivalued: bool = False
    services: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    note: str = ""
    source: str = ""


def global_key(key: str) -> GlobalKey | None:
    """
    What AWS says of the global condition key `key`, in any case; None for any other key.

    Cross-service keys such as `ec2:SourceInstanceArn` are global keys as well.

    Source: IAM User Guide, "AWS global condition context keys".
    """
    name = key.lower()
    family = name[: name.find("/") + 1]
    table = _global_keys()
    return table.get(name) or (table.get(family) if family else None)


def global_keys() -> tuple[GlobalKey, ...]:
    """All global condition keys, in the order of AWS's page."""
    return tuple(_global_keys().values())


def sends(action: str, key: str) -> bool | None:
    """
    Whether AWS can send condition key `key` with `action`, whoever calls; both in any case.

    True where AWS lists the key with the action or with its resource types: it is then sent if the
    request brings it. False where it is never sent: a key of a service that is not listed for the
    action, a tag key of an action that takes no tags, a global key that AWS excludes for it. None
    where the action does not tell: it is unknown, or the key depends on the caller alone (other
    global keys: see `global_key`; keys of identity providers).

    sts:TagSession, sts:SetSourceIdentity and sts:SetContext are asked beside an AssumeRole call, and
    the AWS pages we read do not say whether the rest of that call's keys go with them: None for those.
    """
    return _sends(action, key.lower()) if key.isascii() and action.isascii() else None


@lru_cache(maxsize=65536)
def _sends(action: str, key: str) -> bool | None:
    table = _table(action.lower())
    if table is None:
        return None
    if table.lists(key):
        return True
    if str(table.action).lower() in _BESIDE and any(
        (call := _table(each)) is not None and call.lists(key) for each in _CALLS
    ):
        return None
    known = global_key(key)
    if known is not None:
        by_action = known.present in (Presence.REQUEST_TAGS, Presence.RESOURCE_TAGS)
        return False if by_action or _excluded(known, table.action) else None
    return False if _owner(key) in actions.services() else None


@dataclass(frozen=True, slots=True)
class _Table:
    """The keys that AWS lists with one action, taken apart once: those written out, and the templates."""

    action: actions.Action
    written: frozenset[str]
    templates: re.Pattern[str] | None

    def lists(self, key: str) -> bool:
        return key in self.written or (self.templates is not None and self.templates.fullmatch(key) is not None)


@lru_cache(maxsize=4096)
def _table(action: str) -> _Table | None:
    found = actions.action(action)
    if found is None:
        return None
    templates = [_template(key).pattern for key in found.condition_keys if _PLACEHOLDER.search(key)]
    pattern = re.compile("|".join(f"(?:{each})" for each in templates), re.DOTALL) if templates else None
    return _Table(found, frozenset(found.condition_keys), pattern)


def kind(key: str) -> str | None:
    """
    The data type of a condition key: String, ARN, Numeric, Date, Bool, IPAddress, or ArrayOfString and its like.

    None for a key that no AWS page lists: misspelt, or a claim of an identity provider.
    """
    known = global_key(key)
    if known is not None:
        return ("ArrayOf" if known.multivalued else "") + known.kinds[0]
    name = key.lower()
    for listed, type_ in _types(_owner(name) or "sts").items():
        if _listed(name, (listed,)):
            return type_
    return None


def multivalued(key: str) -> bool | None:
    """Whether a request can hold several values of `key`; None for a key that no AWS page lists."""
    found = kind(key)
    return None if found is None else found.startswith("ArrayOf")


_BESIDE = frozenset({"sts:tagsession", "sts:setsourceidentity", "sts:setcontext"})
_CALLS = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity")

# Where AWS's templates leave room for a name: `s3:ExistingObjectTag/<key>`, `aws:RequestTag/${TagKey}`.
# `tag-key` is how some pages write a tag's name; an entry that ends in a slash leaves it out.
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>|(?<=/)tag-?key$|(?<=/)$")

# Prefixes of keys that are not the prefix of the service whose keys they are.
_OWNERS = {"identitycenter": "sso", "catalog": "aws-marketplace"}


def _owner(key: str) -> str | None:
    """The service a key belongs to by its prefix; None for those of identity providers."""
    prefix = key.partition(":")[0]
    prefix = _OWNERS.get(prefix, prefix)
    return prefix if prefix in actions.services() else None


def _excluded(key: GlobalKey, action: actions.Action) -> bool:
    if key.services and action.service not in key.services:
        return True
    # The patterns of the data are whole names, or a service with `*`: no need to read every service they name.
    return str(action) in key.never or f"{action.service}:*" in key.never


def _listed(key: str, listed: Iterable[str]) -> bool:
    """Whether lower-case `key` is one of `listed`, which AWS may write as templates: `s3:existingobjecttag/<key>`."""
    return any(entry == key or (_PLACEHOLDER.search(entry) and _template(entry).fullmatch(key)) for entry in listed)


@cache
def _template(entry: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(text) for text in _PLACEHOLDER.split(entry)), re.DOTALL)


@cache
def _types(service: str) -> Mapping[str, str]:
    """Lower-case key or template to data type."""
    table = reference().conditions
    details = (table.get_condition_key_details(service, key) for key in table.get_condition_keys_for_service(service))
    return MappingProxyType({each["key"].lower(): each["type"] for each in details})


class _Entry(msgspec.Struct):
    """A row of the file; `services` and `never` name one of its lists."""

    key: str
    kinds: tuple[str, ...]
    present: Presence
    section: str
    multivalued: bool = False
    services: str = ""
    never: str = ""
    note: str = ""


class _File(msgspec.Struct):
    page: str
    lists: Mapping[str, tuple[str, ...]]
    keys: tuple[_Entry, ...]


@cache
def _global_keys() -> Mapping[str, GlobalKey]:
    file = msgspec.json.decode(read("global_keys.json"), type=_File)
    return MappingProxyType(
        {
            entry.key.lower(): GlobalKey(
                key=entry.key,
                kinds=entry.kinds,
                present=entry.present,
                multivalued=entry.multivalued,
                services=file.lists.get(entry.services, ()),
                never=file.lists.get(entry.never, ()),
                note=entry.note,
                source=f"{file.page}#{entry.section}",
            )
            for entry in file.keys
        }
    )
