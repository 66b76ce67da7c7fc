"""The server that a manifest describes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from iamsim import documents
from iamsim.errors import InputError
from iamsim.model.origin import Origin
from iamsim.model.server import WEB_IDENTITY, AssumeTemplate, Broker, Parameter, Provenance, Server, Suite, TokenProfile
from iamsim.tools import templates
from iamsim.tools.bindings import KINDS, unsuitable
from iamsim.tools.tables import Table

REFUSALS = (
    "expired",
    "not_yet_valid",
    "invalid_signature",
    "invalid_issuer",
    "invalid_audience",
    "missing_claim",
    "algorithm",
    "malformed",
)
"""The reasons to refuse a token for which a manifest may give the server's words."""

FAILURES = ("missing_role", "missing_subject", "failed", "no_credentials")
"""The ways the AssumeRole call may fail for which a manifest may give the server's words."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""What the name of a parameter looks like."""

ERRORS = ("answered", "flagged")
"""How a tool that failed answers: like one that did not, or as an error."""

_SERVER = (
    "name",
    "version",
    "title",
    "base",
    "bearer",
    "errors",
    "token",
    "assume",
    "broker",
    "suite",
    "context",
    "modes",
    "notes",
    "source",
)
_WAYS = ("written", "inferred", "recorded", "declared")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def server(file: Table) -> Server:
    """The server that `file`, a whole manifest, describes."""
    table = file.table("server", "[server]")
    table.only(*_SERVER)
    return Server(
        name=table.needed("name"),
        version=table.needed("version"),
        title=table.text("title"),
        base=table.text("base"),
        token=_token(table.table("token", "[server.token]")) if "token" in table.values else None,
        assume=_assume(table.table("assume", "[server.assume]")) if "assume" in table.values else None,
        broker=_broker(table.table("broker", "[server.broker]")) if "broker" in table.values else None,
        parameters=dict(_parameters(file.table("parameters", "[parameters]"))),
        context={key.lower(): values for key, values in table.mapping("context").items()},
        modes=table.texts("modes"),
        notes=table.texts("notes"),
        source=table.text("source"),
        origin=Origin(file.document.name),
        provenance=_provenance(file.table("provenance", "[provenance]")) if "provenance" in file.values else None,
        bearer=table.text("bearer"),
        errors=table.word("errors", ("", *ERRORS), ""),
        suite=_suite(table.table("suite", "[server.suite]")) if "suite" in table.values else None,
    )


def parameter(table: Table, base: Parameter, known: Mapping[str, object]) -> Parameter:
    """`base` with what `table` says of it; without a `default` in the table it has none. Defaults may name the `known`."""
    found = Parameter(
        base.name,
        table.text("description", base.description),
        table.text("default") if "default" in table.values else None,
        table.word("kind", KINDS, base.kind),
        table.text("begins", base.begins),
    )
    check_default(table, "default", found, known)
    return found


def check_default(table: Table, key: str, found: Parameter, known: Mapping[str, object]) -> None:
    """Raise `InputError`, at `key`, for a default that names what is not `known`, or that its kind does not allow."""
    default = found.default or ""
    for other in placeholders(table, key, default):
        table.known(key, other.partition(".")[0], known)
    wrong = unsuitable(found.kind, default) if default and "{" not in default else ""
    if wrong:
        raise table.error(f"the default of the {found.kind} `{found.name}` is {wrong}", key)


def placeholders(table: Table, key: str, template: str) -> tuple[str, ...]:
    """The names in the `template` that stands under `key`; what cannot be read is an error there."""
    try:
        return templates.names(template)
    except InputError as error:
        raise table.error(error.message, key, error.hint) from None


def _provenance(table: Table) -> Provenance:
    table.only(*Provenance.__dataclass_fields__)
    if not table.text("how"):
        raise table.error("`how` is missing", hint=f"one of {', '.join(_WAYS)}")
    return Provenance(
        how=table.word("how", _WAYS, ""),
        subject=table.text("subject"),
        made=_day(table, "made"),
        reviewed=_day(table, "reviewed"),
        uncertain=table.texts("uncertain"),
    )


