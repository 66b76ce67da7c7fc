"""
Which policies count for one call in a small organization, as naively as AWS states it.

Reads the organization of a vector as plain JSON, picks the policies, and leaves the decision to
`tests/reference.py`. Imports the model and nothing of the engine or of the calls to STS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from iamsim import documents
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Layers, Policy, PolicyType
from iamsim.model.principal import HOLE, Principal, PrincipalKind, Session, principal, role_session
from iamsim.model.request import Context, Request
from iamsim.model.verdict import Decision, Layer
from tests import reference, reference_besides
from tests.organization_vectors import ANY, WEIGHT, Case
from tests.vectors import texts

Json = Mapping[str, Any]

# The services of the vectors that have no resource policies (IAM User Guide, "AWS services that work with IAM").
WITHOUT_RESOURCE_POLICIES = ("iam", "ec2", "organizations")
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Answer:
    """The decision on one step and the layer that decided; `refused` where STS takes the call for malformed."""

    decision: Decision | None = None
    layer: Layer | None = None
    permission: str = ""
    refused: bool = False
    session: Principal | None = None


def answers(case: Case) -> list[Answer]:
    """What AWS answers, step by step."""
    found: list[Answer] = []
    for world, step in case.steps():
        place = Place(world, case.given, {key.lower(): texts(value) for key, value in step.get("context", {}).items()})
        caller = place.loaded(asks(step["by"], found))
        if "assume" in step:
            found.append(place.assumed(caller, step["assume"]))
        else:
            resource = step["resource"].replace(ANY, HOLE)
            found.append(place.decided(caller, step["action"], resource, absent=step.get("absent", ())))
    return found


def asks(by: Any, before: list[Answer]) -> Principal:
    if isinstance(by, str):
        return principal(by)
    if "session_of" in by:
        made = before[by["session_of"] - 1].session
        assert made is not None
        return made
    return role_session(by["role"], session_of(by, by.get("tags", {}), by.get("source_identity")))


def session_of(given: Json, tags: Mapping[str, str], source_identity: str | None) -> Session:
    policies = policies_of(given, "policies") if "policies" in given else None
    transitive = tuple(given.get("transitive_tag_keys", ()))
    return Session(given["session_name"], tags, transitive, source_identity, policies)


class Place:
    """The organization at one step, with what the step states."""

    def __init__(self, world: Json, case: Json, stated: Mapping[str, tuple[str, ...]]) -> None:
        self.accounts: Json = world["accounts"]
        self.levels: Json = world.get("levels", {})
        self.at: str | None = case.get("at")
        self.region: str | None = case.get("region")
        self.none_of = {PolicyType(name) for name in case.get("none_of", ())}
        self.stated = stated

    # --- who asks

    def account(self, id: str | None) -> Json:
        return self.accounts.get(id or "", {})  # type: ignore[no-any-return]  # JSON

    def entity(self, caller: Principal) -> tuple[str, Json] | None:
        """The loaded user or role behind the caller; a session's ARN leaves out the path of its role."""
        home = self.account(caller.account)
        if caller.kind is PrincipalKind.USER:
            found = {arn: user for arn, user in home.get("users", {}).items() if arn == caller.entity}
        elif caller.kind is PrincipalKind.ROLE_SESSION:
            name = caller.arn.split("/")[1]
            found = {arn: role for arn, role in home.get("roles", {}).items() if arn.split("/")[-1] == name}
        else:
            found = {}
        return next(iter(found.items()), None)

    def loaded(self, caller: Principal) -> Principal:
        found = self.entity(caller)
        if found is None:
            return caller
        return replace(
            caller, entity=found[0], tags=found[1].get("tags", {}), unique_id=found[1].get("unique_id"), path_told=True
        )

    # --- which policies

    def layers(self, caller: Principal, action: str, resource: str) -> Layers:
        home, owner = self.account(caller.account), self.account(self.owner(caller, resource))
        unseen: set[PolicyType] = set()
        gateway = self.endpoint(home or owner, unseen)
        layers = Layers(
            identity=self.identity(caller, unseen),
            resource=self.resource_policy(action, resource, owner, unseen),
            boundary=self.boundary(caller, unseen),
            session=caller.session.policies if caller.session else None,
            # ORG-004: the management account's own principals are exempt.
            scps=() if home.get("management") else self.chain(home, "scps", PolicyType.SCP, unseen),
            rcps=() if owner.get("management") else self.chain(owner, "rcps", PolicyType.RCP, unseen),
            vpc_endpoint=gateway,
            settings=self.settings(resource),
        )
        return replace(layers, unseen=frozenset(unseen))

    def chain(
        self, account: Json, name: str, kind: PolicyType, unseen: set[PolicyType]
    ) -> tuple[tuple[Policy, ...], ...]:
        # ORG-001, ORG-018: the root, every unit on the way as it is now, the account.
        if self.unseen(account, kind):
            unseen.add(kind)
        every = [*(self.levels[level] for level in account.get("path", ())), account]
        if not any(name in level for level in every):
            return ()  # ORG-020: the type is not turned on
        return tuple(policies_of(level, name) for level in every)

    def unseen(self, account: Json, kind: PolicyType) -> bool:
        # UNK-005: an account that was not loaded was not seen at all.
        return (not account or kind.value in account.get("unseen", ())) and kind not in self.none_of

    def identity(self, caller: Principal, unseen: set[PolicyType]) -> tuple[Policy, ...]:
        found = self.entity(caller)
        if found is None:
            unseen |= {PolicyType.IDENTITY} if caller.entity else set()
            return ()
        groups = [self.account(caller.account).get("groups", {}).get(arn) for arn in found[1].get("groups", ())]
        if found[1].get("unread") or any(group is None or group.get("unread") for group in groups):
            unseen.add(PolicyType.IDENTITY)
        return tuple(policy for holder in (found[1], *groups) if holder for policy in policies_of(holder, "policies"))

    def boundary(self, caller: Principal, unseen: set[PolicyType]) -> Policy | None:
        found = self.entity(caller)
        if found is None:
            unseen |= {PolicyType.BOUNDARY} if caller.entity else set()
            return None
        if "boundary" not in found[1] and self.unseen(self.account(caller.account), PolicyType.BOUNDARY):
            unseen.add(PolicyType.BOUNDARY)
        return policy_of(found[1], "boundary")

    def endpoint(self, home: Json, unseen: set[PolicyType]) -> Policy | None:
        endpoints = home.get("endpoints", {})
        if "aws:sourcevpce" in self.stated:
            found = endpoints.get(self.stated["aws:sourcevpce"][0])
            if found is None:
                unseen.add(PolicyType.VPC_ENDPOINT)
            return policy_of(found or {}, "policy")
        told = "aws:sourceip" in self.stated  # KEY-018: a public address is no endpoint's
        if not told and (endpoints or self.unseen(home, PolicyType.VPC_ENDPOINT)):
            unseen.add(PolicyType.VPC_ENDPOINT)
        return None

    def resource_policy(self, action: str, resource: str, owner: Json, unseen: set[PolicyType]) -> Policy | None:
        service = action.partition(":")[0].lower()
        if resource == "*" or service in WITHOUT_RESOURCE_POLICIES:
            return None
        if service == "sts":
            role = owner.get("roles", {}).get(resource, {})
            if "trust" not in role:
                unseen.add(PolicyType.RESOURCE)
            return policy_of(role, "trust")
        carrier = self.carrier(resource)
        if carrier is None and (service == "kms" or self.unseen(owner, PolicyType.RESOURCE)):
            unseen.add(PolicyType.RESOURCE)
        return policy_of(carrier[2], "policy") if carrier else None

    def settings(self, resource: str) -> Mapping[str, str]:
        carrier = self.carrier(resource)
        return carrier[2].get("settings", {}) if carrier else {}

    # --- what is asked for

    def carrier(self, resource: str) -> tuple[str, str, Json] | None:
        """The account, ARN and content of the loaded resource that is, or holds, what is asked for."""
        found = [
            (number, arn, given)
            for number, account in self.accounts.items()
            for arn, given in account.get("resources", {}).items()
            if resource == arn or resource.startswith((f"{arn}/", f"{arn}:"))
        ]
        return max(found, key=lambda one: len(one[1]), default=None)

    def owner(self, caller: Principal, resource: str) -> str | None:
        if resource == "*":
            return caller.account
        carrier = self.carrier(resource)
        return carrier[0] if carrier else Arn.parse(resource).account or caller.account

    def decided(
        self,
        caller: Principal,
        action: str,
        resource: str,
        *,
        values: Mapping[str, tuple[str, ...]] | None = None,
        absent: tuple[str, ...] = (),
    ) -> Answer:
        given = (self.carrier(resource) or ("", "", {}))[2]
        shut = reference_besides.network(given, self.stated)
        if shut is not None:
            return Answer(*shut, action)
        if ":accesspoint/" in resource:
            # S3-026: the keys that requests through an access point carry.
            point, _, key = resource.partition("/object/")
            origin = "VPC" if "vpc" in given.get("settings", {}) else "Internet"
            keys = {"arn": point, "account": Arn.parse(resource).account}
            values = {**{f"s3:dataaccesspoint{k}": (v,) for k, v in keys.items()}, **(values or {})}
            values = {**values, "s3:accesspointnetworkorigin": (origin,)}
            if "bucket" in given:
                behind = f"arn:aws:s3:::{given['bucket']}" + (f"/{key}" if key else "")
                first = self.told(caller, action, resource, values, absent)
                own = self.told(caller, action, resource, values, absent, without_policy=True)
                second = self.told(caller, action, behind, values, absent)
                foreign = caller.account != self.owner(caller, behind)
                return Answer(*reference_besides.through(first, own, second, foreign=foreign), action)
        return Answer(*self.told(caller, action, resource, values, absent), action)

    def told(
        self,
        caller: Principal,
        action: str,
        resource: str,
        values: Mapping[str, tuple[str, ...]] | None,
        absent: tuple[str, ...],
        *,
        without_policy: bool = False,
    ) -> reference_besides.Told:
        """The decision on one resource and its layer, in every way that what was not told can be."""
        owner = self.owner(caller, resource)
        given = (self.carrier(resource) or ("", "", {}))[2]
        sent = {**self.surroundings(caller, owner, resource), **(values or {}), **self.stated}
        if ":s3:::" in resource and "s3:dataaccesspointarn" not in sent:
            absent = (*absent, "s3:dataaccesspointarn", "s3:dataaccesspointaccount", "s3:accesspointnetworkorigin")
        context = Context(sent, frozenset(key.lower() for key in (*absent, *not_carried(caller))), complete=False)
        request = reference.derived(Request(caller, action, resource, context, owner))
        layers = self.layers(caller, action, resource)
        layers = replace(layers, resource=None) if without_policy else layers
        ways = reference_besides.readings(layers, given, caller, action, foreign=caller.account not in (owner, None))
        answers = [reference.decide(way, request) for way in ways]
        return reference_besides.common([(answer.decision, answer.layer) for answer in answers])

    def surroundings(self, caller: Principal, owner: str | None, resource: str) -> dict[str, tuple[str, ...]]:
        found = {"aws:viaawsservice": "false"}
        organizations = (
            ("aws:principalorgid", self.account(caller.account).get("organization")),
            ("aws:resourceorgid", self.account(owner).get("organization")),
        )
        found |= {key: value for key, value in organizations if value}
        if self.at:
            found["aws:currenttime"] = self.at
            found["aws:epochtime"] = str(int(datetime.fromisoformat(self.at).timestamp()))
        if self.region:
            found["aws:requestedregion"] = self.region
        for key, value in self.tags(resource).items():
            found[f"aws:resourcetag/{key.lower()}"] = value
        return {key: (value,) for key, value in found.items()}

    def tags(self, resource: str) -> Mapping[str, str]:
        role = self.account(Arn.parse(resource).account if resource != "*" else None).get("roles", {}).get(resource)
        carrier = self.carrier(resource)
        found: Mapping[str, str] = (role or (carrier[2] if carrier else {})).get("tags", {})
        return found

    # --- making a session

    def assumed(self, caller: Principal, call: Json) -> Answer:
        role: Json = self.account(Arn.parse(call["role"]).account).get("roles", {}).get(call["role"], {})
        before = caller.session
        if malformed(call, role, chained=before is not None):
            return Answer(refused=True)
        inherited = (
            {tag: before.tags[tag] for tag in before.transitive_tag_keys if tag in before.tags} if before else {}
        )
        sid = call.get("source_identity") or (before.source_identity if before else None)
        values = {"sts:rolesessionname": (call["session_name"],)}
        values |= {"sts:externalid": (call["external_id"],)} if "external_id" in call else {}
        values |= {"sts:sourceidentity": (sid,)} if sid else {}
        values |= {f"aws:requesttag/{key.lower()}": (value,) for key, value in call.get("tags", {}).items()}
        values |= {"aws:tagkeys": tuple(call["tags"])} if call.get("tags") else {}
        values |= (
            {"sts:transitivetagkeys": tuple(call["transitive_tag_keys"])} if call.get("transitive_tag_keys") else {}
        )
        absent = tuple(
            key
            for key in (
                "sts:externalid",
                "sts:sourceidentity",
                "aws:tagkeys",
                "sts:transitivetagkeys",
                "aws:requesttag/",
            )
            if key not in values
        )
        asked = [
            self.decided(caller, action, call["role"], values=values, absent=absent)
            for action in permissions(call, sid, inherited)
        ]
        answer = min(asked, key=lambda one: WEIGHT[one.decision or Decision.UNKNOWN])
        if answer.decision is not Decision.ALLOWED:
            return answer
        made = session_of(call, {**inherited, **call.get("tags", {})}, sid)
        made = replace(made, transitive_tag_keys=(*inherited, *made.transitive_tag_keys))
        return replace(answer, session=role_session(call["role"], made))


