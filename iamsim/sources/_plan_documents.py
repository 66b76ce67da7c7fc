"""The policy documents of a plan: texts, and data sources aws_iam_policy_document that are read during the apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iamsim import documents, jsontext
from iamsim.documents import UntoldError
from iamsim.errors import InputError
from iamsim.jsontext import Holed, Number, Pointer, clipped
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE
from iamsim.sources._plan_instance import Instance, refuse, wrong
from iamsim.sources._plan_references import ANY, Named, References
from iamsim.sources._plan_values import AFTER_APPLY, SENSITIVE, Untold, is_secret, text

_DOCUMENT = "aws_iam_policy_document"
_IS_DOCUMENT = {_DOCUMENT: ("json", "minified_json")}
_LISTED = 8

_MOST_DOCUMENTS = 50
"""Most documents that are merged into one."""

_MOST_STATEMENTS = 1000
"""Most statements of a document that is put together; the longest policy that AWS takes has room for fewer."""

_MOST_IN_ALL = 200_000
"""Most statements of all such documents of a plan."""


@dataclass(slots=True)
class Notes:
    """What the reader of a plan has to be told: what was not seen, and what was taken for granted."""

    unseen: dict[tuple[str, str], None] = field(default_factory=dict)
    taken: dict[str, None] = field(default_factory=dict)
    pathless: dict[str, None] = field(default_factory=dict)

    def miss(self, subject: str, reason: str) -> None:
        """Says that something was not seen."""
        self.unseen[clipped(subject), reason] = None

    def take(self, instance: Instance, attribute: str, found: str) -> None:
        """Says that a value which is not known yet is taken for the one that its expression names."""
        self.taken[f"{instance.shown}.{attribute} is {clipped(found)}"] = None

    def assumed(self) -> str:
        """All that was taken for granted, in a line; empty for nothing."""
        if not self.taken:
            return ""
        more = len(self.taken) - _LISTED
        shown = [*list(self.taken)[:_LISTED], *([f"and {more} more"] if more > 0 else [])]
        return f"what is known only after apply is the one thing that it refers to: {', '.join(shown)}"


@dataclass(frozen=True, slots=True)
class Told:
    """A policy, or in `unread` why there is one that cannot be read; with neither there is none."""

    policy: Policy | None = None
    unread: str = ""


NONE = Told()


def waiting(value: Untold, named: Named) -> str:
    """Why a value is not told, and which references it waits for."""
    names = str(named) if value is AFTER_APPLY else ""
    return f"{value.why}: it waits for {clipped(names)}" if names else value.why


class Documents:
    """Reads the policies of resources."""

    def __init__(self, references: References, notes: Notes) -> None:
        self.references = references
        self.notes = notes
        self.secret: dict[str, bool] = {}
        self.built: dict[str, Policy | None] = {}
        self.statements = 0

    def read(self, instance: Instance, attribute: str, *, name: str, arn: str | None = None) -> Told:
        """The policy in an attribute."""
        named = self.references.named(instance, attribute)
        return self.of(instance, instance.text(attribute), (attribute,), named, name=name, arn=arn)

    def of(  # noqa: PLR0913 - a value, its place and its expression
        self, instance: Instance, value: object, at: Pointer, named: Named, *, name: str, arn: str | None = None
    ) -> Told:
        """The policy in a value that stands `at` a place of the resource; its expression refers to what is `named`."""
        if value is None or value == "":
            return NONE
        if not isinstance(value, str | Untold) or isinstance(value, Number):
            wrong("a policy is text", instance.place(*at))
        # A data source makes one text of its parts, and forgets which of them are sensitive.
        if any(self.is_secret(target.instance) for target in named.targets if target.instance.type == _DOCUMENT):
            return Told(unread=SENSITIVE.why)
        if isinstance(value, str):
            return Told(documents.embedded(value, instance.place(*at), name=name, arn=arn))
        data = named.only(_IS_DOCUMENT) if value is AFTER_APPLY else None
        if data is None or not data.deferred:
            return Told(unread=waiting(value, named))
        policy = self.document(data)
        if policy is None:
            return Told(unread=waiting(value, named))
        self.notes.take(instance, str(at[0]), f"{data.shown}.json")
        return Told(replace(policy, name=name, arn=arn))

    def is_secret(self, data: Instance) -> bool:
        """Whether a data source has something sensitive in it."""
        if data.address not in self.secret:
            self.secret[data.address] = is_secret(data.after)
        return self.secret[data.address]

    def document(self, data: Instance) -> Policy | None:
        """The policy of a data source that is read during the apply; None where its statements are not told."""
        if data.address not in self.built:
            try:
                built = _Built(self.references, data, [])
                self.statements += len(built.statements)
                if self.statements > _MOST_IN_ALL:
                    refuse(f"has more than {_MOST_IN_ALL:,} statements", "plan a part of it", data.origin)
                found = documents.policy_at(built.value, built.place, name=data.shown)
            except UntoldError:
                found = None
            self.built[data.address] = found
        return self.built[data.address]


class _Built:
    """
    The JSON of one aws_iam_policy_document, with holes where a value is not known.

    Documents in `source_policy_documents` come first, then the statements of its own, then those of
    `override_policy_documents`, which take the place of statements with the same Sid.
    Source: Terraform AWS provider, "Data Source: aws_iam_policy_document".
    """

    def __init__(self, references: References, data: Instance, opened: list[str]) -> None:
        # A document is opened once: one that goes round in circles, or comes twice, is not followed.
        if data.address in opened or len(opened) == _MOST_DOCUMENTS:
            raise UntoldError(())
        opened.append(data.address)
        self.references = references
        self.data = data
        self.opened = opened
        self.statements: list[tuple[dict[str, Any], Origin]] = []
        version = data.text("version")
        self.version: object = "2012-10-17" if version is None else text(version)
        for name in ("source_json", "source_policy_documents"):
            for value, _ in self.others(name):
                self.statements += value
        for index, block in enumerate(self.listed(data.blocks("statement"))):
            self.statements.append((_statement(block, data, index), data.place("statement", index)))
        for name in ("override_policy_documents", "override_json"):
            for value, version_ in self.others(name):
                self.override(value)
                self.version = version_ or self.version
        if len(self.statements) > _MOST_STATEMENTS:
            raise UntoldError(("Statement",))

    @property
    def value(self) -> dict[str, Any]:
        """The document."""
        return {"Version": self.version, "Statement": [statement for statement, _ in self.statements]}

    def place(self, pointer: Pointer) -> Origin:
        """The place of a part: that of its statement."""
        index = pointer[1] if len(pointer) > 1 and pointer[0] == "Statement" else None
        return self.statements[index][1] if isinstance(index, int) else self.data.place()

    def listed(self, found: object) -> tuple[Mapping[str, Any], ...]:
        if isinstance(found, Untold):
            raise UntoldError(("Statement",))
        return found if isinstance(found, tuple) else ()

    def others(self, name: str) -> list[tuple[list[tuple[dict[str, Any], Origin]], object]]:
        """The statements of other documents, and their versions."""
        value = self.data.after.get(name)
        if isinstance(value, Untold):
            raise UntoldError((name,))
        values = value if isinstance(value, list) else [] if value in (None, "") else [value]
        found = []
        named = [
            target.instance
            for target in self.references.named(self.data, name).targets
            if target.attribute in (*_IS_DOCUMENT[_DOCUMENT], ANY)
            and target.instance.type == _DOCUMENT
            and target.instance.deferred
        ]
        # One document for each text that is not known, in the order in which the expression names them.
        fitting = iter(named if len(named) == sum(isinstance(item, Untold) for item in values) else ())
        for index, item in enumerate(values):
            if isinstance(item, Untold):
                data = next(fitting, None)
                if item is not AFTER_APPLY or data is None:
                    raise UntoldError((name, index))
                built = _Built(self.references, data, self.opened)
                found.append((built.statements, built.version))
            elif isinstance(item, str) and not isinstance(item, Number):
                if item:
                    found.append(self.read(item, self.data.place(name, index)))
            elif item is not None:
                wrong(f"`{name}` holds something that is no text", self.data.place(name, index))
        return found

    def read(self, item: str, at: Origin) -> tuple[list[tuple[dict[str, Any], Origin]], object]:
        try:
            value = jsontext.load(item, at.document)
        except InputError as error:
            raise InputError(f"a policy in it {error.message}", hint=error.hint, origin=at) from None
        statements = value.get("Statement") if isinstance(value, dict) else None
        listed = statements if isinstance(statements, list) else [] if statements is None else [statements]
        if not all(isinstance(statement, dict) for statement in listed):
            wrong("a policy in it has statements that are no objects", at)
        return [(statement, at) for statement in listed], value.get("Version") if isinstance(value, dict) else None

    def override(self, statements: list[tuple[dict[str, Any], Origin]]) -> None:
        """Puts statements in the place of those with the same Sid, and all others behind them."""
        for new in statements:
            same = [i for i, (old, _) in enumerate(self.statements) if new[0].get("Sid") and _sid(old) == _sid(new[0])]
            if same:
                self.statements[same[0]] = new
            else:
                self.statements.append(new)


def _sid(statement: Mapping[str, Any]) -> object:
    sid = statement.get("Sid")
    if isinstance(sid, Holed):
        raise UntoldError(("Sid",))
    return sid


_LISTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}


def _statement(block: Mapping[str, Any], data: Instance, index: int) -> dict[str, Any]:
    """One statement block as JSON; `&{…}` becomes a policy variable."""
    found: dict[str, Any] = {"Effect": "Allow" if block.get("effect") in (None, "") else text(block["effect"])}
    if block.get("sid") not in (None, ""):
        found["Sid"] = text(block["sid"])
    at = ("statement", index)
    for name, key in _LISTS.items():
        if values := _texts(block, name, data, at):
            found[key] = values
    for name, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        if principals := _principals(block, name, data, at):
            found[key] = principals
    conditions: dict[Any, dict[Any, list[Any]]] = {}
    for each in _blocks(block, "condition", data, at):
        test = _word(each, "test", data, (*at, "condition"))
        if isinstance(test, Untold):
            raise UntoldError((*at, "condition"))
        values = _texts(each, "values", data, (*at, "condition"))
        key = text(_word(each, "variable", data, (*at, "condition")))
        conditions.setdefault(test, {}).setdefault(key, []).extend(values)
    if conditions:
        found["Condition"] = conditions
    return found


def _principals(block: Mapping[str, Any], name: str, data: Instance, at: Pointer) -> Any:  # noqa: ANN401 - a policy's
    parts: dict[Any, list[Any]] = {}
    for each in _blocks(block, name, data, at):
        kind = _word(each, "type", data, (*at, name))
        if isinstance(kind, Untold):
            raise UntoldError((*at, name))
        parts.setdefault(kind, []).extend(_texts(each, "identifiers", data, (*at, name)))
    if "*" in parts:
        if any(isinstance(value, Holed) for value in parts["*"]):
            raise UntoldError((*at, name))
        if list(parts) == ["*"] and parts["*"] == ["*"]:
            return "*"
    return parts


def _blocks(block: Mapping[str, Any], name: str, data: Instance, at: Pointer) -> list[Mapping[str, Any]]:
    found = block.get(name)
    if isinstance(found, Untold) or (isinstance(found, list) and any(isinstance(item, Untold) for item in found)):
        raise UntoldError((*at, name))
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        wrong(f"`{name}` is no list of blocks", data.place(*at))
    return found


def _word(block: Mapping[str, Any], name: str, data: Instance, at: Pointer) -> str | Untold:
    found = block.get(name)
    if not isinstance(found, str | Untold):
        wrong(f"`{name}` is no text", data.place(*at))
    return found


def _texts(block: Mapping[str, Any], name: str, data: Instance, at: Pointer) -> list[Any]:
    """The texts of a list; a list of which nothing is known is one text of which nothing is known."""
    found = block.get(name)
    if found is None:
        return []
    if isinstance(found, Untold):
        return [Holed(HOLE)]
    if not isinstance(found, list) or not all(isinstance(item, str | Untold) for item in found):
        wrong(f"`{name}` is no list of texts", data.place(*at))
    return [item.replace("&{", "${") if isinstance(item, str) else text(item) for item in found]
