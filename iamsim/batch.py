"""Requests by the line: JSON Lines in, JSON Lines out, each line with every policy that applies to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO, NoReturn, TypeGuard

from iamsim import documents, jsontext, redact
from iamsim.engine import policyset
from iamsim.engine.context import derived
from iamsim.engine.policyset import PolicySet
from iamsim.errors import InputError
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Layers, Policy, PolicyType
from iamsim.model.principal import Principal, PrincipalKind, principal
from iamsim.model.request import Context, Request
from iamsim.model.verdict import Explanation, StatementVerdict

VERSION = 1
"""The version of the line format, described in docs/batch.md."""

MAX_REFS = 100_000
"""Policies that one stream can define."""

_MAX_BYTES = 4 * jsontext.MAX_CHARACTERS + 1
_SETS = 4096
_MEMBERS = {
    "id", "principal", "principal_account", "action", "resource", "resource_account", "context", "unknown_context",
    "policies", "settings",
}  # fmt: skip
_POLICIES = {"identity", "boundary", "session", "resource", "scps", "rcps", "vpc_endpoint"}
_FACTS = {"s3_block_public_access", "s3_bucket_abac"}
_SETTINGS = {*_FACTS, "principal_unique_id"}


class Batch:
    """
    One stream of lines.

    `answers` gives one line out for each request, in order; a line that cannot be read is answered
    in its place. `failed` tells whether there was one. Policies that lines define are kept for the
    rest of the stream, and so are the sets compiled from them.
    """

    def __init__(self, *, explain: bool = False) -> None:
        self.failed = False
        self._explain = explain
        self._defined: dict[str, Policy] = {}
        self._kept: set[int] = set()
        self._sets: dict[tuple[object, ...], PolicySet] = {}

    def answers(self, lines: Iterable[bytes]) -> Iterator[str]:
        """One JSON text for each line (UTF-8) that asks something; blank lines and definitions give none."""
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            answer = self._answer(line, number)
            if answer is not None:
                yield json.dumps(answer, ensure_ascii=False, separators=(",", ":"))

    def _answer(self, line: bytes, number: int) -> dict[str, Any] | None:
        name: object = None
        try:
            value = jsontext.load(_decoded(line), f"line {number}")
            if not isinstance(value, dict):
                _refuse("a line is a JSON object", "", 'write {"id": …, "principal": …}')
            name = value.get("id")
            if set(value) == {"define"}:
                self._define(value["define"])
                return None
            return self._decided(value)
        except InputError as error:
            self.failed = True
            pointer = error.origin.pointer if error.origin is not None else ""
            hint = f"; {error.hint}" if error.hint else ""
            told = {"message": redact.line(error.message + hint), "line": number, "pointer": redact.line(pointer)}
            return {
                "id": name if _is_text(name) else None,
                "error": told,
            }

    def _define(self, named: object) -> None:
        if not isinstance(named, Mapping):
            _refuse("`define` is an object of names and documents", "/define", 'write {"define": {"name": {…}}}')
        if len(self._defined) + len(named) > MAX_REFS:
            _refuse(f"more than {MAX_REFS:,} policies are defined", "/define", "split the stream")
        for name, document in named.items():
            pointer = "/define" + jsontext.written((name,))
            if name in self._defined:
                _refuse("the name is defined twice", pointer, "give each policy a name of its own")
            policy = documents.policy_of(document, origin=Origin("", pointer), name=name)
            self._defined[name] = policy
            self._kept.add(id(policy))

    def _decided(self, value: Mapping[str, Any]) -> dict[str, Any]:
        _only(value, _MEMBERS, "")
        if not _is_text(value.get("id")):
            _refuse("`id` is a string, unique in the stream", "/id", "name the line")
        layers = self._layers(value)
        request = derived(_request(value))
        explanation = self._set(layers).explain(request)
        answer: dict[str, Any] = {
            "id": value["id"],
            "decision": str(explanation.decision),
            "reason": {
                "layer": None if explanation.layer is None else str(explanation.layer),
                "statements": [
                    _named(verdict, layers) for verdict in explanation.decisive if _decides(verdict, explanation)
                ],
            },
            "possible": [str(decision) for decision in explanation.possible],
            "missing_context": list(explanation.missing_context),
            "caveats": list(explanation.caveats),
        }
        if self._explain:
            answer["statements"] = [_told(verdict, layers) for verdict in explanation.statements]
        return answer

    # ------------------------------------------------------------ policies

    def _layers(self, value: Mapping[str, Any]) -> Layers:
        given = value.get("policies", {})
        if not isinstance(given, Mapping):
            _refuse("`policies` is an object", "/policies", 'write {"identity": […], …}')
        _only(given, _POLICIES, "/policies")
        settings = {} if value.get("settings") is None else value["settings"]
        if not isinstance(settings, Mapping):
            _refuse("`settings` is an object", "/settings", "leave it out")
        _only(settings, _SETTINGS, "/settings")
        session = self._many(given, "session")
        return Layers(
            identity=self._many(given, "identity"),
            resource=self._one(given, "resource"),
            boundary=self._one(given, "boundary"),
            # `[]` means that no session policy was passed.
            session=session or None,
            scps=self._levels(given, "scps"),
            rcps=self._levels(given, "rcps"),
            vpc_endpoint=self._one(given, "vpc_endpoint"),
            settings={
                name: _text(found, f"/settings/{name}")
                for name, found in settings.items()
                if found is not None and name in _FACTS
            },
        )

    def _many(self, given: Mapping[str, Any], name: str) -> tuple[Policy, ...]:
        return self._list([] if given.get(name) is None else given[name], f"/policies/{name}")

    def _levels(self, given: Mapping[str, Any], name: str) -> tuple[tuple[Policy, ...], ...]:
        levels = [] if given.get(name) is None else given[name]
        if not isinstance(levels, list):
            _refuse(f"`{name}` is a list of levels", f"/policies/{name}", "the organization's root comes first")
        return tuple(self._list(level, f"/policies/{name}/{i}") for i, level in enumerate(levels))

    def _list(self, found: object, pointer: str) -> tuple[Policy, ...]:
        if not isinstance(found, list):
            _refuse("expected a list of policies", pointer, "write [{…}]")
        return tuple(self._policy(item, f"{pointer}/{i}") for i, item in enumerate(found))

    def _one(self, given: Mapping[str, Any], name: str) -> Policy | None:
        found = given.get(name)
        return None if found is None else self._policy(found, f"/policies/{name}")

    def _policy(self, value: object, pointer: str) -> Policy:
        if isinstance(value, Mapping) and set(value) == {"ref"}:
            found = self._defined.get(value["ref"]) if isinstance(value["ref"], str) else None
            if found is None:
                _refuse(
                    f"no policy is defined as `{str(value['ref'])[:60]}`",
                    f"{pointer}/ref",
                    "define it on an earlier line",
                )
            return found
        return documents.policy_of(value, origin=Origin("", pointer), name=pointer.removeprefix("/policies/"))

    def _set(self, layers: Layers) -> PolicySet:
        """The compiled set; one that is made of defined policies alone is kept."""
        policies = list(_positions(layers))
        key = (tuple((where, id(policy)) for where, policy in policies), tuple(sorted(layers.settings.items())))
        if not all(id(policy) in self._kept for _, policy in policies):
            return policyset.compile(layers)
        found = self._sets.get(key)
        if found is None:
            if len(self._sets) >= _SETS:
                self._sets.clear()
            found = self._sets[key] = policyset.compile(layers)
        return found


def lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream; of one longer than any that is read the beginning, which is then refused."""
    while line := stream.readline(_MAX_BYTES):
        yield line
        while len(line) == _MAX_BYTES and not line.endswith(b"\n"):
            line = stream.readline(_MAX_BYTES)


