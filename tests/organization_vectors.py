"""Organization vectors read: accounts and the calls made in them, and what the engine answers to each call."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from iamsim import documents
from iamsim.engine.simulator import Simulator
from iamsim.model.account import Account, Group, Organization, Resource, Role, User, VpcEndpoint
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.principal import HOLE, Principal, Session, principal, role_session
from iamsim.model.request import Request
from iamsim.model.server import Call
from iamsim.model.verdict import Decision, Explanation
from iamsim.sources._grants import grants
from iamsim.sts import assume_role, parameters
from tests.vectors import ROOT, texts

FOLDER = ROOT / "organizations"
ANY = "{any}"
"""Stands in a resource for text that is not told."""


@dataclass(frozen=True, slots=True)
class Case:
    """One small organization and the calls made in it; `given` is the case as the file tells it."""

    id: str
    world: Mapping[str, Any]
    given: Mapping[str, Any]

    def __str__(self) -> str:
        return self.id

    def steps(self) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Each step with the organization as it is then."""
        world = self.world
        for step in self.given["steps"]:
            world = merged(world, step.get("change", {}))
            yield world, step


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one step: an explanation with its request, or the words of STS; and the session made."""

    decision: Decision | None = None
    explanation: Explanation | None = None
    quick: Decision | None = None
    refused: tuple[str, ...] = ()
    session: Principal | None = None


def files() -> tuple[Path, ...]:
    """Every file of organization vectors."""
    return tuple(sorted(FOLDER.glob("*.json")))


def cases() -> tuple[Case, ...]:
    """Every case of every file."""
    return tuple(case for path in files() for case in _cases(json.loads(path.read_text(encoding="utf-8"))))


def _cases(vector: Mapping[str, Any]) -> Iterator[Case]:
    for case in vector["cases"]:
        world = merged(vector.get("organization", {}), case.get("change", {}))
        yield Case(f"{vector['rule']}: {case['name']}", world, case)


def merged(target: Any, patch: Any) -> Any:
    """A JSON merge patch applied (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


# ---------------------------------------------------------------- the engine


def answers(case: Case) -> list[Answer]:
    """What the engine answers, step by step."""
    found: list[Answer] = []
    for world, step in case.steps():
        simulator = Simulator(
            organization(world),
            at=datetime.fromisoformat(case.given["at"]) if "at" in case.given else None,
            region=case.given.get("region"),
            stated={key.lower(): texts(value) for key, value in step.get("context", {}).items()},
            none_of=frozenset(map(PolicyType, case.given.get("none_of", ()))),
        )
        caller = _caller(step["by"], found)
        found.append(
            _assumed(simulator, caller, step["assume"]) if "assume" in step else _asked(simulator, caller, step)
        )
    return found


def _asked(simulator: Simulator, caller: Principal, step: Mapping[str, Any]) -> Answer:
    resource = step["resource"].replace(ANY, HOLE)
    unbound = ("any",) if HOLE in resource else ()
    request = simulator.request(caller, step["action"], resource, absent=step.get("absent", ()), unbound=unbound)
    return _answer(simulator, (request,))


def _assumed(simulator: Simulator, caller: Principal, given: Mapping[str, Any]) -> Answer:
    call = Call(
        given["role"],
        given["session_name"],
        given.get("source_identity"),
        given.get("tags", {}),
        tuple(given.get("transitive_tag_keys", ())),
        given.get("external_id"),
        given.get("duration", 3600),
    )
    role = simulator.organization.role(call.role_arn)
    longest = role.max_session_duration if role is not None else None
    refused = parameters.errors(call, max_session_duration=longest, chained=assume_role.chained(caller))
    if refused:
        return Answer(refused=tuple(message.text for message in refused))
    permissions = assume_role.permissions(call, caller, simulator)
    answer = _answer(simulator, tuple(permission.request for permission in permissions))
    if answer.decision is not Decision.ALLOWED:
        return answer
    made = assume_role.assumed(call, role, simulator.at, caller, simulator.organization)
    if "policies" in given and made.session is not None:
        made = replace(made, session=replace(made.session, policies=_documents(given, "policies")))
    return replace(answer, session=made)


def _answer(simulator: Simulator, requests: tuple[Request, ...]) -> Answer:
    """All of the requests have to be allowed: a denial says more than a doubt, and the first of them is told."""
    found = [(simulator.explain(request), simulator.decide(request)) for request in requests]
    explanation, quick = min(found, key=lambda pair: WEIGHT[pair[0].decision])
    return Answer(explanation.decision, explanation, quick)


WEIGHT = {Decision.EXPLICIT_DENY: 0, Decision.IMPLICIT_DENY: 0, Decision.UNKNOWN: 1, Decision.ALLOWED: 2}
"""Which of several decisions about one call is told."""


def _caller(given: Any, before: list[Answer]) -> Principal:
    if isinstance(given, str):
        return principal(given)
    if "session_of" in given:
        made = before[given["session_of"] - 1].session
        assert made is not None, f"step {given['session_of']} makes no session"
        return made
    session = Session(
        given["session_name"],
        given.get("tags", {}),
        tuple(given.get("transitive_tag_keys", ())),
        given.get("source_identity"),
        _documents(given, "policies") if "policies" in given else None,
    )
    return role_session(given["role"], session)


# ---------------------------------------------------------------- the organization


def organization(world: Mapping[str, Any]) -> Organization:
    """The accounts of a vector, as a source would load them."""
    levels = world.get("levels", {})
    return Organization({number: _account(number, given, levels) for number, given in world["accounts"].items()})


def _account(id: str, given: Mapping[str, Any], levels: Mapping[str, Any]) -> Account:
    def chain(kind: str) -> tuple[tuple[Policy, ...], ...]:
        every = [*(levels[name] for name in given.get("path", ())), given]
        return tuple(_documents(level, kind) for level in every) if any(kind in level for level in every) else ()

    return Account(
        id,
        roles={arn: _role(arn, role) for arn, role in given.get("roles", {}).items()},
        users={arn: _user(arn, user) for arn, user in given.get("users", {}).items()},
        groups={
            arn: Group(arn, _documents(group, "policies"), tuple(group.get("unread", ())))
            for arn, group in given.get("groups", {}).items()
        },
        resources={arn: _resource(arn, resource) for arn, resource in given.get("resources", {}).items()},
        endpoints={
            name: VpcEndpoint(name, _document(endpoint, "policy"))
            for name, endpoint in given.get("endpoints", {}).items()
        },
        seen=frozenset(PolicyType) - frozenset(map(PolicyType, given.get("unseen", ()))),
        scps=chain("scps"),
        rcps=chain("rcps"),
        organization=given.get("organization"),
        management=given.get("management", False),
    )


def _role(arn: str, given: Mapping[str, Any]) -> Role:
    return Role(
        arn,
        _document(given, "trust"),
        _documents(given, "policies"),
        _document(given, "boundary"),
        tags=given.get("tags", {}),
        unique_id=given.get("unique_id"),
        max_session_duration=given.get("max_session_duration", 3600),
        unread=tuple(given.get("unread", ())),
    )


def _user(arn: str, given: Mapping[str, Any]) -> User:
    return User(
        arn,
        _documents(given, "policies"),
        tuple(given.get("groups", ())),
        _document(given, "boundary"),
        tags=given.get("tags", {}),
        unique_id=given.get("unique_id"),
        unread=tuple(given.get("unread", ())),
    )


def _resource(arn: str, given: Mapping[str, Any]) -> Resource:
    """A resource; what it can carry beside a policy is one argument more here and one member more in the schema."""
    listed = grants(json.dumps({"Grants": given["grants"]}), arn) if "grants" in given else None
    return Resource(
        arn,
        _document(given, "policy"),
        tags=given.get("tags"),
        settings=given.get("settings", {}),
        grants=listed,
        bucket=given.get("bucket"),
    )


def _document(given: Mapping[str, Any], name: str) -> Policy | None:
    return documents.policy_of(given[name], origin=Origin("vector"), name=name) if name in given else None


def _documents(given: Mapping[str, Any], name: str) -> tuple[Policy, ...]:
    return tuple(
        documents.policy_of(value, origin=Origin("vector"), name=f"{name}[{at}]")
        for at, value in enumerate(given.get(name, ()))
    )
