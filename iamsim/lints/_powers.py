"""What a holder may do to resources of any name, and to those that its policies name: asked of the engine."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

from iamsim.catalog import actions
from iamsim.drafts.world import HOME, Holder, World
from iamsim.engine.patterns import fused
from iamsim.model.account import Account, Organization, Role, User
from iamsim.model.policy import Element, Policy, PolicyType, Statement
from iamsim.model.request import Request
from iamsim.model.verdict import Decision, Explanation, StatementVerdict

ANY = "any-there-is"
"""A name that no policy speaks of: whoever may do something to what is called so may do it to anything."""

_Test = Callable[[str], bool | None]
_HOLDER = "holder-of-the-policy"
_MOST_PLACES, _MOST_NAMED = 4, 40
# Questions times statements, an explanation counting for more: what is meant to take for ever ends.
_MOST_WORK, _EXPLAINED = 400_000, 10
# Keys that whoever asks decides on, or can come to have; of what stands in the target's own tags that is not so.
_CHOSEN = re.compile(
    r"aws:(?:requesttag/.*|tagkeys|multifactorauth(?:present|age)|source(?:ip|vpc|vpce|vpcarn)|vpcsourceip|currenttime"
    r"|epochtime|tokenissuetime|securetransport|requestedregion|useragent|referer)"
    r"|(?!aws:)(?!.*(?:tag/|viaservice|grantisforawsresource|permissionsboundary|policyarn|passedtoservice)).*"
)


@dataclass(frozen=True)
class Answer:
    """
    A request that the holder gets through.

    `sure`: whatever the inputs leave open. `anywhere`: on a resource of any name, not only on one that a policy names.
    """

    world: World
    request: Request
    sure: bool
    anywhere: bool = False

    @cached_property
    def explanation(self) -> Explanation:
        """The engine's answer with everything behind it; made when it is asked for, since it takes most of the time."""
        return self.world.simulator.explain(self.request)

    @property
    def by(self) -> tuple[StatementVerdict, ...]:
        """The Allow statements that matched, or would: the holder's own where there are any."""
        found = [v for v in self.explanation.statements if v.statement.effect == "Allow" and v.matched is not False]
        own = [v for v in found if v.type is PolicyType.IDENTITY]
        return tuple(own or found)

    @property
    def allowing(self) -> tuple[StatementVerdict, ...]:
        """The first of those."""
        return self.by[:1]

    def __str__(self) -> str:
        by = "".join(f" by {v.policy} {v.statement.label}" for v in self.allowing)
        on = f" on {self.request.resource}" if self.request.resource != "*" else ""
        return f"{self.request.action}{on}{by}"


