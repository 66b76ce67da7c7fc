"""Tokens of strangers: what every claim of a provider's token is that nobody meant to let in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.catalog import condition_keys
from iamsim.drafts import Part, Test, Text
from iamsim.engine.conditions import Quantifier, reading
from iamsim.lints._trust import WEB, federated, provider_name, wanted
from iamsim.model.policy import Statement
from iamsim.sts.subjects import EKS, GITHUB

_GITHUB: Mapping[str, str] = {
    "sub": "repo:stranger@99999999/anything@99999998:ref:refs/heads/stranger",
    "repository": "stranger/anything",
    "repository_id": "99999998",
    "repository_owner": "stranger",
    "repository_owner_id": "99999999",
    "actor": "stranger",
    "actor_id": "99999997",
    "job_workflow_ref": "stranger/anything/.github/workflows/stranger.yml@refs/heads/stranger",
    "ref": "refs/heads/stranger",
    "workflow": "stranger",
}
"""Who runs a workflow of his own chooses the audience, the environment and the branch."""


def strange_token(name: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The condition keys that a stranger's token of the provider brings, and those that it does not; of others nothing is told."""
    if GITHUB.fullmatch(name):
        return {f"{name}:{claim}".lower(): value for claim, value in _GITHUB.items()}, (f"{name}:enterprise_id",)
    if EKS.fullmatch(name):
        # The audience of a pod's token is the pod's to choose, and by default sts.amazonaws.com.
        return {f"{name}:sub".lower(): "system:serviceaccount:stranger:stranger"}, (f"{name}:amr".lower(),)
    claims = {
        "sub": "stranger@example.com",
        "aud": "stranger",
        "app_id": "stranger",
        "oaud": "stranger",
        "azp": "stranger",
    }
    if name == "cognito-identity.amazonaws.com":
        claims = {
            "sub": "us-east-1:00000000-0000-0000-0000-000000000000",
            "aud": "us-east-1:00000000-0000-0000-0000-000000000001",
        }
    claims |= {"user_id": "stranger", "id": "stranger", "email": "stranger@example.com"}
    return {
        **{f"{name}:{claim}".lower(): value for claim, value in claims.items()},
        "sts:rolesessionname": "stranger",
    }, ()


def tests_of(part: Part, name: str, claim: str) -> Iterator[tuple[Test, Text]]:
    """The values that a statement asks a claim of the provider to have, each with its test."""
    for test in part.conditions():
        if test.key.lower() == f"{name}:{claim}".lower() and asks(test.operator):
            for text in test.values:
                yield test, text


def asks(operator: str) -> bool:
    """Whether an operator asks for one of its values: no negation, no IfExists, no ForAllValues, no Null."""
    read = reading(operator)
    return (
        read.operator is not None
        and not read.operator.negated
        and not read.if_exists
        and read.quantifier is not Quantifier.ALL
    )


_EVERY = frozenset({"aud", "sub", "amr", "email", "oaud"})


def is_mapped(key: str) -> bool:
    """Whether STS makes the condition key of a claim; `key` may be of no provider at all."""
    claim = key.lower().rpartition(":")[2]
    return claim in _EVERY or condition_keys.sends(WEB, key) is True


def mapped(statement: Statement) -> dict[str, str | tuple[str, ...]]:
    """As `wanted`, without claims that STS hands on to nobody: no request brings those."""
    names = {provider_name(arn).lower() for arn in federated(statement)}
    return {k: v for k, v in wanted(statement).items() if k.rpartition(":")[0] not in names or is_mapped(k)}
