"""A manifest's tools, each with the permissions it needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from iamsim.errors import InputError
from iamsim.model.server import Parameter, Server
from iamsim.model.tool import Credential, Necessity, Requirement, Tool
from iamsim.tools import expressions, templates
from iamsim.tools.bindings import S3_PARTS
from iamsim.tools.servers import NAME
from iamsim.tools.tables import Table, near

LIMIT = 2000
"""A tool with more needs than this is refused."""

_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
_TOOL = (
    "name",
    "description",
    "assumes",
    "credentials",
    "modes",
    "arguments",
    "uses",
    "needs",
    "on_failure",
    "notes",
    "source",
)
_NEED = (
    "action",
    "resource",
    "credentials",
    "necessity",
    "when",
    "condition",
    "context",
    "absent",
    "via",
    "source",
    "note",
)


@dataclass(frozen=True, slots=True)
class Group:
    """Needs that several tools share, not yet given their names."""

    table: Table
    needs: tuple[Table, ...]
    names: frozenset[str]


def group(file: Table, name: str) -> Group:
    """The needs that `file`, a whole manifest, lists under `[groups.NAME]`."""
    table = file.table("groups").table(name, f"[groups.{name}]")
    table.only("needs", "credentials", "when", "condition", "context", "absent", "via", "source")
    needs = table.tables("needs", f"[[groups.{name}.needs]]", f"group {name}, need")
    names: set[str] = set()
    for one in (table, *needs):
        contexts = (text for texts in one.mapping("context").values() for text in texts)
        names.update(_names(one, (*one.texts("resource"), *contexts), one.text("when"))[0])
    return Group(table, tuple(needs), frozenset(name.partition(".")[0] for name in names))


def tool(table: Table, server: Server, groups: Mapping[str, Group], before: int) -> Tool:
    """The tool that `table` describes; `before` counts the needs of the tools that stand before it in the text."""
    table.only(*_TOOL)
    name = table.needed("name")
    table = replace(table, what=f"tool `{name}`")
    for mode in table.texts("modes"):
        table.known("modes", mode, server.modes)
    own = dict(_arguments(table, server.parameters))
    known = {**server.parameters, **own}
    needs: list[Requirement] = []
    for use in _uses(table):
        shared = _shared(use, groups)
        given = use.table("with")
        given.only(*shared.names)
        names = {key: given.text(key) for key in given.values}
        needs.extend(_requirement(need, (shared.table, table), use, names, known) for need in shared.needs)
        if len(needs) > LIMIT:
            raise table.error(f"more than {LIMIT} needs", "uses")
    own_needs = table.tables("needs", "[[tool.needs]]", f"tool `{name}`, need", before)
    needs.extend(_requirement(need, (table,), None, {}, known) for need in own_needs)
    stated = _credentials(table)
    return Tool(
        server=server.name,
        name=name,
        assumes=table.flag("assumes"),
        requirements=tuple(needs),
        description=table.text("description"),
        credentials=tuple(dict.fromkeys((*stated, *(one for need in needs for one in need.credentials)))),
        parameters=own,
        modes=table.texts("modes"),
        on_failure=table.text("on_failure"),
        notes=table.texts("notes"),
        source=table.text("source"),
    )


def _arguments(table: Table, shared: Mapping[str, Parameter]) -> Iterator[tuple[str, Parameter]]:
    """Texts `NAME` (must be given) or `NAME=DEFAULT`; what the server's parameter of that name says else holds."""
    for text in table.texts("arguments"):
        name, equals, default = text.partition("=")
        if not NAME.fullmatch(name):
            raise table.error(f"`{text[:60]}` is no argument", "arguments", "write NAME or NAME=DEFAULT")
        for other in templates.names(default):
            table.known("arguments", other.partition(".")[0], shared)
        base = shared.get(name, Parameter(name, kind="flag" if default in ("true", "false") else "text"))
        yield name, replace(base, default=default if equals else None)


def _uses(table: Table) -> Iterator[Table]:
    value = table.values.get("uses", [])
    if not isinstance(value, list):
        raise table.error("`uses` is not a list of groups", "uses")
    for item in value:
        values: Any = {"group": item} if isinstance(item, str) else item
        if not isinstance(values, dict):
            raise table.error("`uses` is not a list of groups", "uses")
        use = replace(table, values=values)
        use.only("group", "when", "condition", "with")
        yield use


