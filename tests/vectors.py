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


def files() -> tuple[Path, ...]:
    """Every vector file; what lies beside the folders is none."""
    return tuple(sorted(path for path in ROOT.rglob("*.json") if path.parent != ROOT))


def cases() -> tuple[Case, ...]:
    """Every case of every vector file, without derived keys."""
    return tuple(case for path in files() for case in _cases(path))


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
        for vector in (json.loads(path.read_text(encoding="utf-8")) for path in files())
        for given in vector.get("documents", ())
    )


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
    context = {key.lower(): _values(value) for key, value in line.get("context", {}).items()}
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


def _values(value: object) -> tuple[str, ...]:
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
