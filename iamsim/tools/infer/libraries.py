"""What the functions of libraries do, as far as a server's needs depend on it; unknown ones may call what they are given."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from iamsim.catalog import sdk as names
from iamsim.tools.infer import builtin
from iamsim.tools.infer.clients import Clients
from iamsim.tools.infer.conditions import Test, compared, truthy
from iamsim.tools.infer.conditions_said import Condition
from iamsim.tools.infer.expressions import items, names_of
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.servers import Servers
from iamsim.tools.infer.signing import Signing
from iamsim.tools.infer.standard import KNOWN
from iamsim.tools.infer.values import (
    NONE,
    UNKNOWN,
    Answer,
    Arg,
    Args,
    Claim,
    Claims,
    Class,
    ClassInfo,
    Client,
    Collection,
    Const,
    Ctx,
    Env,
    Func,
    Http,
    Iter,
    Later,
    Managed,
    Method,
    Module,
    Obj,
    Operation,
    Outside,
    Partial,
    Property,
    Registering,
    Registry,
    Resource,
    Seq,
    Session,
    Signed,
    Signer,
    Static,
    Text,
    Value,
    concatenated,
    const,
    joined,
    options,
    text,
)

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

Known = Callable[["Library", Given, Frame, ast.AST], Value]

_RUNNERS = {"run_in_executor": 1, "submit": 0, "map": 0, "run_sync": 0, "apply_async": 0, "start_soon": 0, "create_task": 0, "ensure_future": 0,
            "run_until_complete": 0, "call_soon": 0, "enter_context": 0, "enter_async_context": 0, "run_coroutine_threadsafe": 0}  # fmt: skip
"""Methods that call a function, or take a coroutine, whatever object they are of; the place of the function."""

_PLAIN_WORDS = frozenset(
    {
        "get",
        "put",
        "query",
        "scan",
        "search",
        "invoke",
        "delete",
        "start",
        "stop",
        "close",
        "open",
        "list",
        "send",
        "update",
        "copy",
    }
)
"""Methods of a single word that a client of anything may have."""

_OTHERS = frozenset(
    {"ctx", "context", "self", "cls", "logger", "log", "server", "mcp", "app", "parser", "path", "session_manager"}
)
"""Names of things that have methods of several words and are no clients."""

_KNOWN_PACKAGES = frozenset({
    "boto3", "botocore", "aioboto3", "aiobotocore", "mcp", "fastmcp", "pydantic", "loguru", "typer", "click", "starlette", "uvicorn", "fastapi",
    "opensearchpy", "requests_aws4auth", "aws_lambda_powertools", "structlog", "rich", "yaml", "jwt", "httpx", "requests", "aiohttp", "anyio",
})  # fmt: skip
"""Packages that are followed where they matter, or make no AWS call."""

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

_AWS = (Session, Client, Resource, Collection, Http, Signer, Operation)
_HARMLESS = frozenset({
    "print", "isinstance", "issubclass", "hasattr", "len", "bool", "id", "type", "str", "repr", "hash", "debug", "info", "warning", "error",
    "exception", "log", "append", "add", "put", "set", "close", "aclose", "setdefault", "cache_clear", "SimpleNamespace", "Config", "field", "Field",
    "enter_context", "enter_async_context", "push", "namedtuple", "partial", "run", "cast",
})  # fmt: skip
"""Functions that make no call with what they are given."""

_DEEPEST = 6
"""What stands deeper in an answer is not told from what stands around it."""

_OWN_CALLS = tuple(f"{name}." for name in (
    "amazon_kclpy", "awscrt", "awswrangler", "botocove", "chalice", "cloudpathlib", "daft", "dask", "deltalake", "duckdb", "fsspec", "langchain_aws",
    "mlflow", "pyarrow.dataset", "pyarrow.fs", "pyathena", "pyiceberg", "pynamodb", "quilt3", "redshift_connector", "s3fs", "s3pathlib", "sagemaker",
    "smart_open", "snowflake", "strands", "zarr", "aws_lambda_powertools.utilities.parameters", "opensearchpy.helpers", "opensearchpy.Search",
))  # fmt: skip
"""Libraries that make AWS calls of their own, which are not followed."""


class Library:
    """The functions of libraries, for one walk."""

    def __init__(self, walk: Interpreter) -> None:
        self.walk = walk
        self.sdk = Clients(walk)
        self.servers = Servers(walk)
        self.signing = Signing(walk)

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
                    self.walk.module(dotted)
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

    def from_environment(self, name: str, value: Value | None) -> Value:
        """A field of pydantic's settings: a variable of the environment, with the declared default."""
        told = value.value if isinstance(value, Const) else None
        shown = ("true" if told else "false") if isinstance(told, bool) else told if isinstance(told, str) else None
        variable = name.upper()
        self.walk.settings.setdefault(variable, shown)
        return Env(variable, shown, flag=isinstance(told, bool))

    def inherited(self, obj: Obj, name: str, bases: Sequence[str]) -> Value:
        """An attribute that an object of the source has from a library's class."""
        last = {base.rpartition(".")[2] for base in bases}
        frame = Frame(0, self.walk.tree.sources[0].name)
        node = self.walk.tree.sources[0].tree
        if name == "start" and last & {"Thread", "Process", "Timer"}:
            return self.walk.member(obj, "run", frame, node) or UNKNOWN
        if name in builtin.OF_DICTS and last & {"MutableMapping", "Mapping", "UserDict"}:
            own = ("__getitem__", "__iter__", "__setitem__" if name in ("update", "setdefault") else "__len__")
            found = [
                self.walk.member(obj, each, frame, node)
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
                if isinstance(option, _AWS):
                    self._handed_on(frame, node)
                if isinstance(option, Registry) and not isinstance(node, ast.ClassDef):
                    site = self.walk.site(node, frame)
                    self.walk.unnamed.setdefault(
                        site, "a server is handed to code that is not followed, which may register tools"
                    )
                if isinstance(option, Outside) and option.name == "botocore.handlers.disable_signing":
                    what = "whose credentials a client has"
                    self.walk.unresolved(what, "its requests are changed by an event handler", frame, node)
                if isinstance(option, (Func, Partial)):
                    before = frame.likely
                    frame.likely = before or "a function is passed to something that is not followed, which may call it"
                    found.append(self.walk.call(option, Given(star=UNKNOWN, open=True), frame, node))
                    frame.likely = before
        return joined(found)

    def _handed_on(self, frame: Frame, node: ast.AST) -> None:
        """A client, a session or keys go to code that is not followed, and that may call with them whatever it likes."""
        written = ".".join(names_of(node.func)) if isinstance(node, ast.Call) else ""
        last = written.rpartition(".")[2]
        if last not in _HARMLESS and not written.startswith(("log", "self.log", "_log", "typing.")):
            what = f"what `{written or 'some code'}` does with an AWS client or credentials"
            self.walk.unresolved(what, "it is not followed there", frame, node)

    def _of_a_factory(self, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """A client of a named service, from something of which it is not known whose session it is."""
        service = text(given.get(0, "service_name") or UNKNOWN)
        if service is None or service not in names.services():
            return self.callbacks(given, frame, node)
        self.walk.unresolved(
            "whose credentials a client has",
            f"where the session of a client of {service} comes from is not followed",
            frame,
            node,
        )
        signed = Signed("server", "where its session comes from is not followed")
        return self.sdk.method(Session(signed), "resource" if name == "resource" else "client", given, frame, node)

    def _own_calls(self, dotted: str, given: Given, frame: Frame, node: ast.AST) -> None:
        """Notes a library that calls AWS by itself, and a part of the server's own project that is not in the source."""
        first = dotted.partition(".")[0]
        if dotted.startswith(_OWN_CALLS):
            self.walk.unresolved(f"calls of {first}", f"{dotted} makes AWS calls of its own", frame, node)
        elif "." in dotted and (first in self.walk.packages or _speaks_of_aws(first, given)):
            self.walk.unresolved(
                f"calls of {dotted.rpartition('.')[0]}", f"{dotted} is not in this source", frame, node
            )
        else:
            for value in given.all():
                if any(_begins(option).startswith("s3://") for option in options(value)):
                    self.walk.unresolved(f"what {dotted} does with an S3 URI", "it is not followed there", frame, node)

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
        self._own_calls(dotted, given, frame, node)
        if dotted.rpartition(".")[2] in ("client", "resource", "create_client"):
            return self._of_a_factory(dotted.rpartition(".")[2], given, frame, node)
        if dotted.partition(".")[0] in _LOOKING and not dotted.rpartition(".")[2][:1].isupper():
            return UNKNOWN
        self.callbacks(given, frame, node)
        last = dotted.rpartition(".")[2]
        if last in _methods(hinted=False) and dotted.partition(".")[0] not in {
            *sys.stdlib_module_names,
            *_KNOWN_PACKAGES,
        }:
            what = f"a call of `{last}`"
            self.walk.unresolved(what, f"it is named as an API call, and {dotted} is not in this source", frame, node)
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
                return self._of_class(number, name, given, frame, node)
            case _ if name in _RUNNERS and not (isinstance(owner, Obj) and owner.kind in ("dict", "list")):
                return self._runner(name, given, frame, node)
            case _ if name in ("client", "resource", "create_client"):
                return self._of_a_factory(name, given, frame, node)
            case _ if name in ("tool", "add_tool") and owner == UNKNOWN:
                return self.servers.method(Registry(0), name, given, frame, node)
            case _:
                return builtin.method(self, owner, name, given, frame, node)

    def _of_class(self, number: int, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """What a class of the source has from a library: an enumeration called by value, a model made from data."""
        if name == "__subclasses__":
            known = self.walk.classes
            below = [
                info.id for info in known if number in {each.id for each in self.walk.ancestors(info.id)} - {info.id}
            ]
            return Seq(tuple(Class(each) for each in below))
        if name in ("model_json_schema", "schema"):
            return self._schema(number, frame, node)
        if name in ("model_validate", "parse_obj", "from_dict", "model_construct", "from_env"):
            value = given.get(0, "obj")
            if isinstance(value, Args):
                return self.walk.call(Class(number), Given(source=True, open=True), frame, node)
            if isinstance(value, Obj) and value.kind == "dict":
                return self.walk.call(Class(number), Given([], dict(self.walk.heap.get(value, {}))), frame, node)
            return self.walk.call(Class(number), Given(star=UNKNOWN, open=True), frame, node)
        self.callbacks(given, frame, node)
        return UNKNOWN

    def _schema(self, number: int, frame: Frame, node: ast.AST) -> Value:
        """The JSON schema of a model of the source, as far as it tells the names of arguments."""
        made = self.walk.allocate("dict", frame, node, "schema", number)
        properties = self.walk.allocate("dict", frame, node, "properties", number)
        required = self.walk.allocate("list", frame, node, "required", number)
        self.walk.set(made, "properties", properties)
        self.walk.set(made, "required", required)
        for info in reversed(self.walk.ancestors(number)):
            for name, default in info.fields.items():
                described = self.walk.allocate("dict", frame, node, "field", number, name)
                value = self.default(default, frame, node) if default is not None else None
                if value is None or value == const(...) or (value == default and isinstance(value, Obj)):
                    self.walk.set(required, name, const(name))
                elif value != UNKNOWN:
                    self.walk.set(described, "default", value)
                self.walk.set(properties, name, described)
        return made

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

    # ------------------------------------------------------------ what the walk asks

    def instance(
        self, info: ClassInfo, bases: Sequence[str], given: Given, frame: Frame, node: ast.AST
    ) -> Value | None:
        """What calling a class of the source gives where that is no new object: a member of an enumeration."""
        del frame, node
        if any(base.rpartition(".")[2] in ("Enum", "StrEnum", "IntEnum") for base in bases):
            value = given.get(0, "value")
            members = [
                each for name, each in info.members.items() if isinstance(each, Const) and not name.startswith("_")
            ]
            return value if isinstance(value, (Const, Arg, Env)) else joined(members)
        return None

    def default(self, value: Value, frame: Frame, node: ast.AST) -> Value:
        """The default that a field or parameter declares: `Field(default=…)` is its default."""
        if isinstance(value, Obj) and not value.kind.isdigit() and value.kind not in ("dict", "list"):
            name = value.kind.rpartition(".")[2]
            if name in (
                "Field",
                "field",
                "FieldInfo",
                "Option",
                "Argument",
                "Query",
                "Body",
                "Depends",
                "PrivateAttr",
                "CurrentContext",
                "attrib",
                "ib",
            ):
                factory = self.walk.get(value, "default_factory") or self.walk.get(value, "factory")
                if name == "Depends":
                    factory = self.walk.get(value, "0") or self.walk.get(value, "dependency")
                if factory is not None:
                    entered = self.walk.call(factory, Given(), frame, node)
                    return joined(option.item if isinstance(option, Iter) else option for option in options(entered))
                found = self.walk.get(value, "default") or self.walk.get(value, "0")
                return const(...) if found is None else found
        return value

    def decorated(self, decorator: Value, value: Value, frame: Frame, node: ast.AST) -> Value:
        """What a function or class is under a decorator; one that gives nothing known leaves it as it is."""
        if isinstance(decorator, Method) and decorator.name == "wraps()":
            if isinstance(value, Func):
                self.walk.wrapped[(value.id, value.frame)] = decorator.of
            return value
        if isinstance(decorator, Method) and isinstance(decorator.of, Func) and decorator.name == "register":
            # functools.singledispatch: any of them may be the one that is called.
            self.walk.dispatched.setdefault(decorator.of.id, []).append(value)
            return value
        if isinstance(decorator, Method) and isinstance(decorator.of, (Property, Static)):
            return decorator.of if decorator.name in ("setter", "deleter") else value
        if isinstance(decorator, Method) and decorator.name in ("setter", "deleter", "getter"):
            return decorator.of
        found = self.walk.call(decorator, Given([value]), frame, node)
        return value if found in (UNKNOWN, NONE) or (isinstance(found, Obj) and not found.kind.isdigit()) else found

    def exported(self, module: Frame) -> dict[str, Value]:
        """What `from module import *` gives."""
        listed = module.locals.get("__all__")
        if isinstance(listed, (Obj, Seq)):
            every = items(self.walk, listed, module, ast.Pass())
            chosen = [found for each in every if (found := text(each)) is not None]
            return {name: self.walk.of_module(module.module, name) for name in chosen}
        return {name: value for name, value in module.locals.items() if not name.startswith("_")}

    def updated(self, obj: Obj, value: Value, *, maybe: bool) -> None:
        """Adds the fields of `value` to a dict."""
        several = options(value)
        for option in several:
            if isinstance(option, Obj) and option.kind in ("dict", "list"):
                for name, field in list(self.walk.heap.get(option, {}).items()):
                    unsure = maybe or len(several) > 1 or (option, name) in self.walk.maybe
                    self.walk.set(obj, name if option.kind == "dict" else "*", field, maybe=unsure)
            elif option != NONE:
                self.walk.set(obj, "*", UNKNOWN)

    def suppresses(self, value: Value) -> bool:
        """Whether entering `value` swallows errors."""
        return isinstance(value, Outside) and value.name == "contextlib.suppress()"

    def matched(self, pattern: ast.pattern, subject: Value, words: str, frame: Frame) -> Test:
        """Whether a pattern of a match statement takes the subject."""
        match pattern:
            case ast.MatchValue(value=written):
                value = self.walk.evaluate(written, frame)
                return compared(subject, ast.Eq(), value, f"{words} == {ast.unparse(written)[:40]}", self.walk)
            case ast.MatchSingleton(value=inner):
                return compared(subject, ast.Is(), const(inner), f"{words} is {inner}", self.walk)
            case ast.MatchOr(patterns=patterns):
                tests = [self.matched(each, subject, words, frame) for each in patterns]
                if any(test.holds for test in tests):
                    return Test(holds=True, condition=Condition("", ""))
                left = [test.condition for test in tests if test.holds is None]
                if not left:
                    return Test(holds=False, condition=Condition("", ""))
                exact = all(each.exact and each.when for each in left)
                when = " or ".join(each.when for each in left) if exact else ""
                return Test(None, Condition(when, " or ".join(each.words for each in left)[:90], exact=exact))
            case ast.MatchAs(pattern=None):
                return Test(holds=True, condition=Condition("", ""))
            case ast.MatchAs(pattern=ast.pattern() as inner):
                return self.matched(inner, subject, words, frame)
            case _:
                return Test(None, Condition("", f"{words} matches {ast.unparse(pattern)[:40]}", exact=False))

    def apart(self, over: Value, listed: Sequence[Value]) -> bool:
        """Whether the items of a loop are followed one by one: few, or functions and the like that belong to their names."""
        if len(listed) <= 1 or not all(isinstance(option, (Seq, Obj, Iter, Class)) for option in options(over)):
            return False
        if len(listed) <= 8:  # noqa: PLR2004 - short lists cost little
            return True
        return any(_is_code(self.walk, each) for each in listed)

    def walked(self, value: Value, frame: Frame, node: ast.AST) -> None:
        """Something that is not known is walked over: nothing to note."""
        del value, frame, node

    def indexed(self, owner: Value, key: Value, frame: Frame, node: ast.AST) -> Value:
        """`owner[key]` of something of a library."""
        if isinstance(owner, Outside) and owner.name == "os.environ":
            return builtin.setting(self, Given([key]))
        if isinstance(owner, Outside) and owner.name in ("builtins.globals()", "builtins.locals()"):
            name = text(key)
            return self.walk.name(name, frame) if name is not None else UNKNOWN
        if isinstance(owner, Method) and isinstance(owner.of, Module) and owner.name == "__dict__":
            name = text(key)
            return self.walk.of_module(owner.of.name, name) if name is not None else UNKNOWN
        if isinstance(owner, Class):
            return owner
        del node
        return owner if isinstance(owner, Outside) and owner.name.rpartition(".")[2][:1].isupper() else UNKNOWN

    def joined_path(self, left: Value, right: Value) -> Value:
        """`left / right` of paths."""
        return (
            concatenated((left, "/", right))
            if text(left) is not None or isinstance(left, (Arg, Env, Text))
            else UNKNOWN
        )

    def truth(self, value: Value) -> bool | None:
        """Whether a value counts as true; None where that is not known."""
        return truthy(value, "", self.walk).holds

    def watched(self, function: Value, node: ast.Call, given: Given, frame: Frame) -> bool:
        """
        Notes a call that is named as one of an SDK client where it is not known what it is called on.

        Where that may be a known client as well, it is not noted, but the answer is true: the call is likely.
        """
        if not isinstance(node.func, ast.Attribute) or UNKNOWN not in options(function):
            return False
        if any(isinstance(option, Operation) for option in options(function)):
            return True
        name = node.func.attr
        written = names_of(node.func.value)
        receiver = written[-1].lower().strip("_") if written else ""
        hints = any(each[:1].isupper() for each in given.keywords) or receiver in names.services()
        hints = hints or any(word in receiver for word in ("client", "boto", "aws"))
        several = len(options(function)) > 1
        if name not in _methods(hinted=hints) or (several and not hints) or receiver in _OTHERS:
            return False
        told = text(given.args[0]) if name in ("get_paginator", "get_waiter") and given.args else None
        self.walk.unresolved(
            f"a call of `{told or name}`",
            "it is named as an API call, and it is not known on which client",
            frame,
            node,
        )
        return False


def _speaks_of_aws(first: str, given: Given) -> bool:
    """Whether a library that nobody knows here has to do with AWS: by its name, or because it is given ARNs."""
    if first in sys.stdlib_module_names or first in _KNOWN_PACKAGES:
        return False
    return "aws" in first.lower() or any(
        name.lower().endswith(("_arn", "_arns")) or name == "arn" for name in given.keywords
    )


def _begins(value: Value) -> str:
    """The text that a value begins with, as far as it is told."""
    if isinstance(value, Text):
        return value.parts[0] if isinstance(value.parts[0], str) else ""
    return text(value) or ""


def _is_code(walk: Interpreter, value: Value) -> bool:
    if isinstance(value, Seq):
        return any(_is_code(walk, each) for each in value.items)
    if isinstance(value, Obj):
        return value.kind.isdigit() or any(
            isinstance(each, (Func, Class, Partial)) for each in walk.heap.get(value, {}).values()
        )
    return isinstance(value, (Func, Class, Partial, Managed, Module))


def _plain(dotted: str) -> str:
    """A library's function under the name of the one that it stands for."""
    for before, after in (
        ("aioboto3.", "boto3."), ("aiobotocore.", "botocore."), ("boto3.session.", "boto3."), ("asyncio.threads.", "asyncio."),
        ("cachetools.func.", "functools."), ("async_lru.", "functools."),
    ):  # fmt: skip
        if dotted.startswith(before):
            return after + dotted.removeprefix(before)
    return dotted


@cache
def _methods(*, hinted: bool) -> frozenset[str]:
    """The names of methods of SDK clients: those of several words, with a hint that it is one those of a single word too."""
    found = {names.method(each) for service in names.services() for each in names.operations(service)}
    found |= {
        "upload_file",
        "download_file",
        "upload_fileobj",
        "download_fileobj",
        "generate_presigned_url",
        "get_paginator",
        "get_waiter",
    }
    return frozenset(name for name in found if (hinted and name not in _PLAIN_WORDS) or "_" in name)