def _shared(use: Table, groups: Mapping[str, Group]) -> Group:
    name = use.text("group")
    if name not in groups:
        raise use.error(f"unknown group `{name[:60]}`", "uses", near(name, groups))
    return groups[name]


def _requirement(
    need: Table, outer: tuple[Table, ...], use: Table | None, names: dict[str, str], known: Mapping[str, Parameter]
) -> Requirement:
    """One need; what it leaves out is taken from its group and then from its tool."""
    need.only(*_NEED)
    group = outer[0] if use else None
    context = {**(group.mapping("context") if group else {}), **need.mapping("context")}
    conditions = [table for table in (use, group, need) if table]
    when = ""
    for table in reversed(conditions):
        own = table.text("when")
        when = expressions.both(when, own if table is use else expressions.renamed(own, names))
    condition = "; ".join(dict.fromkeys(text for table in reversed(conditions) if (text := table.text("condition"))))
    found = Requirement(
        action=need.needed("action"),
        resources=tuple(templates.renamed(text, names) for text in need.texts("resource")),
        credentials=_credentials(need, *outer),
        necessity=Necessity(need.word("necessity", list(Necessity), "required")),
        when="" if when == "true" else when,
        condition=condition,
        context={key: tuple(templates.renamed(text, names) for text in texts) for key, texts in context.items()},
        absent=need.texts("absent") + (group.texts("absent") if group else ()),
        via=need.text("via") or (group.text("via") if group else ""),
        source=next((text for table in (need, *outer) if (text := table.text("source"))), ""),
        note=need.text("note"),
    )
    _check(found, use or need, need, known)
    return found


def _credentials(*tables: Table) -> tuple[Credential, ...]:
    for table in tables:
        words = table.texts("credentials")
        if words:
            return tuple(Credential(table.known("credentials", word, list(Credential))) for word in words)
    return ()


def _check(found: Requirement, place: Table, need: Table, known: Mapping[str, Parameter]) -> None:
    if not _ACTION.fullmatch(found.action):
        raise need.error(f"`{found.action[:60]}` is no action", "action", "write service:Action")
    if not found.resources:
        raise need.error("`resource` is missing")
    _arns(found, need)
    if not found.credentials:
        raise need.error("`credentials` is missing", hint=f"one or more of {', '.join(Credential)}, in the order tried")
    if found.necessity is Necessity.CONDITIONAL and not (found.when or found.condition):
        raise need.error("`when` is missing", hint="a conditional need says when it applies")
    texts = (*found.resources, *(text for values in found.context.values() for text in values))
    used, condition = _names(need, texts, found.when)
    for name in condition.flags if condition else ():
        if name not in ("true", "false") and name in known and known[name].kind != "flag":
            raise need.error(f"`{name}` is not a flag", "when", f"write set({name}) or {name} == 'text'")
    for name in used:
        base, _, part = name.partition(".")
        if base not in known and base not in ("true", "false"):
            close = near(base, known)
            way = "declare it under [parameters]"
            hint = f"{close} else {way}" if close.startswith("did you mean") else way
            raise place.error(f"unknown parameter `{base[:60]}`", hint=hint)
        if part and (known[base].kind != "s3-uri" or part not in S3_PARTS):
            raise place.error(f"`{base}` has no part `{part[:60]}`", hint=f"an s3-uri has {', '.join(S3_PARTS)}")


def _arns(found: Requirement, need: Table) -> None:
    """Refuse a resource that IAM could never match; what a bearer token decides is no ARN, and IAM does not see it."""
    if found.credentials and set(found.credentials) <= {Credential.BEARER, Credential.NONE}:
        return
    for text in found.resources:
        if text == "*" or text.startswith("arn:"):
            continue
        owner, _, number = need.what.rpartition(", ")
        path = text.removeprefix("s3://")
        arn = f"arn:aws:s3:::{path[:120]}" if path != text else "arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME, or *"
        raise InputError(
            f"the resource of {number} of {owner} is `{text[:120]}`, which is no ARN",
            hint=f"write {arn}",
            origin=need.origin("resource"),
        )


def _names(table: Table, texts: Iterable[str], when: str) -> tuple[tuple[str, ...], expressions.Expression | None]:
    """The parameters that templates and a condition name, and the condition."""
    key = "when"
    try:
        condition = expressions.expression(when) if when else None
        key = "resource"
        found = [name for text in texts for name in templates.names(text)]
    except InputError as error:
        raise table.error(error.message, key, error.hint) from None
    return tuple(dict.fromkeys((*found, *(condition.names if condition else ())))), condition
