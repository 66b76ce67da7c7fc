"""What aws_lambda_permission adds to a function's policy."""

from __future__ import annotations

import re
from typing import Any

from iamsim import documents
from iamsim.model.policy import Policy
from iamsim.sources._plan_instance import Instance
from iamsim.sources._plan_values import Untold

_CONDITIONS = (
    ("source_arn", "ArnLike", "AWS:SourceArn"),
    ("source_account", "StringEquals", "AWS:SourceAccount"),
    ("principal_org_id", "StringEquals", "aws:PrincipalOrgID"),
    ("event_source_token", "StringEquals", "lambda:EventSourceToken"),
    ("function_url_auth_type", "StringEquals", "lambda:FunctionUrlAuthType"),
)
_OF_PERMISSION = ("action", "principal", "qualifier", "statement_id", *(name for name, _, _ in _CONDITIONS))


def permission(instance: Instance, arn: str) -> Policy | None:
    """
    The one statement that aws_lambda_permission adds to the policy of the function `arn`; None where it is not told.

    Source: AWS Lambda API Reference, AddPermission: the account of the source and its ARN become conditions.
    """
    values = {name: instance.text(name) for name in _OF_PERMISSION}
    # A qualifier makes it a statement of a version or an alias.
    if any(isinstance(value, Untold) for name, value in values.items() if name != "statement_id"):
        return None
    principal = str(values["principal"] or "*")
    suffix = f":{values['qualifier']}" if values["qualifier"] else ""
    conditions: dict[str, dict[str, Any]] = {}
    for name, operator, key in _CONDITIONS:
        if values[name]:
            conditions.setdefault(operator, {})[key] = values[name]
    if re.fullmatch(r"\d{12}", principal, re.ASCII):
        principal = f"arn:{arn.split(':')[1]}:iam::{principal}:root"
    kind = "AWS" if principal == "*" or principal.startswith("arn:") else "Service"
    statement = {
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {kind: principal},
        "Action": values["action"] or "lambda:InvokeFunction",
        "Resource": arn + suffix,
        **({"Sid": values["statement_id"]} if isinstance(values["statement_id"], str) else {}),
        **({"Condition": conditions} if conditions else {}),
    }
    value = {"Version": "2012-10-17", "Statement": [statement]}
    return documents.policy_at(value, lambda _: instance.place(), name=f"policy of {arn}")
