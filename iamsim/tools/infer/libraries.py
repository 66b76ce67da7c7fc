"""What the functions of libraries do, as far as a server's needs depend on it; unknown ones may call what they are given."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from iamsim.catalog import sdk
from iamsim.tools.infer import builtin
from iamsim.tools.infer.choices import joined, options, text
from iamsim.tools.infer.clients import Clients
from iamsim.tools.infer.containers import items
from iamsim.tools.infer.frames import Frame, Given
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
from iamsim.tools.infer.servers import Servers
from iamsim.tools.infer.signing import Signing
from iamsim.tools.infer.standard import KNOWN
from iamsim.tools.infer.suspicions import Suspicions
from iamsim.tools.infer.values import (
    NONE,
    UNKNOWN,
    Arg,
    Args,
    Claim,
    Claims,
    Class,
    Const,
    Env,
    Func,
    Iter,
    Later,
    Managed,
    Method,
    Module,
    Obj,
    Outside,
    Partial,
    Property,
    Seq,
    Static,
    Text,
    Value,
    const,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

_RUNNERS = {"run_in_executor": 1, "submit": 0, "map": 0, "run_sync": 0, "apply_async": 0, "start_soon": 0, "create_task": 0, "ensure_future": 0,
            "run_until_complete": 0, "call_soon": 0, "enter_context": 0, "enter_async_context": 0, "run_coroutine_threadsafe": 0}  # fmt: skip
"""Methods that call a function, or take a coroutine, whatever object they are of; the place of the function."""

_LOOKING = frozenset(
    {
        "inspect",
        "typing",
        "logging",
        "loguru",
        "warnings",
        "json",
        "re",
        "datetime",
        "abc",
        "pprint",
    }
)
"""Modules whose functions look at what they are given and call nothing of it."""

_DEEPEST = 6
"""What stands deeper in an answer is not told from what stands around it."""


class Library:
    """The functions of libraries, for one walk."""

    def __init__(self, walk: Interpreter) -> None:
        self.walk = walk
        self.sdk = Clients(walk)
        self.servers = Servers(walk)
        self.signing = Signing(walk)
        self.suspicions = Suspicions(walk)

    # ------------------------------------------------------------ attributes

    def attribute(self, value: Value, name: str, frame: Frame, node: ast.AST) -> Value:
        """What `value.name` stands for, of a value that is no object of the source."""
        match value:
            case Outside(name="argparse.Namespace()"):
                known = self.walk.command_line.get(name)
                return UNKNOWN if known is None else known
            case Outside(name=owner):
                dotted = f"{owner}.{name}"
                source = self.walk.tree.modules.get(dotted)
                if source is not None:
                    self.walk.scopes.module(dotted)
                    return Module(source.name)
                return Outside(dotted) if len(dotted) < 200 else UNKNOWN  # noqa: PLR2004
            case Session() | Client() | Operation() | Resource() | Collection():
                return self.sdk.attribute(value, name, frame, node)
            case Http():
                return Method(value, name) if not self.signing.part(value, name) else Http(value.signers, name)
            case Registry():
                return Method(value, name)
            case Ctx(registry=registry, path=path):
                if name == "lifespan_context":
                    return self.servers.lifespan(registry, frame, node)
                return (
                    Method(value, name)
                    if name not in ("request_context", "session", "fastmcp")
                    else Ctx(registry, path or name)
                )
            case Obj(kind="dict" | "list" | "set"):
                return Method(value, name)
            case Obj():
                found = self.walk.get(value, name)
                return Method(value, name) if found is None else found
            case Arg(name=owner):
                return (
                    Method(value, name)
                    if name in builtin.OF_TEXTS or not name.isidentifier()
                    else Arg(f"{owner}.{name}")
                )
            case Args():
                return Method(value, name)
            case Seq(items=listed, names=named):
                return listed[named.index(name)] if name in named else Method(value, name)
            case Const():
                return value if name == "value" else const(value.value) if name == "name" else Method(value, name)
            case Func(id=number):
                if name in ("__name__", "__qualname__"):
                    return const(self.walk.functions[self.walk.unwrapped(value).id].name)
                if name == "__module__":
                    return const(self.walk.functions[number].module)
                if name == "__doc__":
                    written = self.walk.functions[number].node
                    return NONE if isinstance(written, ast.Lambda) else const((ast.get_docstring(written) or "")[:400])
                if name in ("fn", "func", "__wrapped__", "__func__"):
                    return value
                return Method(value, name)
            case Static(func=inner) | Property(func=inner) | Managed(func=inner) | Partial(func=inner):
                return self.walk.attribute(inner, name, frame, node)
            case Answer(operation=operation, path=path, call=call):
                return (
                    Method(value, name)
                    if name in builtin.OF_DICTS or len(path) >= _DEEPEST
                    else Answer(operation, (*path, name), call)
                )
            case Method(of=Registry() as registry):
                return Method(registry, name)
            case Method(of=Http() as client, name=part):
                return Method(Http(client.signers, f"{client.part}.{part}".lstrip(".")), name)
            case Method():
                kept = self.walk.get(Obj("attributes", (value,)), name)
                return Method(value, name) if kept is None else kept
            case Claims() | Text() | Env() | Claim() | Iter() | Signer():
                return Method(value, name)
            case Later():
                return value
            case _ if name in _RUNNERS or name in ("tool", "add_tool", "client", "resource", "create_client"):
                return Method(UNKNOWN, name)
            case _:
                return UNKNOWN

    def inherited(self, obj: Obj, name: str, bases: Sequence[str]) -> Value:
        """An attribute that an object of the source has from a library's class."""
        last = {base.rpartition(".")[2] for base in bases}
        frame = Frame(0, self.walk.tree.sources[0].name)
        node = self.walk.tree.sources[0].tree
        if name == "start" and last & {"Thread", "Process", "Timer"}:
            return self.walk.objects.member(obj, "run", frame, node) or UNKNOWN
        if name in builtin.OF_DICTS and last & {"MutableMapping", "Mapping", "UserDict"}:
            own = ("__getitem__", "__iter__", "__setitem__" if name in ("update", "setdefault") else "__len__")
            found = [
                self.walk.objects.member(obj, each, frame, node)
                for each in (*own, *(("__delitem__",) if name == "pop" else ()))
            ]
            return joined(each for each in found if each is not None)
        if any(self.servers.is_server(base) for base in bases):
            return Method(self.servers.of_object(obj), name)
        return Method(UNKNOWN, name) if name in _RUNNERS or name in ("tool", "add_tool") else UNKNOWN

    # ------------------------------------------------------------ calls

    def call(self, value: Value, given: Given, frame: Frame, node: ast.AST) -> Value:
        """What calling a library's function gives."""
        match value:
            case Outside(name=dotted):
                return self._outside(_plain(dotted), given, frame, node)
            case Method(of=owner, name=name):
                return self._method(owner, name, given, frame, node)
            case Operation():
                return self.sdk.called(value, given, frame, node)
            case Registering():
                return self.servers.registering(value, given, frame, node)
            case Session() | Iter() | Answer() | Ctx() | Later():
                return value
            case _:
                self.callbacks(given, frame, node)
                return UNKNOWN

    def callbacks(self, given: Given, frame: Frame, node: ast.AST) -> Value:
        """Calls the functions among the arguments of something that is not followed: it may do so."""
        found: list[Value] = []
        for value in given.all():
            for option in options(value):
                self.suspicions.passed(option, frame, node)
                if isinstance(option, (Func, Partial)):
                    before = frame.likely
                    frame.likely = before or "a function is passed to something that is not followed, which may call it"
                    found.append(self.walk.call(option, Given(star=UNKNOWN, open=True), frame, node))
                    frame.likely = before
        return joined(found)

    def _of_a_factory(self, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """A client of a named service, from something of which it is not known whose session it is."""
        service = text(given.get(0, "service_name") or UNKNOWN)
        if service is None or service not in sdk.services():
            return self.callbacks(given, frame, node)
        self.walk.unresolved(
            "whose credentials a client has",
            f"where the session of a client of {service} comes from is not followed",
            frame,
            node,
        )
        signed = Signed("server", "where its session comes from is not followed")
        return self.sdk.method(Session(signed), "resource" if name == "resource" else "client", given, frame, node)

    def _outside(self, dotted: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        known = KNOWN.get(dotted) or KNOWN.get(
            dotted.rpartition(".")[2] if dotted.startswith(("typing.", "builtins.")) else ""
        )
        if known is not None:
            return known(self, given, frame, node)
        for part in (self.sdk, self.servers, self.signing):
            found = part.outside(dotted, given, frame, node)
            if found is not None:
                return found
        self.suspicions.own_calls(dotted, given, frame, node)
        last = dotted.rpartition(".")[2]
        if last in ("client", "resource", "create_client"):
            return self._of_a_factory(last, given, frame, node)
        if dotted.partition(".")[0] in _LOOKING and not last[:1].isupper():
            return UNKNOWN
        self.callbacks(given, frame, node)
        self.suspicions.named_alike(dotted, frame, node)
        if not last[:1].isupper() and last not in ("field", "attrib", "ib"):
            return UNKNOWN
        # A constructor: the object keeps what it was given.
        made = self.walk.allocate(dotted, frame, node, given.key)
        for number, each in enumerate(given.args):
            self.walk.set(made, str(number), each)
        for name, each in given.keywords.items():
            self.walk.set(made, name, each)
        return made

    def _method(self, owner: Value, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        match owner:
            case Registry():
                return self.servers.method(owner, name, given, frame, node)
            case Session() | Client() | Resource() | Collection():
                return self.sdk.method(owner, name, given, frame, node)
            case Http():
                return self.signing.http(owner, name, given, frame, node)
            case Signer():
                return self.signing.method(owner, name, given, frame, node)
            case Ctx() | Method() if name not in builtin.OF_DICTS:
                self.callbacks(given, frame, node)
                return UNKNOWN
            case Class(id=number):
                return self.walk.frameworks.class_method(number, name, given, frame, node)
            case _ if name in _RUNNERS and not (isinstance(owner, Obj) and owner.kind in ("dict", "list")):
                return self._runner(name, given, frame, node)
            case _ if name in ("client", "resource", "create_client"):
                return self._of_a_factory(name, given, frame, node)
            case _ if name in ("tool", "add_tool") and owner == UNKNOWN:
                return self.servers.method(Registry(0), name, given, frame, node)
            case _:
                return builtin.method(self, owner, name, given, frame, node)

    def _runner(self, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        place = _RUNNERS[name]
        if len(given.args) <= place:
            return self.callbacks(given, frame, node)
        function, rest = given.args[place], given.args[place + 1 :]
        callable_ = [
            option for option in options(function) if isinstance(option, (Func, Partial, Operation, Method, Class))
        ]
        if not callable_:
            return function if not isinstance(function, Iter) or not function.manager else function.item
        keywords = {key: each for key, each in given.keywords.items() if key not in ("limiter", "cancellable", "name")}
        if name == "map":
            rest = [joined(items(self.walk, each, frame, node) or [UNKNOWN]) for each in rest]
            return Iter(joined(self.walk.call(option, Given(rest), frame, node) for option in callable_))
        return joined(
            self.walk.call(option, Given(rest, keywords, given.star, given.maybe, given.open), frame, node)
            for option in callable_
        )

    def indexed(self, owner: Value, key: Value, frame: Frame, node: ast.AST) -> Value:
        """`owner[key]` of something of a library."""
        if isinstance(owner, Outside) and owner.name == "os.environ":
            return builtin.setting(self, Given([key]))
        if isinstance(owner, Outside) and owner.name in ("builtins.globals()", "builtins.locals()"):
            name = text(key)
            return self.walk.scopes.name(name, frame) if name is not None else UNKNOWN
        if isinstance(owner, Method) and isinstance(owner.of, Module) and owner.name == "__dict__":
            name = text(key)
            return self.walk.scopes.of_module(owner.of.name, name) if name is not None else UNKNOWN
        if isinstance(owner, Class):
            return owner
        del node
        return owner if isinstance(owner, Outside) and owner.name.rpartition(".")[2][:1].isupper() else UNKNOWN


def _plain(dotted: str) -> str:
    """A library's function under the name of the one that it stands for."""
    for before, after in (
        ("aioboto3.", "boto3."), ("aiobotocore.", "botocore."), ("boto3.session.", "boto3."), ("asyncio.threads.", "asyncio."),
        ("cachetools.func.", "functools."), ("async_lru.", "functools."),
    ):  # fmt: skip
        if dotted.startswith(before):
            return after + dotted.removeprefix(before)
    return dotted
