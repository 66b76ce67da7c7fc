"""Resource ARNs as they are written, compared with the forms that AWS lists for the resources of a service."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from iamsim.catalog import actions as reference
from iamsim.drafts import Draft, Part, Text
from iamsim.model.principal import HOLE

FIELDS = 6
PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")

_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_STARS = re.compile(r"\*{2,}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]+){1,3}-[0-9]{1,2}")
_MOST, _MOST_WILDCARDS = 2_048, 12
"""Longer ARNs than AWS has are not compared, nor those with more wildcards than anybody writes."""

# AWS's own resources have its name or none where others have an account.
_OWNERS = frozenset({"aws", "amazon", "aws-marketplace", "cloudfront", "aws-managed", "third-party", "self", "shared"})
_WITHOUT_ACCOUNT = frozenset({"ssm"})
_WORLDWIDE = frozenset({"global", "aws-global"})


@dataclass(frozen=True, slots=True)
class Written:
    """An ARN pattern by its fields; variables and what is not told stand as `*`."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def patterns(draft: Draft) -> Iterator[tuple[Part, Text, str]]:
    """The texts of Resource and NotResource but `*`, each as a pattern without variables."""
    for part in draft.statements():
        for text in part.resources():
            if text.value != "*":
                yield part, text, pattern(text.value)


def pattern(text: str) -> str:
    """The text with `*` for each variable, and for what is not told."""
    return _STARS.sub("*", _VARIABLE.sub("*", text).replace(HOLE, "*"))


def whole(draft: Draft) -> Iterator[tuple[Part, Text, Written]]:
    """Those of the patterns that are whole ARNs of a known partition."""
    for part, text, found in patterns(draft):
        fields = found.split(":", FIELDS - 1)
        if len(fields) == FIELDS and fields[0] == "arn" and (wild(fields[1]) or fields[1] in PARTITIONS):
            yield part, text, Written(*fields[1:])


def wild(field: str) -> bool:
    """Whether a field has a wildcard."""
    return "*" in field or "?" in field


def known_service(service: str) -> bool:
    """Whether some resource has ARNs of this service, or AWS lists it."""
    return service in _forms() or service in reference.services()


def services() -> list[str]:
    """The services of the ARNs that AWS lists."""
    return sorted(_forms())


@lru_cache(maxsize=4096)
def fault(arn: Written) -> str:
    """
    Which field keeps the ARN from naming any resource that AWS lists: `region`, `account` or `resource`, else empty.

    Said only of literal fields of services whose forms are listed.
    """
    forms = _forms().get(arn.service, ())
    if not forms or len(arn.resource) > _MOST or arn.resource.count("*") > _MOST_WILDCARDS:
        return ""
    fitting = [form for form in forms if _meet(arn.resource, form.resource)]
    if not fitting:
        return "resource"
    same = [form for form in fitting if _in_field(arn.region, form.region) or arn.region in _WORLDWIDE]
    if not same:
        return "region"
    free = arn.account in _OWNERS or (not arn.account and arn.service in _WITHOUT_ACCOUNT)
    if not free and not any(_in_field(arn.account, form.account) for form in same):
        return "account"
    return ""


def is_account(field: str) -> bool:
    """Whether the field may be an account, or AWS."""
    return wild(field) or not field or field in _OWNERS or _ACCOUNT.fullmatch(field) is not None


def is_region(field: str) -> bool:
    """Whether the field is written as a Region is."""
    return wild(field) or not field or field in _WORLDWIDE or _REGION.fullmatch(field) is not None


def literal_account(arn: Written) -> bool:
    """Whether some form of the service has this very word for the account."""
    return any(form.account == arn.account for form in _forms().get(arn.service, ()))


def likeliest(arn: Written) -> str | None:
    """The form of the service whose last field looks most like the ARN's, as an ARN with stars."""
    forms = {form.resource: form for form in _forms().get(arn.service, ())}
    found = difflib.get_close_matches(arn.resource[:100], forms, 1, 0.3) or sorted(forms)[:1]
    if not found:
        return None
    form = forms[found[0]]
    return f"arn:aws:{form.service}:{form.region}:{form.account}:{form.resource}"


@cache
def _forms() -> Mapping[str, tuple[Written, ...]]:
    """The forms by the service in the ARN, which is not always the prefix of the actions."""
    found: dict[str, dict[Written, None]] = {}
    for service in sorted(reference.services()):
        for text in (reference.resource_types(service) or {}).values():
            fields = _VARIABLE.sub("*", text).split(":", FIELDS - 1)
            if len(fields) == FIELDS and not wild(fields[2]):
                found.setdefault(fields[2], {})[Written(*fields[1:])] = None
    return {service: tuple(forms) for service, forms in found.items()}


def _in_field(written: str, form: str) -> bool:
    """Whether a Region or an account fits a form, where `*` is any that is there."""
    return bool(written) if form == "*" else _meet(written, form)


@lru_cache(maxsize=65_536)
def _meet(written: str, form: str) -> bool:
    """Whether some text matches both: `*` is any number of characters in either, `?` one in what is written."""
    if not wild(written) and "*" not in form:
        return written == form
    states = _closed(written, {0})
    for sign in form:
        states = set(range(min(states), len(written) + 1)) if sign == "*" else _stepped(written, states, sign)
        if not states:
            return False
    return len(written) in states


def _closed(written: str, states: set[int]) -> set[int]:
    """The states with those behind each `*`, which may stand for nothing."""
    found = set(states)
    for at in states:
        ahead = at
        while ahead < len(written) and written[ahead] == "*":
            ahead += 1
            found.add(ahead)
    return found


def _stepped(written: str, states: set[int], sign: str) -> set[int]:
    """The states after one character."""
    found: set[int] = set()
    for at in states:
        here = written[at : at + 1]
        if here == "*":
            found.add(at)
        elif here and here in (sign, "?"):
            found.add(at + 1)
    return _closed(written, found)
