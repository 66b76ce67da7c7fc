"""The workloads as the engine takes them: documents parsed once, one compiled set for each caller and resource policy."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.written import read
from iamsim import documents
from iamsim.engine import policyset
from iamsim.engine.policyset import PolicySet
from iamsim.model.policy import Layers, Policy
from iamsim.model.principal import Principal, Session, role_session

Asked = tuple[str, str, dict[str, tuple[str, ...]], str]
"""What a request is made of: action, resource, context by lower-case key, owner of the resource."""

Call = tuple[PolicySet, str, str, dict[str, tuple[str, ...]], str]
"""A set and what it is asked."""

Row = tuple[Principal, tuple[str, ...], Iterable[Call]]
"""A caller, its `aws:PrincipalArn`, and its calls."""


@dataclass(frozen=True, slots=True)
class Workload:
    """
    One workload with its sets compiled.

    `layers[i][j]` are the policies for caller i and request j, `sets[i][j]` the same compiled; requests with the
    same resource policy share one. `asked` is the JSON text of the requests, which `rows` reads
    anew. `compile_seconds` is the CPU time from the documents' texts to the sets.
    """

    name: str
    callers: tuple[Principal, ...]
    layers: tuple[tuple[Layers, ...], ...]
    sets: tuple[tuple[PolicySet, ...], ...]
    asked: str
    compile_seconds: float

    @property
    def decisions(self) -> int:
        """How many decisions one pass makes."""
        return sum(map(len, self.sets))

    @property
    def distinct_sets(self) -> int:
        """How many sets were compiled."""
        return len({id(compiled) for row in self.sets for compiled in row})


def load(name: str, *, callers: int | None = None) -> Workload:
    """The workload `name`, or its first `callers` callers, compiled."""
    return compiled(read(name), callers=callers)


def compiled(written: Mapping[str, Any], *, callers: int | None = None) -> Workload:
    """What `written.read` gives, with every document parsed once and every set compiled."""
    entities = written["principals"][:callers]
    texts = [json.dumps(document) for document in _documents({**written, "principals": entities})]
    start = time.process_time()
    policies = {text: documents.policy(text, document="workload.json") for text in dict.fromkeys(texts)}
    parsing = time.process_time() - start

    def policy(document: Mapping[str, Any]) -> Policy:
        return policies[json.dumps(document)]

    scps = tuple(tuple(map(policy, level)) for level in written["scps"])
    resources = [policy(q["resource_policy"]) if q["resource_policy"] else None for q in written["requests"]]
    layers = []
    for entity in entities:
        identity = tuple(map(policy, entity["identity_policies"]))
        boundary = policy(entity["permission_boundaries"][0]) if entity["permission_boundaries"] else None
        by_resource = {
            id(resource): Layers(identity=identity, resource=resource, boundary=boundary, scps=scps)
            for resource in resources
        }
        layers.append(tuple(by_resource[id(resource)] for resource in resources))
    start = time.process_time()
    sets = tuple(tuple(_shared(row)) for row in layers)
    compiling = time.process_time() - start
    return Workload(
        written["name"],
        tuple(role_session(entity["principal"], Session("bench")) for entity in entities),
        tuple(layers),
        sets,
        json.dumps(written["requests"]),
        parsing + compiling,
    )


def asked(workload: Workload) -> list[Asked]:
    """The requests, every text and every mapping in them made anew."""
    return [
        (
            request["action"],
            request["resource"],
            {key.lower(): (value,) for key, value in request["context"].items()},
            request["resource_account"],
        )
        for request in json.loads(workload.asked)
    ]


def rows(workload: Workload, *, repeats: int = 1, stride: int = 1) -> list[Row]:
    """
    What one pass asks, caller by caller, from texts that no earlier pass has seen.

    `repeats` asks everything as often; `stride` leaves out all but each so-manieth call.
    """
    requests = asked(workload)
    found: list[Row] = []
    at = 0
    for caller, sets in zip(workload.callers, workload.sets, strict=True):
        calls = [
            (one, *request)
            for place, (one, request) in enumerate(zip(sets, requests, strict=True), at)
            if place % stride == 0
        ]
        at += len(sets)
        found.append((caller, (caller.entity or "",), calls * repeats))
    return found


def stream(written: Mapping[str, Any]) -> Iterator[bytes]:
    """The workload as lines for `iamsim simulate --batch`: a definition for each document, then references alone."""
    names: dict[str, str] = {}
    for document in _documents(written):
        text = json.dumps(document)
        if text not in names:
            names[text] = f"policy-{len(names)}"
            yield json.dumps({"define": {names[text]: document}}).encode() + b"\n"

    def ref(document: Mapping[str, Any] | None) -> dict[str, str] | None:
        return {"ref": names[json.dumps(document)]} if document else None

    scps = [list(map(ref, level)) for level in written["scps"]]
    resources = [ref(request["resource_policy"]) for request in written["requests"]]
    for i, entity in enumerate(written["principals"]):
        policies = {
            "identity": list(map(ref, entity["identity_policies"])),
            "boundary": ref(entity["permission_boundaries"][0]) if entity["permission_boundaries"] else None,
            "scps": scps,
        }
        for j, (request, resource) in enumerate(zip(written["requests"], resources, strict=True)):
            line = {
                "id": f"{i}/{j}",
                "principal": entity["principal"],
                "action": request["action"],
                "resource": request["resource"],
                "resource_account": request["resource_account"],
                "context": {**request["context"], "aws:PrincipalArn": entity["principal"]},
                "policies": {**policies, "resource": resource},
            }
            yield json.dumps(line).encode() + b"\n"


def _shared(row: Iterable[Layers]) -> Iterator[PolicySet]:
    """A set for each, the same one for the same layers."""
    made: dict[int, PolicySet] = {}
    for layers in row:
        if id(layers) not in made:
            made[id(layers)] = policyset.compile(layers)
        yield made[id(layers)]


def _documents(written: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for level in written["scps"]:
        yield from level
    for entity in written["principals"]:
        yield from entity["identity_policies"]
        yield from entity["permission_boundaries"] or ()
    for request in written["requests"]:
        if request["resource_policy"]:
            yield request["resource_policy"]
