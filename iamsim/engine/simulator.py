"""The engine's door: an organization in, decisions and explanations out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from iamsim.engine import policyset
from iamsim.engine.access_points import AccessPoint, access_point, both, carried
from iamsim.engine.applicable import Applicable, applicable, resolved
from iamsim.engine.context import Knowledge, completed
from iamsim.engine.policyset import PolicySet
from iamsim.engine.untold import with_what_is_untold
from iamsim.engine.variables import Template, template
from iamsim.model.account import Organization, Role
from iamsim.model.arn import is_role
from iamsim.model.policy import Effect, Layers, Policy, PolicyType
from iamsim.model.principal import Principal
from iamsim.model.request import Context, Request
from iamsim.model.verdict import Decision, Explanation


@dataclass
class Simulator:
    """
    Answers requests against one loaded organization.

    `at` is the moment judged, `region` where calls are sent (None: not known). `stated` are
    condition keys (lower case) that the user states for every request. `none_of` are policy types
    that the user states to be unattached wherever they were not seen.
    """

    organization: Organization
    at: datetime | None = None
    region: str | None = None
    stated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    none_of: frozenset[PolicyType] = frozenset()
    _sets: dict[tuple[object, ...], PolicySet] = field(default_factory=dict, init=False, repr=False)

    def request(  # noqa: PLR0913 - the parts of a request
        self,
        caller: Principal,
        action: str,
        resource: str,
        *,
        values: Mapping[str, tuple[str, ...]] | None = None,
        absent: Iterable[str] = (),
        unbound: tuple[str, ...] = (),
    ) -> Request:
        """
        The request as AWS would see it, with every condition key that the policies in play ask for.

        `values` and `absent` are the keys that the call itself is known to send and not to send.
        """
        caller = resolved(self.organization, caller)
        found = self._applicable(caller, action, resource)
        point = access_point(self.organization, resource)
        known = {**(point.keys if point is not None else {}), **(values or {})}
        context = Context(known, frozenset(key.lower() for key in absent), complete=False)
        plain = Request(caller, action, resource, context, found.owner, unbound)
        keys = _keys_of(found.layers) | (_NETWORK if point is not None else frozenset())
        return completed(plain, self._knowledge(caller, resource, found.owner), keys)

    def explain(self, request: Request) -> Explanation:
        """
        The decision with everything behind it.

        A request through an S3 access point is asked of its bucket too, and both answers count.
        """
        found = self._alone(request)
        point = access_point(self.organization, request.resource)
        if point is None or point.behind is None:
            return found
        return both(request, found, self._alone(self._behind(request, point, point.behind)))

    def decide(self, request: Request) -> Decision:
        """The decision alone."""
        if ":accesspoint/" in request.resource:
            return self.explain(request).decision
        return self._set(self._applicable(request.principal, request.action, request.resource).layers).decide(request)

    def _alone(self, request: Request) -> Explanation:
        """The answer of the policies that speak of this very resource."""
        found = self._applicable(request.principal, request.action, request.resource)
        explanation = self._set(found.layers).explain(request)
        if found.assumed:
            explanation = replace(explanation, notes=(*explanation.notes, found.assumed))
        return with_what_is_untold(explanation, found.layers)

    def _behind(self, request: Request, point: AccessPoint, resource: str) -> Request:
        """A request through an access point, as its bucket sees it."""
        gone = ("aws:resourcetag/", "aws:resourceorg")
        absent = (key for key in request.context.absent if not key.startswith(gone))
        values = carried(request, point)
        return self.request(
            request.principal, request.action, resource, values=values, absent=absent, unbound=request.unbound
        )

    def _applicable(self, caller: Principal, action: str, resource: str) -> Applicable:
        stated = self.stated.get("aws:sourcevpce")
        endpoint = stated[0] if stated else "" if "aws:sourceip" in self.stated else None
        return applicable(self.organization, caller, action, resource, none_of=self.none_of, endpoint=endpoint)

    def _set(self, layers: Layers) -> PolicySet:
        key = _identity(layers)
        found = self._sets.get(key)
        if found is None:
            found = self._sets[key] = policyset.compile(layers)
        return found

    def _knowledge(self, caller: Principal, resource: str, owner: str | None) -> Knowledge:
        accounts = self.organization.accounts
        home, there = accounts.get(caller.account or ""), accounts.get(owner or "")
        tags: Mapping[str, str] | None = None
        loaded = self.organization.owner(resource)
        if loaded is not None:
            # The tags of a bucket count once attribute-based access control is on for it (S3-033).
            known = not resource.startswith("arn:aws:s3:::") or loaded[1].settings.get("abac") == "true"
            tags = loaded[1].tags if known else None
        elif is_role(resource):
            role = self.organization.role(resource)
            tags = role.tags if role else None
        entity = caller.entity
        role = self.organization.role(entity) if entity is not None and ":role/" in entity else None
        known = entity is not None and (self.organization.role(entity) or self.organization.user(entity)) is not None
        made = caller.session is not None and caller.session.known
        plain = caller.session is not None and _carries_nothing(role)
        return Knowledge(
            at=self.at,
            region=self.region,
            caller_organization=home.organization if home else None,
            owner_organization=there.organization if there else None,
            resource_tags=tags,
            caller_known=known,
            session_known=made or plain,
            undecorated=made or (plain and not _made_by_services(role)),
            stated=self.stated,
        )


_NETWORK = frozenset({"aws:sourcevpc"})
"""What S3 asks of a request through an access point that takes those from one network alone (S3-027)."""


def _carries_nothing(role: Role | None) -> bool:
    """Whether the trust policy of a role lets its maker put nothing on a session: no tags, no identity, no provider's claims."""
    if role is None or role.trust is None:
        return False
    plain = {"sts:assumerole"}
    allows = (s for s in role.trust.statements if s.effect is Effect.ALLOW)
    return all(not s.action.negated and {value.lower() for value in s.action.values} <= plain for s in allows)


