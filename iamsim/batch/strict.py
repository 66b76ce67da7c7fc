"""A line read strictly: what is wrong with it is told, with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, NoReturn, TypeGuard

from iamsim import jsontext
from iamsim.errors import InputError
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.principal import Principal, PrincipalKind, principal
from iamsim.model.request import Context, Request


def decoded(line: bytes) -> str:
    """The text of a line."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        refuse("the line is not UTF-8 or too long", "", f"write JSON of at most {jsontext.MAX_CHARACTERS:,} characters")


def request(value: Mapping[str, Any]) -> Request:
    """The request of a line; its owner is stated, else that of the ARN, else the principal's account."""
    context = _context({} if value.get("context") is None else value["context"])
    caller = _caller(value, context)
    resource = _string(value, "resource")
    named = "" if resource == "*" else _located(lambda: Arn.parse(resource), "/resource").account
    unknown = value.get("unknown_context", "absent")
    if unknown not in ("absent", "unknown"):
        refuse("`unknown_context` is `absent` or `unknown`", "/unknown_context", "leave it out for `absent`")
    owner = _account(value, "resource_account")
    action = _string(value, "action")
    if ":" not in action or not action.isascii():
        refuse(f"`{action[:60]}` is no action", "/action", "write it with its service, such as s3:GetObject")
    return Request(
        caller, action, resource, Context(context, complete=unknown == "absent"), owner or named or caller.account
    )


def _caller(value: Mapping[str, Any], context: Mapping[str, tuple[str, ...]]) -> Principal:
    text = _string(value, "principal")
    caller: Principal = _located(lambda: _principal(text), "/principal")
    account = _account(value, "principal_account") or caller.account
    unique_id = (value.get("settings") or {}).get("principal_unique_id")
    if unique_id is not None and not is_text(unique_id):
        refuse("the unique id is a string", "/settings/principal_unique_id", "write AROA… or AIDA…")
    if unique_id is None and caller.kind in (PrincipalKind.USER, PrincipalKind.ROLE_SESSION):
        unique_id = context.get("aws:userid", ("",))[0].partition(":")[0] or None
    if unique_id == caller.unique_id and account == caller.account:
        return caller
    return replace(caller, unique_id=unique_id, account=account)


_principal = lru_cache(maxsize=4096)(principal)


def _context(given: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, Mapping):
        refuse("`context` is an object", "/context", 'write {"aws:SourceIp": "203.0.113.7"}')
    found: dict[str, tuple[str, ...]] = {}
    for key, value in given.items():
        name = key.lower()
        if name in found:
            pointer = "/context" + jsontext.written((key,))
            refuse("the key appears twice, in another case", pointer, "condition keys match without regard to case")
        if value.__class__ is str:
            found[name] = (value,)
        else:
            items = value if isinstance(value, list) else [value]
            found[name] = tuple(text(item, "/context" + jsontext.written((key,))) for item in items)
    return found


def text(value: object, pointer: str) -> str:
    """A scalar as the text that AWS compares."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    return refuse("a value is text, a number or a boolean", pointer, "write a scalar or a list of scalars")


def _account(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    if found is not None and not (is_text(found) and _DIGITS.fullmatch(found)):
        refuse(f"`{name}` is an account id", f"/{name}", "write its 12 digits in quotes")
    return found


def _string(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if not is_text(found) or not found:
        refuse(f"`{name}` is a string and has to be there", f"/{name}", "see docs/batch.md")
    return found


def is_text(value: object) -> TypeGuard[str]:
    """Whether it was written as text; a number is kept as it was written, and is none."""
    return isinstance(value, str) and not isinstance(value, jsontext.Number)


def only(value: Mapping[str, Any], known: set[str], pointer: str) -> None:
    """Raises for a member that is not known."""
    for name in value:
        if name not in known:
            refuse(
                f"`{str(name)[:60]}` is no member here",
                pointer + jsontext.written((name,)),
                f"the members are {', '.join(sorted(known))}",
            )


def refuse(message: str, pointer: str, hint: str) -> NoReturn:
    """Raises the error of a line, at a pointer into it."""
    raise InputError(message, hint=hint, origin=Origin("", pointer))


def _located(read: Any, pointer: str) -> Any:  # noqa: ANN401 - whatever is read
    try:
        return read()
    except InputError as error:
        raise InputError(error.message, hint=error.hint, origin=Origin("", pointer)) from None


_DIGITS = re.compile(r"\d{12}", re.ASCII)
