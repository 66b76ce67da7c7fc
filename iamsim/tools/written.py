"""A manifest written as TOML: the inverse of reading one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from iamsim.model.finding import Confidence
from iamsim.model.server import AssumeTemplate, Parameter, Provenance, Server, Suite, TokenProfile
from iamsim.model.tool import Credential, Necessity, Requirement, Tool, Tried, Unresolved
from iamsim.tools.manifest import SCHEMA, Manifest

WIDTH = 120
"""A list that would be longer than this many characters goes over several lines."""


def toml(manifest: Manifest) -> str:
    """
    The text of a file that says what `manifest` says, in the order of a file written by hand.

    Reading it gives an equal manifest, but for the place that a server remembers, for every manifest that a reader
    gave. One put together otherwise must be such that a file can say it: texts without line breaks and control
    characters, parameters under their own names, a tool's `credentials` with those of its needs among them, a
    condition for every conditional need. Whoever makes one reads the text back before it is used.

    Groups and `implies` are gone from a manifest that was read, so their needs are written out tool by tool.
    """
    sections = [f"schema = {SCHEMA}\n", *_server(manifest.server)]
    if manifest.server.provenance is not None:
        sections.append(_section("[provenance]", _provenance(manifest.server.provenance)))
    for name, mode in manifest.modes.items():
        credentials = {str(old): str(new) for old, new in mode.credentials.items()}
        rows = {"credentials": _inline(credentials), "parameters": _inline(mode.parameters)}
        sections.append(_section(f"[modes.{_key(name)}]", _filled(rows)))
    if manifest.server.parameters:
        rows = {name: _parameter(one) for name, one in manifest.server.parameters.items()}
        sections.append(_section("[parameters]", rows))
    sections += [_tool(tool, manifest.server) for tool in manifest.tools]
    return "\n".join(sections)


# ---------------------------------------------------------------- the parts of a file


def _server(server: Server) -> Iterator[str]:
    yield _section(
        "[server]",
        _filled(
            {
                "name": _text(server.name),
                "version": _text(server.version),
                "title": _some(server.title),
                "base": _some(server.base),
                "bearer": _some(server.bearer),
                "errors": _some(server.errors),
                "modes": _list(server.modes),
                "source": _some(server.source),
                "context": _context(server.context),
                "notes": _list(server.notes),
            }
        ),
    )
    if server.token is not None:
        rows = _differing(server.token, TokenProfile(), leave=("messages",))
        yield _section("[server.token]", rows)
        yield from _messages("[server.token.messages]", server.token.messages)
    if server.assume is not None:
        plain = AssumeTemplate((), (), "")
        rows = _differing(server.assume, plain, leave=("messages", "role_claims"))
        yield _section("[server.assume]", {"role_claims": _list(server.assume.role_claims) or "[]", **rows})
        yield from _messages("[server.assume.messages]", server.assume.messages)
    if server.broker is not None:
        broker = server.broker
        rows = {"name": _text(broker.name), "description": _some(broker.description), "source": _some(broker.source)}
        yield _section("[server.broker]", _filled(rows))
    if server.suite is not None:
        yield _section(
            "[server.suite]", {"name": _text(server.suite.name), **_differing(server.suite, Suite(""), leave=("name",))}
        )


def _provenance(provenance: Provenance) -> Mapping[str, str]:
    return {"how": _text(provenance.how), **_differing(provenance, Provenance(""), leave=("how",))}


def _tool(tool: Tool, server: Server) -> str:
    credentials = _shared(tool)
    head = _section(
        "[[tool]]",
        _filled(
            {
                "name": _text(tool.name),
                "description": _some(tool.description),
                "assumes": "true" if tool.assumes else "",
                "modes": _list(tool.modes),
                "arguments": _items([_argument(one, server) for one in tool.parameters.values()], "arguments"),
                "credentials": _list(credentials),
                "source": _some(tool.source),
                "on_failure": _some(tool.on_failure),
                "errors": _some(tool.errors),
                "lookups": "" if tool.lookups is None else str(tool.lookups),
                "tests": _items([_tried(one, tool.name) for one in tool.tests], "tests"),
                "notes": _list(tool.notes, "notes"),
            }
        ),
    )
    needs = (_section("[[tool.needs]]", _need(need, tool, credentials)) for need in tool.requirements)
    return "".join((head, *needs, *map(_unresolved, tool.unresolved)))


def _need(need: Requirement, tool: Tool, credentials: tuple[Credential, ...]) -> Mapping[str, str]:
    return _filled(
        {
            "action": _text(need.action),
            "operation": _some(need.operation),
            "resource": _one_or_several(need.resources),
            "credentials": "" if need.credentials == credentials else _list(need.credentials),
            "necessity": "" if need.necessity is Necessity.REQUIRED else _text(need.necessity),
            "when": _some(need.when),
            "condition": _some(need.condition),
            "any_of": _some(need.any_of),
            "option": _some(need.option),
            "confidence": "" if need.confidence is Confidence.CERTAIN else _text(need.confidence),
            "context": _context(need.context),
            "absent": _list(need.absent, "absent"),
            "via": _some(need.via),
            "source": "" if need.source == tool.source else _text(need.source),
            "note": _some(need.note),
        }
    )


def _unresolved(one: Unresolved) -> str:
    return _section(
        "[[tool.unresolved]]",
        _filled({"what": _text(one.what), "why": _text(one.why), "source": _some(one.source)}),
    )


def _tried(one: Tried, tool: str) -> str:
    name = {} if one.name == tool else {"name": _text(one.name)}
    arguments = {} if one.arguments is None else {"arguments": _argument_value(one.arguments)}
    looks = {"looks_at": _list(one.looks_at)} if one.looks_at else {}
    return _table({**name, **arguments, **looks}) or "{}"


def _argument_value(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A value that an argument has, on one line, as TOML."""
    match value:
        case Mapping():
            return _table({name: _argument_value(one) for name, one in value.items()}) or "{}"
        case list() | tuple():
            return _line(map(_argument_value, value))
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case _:
            return _text(str(value))


