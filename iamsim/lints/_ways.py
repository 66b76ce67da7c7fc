"""The paths of the catalogue that a holder can go, each step answered by the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from iamsim.drafts.world import Holder, World, stranger
from iamsim.lints._escalations import Path, Step, catalogue, of_family
from iamsim.lints._powers import Answer, Powers, faces, powers, with_policies
from iamsim.lints._strength import administrator, rules_principals, stronger
from iamsim.model.account import Account, Role, User
from iamsim.model.arn import is_aws_managed

_PRINCIPALS = frozenset({"a:role", "a:user", "a:group", "a:policy", "a:oidc-provider", "a:saml-provider"})


@dataclass(frozen=True, slots=True)
class Way:
    """
    A path that is open, with the answers of its steps.

    `broad`: whoever goes it gets about anything; else only what `gain` says, or what the policies that name the
    target mean by it. `target` is an ARN where what was loaded tells which.
    """

    path: Path
    answers: tuple[Answer, ...]
    broad: bool
    target: str = ""
    gain: str = ""

    @property
    def sure(self) -> bool:
        """Whether nothing is left open."""
        return all(each.sure for each in self.answers) and not self.path.weak

    def __str__(self) -> str:
        steps = ", ".join(str(each) for each in self.answers)
        gain = f"; {self.gain}" if self.gain else ""
        weak = f"; {self.path.weak}" if self.path.weak else ""
        return f"{self.path.id}: {steps}{gain}{weak}"


@dataclass(frozen=True, slots=True)
class Goal:
    """What the words of a path stand for in what was loaded: resources by word, and who is meant."""

    resources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    target: str = ""
    powers: Powers | None = None
    needs: bool = True


def ways(holder: Holder, family: str) -> tuple[Way, ...]:
    """The open paths of one family, one way for each, those to more first; none for an administrator."""
    asked = faces(holder)
    open_ = [path for path in of_family(family) if _named(path, asked[0])]
    if not open_ or administrator(asked[0]):
        return ()
    found = [way for path in open_ if (way := _way(path, holder, asked)) is not None]
    return tuple(sorted(found, key=lambda way: (not way.broad, bool(way.path.weak), not way.sure)))


# ---------------------------------------------------------------- helpers


def _named(path: Path, asked: Powers) -> bool:
    """Whether the holder's policies name an action of each step; a role's own trust can be enough to assume it."""
    return all(
        any(asked.names(action) for action in step.actions)
        or ("sts:AssumeRole" in step.actions and not asked.holder.world.alone)
        for step in path.steps
    )


def _way(path: Path, holder: Holder, asked: tuple[Powers, ...]) -> Way | None:
    best: Way | None = None
    if holder.world.alone:
        for each in asked if _for_user(path) or _about_users(holder) else asked[:1]:
            found = _alone(path, each)
            if found is not None and (best is None or found.broad > best.broad):
                best = found
        return best
    # Those that are as good as administrators first: what is found of them is the most that there is.
    for goal in sorted(_goals(path, holder), key=lambda each: each.powers is None or not rules_principals(each.powers)):
        best = _loaded(path, asked[0], goal)
        if best is not None:
            return best
    return None


def _for_user(path: Path) -> bool:
    return path.caller == "user" or bool({"self:user", "self:group"} & path.kinds)


def _about_users(holder: Holder) -> bool:
    found: bool | None = holder.__dict__.get("_about_users")
    if found is None:
        written = (str(s).lower() for policy in holder.policies() for s in policy.statements)
        found = holder.__dict__["_about_users"] = any("aws:user" in each for each in written)
    return found


def _alone(path: Path, asked: Powers) -> Way | None:
    """The way of a policy that stands alone: on any target, else on one that the policy names."""
    own = asked.holder.arn
    kind = "user" if ":user/" in own else "role"
    if ("self:role" in path.kinds and kind == "user") or (_for_user(path) and kind == "role"):
        return None
    if path.needs == "deny" and not _denies(asked):
        return None
    found = _steps(path, asked, {f"self:{kind}": (own,)}, alone=True)
    if found is None:
        return None
    targets = [a for step, a in zip(path.steps, found, strict=True) if step.on[:2] in ("a:", "se") or _unbound(path)]
    return Way(path, found, all(each.anywhere for each in targets))


def _unbound(path: Path) -> bool:
    """Whether no step says what it is on: then each counts as one on a target."""
    return not any(step.on[:2] in ("a:", "se") for step in path.steps)


def _loaded(path: Path, asked: Powers, goal: Goal) -> Way | None:
    """The way to one goal among what was loaded, where the goal is worth it."""
    if not goal.needs:
        return None
    found = _steps(path, asked, goal.resources, alone=False)
    if found is None:
        return None
    if path.unlimited:
        return Way(path, found, broad=True, target=goal.target)
    if goal.powers is None:
        return Way(path, found, all(each.anywhere for each in found), goal.target)
    if rules_principals(goal.powers):
        gain = f"{_label(goal.target)} may change every principal"
        return Way(path, found, not rules_principals(asked), goal.target, gain)
    more = stronger(goal.powers, asked)
    return None if more is None else Way(path, found, broad=False, target=goal.target, gain=f"then it may {more}")


def _steps(
    path: Path, asked: Powers, given: Mapping[str, tuple[str, ...]], *, alone: bool
) -> tuple[Answer, ...] | None:
    """An answer for each step, those with one word about one resource; None where one is missing."""
    found: dict[Step, Answer] = {}
    for word in dict.fromkeys(step.on for step in path.steps):
        steps = [step for step in path.steps if step.on == word]
        if not word:
            for step in steps:
                answer = _free(path, step, asked)
                if answer is None:
                    return None
                found[step] = answer
            continue
        answers = _bound(path, steps, asked, given.get(word), alone=alone)
        if answers is None:
            return None
        found.update(zip(steps, answers, strict=True))
    return tuple(found[step] for step in path.steps)


def _free(path: Path, step: Step, asked: Powers) -> Answer | None:
    for action in step.actions:
        sends, lacks = _sent(path, action, asked)
        groups = catalogue().types.get(action)
        if groups is None:
            answer = asked.somewhere(action, "", sends, lacks)
        else:
            answer = _of_every(asked, action, groups, sends, lacks)
        if answer is not None:
            return answer
    return None


def _of_every(
    asked: Powers, action: str, groups: tuple[tuple[str, ...], ...], sends: Mapping[str, str], lacks: tuple[str, ...]
) -> Answer | None:
    """The least of the answers for resource types that are asked for at once."""
    found = []
    for kinds in groups:
        answers = [a for kind in kinds if (a := asked.somewhere(action, kind, sends, lacks)) is not None]
        if not answers:
            return None
        found.append(max(answers, key=lambda each: (each.anywhere, each.sure)))
    return min(found, key=lambda each: (each.anywhere, each.sure))


def _bound(
    path: Path, steps: list[Step], asked: Powers, given: tuple[str, ...] | None, *, alone: bool
) -> tuple[Answer, ...] | None:
    """Answers of several steps about one resource: one of `given`, else any of its kind, else one that a policy names."""
    for resource, anywhere in _candidates(steps, asked, given, alone=alone):
        found = []
        for step in steps:
            answer = _on(path, step, asked, resource, anywhere=anywhere)
            if answer is None:
                break
            found.append(answer)
        else:
            return tuple(found)
    return None


def _on(path: Path, step: Step, asked: Powers, resource: str, *, anywhere: bool) -> Answer | None:
    for action in step.actions:
        if asked.names(action) or (action == "sts:AssumeRole" and not asked.holder.world.alone):
            sends, lacks = _sent(path, action, asked)
            answer = asked.ask(action, resource, sends, lacks, anywhere=anywhere)
            if answer is not None:
                return answer
    return None


def _candidates(
    steps: list[Step], asked: Powers, given: tuple[str, ...] | None, *, alone: bool
) -> Iterator[tuple[str, bool]]:
    kind = steps[0].kind
    tried = [(action, kind) for step in steps for action in step.actions if asked.names(action)]
    found: dict[str, bool] = dict.fromkeys(given or (), True)
    if given is None:
        for action, each in tried:
            found.update(dict.fromkeys(asked.strangers(action, each), True))
    if given is None or alone:
        for action, each in tried:
            for resource in asked.examples(action, each):
                if resource != asked.holder.arn:
                    found.setdefault(resource, False)
    yield from found.items()


def _sent(path: Path, action: str, asked: Powers) -> tuple[dict[str, str], tuple[str, ...]]:
    sends = catalogue().sends.get(action, {})
    filled = {key: value.replace("{service}", path.service) for key, value in sends.items()}
    return filled, catalogue().lacks.get(action, ()) if asked else ()


def _denies(asked: Powers) -> bool:
    return any(s.effect == "Deny" for policy in asked.holder.policies() for s in policy.statements)


def _label(arn: str) -> str:
    return arn.split(":", 5)[-1].replace("/", " ", 1)


# ---------------------------------------------------------------- what was loaded


def _goals(path: Path, holder: Holder) -> Iterator[Goal]:
    """What the path can be about in the holder's account."""
    account = holder.world.organization.accounts[holder.account]
    kinds = path.kinds
    if any(kind.startswith("self:") for kind in kinds):
        yield from _own(path, holder, account)
    elif "a:role" in kinds:
        yield from _roles(path, holder, account)
    elif "a:user" in kinds:
        for arn in sorted(account.users):
            if arn != holder.arn:
                yield Goal({"a:user": (arn,)}, arn, _of(holder.world, arn))
    elif "a:group" in kinds:
        yield from _groups(path, holder, account)
    elif kinds & {"a:oidc-provider", "a:saml-provider"}:
        yield from _providers(next(iter(kinds & _PRINCIPALS)), holder, account)
    elif path.service:
        for role in _trusting(path, holder.world, account):
            if role.arn != holder.arn:
                yield Goal({}, role.arn, _of(holder.world, role.arn))
    else:
        yield Goal()