# ---------------------------------------------------------------- requests


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        _refuse(
            "the line is not UTF-8 or too long", "", f"write JSON of at most {jsontext.MAX_CHARACTERS:,} characters"
        )


def _request(value: Mapping[str, Any]) -> Request:
    """The request of a line; its owner is stated, else that of the ARN, else the principal's account."""
    context = _context({} if value.get("context") is None else value["context"])
    caller = _caller(value, context)
    resource = _string(value, "resource")
    if resource != "*":
        _located(lambda: Arn.parse(resource), "/resource")
    unknown = value.get("unknown_context", "absent")
    if unknown not in ("absent", "unknown"):
        _refuse("`unknown_context` is `absent` or `unknown`", "/unknown_context", "leave it out for `absent`")
    owner = _account(value, "resource_account")
    action = _string(value, "action")
    if ":" not in action:
        _refuse(f"`{action[:60]}` is no action", "/action", "write it with its service, such as s3:GetObject")
    named = Arn.parse(resource).account if resource != "*" else ""
    return Request(
        caller, action, resource, Context(context, complete=unknown == "absent"), owner or named or caller.account
    )


def _caller(value: Mapping[str, Any], context: Mapping[str, tuple[str, ...]]) -> Principal:
    text = _string(value, "principal")
    caller: Principal = _located(lambda: principal(text), "/principal")
    account = _account(value, "principal_account") or caller.account
    unique_id = (value.get("settings") or {}).get("principal_unique_id")
    if unique_id is not None and not _is_text(unique_id):
        _refuse("the unique id is a string", "/settings/principal_unique_id", "write AROA… or AIDA…")
    if unique_id is None and caller.kind in (PrincipalKind.USER, PrincipalKind.ROLE_SESSION):
        unique_id = context.get("aws:userid", ("",))[0].partition(":")[0] or None
    return replace(caller, unique_id=unique_id, account=account)


