"""What an expression of a server's source may stand for, as far as its needs depend on it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import EllipsisType

from iamsim.tools.infer.conditions_said import Condition

WIDEST = 24
"""An expression that may stand for more things than this stands for anything (functions and clients are kept)."""

LONGEST = 2048
"""A text longer than this many characters is not followed."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything."""


@dataclass(frozen=True, slots=True)
class Later:
    """What a name has from an earlier round of a loop: anything that the loop gives it, which is followed for itself."""


@dataclass(frozen=True, slots=True)
class Const:
    """A literal; `kind` is its type's name, so that 1 and True are two values."""

    value: str | bytes | int | float | bool | EllipsisType | None
    kind: str


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument of the tool, or with dots something inside of it; `flag`: it is declared as a bool."""

    name: str
    flag: bool = False


@dataclass(frozen=True, slots=True)
class Args:
    """All arguments of the tool, by name, as a low-level server's handler gets them."""


@dataclass(frozen=True, slots=True)
class Env:
    """
    A setting of the server: a variable of its environment or, `option`, of its command line.

    `default` where the source gives one; `flag`: it is on or off.
    """

    name: str
    default: str | None = None
    flag: bool = False
    option: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """An argument or a setting in other letters: it says the same in a test, and is another text."""

    of: Arg | Env


@dataclass(frozen=True, slots=True)
class Clamped:
    """A number that an argument or a setting gives, within bounds."""

    of: Arg | Env
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of the caller's token."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of the caller's token."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """Texts and values one after the other: an f-string, a concatenation."""

    parts: tuple[str | Value, ...]


@dataclass(frozen=True, slots=True)
class Seq:
    """A tuple: values at known places; `names` where they have names as well."""

    items: tuple[Value, ...]
    names: tuple[str, ...] = ()
    weight: int = field(default=1, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Values in values would be walked over without end: one that holds too many is one of unknown items."""
        if _weighed(self, self.items):
            object.__setattr__(self, "items", tuple(UNKNOWN for _ in self.items))


