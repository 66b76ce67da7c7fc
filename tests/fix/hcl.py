"""HCL read by python-hcl2 and worked out to what a plan of it says, as far as our own blocks need it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import hcl2

Values = dict[str, Any]


def resources(text: str, known: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """
    The resources of the blocks as `planned_values` has them.

    `known` gives the values of references and variables. What a plan cannot tell without AWS is not there.
    """
    told = dict(known or {})
    found = hcl2.loads(text)
    for each in found.get("data", []):
        for kind, named in each.items():
            assert _plain(kind) == "aws_iam_policy_document"
            for name, body in named.items():
                told[f"data.aws_iam_policy_document.{_plain(name)}.json"] = _document(body, told)
    return [
        {
            "address": f"{_plain(kind)}.{_plain(name)}",
            "mode": "managed",
            "type": _plain(kind),
            "name": _plain(name),
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "schema_version": 0,
            "values": _members(body, told),
            "sensitive_values": {},
        }
        for each in found.get("resource", [])
        for kind, named in each.items()
        for name, body in named.items()
    ]


def documents(text: str, known: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The policies of the data sources aws_iam_policy_document, by name."""
    return {
        _plain(name): json.loads(_document(body, known or {}))
        for each in hcl2.loads(text).get("data", [])
        for named in each.values()
        for name, body in named.items()
    }


def plan(*found: dict[str, Any]) -> dict[str, Any]:
    """A plan that makes the resources. Source: Terraform, "JSON Output Format", plan representation."""
    changes = [
        {
            **{name: each[name] for name in ("address", "mode", "type", "name", "provider_name")},
            "change": {
                "actions": ["create"],
                "before": None,
                "after": each["values"],
                "after_unknown": {},
                "before_sensitive": False,
                "after_sensitive": {},
            },
        }
        for each in found
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": list(found)}},
        "resource_changes": changes,
        "configuration": {
            "provider_config": {
                "aws": {
                    "name": "aws",
                    "full_name": "registry.terraform.io/hashicorp/aws",
                    "expressions": {"region": {"constant_value": "us-east-1"}},
                }
            },
            "root_module": {
                "resources": [
                    {**{name: each[name] for name in ("address", "mode", "type", "name")}, "provider_config_key": "aws"}
                    for each in found
                ]
            },
        },
        "complete": True,
        "applyable": True,
        "errored": False,
    }


def _members(body: Values, known: Mapping[str, str]) -> Values:
    return {
        name: [_members(each, known) for each in value] if _is_blocks(value) else _value(value, known)
        for name, value in body.items()
        if not name.startswith("__")
    }


def _is_blocks(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) and "__is_block__" in each for each in value)


def _value(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {_plain(name): _value(each, known) for name, each in value.items() if not name.startswith("__")}
    if isinstance(value, list):
        return [_value(each, known) for each in value]
    if not isinstance(value, str):
        return value
    if value.startswith('"'):
        return _text(value[1:-1], known)
    assert value.startswith("${")
    expression = value[2:-1]
    if expression.startswith("jsonencode("):
        inner = hcl2.loads(f"value = {expression.removeprefix('jsonencode(')[:-1]}\n")["value"]
        return json.dumps(_value(inner, known))
    return known[expression]


def _plain(words: str) -> str:
    return _text(words[1:-1], {}) if words.startswith('"') else words


def _text(words: str, known: Mapping[str, str]) -> str:
    """Source: Terraform language, "Strings and Templates"."""

    def one(match: re.Match[str]) -> str:
        found = match.group()
        if found[0] == "\\":
            return _ESCAPES.get(found) or chr(int(f"0x{found[2:]}", 0))
        return found[1:] if found in ("$${", "%%{") else known[found[2:-1]]

    return _PIECES.sub(one, words)


_PIECES = re.compile(r'\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\["\\nrt]|\$\$\{|%%\{|\$\{[^}]*\}')
_ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t"}


def _document(body: Values, known: Mapping[str, str]) -> str:
    """Source: Terraform AWS provider, "Data Source: aws_iam_policy_document"."""
    told = _members(body, known)
    return json.dumps(
        {
            "Version": told.get("version", "2012-10-17"),
            "Statement": [_statement(each) for each in told.get("statement", [])],
        }
    )


def _statement(told: Values) -> Values:
    found: Values = {"Sid": told["sid"]} if told.get("sid") else {}
    found["Effect"] = told.get("effect", "Allow")
    for name, element in _ELEMENTS.items():
        if name in told:
            found[element] = told[name]
    for name, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        kinds: Values = {}
        for each in told.get(name, []):
            kinds.setdefault(each["type"], []).extend(each["identifiers"])
        if kinds:
            found[element] = "*" if kinds == {"*": ["*"]} else kinds
    for each in told.get("condition", []):
        found.setdefault("Condition", {}).setdefault(each["test"], {}).setdefault(each["variable"], []).extend(
            # `&{` stands for the `${` of a policy variable.
            value.replace("&{", "${")
            for value in each["values"]
        )
    return found


_ELEMENTS = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}