class Powers:
    """One holder, asked by the name of the action; only of those that its Allow statements name."""

    def __init__(self, holder: Holder) -> None:
        self.holder = holder
        self.allows = tuple(s for policy in holder.policies() for s in policy.statements if s.effect == "Allow")
        self._named = _test(value for s in self.allows if not s.action.negated for value in s.action.values)
        self._negated = tuple(_test(s.action.values) for s in self.allows if s.action.negated)
        self._names: dict[str, bool] = {}
        self._asked: dict[tuple[object, ...], Answer | None] = {}
        self._work = 0

    def names(self, action: str) -> bool:
        """Whether an Allow statement names the action."""
        found = self._names.get(action)
        if found is None:
            lowered = action.lower()
            found = self._named(lowered) is not False or any(test(lowered) is not True for test in self._negated)
            self._names[action] = found
        return found

    def ask(
        self,
        action: str,
        resource: str,
        values: Mapping[str, str] | None = None,
        absent: Iterable[str] = (),
        *,
        anywhere: bool = False,
    ) -> Answer | None:
        """The answer for one resource, None where the holder does not get through, or by luck only."""
        key = action, resource, tuple((values or {}).items()), tuple(absent)
        if key not in self._asked:
            if self._work > _MOST_WORK:
                return None
            self._asked[key] = self._judged(action, resource, values or {}, absent)
        found = self._asked[key]
        return found if found is None or found.anywhere is anywhere else replace(found, anywhere=anywhere)

    def _judged(self, action: str, resource: str, values: Mapping[str, str], absent: Iterable[str]) -> Answer | None:
        simulator = self.holder.world.simulator
        sent = {key.lower(): (value,) for key, value in values.items()}
        request = simulator.request(self.holder.principal, action, resource, values=sent, absent=absent)
        decision = simulator.decide(request)
        self._work += len(self.allows) * (_EXPLAINED if decision is Decision.UNKNOWN else 1)
        if decision is Decision.ALLOWED:
            return Answer(self.holder.world, request, sure=True)
        answer = Answer(self.holder.world, request, sure=False)
        return answer if decision is Decision.UNKNOWN and _open(answer.explanation) else None

    def anywhere(
        self,
        action: str,
        kind: str = "",
        values: Mapping[str, str] | None = None,
        absent: Iterable[str] = (),
    ) -> Answer | None:
        """The answer for a resource that no policy names, of type `kind` or of any."""
        if not self.names(action):
            return None
        covering = [resources for names, resources in self._tests if names(action.lower()) is not False]
        for each in self.strangers(action, kind):
            # The text tells at once that most are allowed by nothing; the engine has the last word on the others.
            if any(resources(each) is not False for resources in covering):
                found = self.ask(action, each, values, absent, anywhere=True)
                if found is not None:
                    return found
        return None

    def somewhere(
        self,
        action: str,
        kind: str = "",
        values: Mapping[str, str] | None = None,
        absent: Iterable[str] = (),
    ) -> Answer | None:
        """As `anywhere`, else for a resource that a policy names."""
        if not self.names(action):
            return None
        found = self.anywhere(action, kind, values, absent)
        if found is not None:
            return found
        asked = (self.ask(action, each, values, absent) for each in self.examples(action, kind))
        return next((found for found in asked if found is not None), None)

    def strangers(self, action: str, kind: str = "") -> tuple[str, ...]:
        """Resources that no policy names, in the Regions and accounts that policies do name; `*` for an action that has none."""
        forms = _forms(action, kind)
        if not forms:
            return ("*",) if not kind or not _forms(action, "") else ()
        found = []
        for form in forms:
            service = form.split(":")[2]
            for region, account in self._places.get(service, ()):
                found.append(_filled(form, region, account))
            found.append(_filled(form, "us-east-1", self.holder.account))
        return tuple(dict.fromkeys(found))

    def examples(self, action: str, kind: str = "") -> tuple[str, ...]:
        """Resources that policies name and that the action can be about, of type `kind` or of any."""
        found = self.holder.examples(action)
        forms = _forms(action, kind)
        if kind and not forms:
            return ()
        return tuple(each for each in found if not forms or any(_shape(form)(each) for form in forms))[:_MOST_NAMED]

    @cached_property
    def _tests(self) -> tuple[tuple[_Test, _Test], ...]:
        """Of each Allow statement: whether it names an action (in lower case), and whether it can be about a resource that nothing names."""
        return tuple((_naming(s.action), _about(s.resource)) for s in self.allows)

    @cached_property
    def _places(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """Region and account of the resources that policies name, by service."""
        found: dict[str, dict[tuple[str, str], None]] = {}
        for value in _resources(self.allows):
            fields = value.split(":", 5)
            if len(fields) == 6 and not set("*?$") & set(fields[2]):  # noqa: PLR2004 - an ARN has six fields
                region = "us-east-1" if set("*?$") & set(fields[3]) else fields[3]
                account = self.holder.account if set("*?$") & set(fields[4]) else fields[4]
                found.setdefault(fields[2], {})[region, account] = None
        return {service: tuple(places)[:_MOST_PLACES] for service, places in found.items()}


def powers(holder: Holder) -> Powers:
    """The holder asked as it is; a policy that stands alone as that of a role of the account that it names."""
    return faces(holder)[0]


def faces(holder: Holder) -> tuple[Powers, ...]:
    """The holder; for a policy that stands alone a role and a user who have it, both called by no name of the policy."""
    found: tuple[Powers, ...] | None = holder.__dict__.get("_faces")
    if found is None:
        made = tuple(_alone(tuple(holder.policies()))) if holder.world.alone else (holder,)
        found = holder.__dict__["_faces"] = tuple(Powers(each) for each in made)
    return found


def with_policies(policies: tuple[Policy, ...]) -> Powers:
    """A user who has these policies and nothing else, such as one that joins a group."""
    return Powers(tuple(_alone(policies))[1])


# ---------------------------------------------------------------- helpers


def _alone(policies: tuple[Policy, ...]) -> Iterator[Holder]:
    allows = [s for policy in policies for s in policy.statements if s.effect == "Allow"]
    named = Counter(re.findall(r"(?<=:)[0-9]{12}(?=:)", " ".join(_resources(allows))))
    account = min(named, key=lambda each: (-named[each], each)) if named else HOME
    role = Role(f"arn:aws:iam::{account}:role/{_HOLDER}", None, policies)
    user = User(f"arn:aws:iam::{account}:user/{_HOLDER}", policies)
    seen = frozenset(PolicyType) - {PolicyType.SESSION}
    made = Account(account, roles={role.arn: role}, users={user.arn: user}, seen=seen, organization="")
    world = World(Organization({account: made}), alone=True)
    yield Holder(world, role)
    yield Holder(world, user)


def _open(found: Explanation) -> bool:
    """Whether nothing but what the caller decides on, or what was not loaded, stands between it and the resource."""
    if found.denied or not all(_CHOSEN.fullmatch(key) for key in found.missing_context):
        return False
    own = [v for v in found.statements if v.type is PolicyType.IDENTITY and v.statement.effect == "Allow"]
    return any(v.matched is not False for v in own)


def _naming(action: Element) -> _Test:
    test = _test(action.values)
    return (lambda name: test(name) is not True) if action.negated else test


def _about(resource: Element | None) -> _Test:
    if resource is None or resource.negated or "*" in resource.values:
        return lambda _: True
    return fused(resource.values) if resource.values else lambda _: False


def _test(values: Iterable[str]) -> _Test:
    written = tuple(dict.fromkeys(value.lower() for value in values))
    return fused(written) if written else lambda _: False


def _resources(statements: Iterable[Statement]) -> Iterator[str]:
    for statement in statements:
        yield from statement.resource.values if statement.resource is not None else ()


@cache
def _forms(action: str, kind: str) -> tuple[str, ...]:
    """ARN patterns of the reference for the types that the action takes."""
    known = actions.action(action)
    if known is None:
        return ()
    types = actions.resource_types(known.service) or {}
    return tuple(types[each] for each in known.resource_types if each in types and kind in ("", each))


_HOLES = re.compile(r"\$\{[^}]*\}")


@cache
def _shape(form: str) -> Callable[[str], object]:
    parts = [".*".join(re.escape(part) for part in _HOLES.split(field)) for field in form.split(":", 5)]
    return re.compile(":".join(parts), re.DOTALL).fullmatch


def _filled(form: str, region: str, account: str) -> str:
    fields = form.split(":", 5)
    resource = _HOLES.sub(ANY, fields[5])
    return ":".join(["arn", "aws", fields[2], region if fields[3] else "", account if fields[4] else "", resource])