def _own(path: Path, holder: Holder, account: Account) -> Iterator[Goal]:
    entity = holder.entity
    needs = {
        "": True,
        "boundary": entity.boundary_arn is not None or entity.boundary is not None,
        "deny": _denies(powers(holder)),
    }[path.needs]
    attached = tuple(p.arn for p in holder.policies() if p.arn is not None and not is_aws_managed(p.arn))
    own: dict[str, tuple[str, ...]] = {
        "self:policy": attached,
        "self:user": (entity.arn,) if isinstance(entity, User) else (),
        "self:role": (entity.arn,) if isinstance(entity, Role) else (),
        "self:group": entity.groups if isinstance(entity, User) else (),
    }
    del account
    yield Goal(own, holder.arn, needs=needs)


def _roles(path: Path, holder: Holder, account: Account) -> Iterator[Goal]:
    roles = _trusting(path, holder.world, account) if path.service else sorted(account.roles.values(), key=_arn)
    for role in roles:
        if role.arn == holder.arn or _service_linked(role):
            continue
        attached = tuple(p.arn for p in role.policies if p.arn is not None and not is_aws_managed(p.arn))
        needs = path.needs != "boundary" or role.boundary_arn is not None or role.boundary is not None
        yield Goal({"a:role": (role.arn,), "a:policy": attached}, role.arn, _of(holder.world, role.arn), needs)


