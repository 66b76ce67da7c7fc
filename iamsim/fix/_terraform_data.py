"""A policy as the blocks of the data source aws_iam_policy_document."""

from __future__ import annotations

from iamsim.fix import _documents
from iamsim.fix._hcl import Member, Nested
from iamsim.model.policy import Policy


def statements(policy: Policy) -> list[Member] | None:
    """
    The members of the data source; None for a text that it would turn into another.

    Source: Terraform AWS provider, "Data Source: aws_iam_policy_document": `&{…}` becomes a policy variable, the
    version is 2012-10-17 unless told, and an element that names one kind of principal `*` means anyone.
    """
    value = _documents.value(policy)
    if "&{" in _documents.text(value):
        return None
    version = value.get("Version", "2008-10-17")
    found: list[Member] = [] if version == "2012-10-17" else [("version", version)]
    return [*found, *(("statement", Nested(tuple(_members(each)))) for each in value["Statement"])]


def _members(statement: dict[str, object]) -> list[Member]:
    found: list[Member] = [("sid", statement["Sid"])] if statement.get("Sid") else []
    found.append(("effect", statement["Effect"]))
    for name, key in _LISTS.items():
        if key in statement:
            found.append((name, _list(statement[key])))
    for name, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        principal = statement.get(key)
        kinds = {"*": "*"} if principal == "*" else principal
        for kind, values in kinds.items() if isinstance(kinds, dict) else ():
            found.append((name, Nested((("type", kind), ("identifiers", _list(values))))))
    conditions = statement.get("Condition")
    for test, keys in conditions.items() if isinstance(conditions, dict) else ():
        for key, values in keys.items():
            members = (("test", test), ("variable", key), ("values", _list(values)))
            found.append(("condition", Nested(members)))
    return found


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


_LISTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}
