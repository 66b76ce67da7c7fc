"""A manifest's tools, each with the permissions it needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from iamsim.errors import InputError
from iamsim.model.finding import Confidence
from iamsim.model.server import Parameter, Server
from iamsim.model.tool import Credential, Necessity, Requirement, Tool, Unresolved
from iamsim.tools import expressions, implied, templates
from iamsim.tools.bindings import CLAIM, S3_PARTS
from iamsim.tools.own_tests import tried
from iamsim.tools.servers import ERRORS, NAME, check_default, parameter
from iamsim.tools.tables import Table, near

LIMIT = 2000
"""A tool with more needs than this is refused."""

CONFIDENCES = (Confidence.CERTAIN, Confidence.LIKELY)
"""How sure whoever writes a need may be of it; what is less than likely is `unresolved`."""

_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
_OPERATION = re.compile(r"[a-z][a-z0-9-]*\.[A-Za-z][A-Za-z0-9]*")
_TOOL = (
    "name",
    "description",
    "assumes",
    "credentials",
    "modes",
    "arguments",
    "uses",
    "needs",
    "unresolved",
    "on_failure",
    "errors",
    "lookups",
    "tests",
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
    "any_of",
    "option",
    "operation",
    "confidence",
    "implies",
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
    for need in needs:
        _check_alone(need)
    for one in (table, *needs):
        contexts = (text for texts in one.mapping("context").values() for text in texts)
        names.update(_names(one, (*one.texts("resource"), *contexts), one.text("when"))[0])
        names.update(name for fact in implied.facts(one) for name in fact.names.values())
    return Group(table, tuple(needs), frozenset(name.partition(".")[0] for name in names))


def tool(table: Table, server: Server, groups: Mapping[str, Group], before: Mapping[str, int]) -> Tool:
    """The tool that `table` describes; `before` counts the needs and so on of the tools that stand before it in the text."""
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
        for need in shared.needs:
            needs.extend(_requirements(need, (shared.table, table), use, names, known))
        if len(needs) > LIMIT:
            raise table.error(f"more than {LIMIT} needs", "uses")
    for need in table.tables("needs", "[[tool.needs]]", f"tool `{name}`, need", before["needs"]):
        needs.extend(_requirements(need, (table,), None, {}, known))
    if len(needs) > LIMIT:
        raise table.error(f"more than {LIMIT} needs")
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
        unresolved=tuple(_unresolved(table, before["unresolved"])),
        errors=table.word("errors", ("", *ERRORS), ""),
        lookups=table.number("lookups", 0) if "lookups" in table.values else None,
        tests=tuple(tried(table, name)),
    )


def _unresolved(table: Table, before: int) -> Iterator[Unresolved]:
    for one in table.tables("unresolved", "[[tool.unresolved]]", f"{table.what}, unresolved", before):
        one.only("what", "why", "source")
        yield Unresolved(one.needed("what"), one.needed("why"), one.text("source"))


def _arguments(table: Table, shared: Mapping[str, Parameter]) -> Iterator[tuple[str, Parameter]]:
    """Texts `NAME` or `NAME=DEFAULT`, or tables that say more; what these leave out is as the server's parameter has it."""
    value = table.values.get("arguments", [])
    for item in [value] if isinstance(value, str) else value if isinstance(value, list) else [None]:
        if isinstance(item, dict):
            one = Table(item, table.document, f"an argument of {table.what}", table.header, table.nth, table.path)
            one.only("name", "description", "default", "kind", "begins")
            name, default = one.needed("name"), one.text("default") if "default" in item else None
            base = _named(table, name, default, shared)
            yield name, parameter(one, base, shared)
        elif isinstance(item, str):
            # Read once more as one text, which may hold no control character.
            name, equals, default = replace(table, values={"arguments": item}).text("arguments").partition("=")
            base = replace(_named(table, name, default, shared), default=default if equals else None)
            check_default(table, "arguments", base, shared)
            yield name, base
        else:
            raise table.error("`arguments` is not a list of texts and tables", "arguments")


def _named(table: Table, name: str, default: str | None, shared: Mapping[str, Parameter]) -> Parameter:
    """What is known of an argument by its name, and by its default: `true` and `false` are those of flags."""
    if not NAME.fullmatch(name):
        raise table.error(f"`{name[:60]}` is no argument", "arguments", "write NAME or NAME=DEFAULT")
    return shared.get(name, Parameter(name, kind="flag" if default in ("true", "false") else "text"))


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


