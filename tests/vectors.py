"""Vector files read into policies and requests, with the keys that AWS itself fills in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from iamsim import documents
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Layers, Policy
from iamsim.model.principal import Principal, PrincipalKind, principal
from iamsim.model.request import Context, Request
from iamsim.model.server import Call
from iamsim.model.verdict import Decision, Layer

ROOT = Path(__file__).parent.parent / "fixtures" / "vectors"


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a vector and what is expected of it; None where the vector does not say."""

    id: str
    layers: Layers
    request: Request
    decision: Decision
    layer: Layer | None
    statements: tuple[str | int, ...] | None
    missing: frozenset[str] | None

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Validation:
    """A policy as text; whether AWS takes it, what the reader says if not, and whether the reader is who says it."""

    id: str
    text: str
    valid: bool
    message: str
    by_reader: bool

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Size:
    """Policies as text; whether AWS takes them all, for the quota of their kind, and whether it is one that AWS raises."""

    id: str
    kind: str
    texts: tuple[str, ...]
    fits: bool
    raisable: bool

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Parameters:
    """One AssumeRole call; what STS refuses about it (nothing if empty) and what it may refuse, by parameter."""

    id: str
    call: Call
    max_session_duration: int | None
    chained: bool
    parameter: str
    message: str
    doubt: str

    def __str__(self) -> str:
        return self.id


def files() -> tuple[Path, ...]:
    """Every file of requests and documents; organizations, and what lies beside the folders, are read elsewhere."""
    return tuple(sorted(path for path in ROOT.rglob("*.json") if path.parent.name not in (ROOT.name, "organizations")))


def cases() -> tuple[Case, ...]:
    """Every case of every vector file, without derived keys."""
    return tuple(case for path in files() for case in _cases(path))


def sizes() -> tuple[Size, ...]:
    """Every size of every vector file, with policies of that size."""
    return tuple(
        Size(
            f"{vector['rule']}: {given['name']}",
            given["kind"],
            (_of_size(given["count"], given.get("blanks", 0), given.get("filled_with", "x")),)
            * given.get("policies", 1),
            given["expect"]["fits"],
            given["expect"].get("can_be_raised", False),
        )
        for vector in _vectors()
        for given in vector.get("sizes", ())
    )


def parameters() -> tuple[Parameters, ...]:
    """Every call to STS of every vector file."""
    return tuple(
        Parameters(
            f"{vector['rule']}: {given['name']}",
            _call(given["call"]),
            given.get("max_session_duration", 43_200),
            given.get("chained", False),
            given["expect"].get("parameter", ""),
            given["expect"].get("message", ""),
            given["expect"].get("doubt", ""),
        )
        for vector in _vectors()
        for given in vector.get("parameters", ())
    )


def validations() -> tuple[Validation, ...]:
    """Every document of every vector file."""
    return tuple(
        Validation(
            f"{vector['rule']}: {given['name']}",
            given["document"],
            given["expect"]["valid"],
            given["expect"].get("message", ""),
            given["checked_by"] == "reader",
        )
        for vector in _vectors()
        for given in vector.get("documents", ())
    )


def _vectors() -> Iterator[dict[str, Any]]:
    return (json.loads(path.read_text(encoding="utf-8")) for path in files())


def _of_size(count: int, blanks: int, letter: str) -> str:
    """A policy of `count` characters, and white space after its elements."""
    head, tail = '{"Statement":[{"Sid":"', '","Effect":"Allow","Action":"sns:Publish","Resource":"*"}]'
    return f"{head}{letter * (count - len(head) - len(tail) - 1)}{tail}{' ' * blanks}}}"


def _call(given: Mapping[str, Any]) -> Call:
    tags = given.get("tags", {})
    return Call(
        _long(given.get("role", "arn:aws:iam::111122223333:role/target")),
        _long(given.get("session_name", "run-1")),
        _long(given["source_identity"]) if "source_identity" in given else None,
        {f"tag-{place}": "x" for place in range(tags["numbered"])}
        if "numbered" in tags
        else {_long(tag["key"]): _long(tag["value"]) for tag in tags}
        if isinstance(tags, list)
        else dict(tags),
        tuple(given.get("transitive_tag_keys", ())),
        _long(given["external_id"]) if "external_id" in given else None,
        given.get("duration", 3600),
    )


def _long(given: str | Mapping[str, Any]) -> str:
    """A text, or one of many letters that a vector does not write out."""
    return given if isinstance(given, str) else given.get("before", "") + given["repeat"] * given["times"]


def _cases(path: Path) -> Iterator[Case]:
    vector = json.loads(path.read_text())
    for case in vector["cases"]:
        layers, request = read(case["line"], document=path.name)
        expect = case["expect"]
        yield Case(
            f"{vector['rule']}: {case['name']}",
            layers,
            request,
            Decision(expect["decision"]),
            Layer(expect["layer"]) if "layer" in expect else None,
            tuple(expect["statements"]) if "statements" in expect else None,
            frozenset(key.lower() for key in expect["missing"]) if "missing" in expect else None,
        )


def read(line: Mapping[str, Any], *, document: str) -> tuple[Layers, Request]:
    """One line of the batch format."""
    settings = line.get("settings", {})
    context = {key.lower(): texts(value) for key, value in line.get("context", {}).items()}
    caller = _caller(line, settings.get("principal_unique_id"), context)
    return _layers(line.get("policies", {}), settings, document), Request(
        principal=caller,
        action=line["action"],
        resource=line["resource"],
        context=Context(context, complete=line.get("unknown_context", "absent") == "absent"),
        resource_account=line.get("resource_account") or _owner(line["resource"]) or caller.account,
    )


def _caller(line: Mapping[str, Any], unique_id: str | None, context: Mapping[str, tuple[str, ...]]) -> Principal:
    caller = principal(line["principal"])
    if unique_id is None and caller.kind in (PrincipalKind.USER, PrincipalKind.ROLE_SESSION):
        unique_id = context.get("aws:userid", ("",))[0].partition(":")[0] or None
    return replace(caller, unique_id=unique_id, account=line.get("principal_account", caller.account))


def _owner(resource: str) -> str | None:
    return Arn.parse(resource).account or None if resource != "*" else None


def texts(value: object) -> tuple[str, ...]:
    """The values of a condition key, as a vector writes them."""
    if isinstance(value, list):
        return tuple(_text(item) for item in value)
    return (_text(value),)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _layers(given: Mapping[str, Any], settings: Mapping[str, Any], document: str) -> Layers:
    def one(value: object, name: str) -> Policy:
        return documents.policy_of(value, origin=Origin(document), name=name)

    def many(values: list[object], name: str) -> tuple[Policy, ...]:
        return tuple(one(value, f"{name}[{index}]") for index, value in enumerate(values))

    def optional(name: str) -> Policy | None:
        return None if given.get(name) is None else one(given[name], name)

    def levels(name: str) -> tuple[tuple[Policy, ...], ...]:
        return tuple(many(level, f"{name}[{index}]") for index, level in enumerate(given.get(name) or []))

    return Layers(
        identity=many(given.get("identity") or [], "identity"),
        resource=optional("resource"),
        boundary=optional("boundary"),
        session=many(given["session"], "session") if given.get("session") else None,
        scps=levels("scps"),
        rcps=levels("rcps"),
        vpc_endpoint=optional("vpc_endpoint"),
        settings={name: _text(value) for name, value in settings.items() if value is not None},
    )
