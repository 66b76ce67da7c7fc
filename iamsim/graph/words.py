"""Conditions, services and identities of a provider, said as a person would."""

from __future__ import annotations

import re
from collections.abc import Iterable

from iamsim import redact
from iamsim.model.policy import Condition, Statement

_SHOWN = 6
_OPERATORS = {
    "stringequals": "is {}",
    "stringnotequals": "is not {}",
    "stringequalsignorecase": "is {}, in any case",
    "stringnotequalsignorecase": "is not {}, in any case",
    "stringlike": "is like {}",
    "stringnotlike": "is not like {}",
    "arnequals": "is like {}",
    "arnlike": "is like {}",
    "arnnotequals": "is not like {}",
    "arnnotlike": "is not like {}",
    "bool": "is {}",
    "numericequals": "is {}",
    "numericnotequals": "is not {}",
    "numericlessthan": "is less than {}",
    "numericlessthanequals": "is at most {}",
    "numericgreaterthan": "is more than {}",
    "numericgreaterthanequals": "is at least {}",
    "dateequals": "is {}",
    "datenotequals": "is not {}",
    "datelessthan": "is before {}",
    "datelessthanequals": "is not after {}",
    "dategreaterthan": "is after {}",
    "dategreaterthanequals": "is not before {}",
    "ipaddress": "is in {}",
    "notipaddress": "is not in {}",
    "binaryequals": "is {}",
}
_SERVICES = {
    "batch.amazonaws.com": "AWS Batch",
    "bedrock-agentcore.amazonaws.com": "Amazon Bedrock AgentCore",
    "cloudformation.amazonaws.com": "AWS CloudFormation",
    "codebuild.amazonaws.com": "AWS CodeBuild builds",
    "ec2.amazonaws.com": "Amazon EC2 instances",
    "ecs-tasks.amazonaws.com": "Amazon ECS tasks",
    "ecs.amazonaws.com": "Amazon ECS itself",
    "eks.amazonaws.com": "Amazon EKS itself",
    "events.amazonaws.com": "Amazon EventBridge",
    "glue.amazonaws.com": "AWS Glue jobs",
    "lambda.amazonaws.com": "AWS Lambda functions",
    "pods.eks.amazonaws.com": "Amazon EKS pods, by Pod Identity",
    "rolesanywhere.amazonaws.com": "IAM Roles Anywhere workloads",
    "sagemaker.amazonaws.com": "Amazon SageMaker",
    "ssm.amazonaws.com": "AWS Systems Manager",
    "states.amazonaws.com": "AWS Step Functions state machines",
}
GITHUB = "token.actions.githubusercontent.com"


def condition(found: Condition) -> str:
    """One condition as a clause: `sts:ExternalId is `prod-7``."""
    prefix, base, if_exists = operator(found)
    values = [f"`{redact.value(_tag(found.key), value)}`" for value in found.values[:_SHOWN]]
    more = f" or {len(found.values) - _SHOWN} more" if len(found.values) > _SHOWN else ""
    listed = " or ".join(values) + more if values else "nothing"
    subject = found.key if not prefix else f"{'some' if prefix == 'foranyvalue' else 'every'} value of {found.key}"
    if base == "null":
        return f"{found.key} is " + ("not sent" if found.values and found.values[0].lower() == "true" else "sent")
    how = _OPERATORS.get(base)
    clause = f"{subject} {how.format(listed)}" if how else f"{found.operator} of {found.key}: {listed}"
    return clause + (", if it is sent" if if_exists else "")


def operator(found: Condition) -> tuple[str, str, bool]:
    """An operator's set prefix (`foranyvalue`, `forallvalues` or none), its base, and whether it ends in IfExists; lower case."""
    name = found.operator.lower()
    prefix, colon, base = name.partition(":")
    if not colon:
        prefix, base = "", name
    return prefix, base.removesuffix("ifexists"), base.endswith("ifexists")


def service(name: str) -> str:
    """What a service principal is to people: `Amazon ECS tasks (ecs-tasks.amazonaws.com)`."""
    known = _SERVICES.get(name)
    return f"{known} ({name})" if known else f"the service {name}"


