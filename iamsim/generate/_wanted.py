"""Every permission that the tools need, on the side that has to give it, with what is not told about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from iamsim.catalog import condition_keys
from iamsim.generate._asked import STAR, Grant, Question, Side
from iamsim.model.policy import Condition
from iamsim.model.principal import HOLE
from iamsim.model.tool import Credential, Necessity, Requirement, Tool
from iamsim.model.verdict import Decision
from iamsim.probes import Setup
from iamsim.probes.asking import Asker
from iamsim.probes.needs import Needs
from iamsim.probes.roles import Roles
from iamsim.remedies._edits import resource_pattern
from iamsim.tools import templates
from iamsim.tools.bindings import CLAIM, Bindings
from iamsim.tools.expressions import expression

SIDES: Mapping[Credential, Side] = {
    Credential.ROLE: Side.ROLE,
    Credential.BROKERED: Side.ROLE,
    Credential.SERVER: Side.SERVER,
}
"""Whose policy gives what is asked with a credential; with any other no identity policy is asked."""


@dataclass(slots=True)
class Wanted:
    """
    The permissions by side; `missing` are parameters without which no resource can be named, with the tools that need them.

    `undecided` are parameters that decide whether actions are needed, `nobody` the actions that no principal here
    can be given; each with what it is about. `defaults` are values that hold because nobody set another one, `keys` the
    KMS keys that are asked for, `named` the parameters that resources name. `brokered`: a broker hands out the role's credentials.
    """

    grants: dict[Side, list[Grant]] = field(default_factory=lambda: {side: [] for side in Side})
    missing: dict[str, set[str]] = field(default_factory=dict)
    undecided: dict[str, set[str]] = field(default_factory=dict)
    nobody: dict[str, set[str]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    brokered: bool = False


def wanted(question: Question, setup: Setup) -> Wanted:
    """What `question` asks for; `setup` is an account in which nobody has a policy, to tell what needs none."""
    reader = _Reader(question, setup)
    for tool in question.tools:
        reader.read(tool)
    return reader.found


def side_of(requirement: Requirement, question: Question) -> Side | None:
    """
    The side that gives what is needed: that of the first credential it is asked with that a policy can give something.

    None where no policy of the role or the server decides: the call carries a token, or is not signed.
    """
    for credential in requirement.credentials:
        if credential in (Credential.BEARER, Credential.NONE):
            return None
        side = SIDES.get(credential)
        if side is Side.ROLE or (side is Side.SERVER and (question.caller is not None or side not in question.sides)):
            return side
    return None


def is_open(name: str, question: Question, bindings: Bindings) -> bool:
    """Whether a parameter may be anything: by itself, or since all that its default leaves open may be."""
    seen: set[str] = set()

    def inner(base: str) -> bool:
        if base in question.anything:
            return True
        parameter = bindings.parameters.get(base)
        if base in seen or base in bindings.values or parameter is None or not parameter.default:
            return False
        seen.add(base)
        behind = [each.partition(".")[0] for each in templates.names(parameter.default)]
        open_ = [each for each in behind if any(HOLE in value for value in bindings.value(each) or (HOLE,))]
        return bool(open_) and all(map(inner, open_))

    base = name.partition(".")[0]
    return question.any_token if base == CLAIM and base not in bindings.parameters else inner(base)


# ---------------------------------------------------------------- helpers

# Each says of a page or of a signature how it is asked for, and limits nothing.
_NO_LIMIT = frozenset({"s3:max-keys", "s3:signatureversion", "aws:securetransport", "aws:useragent"})
# What aws:CalledVia says alone.
_BESIDE_CALLED_VIA = frozenset({"aws:calledviafirst", "aws:calledvialast", "aws:viaawsservice"})
_OPERATORS = {"String": "StringEquals", "ARN": "ArnEquals", "Numeric": "NumericEquals", "Bool": "Bool"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One need that may be made, and the way of several that it belongs to."""

    requirement: Requirement
    option: str | int
    needed: bool | None


