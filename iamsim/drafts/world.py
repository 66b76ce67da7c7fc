"""What a draft stands in, asked by the engine: who may do what, with everything that was loaded beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from iamsim.catalog import actions
from iamsim.drafts import Draft, PolicyKind
from iamsim.engine.actions import naming
from iamsim.engine.simulator import Simulator
from iamsim.model.account import Account, Group, Organization, Resource, Role, User
from iamsim.model.arn import Arn
from iamsim.model.policy import Effect, Policy, PolicyType
from iamsim.model.principal import ANONYMOUS, Principal, Session, principal, role_session
from iamsim.model.verdict import Decision, Explanation

HOME, STRANGER_ACCOUNT = "111122223333", "000000000000"
"""The account of a policy that stands alone, and one that nobody has and no policy speaks of."""

_EVERY_TYPE = frozenset(PolicyType) - {PolicyType.SESSION}


@dataclass
class World:
    """
    An organization and the engine over it; `alone` where a single policy was made into one.

    Policies that stand alone are asked as if nothing else were attached and all had been seen. In an organization,
    what was not seen is taken not to forbid anything, since a judge of policies that waits for all of them finds
    nothing; `sees` tells where that was so. `only` are the ARNs of the principals that are judged; None: all.
    """

    organization: Organization
    alone: bool = False
    stated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only: frozenset[str] | None = None

    @cached_property
    def simulator(self) -> Simulator:
        """The engine over the organization."""
        return Simulator(self.organization, stated=self.stated, none_of=_EVERY_TYPE)

    @cached_property
    def _open(self) -> Simulator:
        return Simulator(self.organization, stated=self.stated, none_of=_EVERY_TYPE - {PolicyType.IDENTITY})

    @cached_property
    def holders(self) -> tuple[Holder, ...]:
        """Every loaded role and user, by account and ARN; service-linked roles are AWS's own business."""
        found: list[Holder] = []
        for _, account in sorted(self.organization.accounts.items()):
            entities: list[Role | User] = [*account.roles.values(), *account.users.values()]
            found += [Holder(self, each) for each in sorted(entities, key=lambda each: each.arn)]
        judged = (holder for holder in found if self.only is None or holder.arn in self.only)
        return tuple(holder for holder in judged if not holder.principal.service_linked)

    def sees(self, account: str) -> bool:
        """Whether everything was seen that could forbid what a principal of the account is allowed."""
        found = self.organization.accounts.get(account)
        return found is not None and found.seen >= {PolicyType.SCP, PolicyType.BOUNDARY}

    def explain(
        self,
        caller: Principal,
        action: str,
        resource: str = "*",
        *,
        values: Mapping[str, str | tuple[str, ...]] | None = None,
        absent: Iterable[str] = (),
    ) -> Explanation:
        """The answer to one request; `values` are condition keys of the call, `absent` those that it does not have."""
        asked = self.simulator.request(caller, action, resource, values=_sent(values), absent=absent)
        return self.simulator.explain(asked)

    def outside(
        self,
        caller: Principal,
        action: str,
        resource: str = "*",
        *,
        values: Mapping[str, str | tuple[str, ...]] | None = None,
        absent: Iterable[str] = (),
    ) -> Explanation:
        """As `explain`, where identity policies that were not seen may allow anything: the answer to somebody else's request."""
        return self._open.explain(self._open.request(caller, action, resource, values=_sent(values), absent=absent))