def _made_by_services(role: Role | None) -> bool:
    """Whether a service may hand out sessions of the role; Amazon EC2, Lambda and others then add keys of their own (KEY-033)."""
    allows = [s for s in role.trust.statements if s.effect is Effect.ALLOW] if role is not None and role.trust else []
    return any(s.principal is None or s.principal.negated or s.principal.anyone or s.principal.service for s in allows)


def _identity(layers: Layers) -> tuple[object, ...]:
    """A key under which a set is remembered: the very policy objects, which the organization keeps alive."""
    return (
        tuple(id(policy) for policy in layers.identity),
        id(layers.resource),
        id(layers.boundary),
        None if layers.session is None else layers.session,
        tuple(tuple(id(policy) for policy in level) for level in layers.scps),
        tuple(tuple(id(policy) for policy in level) for level in layers.rcps),
        id(layers.vpc_endpoint),
        layers.unseen,
        tuple(sorted(layers.settings.items())),
    )


def _keys_of(layers: Layers) -> frozenset[str]:
    """Every condition key that the layers ask for, lower case."""
    policies: list[Policy | None] = [*layers.identity, layers.resource, layers.boundary, layers.vpc_endpoint]
    policies += layers.session or ()
    for level in (*layers.scps, *layers.rcps):
        policies += level
    return frozenset().union(*(_keys(policy) for policy in policies if policy is not None))


@lru_cache(maxsize=16384)
def _keys(policy: Policy) -> frozenset[str]:
    found: set[str] = set()
    for statement in policy.statements:
        values = [value for condition in statement.conditions for value in condition.values]
        values += statement.resource.values if statement.resource else ()
        found.update(condition.key.lower() for condition in statement.conditions)
        for written in map(template, values):
            if isinstance(written, Template):
                found.update(written.keys)
    return frozenset(found)