@dataclass(frozen=True, slots=True)
class Iter:
    """Something to walk over, each item being `item`; `manager`: to be entered with `with` instead."""

    item: Value
    manager: bool = False
    weight: int = field(default=1, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """As of `Seq`."""
        if _weighed(self, (self.item,)):
            object.__setattr__(self, "item", UNKNOWN)


@dataclass(frozen=True, slots=True)
class Obj:
    """An object on the heap: `kind` is `dict`, `list`, a class's id, or the dotted name of what made it outside of the source."""

    kind: str
    key: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the source."""

    name: str


@dataclass(frozen=True, slots=True)
class Outside:
    """Something of a library: `boto3.client`."""

    name: str


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a value that is no object of the source: of a text, a dict, a server, a client."""

    of: Value
    name: str


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the source."""

    id: int


@dataclass(frozen=True, slots=True)
class Func:
    """A function of the source; `frame` is the identity of what it closes over, `bound` the self of a method."""

    id: int
    frame: int
    bound: Value | None = None


@dataclass(frozen=True, slots=True)
class Property:
    """A function that an attribute's being read calls."""

    func: Value


@dataclass(frozen=True, slots=True)
class Static:
    """A function in a class that gets no self, or (`owner`) the class."""

    func: Value
    owner: bool = False


@dataclass(frozen=True, slots=True)
class Managed:
    """A generator function under contextlib.contextmanager: called, it is entered."""

    func: Value


@dataclass(frozen=True, slots=True)
class Partial:
    """A function with some of its arguments already given."""

    func: Value
    args: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]
    weight: int = field(default=1, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """As of `Seq`."""
        if _weighed(self, (self.func, *self.args, *(value for _, value in self.keywords))):
            object.__setattr__(self, "args", tuple(UNKNOWN for _ in self.args))
            object.__setattr__(self, "keywords", tuple((name, UNKNOWN) for name, _ in self.keywords))


@dataclass(frozen=True, slots=True)
class Super:
    """What `super()` gives in a method of the class `after`."""

    after: int
    bound: Value


@dataclass(frozen=True, slots=True)
class Guarded:
    """A value that stands for something only under a condition; one of the options of an `Either`, and nowhere else."""

    value: Value
    condition: Condition
    weight: int = field(default=1, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """As of `Seq`."""
        if _weighed(self, (self.value,)):
            object.__setattr__(self, "value", UNKNOWN)


@dataclass(frozen=True, slots=True)
class Either:
    """One of several values."""

    options: tuple[Value, ...]
    weight: int = field(default=1, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """As of `Seq`; functions and clients are kept."""
        if _weighed(self, self.options):
            light = [each for each in self.options if getattr(each, "weight", 1) == 1]
            object.__setattr__(self, "options", (UNKNOWN, *light))


# ---------------------------------------------------------------- of the SDK


@dataclass(frozen=True, slots=True)
class Signed:
    """
    Whose credentials: `server`, `role`, `brokered` or `unsigned`; `why` says in words what is not known of them.

    `role` is what the source says of the role that was assumed; `call` tells one AssumeRole call from another.
    """

    who: str
    why: str = ""
    call: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A session, or a bare set of credentials; `key` tells one session from another, 0 for what is no session."""

    signed: Signed
    key: int = 0


@dataclass(frozen=True, slots=True)
class Client:
    """An SDK client; `service` is empty where the source chooses it at run time."""

    service: str
    signed: Signed


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of a client, not yet called; `how`: a paginator or a waiter of it."""

    client: Client
    name: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """An object of boto3's resource layer: its type (empty: the service itself) and the values of its identifiers."""

    service: str
    type: str
    signed: Signed
    identifiers: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter of the call that lists a collection; `maybe`: it is not sent each time."""

    name: str
    value: Value
    maybe: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of resources, of the resource `of`."""

    of: Resource
    name: str
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What an API call answered, or with `path` something inside of it; `call` tells one AssumeRole call from another."""

    operation: str
    path: tuple[str, ...] = ()
    call: int = 0


@dataclass(frozen=True, slots=True)
class Signer:
    """Something that signs HTTP requests for a service."""

    service: str
    signed: Signed


@dataclass(frozen=True, slots=True)
class Http:
    """A client of the OpenSearch API, or a part of it such as `indices`."""

    signers: tuple[Value, ...]
    part: str = ""


@dataclass(frozen=True, slots=True)
class Registry:
    """An MCP server object: `key` is the place that made it, `low` whether it is of the low-level SDK."""

    key: int
    low: bool = False


@dataclass(frozen=True, slots=True)
class Registering:
    """What `server.tool(…)` gives: called with a function, it registers that as a tool."""

    registry: Registry
    kind: str
    names: Value
    description: Value


@dataclass(frozen=True, slots=True)
class Ctx:
    """The context that an MCP SDK passes to a tool."""

    registry: Registry | None
    path: str = ""


Value = (
    Unknown | Later | Const | Arg | Args | Env | Changed | Clamped | Claims | Claim | Text | Seq | Iter | Obj | Module | Outside | Method | Class
    | Func | Property | Static | Managed | Partial | Super | Either | Guarded | Signed | Session | Client | Operation | Resource
    | Collection | Answer | Signer | Http | Registry | Registering | Ctx
)  # fmt: skip

UNKNOWN, LATER = Unknown(), Later()

HEAVIEST = 2000
"""A value that holds more values than this, however deep, is no longer told apart from others."""


def _weighed(value: Seq | Iter | Partial | Guarded | Either, parts: tuple[Value, ...]) -> bool:
    """Notes how many values a value holds, those inside of them counted each time; whether they are too many."""
    weight = 1 + sum(getattr(part, "weight", 1) for part in parts)
    object.__setattr__(value, "weight", min(weight, 1) if weight > HEAVIEST else weight)
    return weight > HEAVIEST


NONE = Const(None, "NoneType")
TRUE, FALSE = Const(value=True, kind="bool"), Const(value=False, kind="bool")
SERVER = Signed("server")

_KEPT = (
    Obj,
    Class,
    Func,
    Property,
    Static,
    Managed,
    Partial,
    Session,
    Client,
    Operation,
    Resource,
    Collection,
    Signer,
    Http,
    Registry,
)


def const(value: object) -> Value:
    """The literal `value`; UNKNOWN for what is none, and for a text that is too long."""
    if isinstance(value, (str, bytes)) and len(value) > LONGEST:
        return UNKNOWN
    if value is None or value is ... or isinstance(value, (str, bytes, int, float, bool)):
        return Const(value, type(value).__name__)
    return UNKNOWN


def options(value: Value) -> tuple[Value, ...]:
    """The values that `value` may be, one by one, whatever the conditions."""
    if isinstance(value, Either):
        return tuple(dict.fromkeys(each.value if isinstance(each, Guarded) else each for each in value.options))
    return (value.value,) if isinstance(value, Guarded) else (value,)


def ways(value: Value) -> tuple[tuple[Condition | None, Value], ...]:
    """The values that `value` may be, each with the condition under which it is; None for none that is known."""
    listed = value.options if isinstance(value, Either) else (value,)
    return tuple((each.condition, each.value) if isinstance(each, Guarded) else (None, each) for each in listed)


def guarded(condition: Condition, value: Value) -> Value:
    """`value` where the condition holds; where it says nothing that a manifest could say, `value` itself."""
    if not condition.exact or not condition.when:
        return value
    found: list[Value] = []
    for inner, option in ways(value):
        both = condition if inner is None or inner == condition else inner.and_(condition)
        found.append(Guarded(option, both) if both is not None else option)
    return Either(tuple(found))


def join(*values: Value) -> Value:
    """Any of `values`."""
    first = values[0]
    if all(value is first or value == first for value in values[1:]):
        return first
    found = dict.fromkeys(
        option for value in values for option in (value.options if isinstance(value, Either) else (value,))
    )
    bare = {option for option in found if not isinstance(option, Guarded)}
    if len(bare) < len(found):
        # What is possible on any condition needs none.
        found = dict.fromkeys(
            option
            for option in found
            if not (isinstance(option, Guarded) and option.value in bare and option.value not in (TRUE, FALSE))
        )
    if len(found) > WIDEST:
        kept = [each for each in found if isinstance(each.value if isinstance(each, Guarded) else each, _KEPT)][
            : 4 * WIDEST
        ]
        found = dict.fromkeys([UNKNOWN, *kept])
    if len(found) == 1:
        only = next(iter(found))
        return only.value if isinstance(only, Guarded) else only
    return Either(tuple(found))


def joined(values: Iterable[Value]) -> Value:
    """Any of `values`; UNKNOWN if there are none."""
    listed = tuple(values)
    return join(*listed) if listed else UNKNOWN


def text(value: Value) -> str | None:
    """The text that `value` is; None for anything else, and for one of several."""
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else None


def texts(value: Value) -> tuple[str, ...] | None:
    """The texts that `value` may be; None when it may be anything else."""
    found = tuple(text(option) for option in options(value) if option != NONE)
    return None if not found or None in found else tuple(each for each in found if each is not None)


def concatenated(values: Iterable[str | Value]) -> Value:
    """The text of `values` one after the other: literals run together, a text of texts is flat."""
    parts: list[str | Value] = []
    for value in values:
        for part in _pieces(value):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
            if isinstance(parts[-1] if parts else "", str) and parts and len(parts[-1]) > LONGEST:  # type: ignore[arg-type]
                return UNKNOWN
    if not parts:
        return const("")
    if len(parts) > WIDEST:
        return UNKNOWN
    if len(parts) == 1:
        return const(parts[0]) if isinstance(parts[0], str) else parts[0]
    return Text(tuple(parts))


def _pieces(value: str | Value) -> Iterator[str | Value]:
    match value:
        case str():
            yield value
        case Text(parts=parts):
            yield from parts
        case Const(value=inner) if isinstance(inner, (str, int)) and not isinstance(inner, bool):
            yield str(inner)
        case Arg() | Env() | Claim() | Outside(name="time.time()"):
            yield value
        case Either() | Guarded():
            several = options(value)
            # One of several texts: the one that is told by argument or setting stands for all, else a hole.
            told = [each for each in several if isinstance(each, (Arg, Env, Claim))]
            yield told[0] if len(told) == 1 and all(each == NONE or each in told for each in several) else UNKNOWN
        case _:
            yield UNKNOWN


@dataclass(slots=True)
class Function:
    """A function's source: `owner` is the class that it is defined in, `module` the module's name."""

    id: int
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: str
    owner: int | None = None
    generator: bool = False

    @property
    def name(self) -> str:
        """Its name; a lambda has none."""
        return "lambda" if isinstance(self.node, ast.Lambda) else self.node.name


@dataclass(slots=True)
class ClassInfo:
    """A class's source with its members once it was run; `bases` as written, `fields` those that its annotations declare."""

    id: int
    node: ast.ClassDef
    module: str
    bases: tuple[Value, ...] = ()
    members: dict[str, Value] = field(default_factory=dict)
    fields: dict[str, Value | None] = field(default_factory=dict)
    setters: dict[str, tuple[str, ...]] = field(default_factory=dict)
