"""What an expression of a server's source may stand for, as far as its needs depend on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import EllipsisType

from iamsim.tools.infer.saying import Condition
from iamsim.tools.infer.sdk_values import (
    Answer,
    Client,
    Collection,
    Ctx,
    Http,
    Operation,
    Registering,
    Registry,
    Resource,
    Session,
    Signed,
    Signer,
)

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


def const(value: object) -> Value:
    """The literal `value`; UNKNOWN for what is none, and for a text that is too long."""
    if isinstance(value, (str, bytes)) and len(value) > LONGEST:
        return UNKNOWN
    if value is None or value is ... or isinstance(value, (str, bytes, int, float, bool)):
        return Const(value, type(value).__name__)
    return UNKNOWN