def _context(given: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, Mapping):
        _refuse("`context` is an object", "/context", 'write {"aws:SourceIp": "203.0.113.7"}')
    found: dict[str, tuple[str, ...]] = {}
    for key, value in given.items():
        pointer = "/context" + jsontext.written((key,))
        items = value if isinstance(value, list) else [value]
        if key.lower() in found:
            _refuse("the key appears twice, in another case", pointer, "condition keys match without regard to case")
        found[key.lower()] = tuple(_text(item, pointer) for item in items)
    return found


def _text(value: object, pointer: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    return _refuse("a value is text, a number or a boolean", pointer, "write a scalar or a list of scalars")


def _account(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    if found is not None and not (_is_text(found) and _DIGITS.fullmatch(found)):
        _refuse(f"`{name}` is an account id", f"/{name}", "write its 12 digits in quotes")
    return found


def _string(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if not _is_text(found) or not found:
        _refuse(f"`{name}` is a string and has to be there", f"/{name}", "see docs/batch.md")
    return found


def _is_text(value: object) -> TypeGuard[str]:
    """Whether it was written as text; a number is kept as it was written, and is none."""
    return isinstance(value, str) and not isinstance(value, jsontext.Number)


def _only(value: Mapping[str, Any], known: set[str], pointer: str) -> None:
    for name in value:
        if name not in known:
            _refuse(
                f"`{str(name)[:60]}` is no member here",
                pointer + jsontext.written((name,)),
                f"the members are {', '.join(sorted(known))}",
            )


def _refuse(message: str, pointer: str, hint: str) -> NoReturn:
    raise InputError(message, hint=hint, origin=Origin("", pointer))


def _located(read: Any, pointer: str) -> Any:  # noqa: ANN401 - whatever is read
    try:
        return read()
    except InputError as error:
        raise InputError(error.message, hint=error.hint, origin=Origin("", pointer)) from None


# ---------------------------------------------------------------- answers


def _positions(layers: Layers) -> Iterator[tuple[str, Policy]]:
    """Every policy with the place it has in the line, such as `identity[0]` and `scps[1][0]`."""
    for i, policy in enumerate(layers.identity):
        yield f"identity[{i}]", policy
    for i, policy in enumerate(layers.session or ()):
        yield f"session[{i}]", policy
    for name, one in (
        ("resource", layers.resource),
        ("boundary", layers.boundary),
        ("vpc_endpoint", layers.vpc_endpoint),
    ):
        if one is not None:
            yield name, one
    for name, levels in (("scps", layers.scps), ("rcps", layers.rcps)):
        for depth, level in enumerate(levels):
            for i, policy in enumerate(level):
                yield f"{name}[{depth}][{i}]", policy


_DIGITS = re.compile(r"\d{12}", re.ASCII)
_PLACES = {
    PolicyType.SCP: "scps",
    PolicyType.RCP: "rcps",
    PolicyType.VPC_ENDPOINT: "vpc_endpoint",
}


def _named(verdict: StatementVerdict, layers: Layers) -> dict[str, Any]:
    """A statement by the place of its policy in the line."""
    place = _PLACES.get(verdict.type, verdict.type.value)
    where = f"{place}[{verdict.level}]" if verdict.type in (PolicyType.SCP, PolicyType.RCP) else place
    for name, policy in _positions(layers):
        if name.startswith(where) and verdict.statement in policy.statements:
            return {"policy": name, "sid": verdict.statement.sid, "index": verdict.statement.index}
    return {"policy": where, "sid": verdict.statement.sid, "index": verdict.statement.index}


def _decides(verdict: StatementVerdict, explanation: Explanation) -> bool:
    """A statement that matched, or that is open in an unknown; one that only came close decided nothing."""
    return verdict.matched is not False and (verdict.matched is True or len(explanation.possible) > 1)


def _told(verdict: StatementVerdict, layers: Layers) -> dict[str, Any]:
    elements = [
        {"element": e.element, "matched": e.matched, "detail": redact.line(e.detail), "missing": list(e.missing)}
        for e in verdict.elements
    ]
    return {**_named(verdict, layers), "matched": verdict.matched, "elements": elements}
