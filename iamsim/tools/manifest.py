"""Manifest files read into servers and tools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from iamsim.errors import InputError
from iamsim.model.server import Parameter, Server
from iamsim.model.tool import Credential, Tool
from iamsim.tools.needs import group, tool
from iamsim.tools.servers import server
from iamsim.tools.tables import LIMIT, Table, near, toml

SCHEMA = 1
"""The version of the manifest format; another one is refused."""

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
    if spec in shipped():
        return _read(_SHIPPED / f"{spec}.toml", f"{spec}.toml")
    if not spec.endswith(".toml"):
        raise InputError(
            f"no manifest is called `{spec[:120]}`",
            hint=f"shipped are {', '.join(shipped())}; or give the path of a .toml file",
        )
    return _read(Path(spec), spec)


def manifest(text: str, *, document: str) -> Manifest:
    """The manifest written in `text`; raises `InputError`, with the line, for whatever it cannot mean."""
    file = toml(text, document=document)
    if file.values.get("schema") != SCHEMA:
        raise file.error(f"`schema` is not {SCHEMA}", "schema", f"write schema = {SCHEMA}")
    file.only("schema", "server", "modes", "parameters", "groups", "tool")
    described = server(file)
    groups = {name: group(file, name) for name in file.table("groups").values}
    tools: dict[str, Tool] = {}
    before = 0
    for table in file.tables("tool", "[[tool]]", "tool"):
        one = tool(table, described, groups, before)
        before += len(table.values.get("needs", ()))
        if one.name in tools:
            raise InputError(f"two tools are called `{one.name}`", hint="rename one", origin=table.origin("name"))
        tools[one.name] = one
    return Manifest(described, tuple(tools.values()), _modes(file, described))


def _read(path: Path, document: str) -> Manifest:
    try:
        with path.open("rb") as file:
            data = file.read(4 * LIMIT + 1)
        text = data.decode()
    except FileNotFoundError:
        raise InputError(f"no file `{document}`", hint=f"shipped are {', '.join(shipped())}") from None
    except (OSError, ValueError) as error:
        strerror = getattr(error, "strerror", None)
        reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else (strerror or "no path").lower()
        raise InputError(f"`{document}` cannot be read: {reason}") from None
    return manifest(text, document=document)


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
