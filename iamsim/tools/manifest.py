"""Manifest files read into servers and tools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from iamsim.errors import InputError
from iamsim.model.server import Parameter, Server
from iamsim.model.tool import Credential, Tool
from iamsim.tools import implied
from iamsim.tools.needs import Group, group, tool
from iamsim.tools.servers import server
from iamsim.tools.tables import LIMIT, Table, near, toml

SCHEMA = 1
"""The version of the manifest format; another one is refused."""

REFUSALS = 200
"""The errors of one file that are looked for."""

_SHOWN = "`iamsim tools list` shows those that come with the program"

_SHIPPED = Path(__file__).with_name("manifests")


@dataclass(frozen=True, slots=True)
class Mode:
    """What one way to deploy a server changes: credentials that stand for others, and defaults of parameters."""

    credentials: Mapping[Credential, Credential] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A server and its tools, in the order of the file; `modes` by name."""

    server: Server
    tools: tuple[Tool, ...]
    modes: Mapping[str, Mode] = field(default_factory=dict)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Every parameter that the server or a tool knows, by name: what can be set."""
        found: dict[str, Parameter] = dict(self.server.parameters)
        for one in self.tools:
            for name, parameter in one.parameters.items():
                found.setdefault(name, parameter)
        return found

    def deployed(self, mode: str = "") -> Manifest:
        """
        The server as it is in one of its modes, by default the first; the manifest itself where there are none.

        Raises `InputError` for an unknown mode.
        """
        known = self.server.modes
        if not mode and not known:
            return self
        if mode and mode not in known:
            raise InputError(
                f"`{self.server.name}` has no mode `{mode[:60]}`",
                hint=near(mode, known) if known else "its manifest lists no modes; leave --mode out",
            )
        name = mode or known[0]
        changes = self.modes.get(name, Mode())
        parameters = {
            key: replace(parameter, default=changes.parameters.get(key, parameter.default))
            for key, parameter in self.server.parameters.items()
        }
        tools = (_in_mode(tool, changes.credentials) for tool in self.tools if not tool.modes or name in tool.modes)
        return Manifest(replace(self.server, parameters=parameters), tuple(tools), self.modes)


def shipped() -> tuple[str, ...]:
    """The names (`NAME@VERSION`) of the manifests that come with the program, sorted."""
    return tuple(sorted(path.name.removesuffix(".toml") for path in _SHIPPED.glob("*@*.toml")))


def named(spec: str) -> Manifest:
    """The manifest that `spec` names: `NAME@VERSION` of a shipped one, or the path of a `.toml` file."""
    text, document = written(spec)
    return manifest(text, document=document)


def manifest(text: str, *, document: str) -> Manifest:
    """The manifest written in `text`; raises `InputError`, with the line, for whatever it cannot mean."""
    file = toml(text, document=document)
    described, groups = _head(file)
    tools: dict[str, Tool] = {}
    for table, before in _tools(file):
        one = tool(table, described, groups, before)
        if one.name in tools:
            raise _twice(one, table)
        tools[one.name] = one
    return Manifest(described, tuple(tools.values()), _modes(file, described))


def refusals(text: str, *, document: str) -> tuple[InputError, ...]:
    """What `manifest` raises for `text`, and what it would raise next: one error for each tool; none for a manifest."""
    try:
        file = toml(text, document=document)
        described, groups = _head(file)
        _modes(file, described)
        tables = list(_tools(file))
    except InputError as error:
        return (error,)
    found: list[InputError] = []
    named: set[str] = set()
    for table, before in tables:
        if len(found) == REFUSALS:
            break
        try:
            one = tool(table, described, groups, before)
            if one.name in named:
                raise _twice(one, table)
            named.add(one.name)
        except InputError as error:
            found.append(error)
    return tuple(found)


def written(spec: str) -> tuple[str, str]:
    """The text of the manifest that `spec` names, as in `named`, and what a person calls the file."""
    if spec in shipped():
        return _text(_SHIPPED / f"{spec}.toml", f"{spec}.toml"), f"{spec}.toml"
    if not spec.endswith(".toml"):
        raise InputError(
            f"no manifest is called `{spec[:120]}`",
            hint=f"{_closest(spec)}; or give the path of a .toml file",
        )
    return _text(Path(spec), spec), spec


def _head(file: Table) -> tuple[Server, Mapping[str, Group]]:
    """What stands before the tools."""
    if file.values.get("schema") != SCHEMA:
        raise file.error(f"`schema` is not {SCHEMA}", "schema", f"write schema = {SCHEMA}")
    file.only("schema", "server", "provenance", "modes", "parameters", "groups", "tool")
    described = implied.declared(server(file), file)
    return described, {name: group(file, name) for name in file.table("groups").values}


def _tools(file: Table) -> Iterator[tuple[Table, Mapping[str, int]]]:
    """Each tool's table with the number of needs and so on that the tools before it have."""
    before = {"needs": 0, "unresolved": 0}
    for table in file.tables("tool", "[[tool]]", "tool"):
        yield table, before
        sizes = {key: table.values.get(key) for key in before}
        before = {key: before[key] + (len(value) if isinstance(value, list) else 0) for key, value in sizes.items()}


def _twice(tool: Tool, table: Table) -> InputError:
    return InputError(f"two tools are called `{tool.name}`", hint="rename one", origin=table.origin("name"))


def _text(path: Path, document: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(4 * LIMIT + 1)
        return data.decode()
    except FileNotFoundError:
        raise InputError(f"no file `{document}`", hint=_SHOWN) from None
    except (OSError, ValueError) as error:
        strerror = getattr(error, "strerror", None)
        reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else (strerror or "no path").lower()
        raise InputError(f"`{document}` cannot be read: {reason}") from None


def _closest(spec: str) -> str:
    """The shipped manifest that was meant, by name or by another version; else how to see them all."""
    hint = near(spec, shipped())
    same = [name for name in shipped() if name.partition("@")[0] == spec.partition("@")[0]]
    return f"there is {', '.join(same)}" if same else hint if hint.startswith("did you mean") else _SHOWN


def _modes(file: Table, server: Server) -> dict[str, Mode]:
    modes = {}
    for name in file.table("modes").values:
        table = file.table("modes").table(name, f"[modes.{name}]")
        file.known("mode", name, server.modes)
        table.only("credentials", "parameters")
        credentials = table.table("credentials")
        parameters = table.table("parameters")
        parameters.only(*server.parameters)
        modes[name] = Mode(
            {
                Credential(credentials.known("credentials", key, list(Credential))): Credential(
                    credentials.word(key, list(Credential), "")
                )
                for key in credentials.values
            },
            {key: parameters.text(key) for key in parameters.values},
        )
    return modes


def _in_mode(tool: Tool, changes: Mapping[Credential, Credential]) -> Tool:
    def changed(credentials: Iterable[Credential]) -> tuple[Credential, ...]:
        return tuple(dict.fromkeys(changes.get(one, one) for one in credentials))

    needs = tuple(replace(need, credentials=changed(need.credentials)) for need in tool.requirements)
    return replace(tool, requirements=needs, credentials=changed(tool.credentials))
