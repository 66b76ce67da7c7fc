"""A call that meets the conditions of a statement, for the engine to judge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from iamsim.graph.words import operator
from iamsim.model.policy import Condition, Statement
from iamsim.model.principal import HOLE, Principal, PrincipalKind
from iamsim.model.server import Call
from iamsim.sts import parameters
from iamsim.sts.first_role import COMPUTES

Values = Mapping[str, tuple[str, ...]]

ASSUME, WEB, SAML = "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"
SET_SOURCE_IDENTITY, TAG_SESSION = "sts:SetSourceIdentity", "sts:TagSession"

# What the caller of AssumeRole chooses. Source: IAM User Guide, "IAM and AWS STS condition context keys".
_CHOSEN = (
    "sts:externalid", "sts:sourceidentity", "sts:rolesessionname", "sts:transitivetagkeys", "aws:tagkeys",
)  # fmt: skip
# Doubt: by the IAM User Guide, "Secure API access with MFA", credentials that AssumeRole gave tell nothing of MFA; other
# pages speak otherwise. So only a user brings it at will, and of a role session it stays open.
_MFA = ("aws:multifactorauthpresent", "aws:multifactorauthage")
# What a service says of the resource on whose behalf it calls (KEY-014).
_OF_SERVICES = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
_FILLING = "any"


def chosen(key: str, caller: Principal) -> bool:
    """Whether `key` (lower case) is the caller's to send: a parameter of the call, a claim of its token, the cause of a service's call."""
    if caller.kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML):
        return (
            is_claim(key) or key in ("sts:rolesessionname", "sts:sourceidentity") or key.startswith("aws:requesttag/")
        )
    if caller.kind is PrincipalKind.SERVICE:
        return key in _OF_SERVICES or (key.startswith("aws:requesttag/") and TAG_SESSION in always_asked(caller))
    if key in _MFA:
        return caller.kind is PrincipalKind.USER
    return key in _CHOSEN or key.startswith("aws:requesttag/")


def is_claim(key: str) -> bool:
    """Whether the key is a claim of a token or an assertion."""
    prefix = key.partition(":")[0]
    return "." in prefix or prefix == "saml"


def plain() -> Values:
    """What every AssumeRole call sends: a session name, which is not told."""
    return {"sts:rolesessionname": (HOLE,)}


def sends(statements: Iterable[Statement], caller: Principal, known: Values, role: str) -> Values | None:
    """
    Condition keys that meet what the statements want of the call; None where that cannot be worked out.

    Of several statements the first that speaks of a key counts; whether the call is then let through
    is for the engine to say. `known` are the values that a variable may stand for.
    """
    found: dict[str, tuple[str, ...]] = {}
    for statement in statements:
        for each in statement.conditions:
            key = each.key.lower()
            if not chosen(key, caller) or key in found:
                continue
            value = _value(each, known, claim=is_claim(key))
            if value is not None:
                found[key] = (value,)
    _with_tags(found)
    if caller.kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML, PrincipalKind.SERVICE):
        return found
    found.setdefault("sts:rolesessionname", (HOLE,))
    return found if _accepted(found, role) else None


def always_asked(caller: Principal) -> tuple[str, ...]:
    """The actions that every call of the caller needs beside its own: EKS Pod Identity tags each session (STS-034)."""
    if caller.kind is not PrincipalKind.SERVICE:
        return ()
    return next((compute.actions[1:] for compute in COMPUTES.values() if compute.service == caller.arn), ())


def of_call(values: Values) -> Values:
    """Those of the keys that the call itself sends."""
    return {key: value for key, value in values.items() if key.startswith(("sts:", "aws:requesttag/", "aws:tagkeys"))}


def also_asked(found: Values) -> tuple[str, ...]:
    """The actions that a call which sends these keys needs beside its own (STS-006, STS-030)."""
    tagged = any(key.startswith("aws:requesttag/") for key in found)
    return (*((SET_SOURCE_IDENTITY,) if "sts:sourceidentity" in found else ()), *((TAG_SESSION,) if tagged else ()))


# ---------------------------------------------------------------- helpers


def _value(found: Condition, known: Values, *, claim: bool) -> str | None:
    """A value that the condition holds for; None where the key is best not sent, or none is found."""
    prefix, base, _ = operator(found)
    if base == "null":
        return _FILLING if found.values and found.values[0].lower() == "false" else None
    if not found.values or prefix == "forallvalues":
        return None
    text = _resolved(found.values[0], known)
    if text is None:
        return None
    match base:
        case "stringequals" | "stringequalsignorecase" | "bool" | "numericequals" | "numericlessthanequals":
            # No issuer puts a wildcard into a claim: this is a pattern under the wrong operator.
            return None if claim and "*" in text else text
        case "numericgreaterthanequals":
            return text
        case "numericlessthan":
            return "1" if text.isdigit() and int(text) > 1 else None
        case "stringlike" | "arnlike" | "arnequals":
            return text.replace("*", _FILLING).replace("?", "x")
        case _:
            return None


_VARIABLE = re.compile(r"\$\{\s*([^},]*?)\s*(?:,[^}]*)?\}")


def _resolved(text: str, known: Values) -> str | None:
    """The text with its variables put in, None where one is not known."""
    if "${" not in text:
        return text
    values = {name: known.get(name.lower(), ()) for name in _VARIABLE.findall(text)}
    if any(len(value) != 1 or HOLE in value[0] for value in values.values()):
        return None
    found = _VARIABLE.sub(lambda match: values[match[1]][0], text)
    return None if "${" in found else found


def _with_tags(found: dict[str, tuple[str, ...]]) -> None:
    """The names of the tags that are sent, and the tags whose names are asked for."""
    for key in (*found.get("aws:tagkeys", ()), *found.get("sts:transitivetagkeys", ())):
        found.setdefault(f"aws:requesttag/{key.lower()}", (_FILLING,))
    names = tuple(key.partition("/")[2] for key in found if key.startswith("aws:requesttag/"))
    if names:
        told = {key.lower(): key for key in (*found.get("aws:tagkeys", ()), *found.get("sts:transitivetagkeys", ()))}
        found["aws:tagkeys"] = tuple(told.get(name, name) for name in names)


def _accepted(found: Values, role: str) -> bool:
    """Whether STS takes the parameters that send these keys."""

    def one(key: str) -> str | None:
        return found[key][0] if key in found else None

    tags = {key.partition("/")[2]: value[0] for key, value in found.items() if key.startswith("aws:requesttag/")}
    call = Call(
        role,
        found["sts:rolesessionname"][0],
        source_identity=one("sts:sourceidentity"),
        external_id=one("sts:externalid"),
        tags=tags,
        transitive_tag_keys=tuple(key.lower() for key in found.get("sts:transitivetagkeys", ())),
    )
    return not parameters.errors(call, max_session_duration=None, chained=False)