@dataclass
class Holder:
    """A role or user whose permissions are judged, as a session of the role or the user itself."""

    world: World
    entity: Role | User
    _asked: dict[tuple[object, ...], Explanation] = field(default_factory=dict, repr=False)

    @cached_property
    def principal(self) -> Principal:
        """Who asks: for a role a session of it that carries nothing."""
        if isinstance(self.entity, Role):
            return role_session(
                self.entity.arn, Session("session"), unique_id=self.entity.unique_id, tags=self.entity.tags
            )
        return principal(self.entity.arn)

    @property
    def arn(self) -> str:
        """The ARN of the role or user."""
        return self.entity.arn

    @property
    def account(self) -> str:
        """The account of the role or user."""
        return Arn.parse(self.arn).account

    @property
    def label(self) -> str:
        """What a person calls it: `role app`; a policy that stands alone is `the policy`."""
        return "the policy" if self.world.alone else self.arn.partition(f"{self.account}:")[2].replace("/", " ", 1)

    @property
    def whole(self) -> bool:
        """Whether everything was seen that could allow or forbid it something; else a denial is not sure either."""
        return self.world.sees(self.account) and not self.entity.unread and not any(map(_unread, self._groups()))

    def _groups(self) -> Iterator[Group | None]:
        groups = self.world.organization.accounts[self.account].groups
        for name in self.entity.groups if isinstance(self.entity, User) else ():
            yield groups.get(name)

    def policies(self) -> Iterator[Policy]:
        """The identity policies that it has, those of its groups too."""
        yield from self.entity.policies
        for group in self._groups():
            yield from group.policies if group is not None else ()

    def names(self, action: str) -> bool:
        """Whether an Allow statement names the action, or may; where none does, asking is not worth it."""
        return any(
            naming(statement.action, deny=False)(action.lower()) is not False
            for policy in self.policies()
            for statement in policy.statements
            if statement.effect is Effect.ALLOW
        )

    def explain(
        self,
        action: str,
        resource: str = "*",
        *,
        values: Mapping[str, str | tuple[str, ...]] | None = None,
        absent: Iterable[str] = (),
    ) -> Explanation:
        """The answer to one request of the holder, asked once."""
        key = (action.lower(), resource, tuple(sorted((values or {}).items())), tuple(sorted(absent)))
        found = self._asked.get(key)
        if found is None:
            found = self._asked[key] = self.world.explain(
                self.principal, action, resource, values=values, absent=absent
            )
        return found

    def somewhere(
        self,
        action: str,
        *,
        values: Mapping[str, str | tuple[str, ...]] | None = None,
        absent: Iterable[str] = (),
        on: Iterable[str] | None = None,
    ) -> Explanation | None:
        """
        The answer on the resource where the action comes out best: allowed, else open; None where it is denied everywhere.

        Asked are the resources `on`, else examples of what the Allow statements that name the action are about.
        """
        best: Explanation | None = None
        for resource in on if on is not None else self.examples(action):
            found = self.explain(action, resource, values=values, absent=absent)
            if found.allowed:
                return found
            if not found.denied and best is None:
                best = found
        return best

    def examples(self, action: str) -> tuple[str, ...]:
        """Resources that the action can be about and that the Allow statements naming it speak of, those of other principals first."""
        known = actions.action(action)
        forms = [_form(text) for text in _arns(known)] if known is not None else []
        written = [
            value
            for policy in self.policies()
            for statement in policy.statements
            if statement.effect == "Allow" and statement.resource is not None and not statement.resource.negated
            for value in statement.resource.values
        ]
        found: list[str] = []
        for form in forms:
            found += [example for value in written if (example := _example(value, form, self.account)) is not None]
            found.append(_filled(form, self.account))
        if not forms:
            found.append("*")
        return tuple(dict.fromkeys(found))


def alone(draft: Draft) -> World:
    """The world of a policy that stands alone: an identity policy of a role, a trust policy of one, the policy of a resource."""
    account = Arn.parse(draft.of).account if draft.of.startswith("arn:") else ""
    home = account if account.isdigit() else HOME
    policy, role = draft.policy, f"arn:aws:iam::{home}:role/example"
    roles: dict[str, Role] = {}
    resources: dict[str, Resource] = {}
    if policy is not None and draft.kind is PolicyKind.TRUST:
        arn = draft.of or role
        roles[arn] = Role(arn, policy, origin=policy.origin)
    elif policy is not None and draft.kind in (PolicyKind.RESOURCE, PolicyKind.VPC_ENDPOINT):
        resources = {arn: Resource(arn, policy, origin=policy.origin) for arn in _carriers(draft, policy)}
    elif policy is not None:
        roles[role] = Role(role, None, (policy,), origin=policy.origin)
    made = Account(home, roles=roles, resources=resources, seen=_EVERY_TYPE, organization="")
    return World(Organization({home: made}), alone=True)


def stranger(service: str = "") -> Principal:
    """Somebody whom no policy speaks of: a user of another account, or a service."""
    return principal(service) if service else principal(f"arn:aws:iam::{STRANGER_ACCOUNT}:user/stranger")