def identities(provider: str, statement: Statement | None) -> str:
    """Which identities of a provider a statement lets in, by its conditions on the token's subject."""
    issuer = provider.partition(":oidc-provider/")[2] or provider
    subjects = [value for each in _on(statement, f"{issuer}:sub") for value in each.values]
    if GITHUB in issuer:
        exact = {
            value
            for each in _on(statement, f"{issuer}:sub")
            if operator(each)[1] != "stringlike"
            for value in each.values
        }
        return _github(subjects, exact)
    if ":saml-provider/" in provider:
        return f"users of the SAML provider {provider.rpartition('/')[2]}"
    accounts = [_service_account(value) for value in subjects]
    if accounts and all(accounts):
        return f"{_or(f'{found}' for found in accounts if found)} of {issuer}"
    if subjects:
        return f"identities of {issuer} whose subject is {_or(f'`{value}`' for value in subjects)}"
    audiences = [value for each in _on(statement, f"{issuer}:aud") for value in each.values]
    if audiences:
        return f"any identity of {issuer} with a token for {_or(f'`{value}`' for value in audiences)}"
    return f"any identity of {issuer}"


# ---------------------------------------------------------------- helpers


def _tag(key: str) -> str:
    return key.partition("/")[2] if ":" in key else key


def _on(statement: Statement | None, key: str) -> Iterable[Condition]:
    for each in statement.conditions if statement is not None else ():
        prefix, base, if_exists = operator(each)
        positive = base in ("stringequals", "stringlike", "stringequalsignorecase")
        if each.key.lower() == key.lower() and positive and not if_exists and prefix != "forallvalues":
            yield each


def _or(items: Iterable[str]) -> str:
    found = list(dict.fromkeys(items))
    if len(found) > _SHOWN:
        return ", ".join(found[:_SHOWN]) + f" or {len(found) - _SHOWN} more"
    return " or ".join(filter(None, (", ".join(found[:-1]), *found[-1:])))


def _github(subjects: list[str], exact: set[str]) -> str:
    if not subjects:
        return "any GitHub repository"
    return _or(
        f"no GitHub run: its subject would have to be `{value}` to the letter"
        if value in exact and "*" in value
        else f"{_repository(value)} ({value})"
        for value in subjects
    )


# A subject is `repo:OWNER/NAME:CONTEXT`; immutable ones have ids behind the names: `repo:OWNER@1/NAME@2:CONTEXT`.
# Source: GitHub Docs, "OpenID Connect reference", example subject claims.
_SUBJECT = re.compile(r"repo:(?P<owner>[^/:]*)(?:/(?P<name>[^:]*)(?::(?P<context>.*))?)?", re.DOTALL)


def _repository(value: str) -> str:
    """Which repositories and runs a pattern of GitHub subjects means; a `*` also matches `/` and `:`."""
    match = _SUBJECT.fullmatch(value)
    if match is None:
        return "any GitHub repository" if value and not value.strip("*") else "GitHub Actions with this subject"
    owner, name, context = match["owner"], match["name"], match["context"]
    if "*" in owner or "?" in owner:
        start = re.split(r"[*?]", owner)[0]
        return f"any GitHub repository whose owner begins with {start}" if start else "any GitHub repository"
    if name is None:
        return "GitHub Actions with this subject"
    if name and not name.strip("*"):
        where = f"any GitHub repository of the organization {owner}"
    elif "*" in name or "?" in name:
        where = f"any GitHub repository like {owner}/{name}"
    else:
        where = f"the GitHub repository {owner}/{name}"
    return where + _run(context)


def _run(context: str | None) -> str:
    if not context or not context.strip("*"):
        return ""
    kind, _, rest = context.partition(":")
    known = {"ref": "on", "environment": "in the environment", "pull_request": "in pull requests"}.get(kind)
    return f" {known} {rest}".rstrip() if known else f" in {context}"


# Source: Amazon EKS User Guide, "IAM roles for service accounts".
_ACCOUNT = re.compile(r"system:serviceaccount:([^:]+):([^:]+)")


def _service_account(value: str) -> str | None:
    match = _ACCOUNT.fullmatch(value)
    if match is None:
        return None
    if not match[2].strip("*"):
        return f"any Kubernetes service account of the namespace {match[1]}"
    return f"the Kubernetes service account {match[1]}/{match[2]}"