def _shared(tool: Tool) -> tuple[Credential, ...]:
    """What a tool's needs do not have to say for themselves: the commonest credentials, if all of the tool's follow."""
    commonest = Counter(need.credentials for need in tool.requirements).most_common(1)
    for shared, _ in commonest:
        behind = (one for need in tool.requirements for one in need.credentials)
        if tuple(dict.fromkeys((*shared, *behind))) == tool.credentials:
            return shared
    return tool.credentials


def _argument(parameter: Parameter, server: Server) -> str:
    """As `NAME` or `NAME=DEFAULT` where that says all, else as a table."""
    kind = "flag" if parameter.default in ("true", "false") else "text"
    known = server.parameters.get(parameter.name, Parameter(parameter.name, kind=kind))
    if parameter == replace(known, default=parameter.default):
        return _text(parameter.name if parameter.default is None else f"{parameter.name}={parameter.default}")
    rows = {"name": _text(parameter.name)}
    if parameter.default is not None:
        rows["default"] = _text(parameter.default)
    if parameter.description != known.description:
        rows["description"] = _text(parameter.description)
    if parameter.kind != known.kind:
        rows["kind"] = _text(parameter.kind)
    if parameter.begins != known.begins:
        rows["begins"] = _text(parameter.begins)
    return _table(rows)


def _parameter(parameter: Parameter) -> str:
    if parameter.default is None and parameter.kind == "text" and not parameter.begins:
        return _text(parameter.description)
    rows = {"description": _some(parameter.description)}
    rows["default"] = "" if parameter.default is None else _text(parameter.default)
    rows["kind"] = "" if parameter.kind == "text" else _text(parameter.kind)
    rows["begins"] = _some(parameter.begins)
    return _table(_filled(rows))


def _messages(header: str, messages: Mapping[str, str]) -> Iterator[str]:
    if messages:
        yield _section(header, {code: _text(words) for code, words in messages.items()})


def _differing(value: object, plain: object, *, leave: Iterable[str]) -> Mapping[str, str]:
    """The fields of a model value that are not as in `plain`, as TOML."""
    rows = {}
    for name in value.__dataclass_fields__:  # type: ignore[attr-defined]
        own = getattr(value, name)
        if name not in leave and own != getattr(plain, name):
            rows[name] = _value(own, name)
    return rows


def _value(value: object, key: str) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case tuple():
            return _list(value, key) or "[]"
        case _:
            return _text(str(value))


# ---------------------------------------------------------------- TOML


def _section(header: str, rows: Mapping[str, str]) -> str:
    return "".join((f"{header}\n", *(f"{_key(key)} = {value}\n" for key, value in rows.items())))


def _filled(rows: Mapping[str, str]) -> Mapping[str, str]:
    return {key: value for key, value in rows.items() if value}


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _some(text: str) -> str:
    return _text(text) if text else ""


def _text(text: str) -> str:
    """A TOML string on one line: without escapes where single quotes can hold it."""
    plain = text.isprintable() and "'" not in text
    return f"'{text}'" if plain and ('"' in text or "\\" in text) else _quoted(text)


def _quoted(text: str) -> str:
    escaped = "".join(
        f"\\{char}" if char in '"\\' else char if char.isprintable() else f"\\U{ord(char):08x}" for char in text
    )
    return f'"{escaped}"'


def _one_or_several(texts: tuple[str, ...]) -> str:
    return _text(texts[0]) if len(texts) == 1 else _list(texts, "resource") or "[]"


def _list(texts: Iterable[str], key: str = "") -> str:
    return _items([_text(str(text)) for text in texts], key)


def _items(items: list[str], key: str) -> str:
    """The list of values that are TOML already, over several lines where it is long; empty for none."""
    if len(items) > 1 and len(f"{key} = {_line(items)}") > WIDTH:
        return "\n".join(("[", *(f"  {item}," for item in items), "]"))
    return _line(items) if items else ""


def _line(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"


def _context(context: Mapping[str, tuple[str, ...]]) -> str:
    # The names are quoted as those of condition keys always are: most have a colon.
    rows = {_quoted(key): _text(v[0]) if len(v) == 1 else _line(map(_text, v)) for key, v in context.items()}
    return _braces(rows)


def _table(rows: Mapping[str, str]) -> str:
    return _braces({_key(key): value for key, value in rows.items()})


def _braces(rows: Mapping[str, str]) -> str:
    """An inline table, which TOML keeps on one line; empty for none."""
    return f"{{ {', '.join(f'{key} = {value}' for key, value in rows.items())} }}" if rows else ""


def _inline(texts: Mapping[str, str]) -> str:
    return _table({key: _text(text) for key, text in texts.items()})
