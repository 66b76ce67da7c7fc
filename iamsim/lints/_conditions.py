"""The lines of Condition blocks, read and answered by the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import cast

from iamsim import plugins
from iamsim.catalog import actions, condition_keys
from iamsim.drafts import Draft, Part, Test
from iamsim.engine import operators as operators_package
from iamsim.engine.actions import naming
from iamsim.engine.conditions import Quantifier, Reading, compiled, reading
from iamsim.engine.operators import Operator, operators
from iamsim.engine.operators.ip import within
from iamsim.jsontext import clipped
from iamsim.model.finding import Severity
from iamsim.model.policy import Condition, Element
from iamsim.model.principal import ANONYMOUS, HOLE
from iamsim.model.request import Context, Request

LONGEST = 300
"""Characters of a key or value that is compared with others; AWS has none so long that it could be mistaken for another."""

OF_THE_CALLER = frozenset(
    {
        condition_keys.Presence.SIGNED,
        condition_keys.Presence.IAM_USER,
        condition_keys.Presence.ORGANIZATION,
        condition_keys.Presence.PRINCIPAL_TAGS,
        condition_keys.Presence.FEDERATED,
        condition_keys.Presence.SOURCE_IDENTITY,
        condition_keys.Presence.SERVICE_PRINCIPAL,
        condition_keys.Presence.PUBLIC_ENDPOINT,
        condition_keys.Presence.VPC_ENDPOINT,
    }
)
"""When the global keys are sent that say who calls, and from where."""


@dataclass(eq=False)
class Block:
    """What the lines of one Condition block have in common, found out once: a hostile block has thousands."""

    part: Part
    lines: list[Line] = field(default_factory=list)

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys, in lower case."""
        return frozenset(line.key for line in self.lines)

    @cached_property
    def demanded(self) -> frozenset[str]:
        """The keys that a request must have to meet the block; `aws:tagkeys` is there whenever a tag is passed."""
        found = {line.key for line in self.lines if demands(line)}
        tags = ("aws:tagkeys",) if any(key.startswith("aws:requesttag/") for key in found) else ()
        return frozenset({*found, *tags})

    @cached_property
    def presences(self) -> frozenset[condition_keys.Presence]:
        """When the global keys among them are sent."""
        found = (present(key) for key in self.keys)
        return frozenset(each for each in found if each is not None)

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The service principals that the statement names, `ec2.amazonaws.com`."""
        return tuple(text.value for kind, text in self.part.principals() if kind == "Service")

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """What stands in Action."""
        return tuple(dict.fromkeys(text.value for text in self.part.texts("Action")))

    @property
    def too_large(self) -> bool:
        """Whether there is more to ask of its keys and actions than of any policy that AWS stores."""
        return len(self.patterns) * len(self.lines) > _MOST_ASKED


@dataclass(frozen=True, slots=True)
class Line:
    """One operator on one key, of one statement; `variables` is whether the policy's version has them."""

    part: Part
    block: Block
    test: Test
    reading: Reading
    variables: bool

    @property
    def key(self) -> str:
        """The key in lower case, as AWS compares it."""
        return self.test.key.lower()

    @property
    def operator(self) -> Operator | None:
        """The comparison; None for Null, and for a word that AWS does not have."""
        return self.reading.operator

    @property
    def negated(self) -> bool:
        """Whether it holds where nothing matches."""
        return self.operator is not None and self.operator.negated

    @property
    def values(self) -> tuple[str, ...]:
        """What is written, as texts."""
        return tuple(text.value for text in self.test.values)

    @property
    def name(self) -> str:
        """The operator and the key, as a person calls them."""
        return f"`{clipped(self.test.operator)}` on `{clipped(self.test.key)}`"

    @property
    def subject(self) -> str:
        """What tells the line from others in the policy."""
        return f"{self.part.subject} {self.test.operator} {self.test.key}"

    def answer(self, values: Mapping[str, tuple[str, ...]], *, complete: bool = True) -> bool | None:
        """Whether the line holds for a request with these keys, lower case; what is not among them is absent, or else not known."""
        condition = Condition(self.test.operator, self.test.key, self.values)
        context = Context(values, frozenset(key for key, each in values.items() if not each), complete)
        present = {key: each for key, each in values.items() if each}
        asked = Request(ANONYMOUS, "", "*", Context(present, context.absent, complete))
        return compiled(condition, variables=self.variables).test(asked)

    @property
    def without_key(self) -> bool | None:
        """Whether it holds where the request does not have the key."""
        return self.answer({})


def lines(draft: Draft) -> Iterator[Line]:
    """Every line of every Condition block of the policy that is told in full."""
    version = draft.value.get("Version") if isinstance(draft.value, Mapping) else None
    for part in draft.statements():
        yield from lines_of(part, variables=version == "2012-10-17")


def lines_of(part: Part, *, variables: bool = True) -> Iterator[Line]:
    """Every line of the Condition block of one statement."""
    block = Block(part)
    for test in part.conditions():
        if HOLE not in test.key and not any(HOLE in text.value for text in test.values):
            block.lines.append(Line(part, block, test, reading(test.operator), variables))
    yield from block.lines


