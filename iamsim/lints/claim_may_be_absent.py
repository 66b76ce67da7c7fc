"""
A condition on a claim holds for a token that has no such claim.

With IfExists, ForAllValues or a negated operator a condition is met when its key is absent. Where a provider leaves the claim out, as GitHub does with
`environment` outside of one, the condition keeps nobody out. Ask for the claim, or add a Null condition of `false`.

Avoid:

    {"StringEqualsIfExists": {"token.actions.githubusercontent.com:environment": "prod"}}

Prefer:

    {"StringEquals": {"token.actions.githubusercontent.com:environment": "prod"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.engine.conditions import reading
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import allowing, federated, holds_without, provider_name
from iamsim.model.finding import Severity
from iamsim.model.policy import Statement
from iamsim.sts.subjects import GITHUB

_ALWAYS = frozenset({"sub", "aud"})
_OF_GITHUB = frozenset(
    {
        "actor",
        "actor_id",
        "job_workflow_ref",
        "repository",
        "repository_id",
        "repository_owner",
        "repository_owner_id",
        "workflow",
        "ref",
    }
)


def check(draft: Draft) -> Iterator[Seen]:
    """One for each condition on a claim that tokens of the provider need not have, in statements that do not ask for it otherwise."""
    for part, statement, _ in allowing(draft):
        names = {provider_name(arn).lower() for arn in federated(statement)}
        for condition in statement.conditions:
            name, _, claim = condition.key.lower().rpartition(":")
            there = claim in _ALWAYS or (GITHUB.fullmatch(name) and claim in _OF_GITHUB)
            if name not in names or there or not holds_without(condition) or _asked(statement, condition.key):
                continue
            at = (*part.at, "Condition", condition.operator, condition.key)
            told = f"{part.label} lets in a token without the claim `{claim[:80]}`"
            read = reading(condition.operator).operator
            negated = read is not None and read.negated
            subject = f"{part.subject} {condition.operator} {condition.key}"
            yield Seen(subject, told, at, severity=Severity.MEDIUM if negated else None)


def _asked(statement: Statement, key: str) -> bool:
    """Whether another condition fails where the key is absent, or one asks for its absence."""
    for each in statement.conditions:
        if each.key.lower() == key.lower() and (each.operator == "Null" or not holds_without(each)):
            return True
    return False


LINT = Lint(
    check,
    Family.TRUST,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Condition operators, …IfExists condition operators",
    kinds=frozenset({PolicyKind.TRUST}),
)