def not_carried(caller: Principal) -> Iterator[str]:
    """KEY-005, STS-009: a user carries no source identity, and a session whose making is known carries what it was given."""
    if caller.kind is PrincipalKind.USER or (caller.session and caller.session.known):
        yield "aws:principaltag/"
        if caller.session is None or caller.session.source_identity is None:
            yield "aws:sourceidentity"


def permissions(call: Json, source_identity: str | None, inherited: Mapping[str, str]) -> Iterator[str]:
    """STS-006, STS-030, STS-031: each of them has to be allowed."""
    yield "sts:AssumeRole"
    if source_identity:
        yield "sts:SetSourceIdentity"
    if call.get("tags") or inherited:
        yield "sts:TagSession"


def malformed(call: Json, role: Json, *, chained: bool) -> bool:
    # QUOTA-017, STS-037: a session of a session lasts an hour at most.
    seconds = call.get("duration", HOUR)
    return seconds < HOUR // 4 or seconds > role.get("max_session_duration", HOUR) or (chained and seconds > HOUR)


def policy_of(given: Json, name: str) -> Policy | None:
    return documents.policy_of(given[name], origin=Origin("vector"), name=name) if name in given else None


def policies_of(given: Json, name: str) -> tuple[Policy, ...]:
    return tuple(
        documents.policy_of(value, origin=Origin("vector"), name=f"{name}[{at}]")
        for at, value in enumerate(given.get(name, ()))
    )