def _requirements(
    need: Table, outer: tuple[Table, ...], use: Table | None, names: dict[str, str], known: Mapping[str, Parameter]
) -> Iterator[Requirement]:
    """One need, and those that it implies; what it leaves out is taken from its group and then from its tool."""
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
        source=next((table.text("source") for table in (need, *outer) if "source" in table.values), ""),
        note=need.text("note"),
        any_of=need.text("any_of"),
        option=need.text("option"),
        operation=need.text("operation"),
        confidence=Confidence(need.word("confidence", CONFIDENCES, Confidence.CERTAIN)),
    )
    _check(found, use or need, need, known)
    yield found
    for fact in implied.facts(need):
        for more in implied.needs(found, fact, need, names):
            _check(more, use or need, need, known)
            yield more


def _check_alone(need: Table) -> None:
    """What can be said of the need of a group before anybody uses it."""
    need.only(*_NEED)
    _check_action(need.needed("action"), need)
    if not need.texts("resource"):
        raise need.error("`resource` is missing")
    need.word("necessity", list(Necessity), Necessity.REQUIRED)
    need.word("confidence", CONFIDENCES, Confidence.CERTAIN)
    _credentials(need)


def _check_action(action: str, need: Table) -> None:
    if not _ACTION.fullmatch(action):
        raise need.error(f"`{action[:60]}` is no action", "action", "write service:Action")


def _credentials(*tables: Table) -> tuple[Credential, ...]:
    for table in tables:
        words = table.texts("credentials")
        if words:
            return tuple(Credential(table.known("credentials", word, list(Credential))) for word in words)
    return ()


def _check(found: Requirement, place: Table, need: Table, known: Mapping[str, Parameter]) -> None:
    _check_action(found.action, need)
    if not found.resources:
        raise need.error("`resource` is missing")
    if found.operation and not _OPERATION.fullmatch(found.operation):
        raise need.error(
            f"`{found.operation[:60]}` is no operation", "operation", "write service.Operation, as in s3.GetObject"
        )
    if found.option and not found.any_of:
        raise need.error("`any_of` is missing", "option", "an option is one of those with the same label in any_of")
    _arns(found, need, known)
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
        if not (condition is not None and name in condition.names and _is_claim(name, texts, need, known)):
            _is_known(name, place, known)


def _is_claim(name: str, texts: Iterable[str], need: Table, known: Mapping[str, Parameter]) -> bool:
    """Whether a condition names a claim of the token; no template may."""
    base, _, part = name.partition(".")
    if base != CLAIM or not part or base in known:
        return False
    if any(name in templates.names(text) for text in texts):
        raise need.error(f"`{name}` is a claim, which only a condition may name", "resource", "declare a parameter")
    return True


def _is_known(name: str, place: Table, known: Mapping[str, Parameter]) -> None:
    base, _, part = name.partition(".")
    if base not in known and base not in ("true", "false"):
        close = near(base, known)
        way = "declare it under [parameters]"
        hint = f"{close} else {way}" if close.startswith("did you mean") else way
        raise place.error(f"unknown parameter `{base[:60]}`", hint=hint)
    if part and (known[base].kind != "s3-uri" or part not in S3_PARTS):
        raise place.error(f"`{base}` has no part `{part[:60]}`", hint=f"an s3-uri has {', '.join(S3_PARTS)}")


def _arns(found: Requirement, need: Table, known: Mapping[str, Parameter]) -> None:
    """Refuse a resource that IAM could never match; what a bearer token decides is no ARN, and IAM does not see it."""
    if found.credentials and set(found.credentials) <= {Credential.BEARER, Credential.NONE}:
        return
    for text in found.resources:
        if text == "*" or text.startswith("arn:") or _begins_with_arn(text, known):
            continue
        owner, _, number = need.what.rpartition(", ")
        path = text.removeprefix("s3://")
        arn = f"arn:aws:s3:::{path[:120]}" if path != text else "arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME, or *"
        alone = re.fullmatch(r"\{(\w+)\}", text)
        raise InputError(
            f"the resource of {number} of {owner} is `{text[:120]}`, which is no ARN",
            hint=f"write {arn}" + (f', or declare `{alone[1]}` with kind = "arn"' if alone else ""),
            origin=need.origin("resource"),
        )


def _begins_with_arn(template: str, known: Mapping[str, Parameter]) -> bool:
    """
    Whether the template is, or begins with, one placeholder of parameters that hold an ARN.

    Behind it stands nothing, or what is inside of the thing: `{bucket_arn}/table/*`. Of unknown parameters another
    error is told.
    """
    try:
        parts = templates.parts(template)
    except InputError:
        return False
    if not parts or not isinstance(parts[0], templates.Placeholder) or parts[0].optional:
        return False
    if len(parts) > 1 and not (isinstance(parts[1], str) and parts[1].startswith(("/", ":"))):
        return False
    names = (name.partition(".") for name in parts[0].names)
    return all(base not in known or (known[base].kind == "arn" and not part) for base, _, part in names)


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