@dataclass(slots=True)
class _Reader:
    """Reads needs, one after the other."""

    question: Question
    setup: Setup
    found: Wanted = field(default_factory=Wanted)
    needs: Needs = field(init=False)
    roles: Roles = field(init=False)
    free: dict[tuple[Side, str, str], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        asker = Asker(self.setup.simulator)
        self.roles = Roles(self.setup, asker)
        self.needs = Needs(self.setup, asker, self.roles)

    def read(self, tool: Tool) -> None:
        """The needs of one tool; of several ways one, which is enough."""
        asked = []
        for number, requirement in enumerate(tool.requirements):
            if requirement.necessity is Necessity.OPTIONAL and not self.question.optional:
                continue
            needed = self._needed(self.needs.bindings(tool, requirement), requirement)
            if needed is not False:
                asked.append(_Asked(requirement, requirement.option or number, needed))
        for each in _one_way(asked, self.question):
            self._one(tool, each.requirement, each.needed)

    def _one(self, tool: Tool, requirement: Requirement, needed: bool | None) -> None:  # noqa: FBT001 - one of three
        side = side_of(requirement, self.question)
        bindings = self.needs.bindings(tool, requirement)
        if side is None:
            if not {Credential.BEARER, Credential.NONE} & set(requirement.credentials):
                why = "the server has none" if Credential.SERVER in requirement.credentials else "it is not signed"
                self.found.nobody.setdefault(why, set()).add(requirement.action)
            return
        if side not in self.question.sides:
            return
        if needed is None:
            names = [name for name in bindings.unknown(requirement) if not is_open(name, self.question, bindings)]
            if names:
                for name in names:
                    self.found.undecided.setdefault(name, set()).add(requirement.action)
                return
        resources, unbound = bindings.resources(requirement)
        for name in unbound:
            if not is_open(name, self.question, bindings):
                self.found.missing.setdefault(name, set()).add(tool.name)
        self._remember(requirement, bindings)
        self.found.brokered |= requirement.credentials[0] is Credential.BROKERED
        sent, absent = bindings.context(requirement)
        conditions = tuple(self._conditions(requirement, bindings))
        for resource in resources:
            if resource.startswith("arn:") and ":kms:" in resource:
                self.found.keys.add(resource)
            if not self._is_free(side, requirement, resource, sent, absent):
                grant = Grant(requirement.action, written(resource), tool.name, conditions)
                self.found.grants[side].append(grant)

    def _needed(self, bindings: Bindings, requirement: Requirement) -> bool | None:
        """As `bindings` say; a comparison with what only a pattern is told of stays open."""
        if not requirement.when or ("==" not in requirement.when and "!=" not in requirement.when):
            return bindings.needed(requirement)
        patterns = {name for name, values in self.question.anything.items() if values}
        named = {name.partition(".")[0] for name in expression(requirement.when).names}
        if not patterns & named:
            return bindings.needed(requirement)
        values = {name: each for name, each in bindings.values.items() if name not in patterns}
        parameters = {
            name: replace(each, default=None) if name in patterns else each
            for name, each in bindings.parameters.items()
        }
        return Bindings(values, parameters, bindings.claims, bindings.whole).needed(requirement)

    def _is_free(
        self,
        side: Side,
        requirement: Requirement,
        resource: str,
        sent: Mapping[str, tuple[str, ...]],
        absent: Iterable[str],
    ) -> bool:
        """Whether AWS asks no policy for it, as for sts:GetCallerIdentity."""
        principal = self.setup.caller if side is Side.SERVER else self.roles.session
        if principal is None:
            return False
        key = side, requirement.action, resource
        if key not in self.free:
            simulator = self.setup.simulator
            values = {**self.setup.server.context, **sent}
            request = simulator.request(principal, requirement.action, resource, values=values, absent=absent)
            self.free[key] = simulator.decide(request) is Decision.ALLOWED
        return self.free[key]

    def _conditions(self, requirement: Requirement, bindings: Bindings) -> Iterator[Condition]:
        """The keys of the call whose values hold whatever a tool is asked for: no argument's default is among them."""
        told = bindings.context(requirement)[0]
        via = "aws:calledvia" in told
        for key, texts in requirement.context.items():
            low, values = key.lower(), told.get(key.lower(), ())
            fixed = all(self._is_told(name, bindings) for text in texts for name in templates.names(text))
            if not fixed or not values or any(HOLE in value or STAR in value for value in values):
                continue
            if low in _NO_LIMIT or (via and low in _BESIDE_CALLED_VIA):
                continue
            kind = condition_keys.kind(key)
            operator = _OPERATORS.get(kind or "")
            if low == "aws:calledvia":
                operator = "ForAnyValue:StringEquals"
            if operator is not None and condition_keys.sends(requirement.action, key) is not False:
                yield Condition(operator, key, tuple(value.replace("${", "${$}{") for value in values))

    def _is_told(self, name: str, bindings: Bindings) -> bool:
        base = name.partition(".")[0]
        values = bindings.values.get(base, ())
        return len(values) == 1 and STAR not in values[0] and base not in self.question.anything

    def _remember(self, requirement: Requirement, bindings: Bindings) -> None:
        """The defaults that the resources rest on."""
        for name in (name for text in requirement.resources for name in templates.names(text)):
            base = name.partition(".")[0]
            self.found.named.add(base)
            parameter = bindings.parameters.get(base)
            default = parameter.default if parameter is not None else None
            if default and base not in bindings.values and "{" not in default:
                self.found.defaults[base] = default


def written(resource: str) -> str:
    """A resource as a policy names it: a star for what may be anything, and what is told as plain text."""
    return resource_pattern(resource.replace(STAR, HOLE))


def _one_way(asked: list[_Asked], question: Question) -> Iterator[_Asked]:
    """
    The needs that a policy is to allow: of several ways the one that needs no policy, else the first that is sure to be tried.

    One way is enough, whatever becomes of the others (`any_of` of `Requirement`).
    """
    ways: dict[str, dict[str | int, list[_Asked]]] = {}
    for each in asked:
        if each.requirement.any_of:
            ways.setdefault(each.requirement.any_of, {}).setdefault(each.option, []).append(each)
    chosen = {}
    for label, options in ways.items():
        free = (name for name, needs in options.items() if all(_is_apart(each, question) for each in needs))
        sure = (name for name, needs in options.items() if all(each.needed for each in needs))
        chosen[label] = next(free, next(sure, next(iter(options))))
    yield from (each for each in asked if chosen.get(each.requirement.any_of, each.option) == each.option)


def _is_apart(asked: _Asked, question: Question) -> bool:
    """Whether no policy decides: the call carries a token, or nothing."""
    tokens = {Credential.BEARER, Credential.NONE} & set(asked.requirement.credentials)
    return bool(tokens) and side_of(asked.requirement, question) is None