def met(part: Part, values: Mapping[str, tuple[str, ...]]) -> bool | None:
    """
    Whether the Condition block holds for a request of which this is known; None where it depends on more.

    `values` maps keys in lower case to their values, to an empty tuple where the request does not have the key.
    """
    answers = [line.answer(values, complete=False) for line in lines_of(part)]
    return False if False in answers else None if None in answers else True


def family(operator: Operator) -> str:
    """What an operator compares: string, arn, boolean, date, ip, numeric or binary."""
    return _families()[operator.name]


@cache
def _families() -> Mapping[str, str]:
    table = plugins.table(operators_package, "OPERATORS")
    return {one.name: name for name, found in table.items() for one in cast("tuple[Operator, ...]", found)}


def reads_wildcards(operator: Operator) -> bool:
    """Whether a star in a written value stands for any text."""
    return operator.prepare("a:a:a:a:a:*")("a:a:a:a:a:b") is True


def with_wildcards(operator: Operator) -> str:
    """The operator of the same family and sense that reads wildcards."""
    same = (one for one in operators().values() if family(one) == family(operator) and one.negated == operator.negated)
    return next((one.name for one in same if reads_wildcards(one)), operator.name)


def is_wild(value: str) -> bool:
    """Whether a value holds a wildcard; `${*}` and `${?}` are the characters themselves."""
    plain = value.replace("${*}", "").replace("${?}", "")
    return "*" in plain or "?" in plain


def demands(line: Line) -> bool:
    """Whether the line asks that the request has the key."""
    return line.without_key is False


def guarded(line: Line) -> bool:
    """Whether another line of the block asks that the request has the key of this one, which does not."""
    return line.key in line.block.demanded


def narrows(line: Line) -> bool:
    """Whether the line keeps access away from those whom it does not name: an Allow that asks for them, a Deny that spares them."""
    return (line.part.allows and not line.negated) or (line.part.denies and line.negated)


def never_sent(line: Line) -> tuple[str, Severity]:
    """What the statement does when the key of the line is in no request, and how bad that is."""
    holds = line.without_key
    if holds is None or not (line.part.allows or line.part.denies):
        return "", Severity.MEDIUM
    if line.part.allows:
        if holds:
            return ": the condition restricts nothing", Severity.HIGH
        return ": the statement never allows anything", Severity.MEDIUM
    if holds:
        return ": the condition spares nobody", Severity.MEDIUM
    return ": the statement never denies anything", Severity.HIGH


@lru_cache(maxsize=65536)
def kind(key: str) -> str | None:
    """The data type of a key, lower case, as the catalog tells it; None for one that it does not, or that is too long to be one."""
    prefix, colon, _ = key.partition(":")
    if not colon or len(key) > LONGEST or (prefix == "aws" and condition_keys.global_key(key) is None):
        return None
    return condition_keys.kind(key)


def multivalued(key: str) -> bool | None:
    """Whether a request can hold several values of the key; None where the catalog does not tell."""
    found = kind(key)
    return None if found is None else found.startswith("ArrayOf")


@lru_cache(maxsize=65536)
def present(key: str) -> condition_keys.Presence | None:
    """When a global key is sent; None for any other key."""
    known = condition_keys.global_key(key)
    return None if known is None else known.present


def is_family(key: str) -> bool:
    """Whether the key stands for many, one for each tag: `aws:ResourceTag` without the tag's key."""
    return "/" not in key.rstrip("/") and condition_keys.global_key(key.rstrip("/") + "/") is not None


def only_services(part: Part) -> bool:
    """Whether the statement is about service principals and nobody else."""
    found = part.principals()
    return bool(found) and "Principal" in part.value and all(kind == "Service" for kind, _ in found)


def keys_of(part: Part) -> frozenset[str]:
    """The keys of the Condition block, in lower case."""
    return frozenset(test.key.lower() for test in part.conditions())


def nearest(word: str, names: Iterable[str]) -> str:
    """The name that is written most like `word`, without regard to case; empty where none is near."""
    if len(word) > LONGEST:
        return ""
    spelled = {name.lower(): name for name in names}
    found = get_close_matches(word.lower(), spelled, 1, 0.75)
    return spelled[found[0]] if found else ""


def hints(most: int = 50) -> Callable[[str, Iterable[str]], tuple[str, ...]]:
    """What tells, as evidence, which of some names a misspelt word is like; only of the first words, since it takes a while."""
    asked = 0

    def did_you_mean(word: str, names: Iterable[str]) -> tuple[str, ...]:
        nonlocal asked
        asked += 1
        near = nearest(word, names) if asked <= most else ""
        return (f"did you mean `{near}`?",) if near else ()

    return did_you_mean


def lets_by(line: Line) -> bool:
    """Whether a value that can match nothing lets everybody by: an Allow with a negated operator, a Deny with a positive one."""
    return (line.part.allows and line.negated) or (line.part.denies and not line.negated)


