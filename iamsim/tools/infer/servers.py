"""How a source registers its tools with an MCP SDK: decorators, calls, handlers of the low-level server, mounted servers."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from iamsim.tools.infer.choices import joined, options, text
from iamsim.tools.infer.containers import items
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.made import Registered
from iamsim.tools.infer.sdk_values import Ctx, Registering, Registry
from iamsim.tools.infer.values import NONE, UNKNOWN, Claims, Class, Func, Iter, Managed, Obj, Partial, Value

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

_HIGH = re.compile(r"(?:mcp|fastmcp)(?:\.[\w.]+)?\.(?:FastMCP|MCPServer)")
_LOW = re.compile(
    r"mcp\.server(?:\.lowlevel(?:\.server)?)?\.(?:Server|NotificationServer)|mcp\.server\.lowlevel\.Server"
)
_LEFT = frozenset({"resource", "prompt", "custom_route", "completion", "list_prompts", "list_resources", "get_prompt", "read_resource", "progress_handler",
                   "list_resource_templates", "subscribe_resource", "unsubscribe_resource", "set_logging_level", "middleware", "exception_handler"})  # fmt: skip
_LONGEST_NAME = 128


class Servers:
    """The MCP SDKs, for one walk."""

    def __init__(self, walk: Interpreter) -> None:
        self.walk = walk

    def is_server(self, dotted: str) -> bool:
        """Whether a library's class is an MCP server."""
        return _HIGH.fullmatch(dotted) is not None or _LOW.fullmatch(dotted) is not None

    def outside(self, dotted: str, given: Given, frame: Frame, node: ast.AST) -> Value | None:
        """What a function of an MCP SDK gives; None for one of other packages."""
        if self.is_server(dotted):
            registry = Registry(
                self.walk.context("server", self.walk.site(node, frame)), _LOW.fullmatch(dotted) is not None
            )
            self._kept(registry, given)
            for value in items(self.walk, given.keywords["tools"], frame, node) if "tools" in given.keywords else ():
                self._add(registry, Given([value]), frame, node)
            return registry
        if dotted.endswith(("dependencies.get_access_token", "auth_context.get_access_token")):
            made = self.walk.allocate("mcp.AccessToken", frame, node)
            self.walk.set(made, "claims", Claims())
            return made
        if dotted.endswith(
            (".as_proxy", ".create_proxy", ".FastMCPProxy", ".ProxyProvider", ".from_openapi", ".from_fastapi")
        ):
            self.walk.unnamed[self.walk.site(node, frame)] = (
                "tools of another server are passed on, or made from a description; they are not in this source"
            )
            return UNKNOWN
        if dotted.endswith((".Tool.from_function", ".FunctionTool.from_function", ".Tool.from_callable")):
            made = self.walk.allocate("mcp.Tool", frame, node, *given.key)
            for number, value in enumerate(given.args):
                self.walk.set(made, "fn" if number == 0 else "name" if number == 1 else str(number), value)
            for name, value in given.keywords.items():
                self.walk.set(made, name, value)
            return made
        return None

    def of_object(self, obj: Obj) -> Registry:
        """The server that an object of the source is, whose class is made from an SDK's."""
        return Registry(self.walk.context("server", obj))

    def method(self, registry: Registry, name: str, given: Given, frame: Frame, node: ast.AST) -> Value:
        """A method of a server."""
        first = given.get(0)
        if name == "tool":
            if first is not None and any(isinstance(option, (Func, Partial, Managed)) for option in options(first)):
                self._register(registry, first, given.get(1, "name"), given.get(-1, "description"), frame, node)
                return first
            named = given.get(0, "name", "name_or_fn") or NONE
            return Registering(registry, "tool", named, given.get(-1, "description") or NONE)
        if name == "add_tool":
            self._add(registry, given, frame, node)
            return first or UNKNOWN
        if name == "call_tool" and given.args:
            self.walk.unresolved("another tool", "which one is called is decided by its name at run time", frame, node)
            return UNKNOWN
        if name in ("list_tools", "call_tool"):
            return Registering(registry, name, NONE, NONE)
        if name in ("mount", "import_server"):
            self._mounted(registry, given, frame, node)
            return NONE
        if name in _LEFT:
            return (
                first if first is not None and isinstance(first, Func) else Registering(registry, "other", NONE, NONE)
            )
        if name == "get_context":
            return Ctx(registry)
        self.walk.library.callbacks(given, frame, node) if name not in ("run", "run_async") else None
        return UNKNOWN

    def registering(self, value: Registering, given: Given, frame: Frame, node: ast.AST) -> Value:
        """A decorator of a server, called with its function."""
        function = given.get(0) or UNKNOWN
        if value.kind == "tool":
            self._register(value.registry, function, value.names, value.description, frame, node)
        elif value.kind in ("list_tools", "call_tool"):
            self._kept(value.registry, Given([], {f"on_{value.kind}": function}))
        return function

    def lifespan(self, registry: Registry | None, frame: Frame, node: ast.AST) -> Value:
        """What a server's lifespan gives to its tools."""
        known = (
            [registry]
            if registry is not None and "lifespan" in self.walk.registries.get(registry, {})
            else list(self.walk.registries)
        )
        found = []
        for each in known:
            function = self.walk.registries.get(each, {}).get("lifespan")
            if function is not None:
                given = options(self.walk.call(function, Given([each]), frame, node))
                found += [option.item if isinstance(option, Iter) else option for option in given]
        return joined(found)

    def _kept(self, registry: Registry, given: Given) -> None:
        kept = self.walk.registries.setdefault(registry, {})
        for name in ("lifespan", "on_list_tools", "on_call_tool", "server_lifespan"):
            if name in given.keywords:
                kept[name.removeprefix("server_")] = given.keywords[name]

    def _add(self, registry: Registry, given: Given, frame: Frame, node: ast.AST) -> None:
        function, named = given.get(0, "fn", "tool") or UNKNOWN, given.get(1, "name")
        description = given.get(2, "description")
        for option in options(function):
            if isinstance(option, Obj) and not option.kind.isdigit():
                inner = self.walk.get(option, "fn") or self.walk.get(option, "0")
                name = named or self.walk.get(option, "name")
                self._register(
                    registry, inner or UNKNOWN, name, description or self.walk.get(option, "description"), frame, node
                )
            else:
                self._register(registry, option, named, description, frame, node)

    def _mounted(self, registry: Registry, given: Given, frame: Frame, node: ast.AST) -> None:
        """Tools of another server under this one, with the prefix that the SDK puts before their names."""
        inner = [each for value in given.all() for each in options(value) if isinstance(each, Registry)]
        if not inner:
            site = self.walk.site(node, frame)
            self.walk.unnamed[site] = "a server is mounted whose tools are not in this source"
        written = given.get(-1, "prefix", "namespace") or next(
            (each for each in given.args if text(each) is not None), NONE
        )
        prefix = text(written)
        for each in inner:
            self.walk.mounted[(each, registry)] = prefix or ""

    def _register(
        self,
        registry: Registry,
        function: Value,
        named: Value | None,
        description: Value | None,
        frame: Frame,
        node: ast.AST,
    ) -> None:
        site = self.walk.site(node, frame)
        for option in options(function):
            inner = option
            while isinstance(inner, (Managed, Partial)):
                inner = inner.func
            bound = isinstance(inner, Func)
            if not bound and not (isinstance(inner, Obj) and inner.kind.isdigit()) and not isinstance(inner, Class):
                self.walk.unnamed[site] = "a tool is registered whose function is not known"
                continue
            inner = self.walk.unwrapped(inner) if isinstance(inner, Func) else inner
            own = self.walk.functions[inner.id].name if isinstance(inner, Func) else "tool"
            for each in options(named) if named is not None else (NONE,):
                name = text(each) if each != NONE else own
                if name is None:
                    self.walk.unnamed[site] = f"a tool is registered whose name is not known; its function is `{own}`"
                    name = own
                self._note(registry, name, option, description, site, frame, inner if isinstance(inner, Func) else None)

    def _note(
        self,
        registry: Registry,
        name: str,
        option: Value,
        description: Value | None,
        site: str,
        frame: Frame,
        inner: Func | None,
    ) -> None:

        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            self.walk.unnamed[site] = "a tool is registered under a name that no MCP client would take"
            return
        told = text(description) if description is not None else None
        if told is None and inner is not None:
            written = self.walk.functions[inner.id].node
            told = None if isinstance(written, ast.Lambda) else ast.get_docstring(written)
        if inner is not None:
            self.walk.tools.add(inner.id)
        words = [condition.words for condition in frame.path if condition.words]
        self.walk.register(Registered(name, option, registry, told or "", site, maybe=" and ".join(words)))