NOBODY = ANONYMOUS
"""Somebody without credentials."""

STRANGE: Mapping[str, str] = {
    "aws:principalorgid": "o-stranger0000",
    "aws:principalaccount": STRANGER_ACCOUNT,
    "aws:sourceaccount": STRANGER_ACCOUNT,
    "sts:externalid": "a-guess",
    "aws:sourceip": "198.51.100.7",
    "aws:securetransport": "true",
}
"""What a stranger's request carries: nothing that a policy would know it by. TLS is what every caller can have."""

STRANGE_ABSENT = ("aws:sourcevpc", "aws:sourcevpce", "aws:sourceorgid", "aws:sourcearn", "aws:sourceidentity")
"""What it does not carry."""


def _sent(values: Mapping[str, str | tuple[str, ...]] | None) -> dict[str, tuple[str, ...]]:
    return {key.lower(): (each,) if isinstance(each, str) else each for key, each in (values or {}).items()}


def decided(explanation: Explanation | None) -> Decision | None:
    """The decision of an answer; None where there is none."""
    return None if explanation is None else explanation.decision


# ---------------------------------------------------------------- helpers


def _unread(group: Group | None) -> bool:
    return group is None or bool(group.unread)


def _carriers(draft: Draft, policy: Policy) -> Iterator[str]:
    """The resources that a resource policy can hang on: the one that is told, else those that its statements name."""
    if draft.of.startswith("arn:"):
        yield draft.of
        return
    for statement in policy.statements:
        for value in statement.resource.values if statement.resource is not None else ():
            if value.startswith("arn:") and value.count(":") >= 5:  # noqa: PLR2004 - an ARN has six fields
                head = re.split(r"[*?$]", value)[0].rstrip("/")
                if head.count(":") >= 5 and not head.endswith(":"):  # noqa: PLR2004 - as above
                    yield head.split("/")[0] if ":s3:::" in head else head


_HOLES = re.compile(r"\$\{[^}]*\}")


def _arns(action: actions.Action) -> list[str]:
    types = actions.resource_types(action.service) or {}
    return [types[kind] for kind in action.resource_types if kind in types]


def _form(arn: str) -> tuple[str, ...]:
    """The fields of an ARN pattern of the reference, with `${…}` as stars."""
    return tuple(_HOLES.sub("*", arn).split(":", 5))


def _filled(form: tuple[str, ...], account: str) -> str:
    """An example of a form: the own account, a Region, and a word for each name."""
    fields = list(form) + [""] * (6 - len(form))
    named = ["aws" if fields[1] == "*" else fields[1], fields[2], fields[3].replace("*", "us-east-1")]
    return ":".join(["arn", *named, fields[4].replace("*", account), fields[5].replace("*", "example")])


def _example(value: str, form: tuple[str, ...], account: str) -> str | None:
    """An example of what the Resource value `value` and the form have in common; None where they have nothing."""
    if not value.strip("*"):
        return _filled(form, account)
    fields = value.split(":", 5)
    if len(fields) < 6 or len(form) < 6 or not _compatible(fields[2], form[2]):  # noqa: PLR2004 - an ARN has six fields
        return None
    filled = _filled(form, account).split(":", 5)
    made = [_concrete(own, other) for own, other in zip(fields[:5], filled[:5], strict=True)]
    resource = fields[5]
    kind = re.match(r"[a-z-]+(?=[/:])", form[5])
    if kind is not None and not re.match(re.escape(kind[0]) + r"[/:]", re.split(r"[*?]", resource)[0] + "*"):
        if "*" not in resource and "?" not in resource:
            return None
        head = re.split(r"[*?]", resource)[0]
        if not f"{kind[0]}/".startswith(head) and not f"{kind[0]}:".startswith(head):
            return None
        return ":".join([*made, filled[5]])
    return ":".join([*made, _HOLES.sub("example", resource).replace("*", "example").replace("?", "x")])


def _compatible(written: str, wanted: str) -> bool:
    return "*" in written or "*" in wanted or written == wanted


def _concrete(written: str, other: str) -> str:
    return other if "*" in written or "?" in written or "$" in written else written