def _day(table: Table, key: str) -> str:
    if isinstance(table.values.get(key), date):
        raise table.error(f"`{key}` is not a text", key, f'write {key} = "{str(table.values[key])[:10]}"')
    text = table.text(key)
    try:
        fits = not text or (_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        fits = None
    if not fits:
        raise table.error(f"`{text[:60]}` is no day", key, 'write year, month and day: "2026-01-31"')
    return text


def _token(table: Table) -> TokenProfile:
    table.only("algorithms", "required_claims", "issuer", "audience", "verifies", "messages")
    return TokenProfile(
        algorithms=table.texts("algorithms"),
        required_claims=table.texts("required_claims"),
        issuer=table.text("issuer"),
        audience=table.text("audience"),
        verifies=table.flag("verifies", default=True),
        messages=_messages(table, "[server.token.messages]", REFUSALS),
    )


def _assume(table: Table) -> AssumeTemplate:
    table.only(*AssumeTemplate.__dataclass_fields__)
    for key in ("session_name", "source_identity", "external_id"):
        for name in placeholders(table, key, table.text(key)):
            table.known(key, name, ("subject", "unix_time"))
    _session_policy(table)
    replaced = table.text("session_name_replace")
    if replaced and not re.fullmatch(r"\[\^?\]?[^\]\[]+\]", replaced):
        raise table.error("`session_name_replace` is no character class", "session_name_replace", "write [^A-Za-z0-9]")
    return AssumeTemplate(
        role_claims=table.texts("role_claims"),
        subject_claims=table.texts("subject_claims"),
        session_name=table.needed("session_name"),
        session_name_replace=replaced,
        session_name_replacement=table.text("session_name_replacement", "-"),
        session_name_length=table.number("session_name_length", 64),
        source_identity=table.text("source_identity") or None,
        tag_claims=table.texts("tag_claims"),
        transitive_claims=table.texts("transitive_claims"),
        external_id=table.text("external_id") or None,
        duration_parameter=table.text("duration_parameter"),
        duration_default=table.number("duration_default", 3600),
        duration_min=table.number("duration_min", 900),
        duration_max=table.number("duration_max", 43200),
        messages=_messages(table, "[server.assume.messages]", FAILURES),
        source=table.text("source"),
        operation=table.word("operation", ("AssumeRole", WEB_IDENTITY), "AssumeRole"),
        role_parameter=table.text("role_parameter"),
        session_policy=table.text("session_policy"),
    )


def _session_policy(table: Table) -> None:
    """Refuses a session policy that is no policy, at its line in the manifest."""
    text = table.text("session_policy")
    if text:
        try:
            documents.policy(text, document="session_policy")
        except InputError as error:
            raise table.error(f"`session_policy` {error.message}", "session_policy", error.hint) from None


def _messages(table: Table, header: str, known: tuple[str, ...]) -> dict[str, str]:
    inner = table.table("messages", header)
    inner.only(*known)
    return {code: inner.text(code) for code in inner.values}


def _broker(table: Table) -> Broker:
    table.only("name", "description", "source")
    return Broker(table.needed("name"), table.text("description"), table.text("source"))


def _suite(table: Table) -> Suite:
    table.only("name", "looks_at", "source")
    return Suite(table.needed("name"), table.texts("looks_at"), table.text("source"))


def _parameters(table: Table) -> Iterator[tuple[str, Parameter]]:
    for name, value in table.values.items():
        if not NAME.fullmatch(name) or name in ("true", "false", "set"):
            raise table.error(f"`{name[:60]}` cannot be the name of a parameter", name)
        if isinstance(value, str):
            yield name, Parameter(name, table.text(name))
            continue
        inner = table.table(name, f"[parameters.{name}]" if f"[parameters.{name}]" in table.document.text else "")
        inner.only("description", "default", "kind", "begins")
        found = parameter(inner, Parameter(name), table.values)
        if found.kind == "flag" and found.default == "":
            raise inner.error(f"the default of the flag `{name}` is neither true nor false", "default")
        yield name, found