def _groups(path: Path, holder: Holder, account: Account) -> Iterator[Goal]:
    if path.caller == "user" and not isinstance(holder.entity, User):
        return
    member = holder.entity.groups if isinstance(holder.entity, User) else ()
    for arn, group in sorted(account.groups.items()):
        if arn not in member and arn.rpartition("/")[2] not in member:
            yield Goal({"a:group": (arn,)}, arn, with_policies(group.policies))


def _providers(word: str, holder: Holder, account: Account) -> Iterator[Goal]:
    for role in sorted(account.roles.values(), key=_arn):
        for statement in role.trust.statements if role.trust is not None else ():
            named = statement.principal.federated if statement.principal is not None else ()
            found = tuple(each for each in named if f":{word.removeprefix('a:')}/" in each)
            if found and statement.effect == "Allow":
                yield Goal({word: found}, role.arn, _of(holder.world, role.arn))


def _trusting(path: Path, world: World, account: Account) -> tuple[Role, ...]:
    """The roles of the account that let the path's service in, by the engine."""
    known = world.__dict__.setdefault("_trusting", {})
    key = account.id, path.service, path.source_arn
    if key not in known:
        roles = sorted(account.roles.values(), key=_arn)
        known[key] = tuple(role for role in roles if not _service_linked(role) and _trusts(path, world, role, account))
    found: tuple[Role, ...] = known[key]
    return found


def _trusts(path: Path, world: World, role: Role, account: Account) -> bool:
    statements = role.trust.statements if role.trust is not None else ()
    allows = [s.principal for s in statements if s.effect == "Allow" and s.principal is not None]
    if path.federated:
        return any(path.service in each.federated for each in allows)
    if not any(each.anyone or each.negated or path.service in each.service for each in allows):
        return False
    values = {"aws:sourceaccount": account.id}
    if path.source_arn:
        values["aws:sourcearn"] = path.source_arn.format(account=account.id)
    return not world.explain(stranger(path.service), "sts:AssumeRole", role.arn, values=values).denied


def _of(world: World, arn: str) -> Powers | None:
    """The powers of a loaded principal, made once."""
    known = world.__dict__.setdefault("_powers", {})
    if not known:
        known.update({holder.arn: powers(holder) for holder in world.holders})
    found: Powers | None = known.get(arn)
    return found


def _service_linked(role: Role) -> bool:
    return ":role/aws-service-role/" in role.arn


def _arn(entity: Role) -> str:
    return entity.arn