def misses(line: Line) -> str:
    """What a value that can match nothing does to its statement, as the end of a sentence."""
    if line.part.allows:
        return "it keeps nobody out" if line.negated else "it lets nobody in"
    return "it spares nobody" if line.negated else "it denies nothing"


def bare(name: str) -> str:
    """An operator's name without what stands around it: the set operator in front, IfExists behind."""
    for quantifier in Quantifier:
        if quantifier.value and name.startswith(f"{quantifier.value}:"):
            name = name.removeprefix(f"{quantifier.value}:").lstrip(":")
    return name.removesuffix("IfExists")


def is_null(name: str) -> bool:
    """Whether the operator is Null, whatever stands around it."""
    return reading(bare(name)).null


def network(text: str) -> IPv4Network | IPv6Network | None:
    """The range that the engine reads in a written value; None for what it cannot read."""
    address = text.partition("/")[0]
    if within(text)(address) is not True:
        return None
    return ip_network(text, strict=False)


def names(part: Part, action: str) -> bool:
    """Whether the statement is about the action, by Action or NotAction."""
    element = "Action" if "Action" in part.value else "NotAction"
    values = tuple(text.value for text in part.texts(element))
    asked = naming(Element(values, negated=element == "NotAction"), deny=part.denies)
    return bool(values) and asked(action.lower()) is True


def sent_by(line: Line, key: str = "") -> Mapping[str, bool | None]:
    """
    For each pattern of Action whether some action that it names sends the key (the line's own); None where the catalog does not tell.

    Empty for a key that the catalog tells nothing of, for one that some services send with every action, and for more
    than any policy that AWS stores can ask.
    """
    key = _one_of_its_family(key or line.key)
    if line.block.too_large or len(key) > LONGEST or not _is_told(key):
        return {}
    return {pattern: _sent(pattern, key) for pattern in line.block.patterns}


_MOST_ASKED = 500_000
# Its actions know keys that the Service Authorization Reference does not list with them.
_UNTOLD = frozenset({"aws-marketplace"})


def _one_of_its_family(key: str) -> str:
    """The same key for every tag: which tag it is about makes no difference to who sends it."""
    head, slash, _ = key.partition("/")
    return f"{head}/x" if slash and kind(f"{head}/x") is not None else key


@lru_cache(maxsize=4096)
def _is_told(key: str) -> bool:
    """Whether the catalog tells which actions send the key: it knows it, and lists it with some action if it is of one service."""
    prefix = key.partition(":")[0]
    if kind(key) is None or prefix in _UNTOLD:
        return False
    known = condition_keys.global_key(key)
    if known is not None:
        return not known.services
    if prefix not in actions.services():
        return True
    return any(condition_keys.sends(f"{prefix}:{name}", key) for name in actions.names(prefix))


@lru_cache(maxsize=65536)
def _sent(pattern: str, key: str) -> bool | None:
    if ":" not in pattern or pattern.startswith("*"):
        return None
    told = False
    for action in actions.expand(pattern):
        answer = condition_keys.sends(action, key)
        if answer is not False:
            return answer
        told = True
    return False if told else None


def is_tag_key(key: str) -> bool:
    """Whether the key is about tags of the resource, or of the request."""
    return present(key) in (condition_keys.Presence.RESOURCE_TAGS, condition_keys.Presence.REQUEST_TAGS)


def of_those(line: Line) -> str:
    """What becomes of the actions that never send the key, as the end of a sentence."""
    holds = line.without_key
    if holds is None:
        return ""
    if line.part.allows:
        return ": so allowed without restriction" if holds else ": so never allowed"
    return ": so always denied" if holds else ": so never denied"


def wild_answers(line: Line) -> tuple[bool, bool] | None:
    """
    Whether a line with a star for every value holds without the key and with it; None for any other line.

    A key that every request has is never without.
    """
    if line.operator is None or family(line.operator) != "string" or not reads_wildcards(line.operator):
        return None
    if not any(value and not value.strip("*") for value in line.values):
        return None
    there = line.answer({line.key: ("some-value",)})
    without = there if present(line.key) is condition_keys.Presence.ALWAYS else line.without_key
    return None if there is None or without is None else (without, there)


SENSITIVE = frozenset(
    {
        "aws:principalaccount", "aws:principalorgid", "aws:resourceaccount", "aws:resourceorgid", "aws:sourceaccount",
        "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid",
    }
)  # fmt: skip
"""
Keys whose values name one account, organization or network each, by an id of which no part means anything.

Source: IAM User Guide, "AWS global condition context keys", on wildcards in sensitive condition keys.
"""

SOURCES = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})
"""The keys that say for what an AWS service calls."""

ORDINARY: Mapping[str, tuple[str, ...]] = {
    "aws:principalisawsservice": ("false",),
    "aws:principalservicename": (),
    "aws:principalservicenameslist": (),
    **dict.fromkeys(sorted(SOURCES), ()),
}
"""What is known of the request of a user or a role."""
