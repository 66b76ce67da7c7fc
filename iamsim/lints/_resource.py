"""What a resource policy lets others do with its resource: requests that are worth asking the engine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.catalog import actions
from iamsim.drafts import Draft, PolicyKind
from iamsim.drafts.world import HOME, World
from iamsim.errors import InputError
from iamsim.model.account import Account, Organization, Resource
from iamsim.model.arn import Arn
from iamsim.model.policy import Effect, PolicyType, Statement

MOST, MOST_RESOURCES = 24, 4
"""How many actions and resources of one statement are asked about at most."""

_EXAMPLES = {
    "kms": "arn:aws:kms:us-east-1:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "secretsmanager": "arn:aws:secretsmanager:us-east-1:{account}:secret:example-AbCdEf",
    "sqs": "arn:aws:sqs:us-east-1:{account}:example",
    "sns": "arn:aws:sns:us-east-1:{account}:example",
    "lambda": "arn:aws:lambda:us-east-1:{account}:function:example",
    "s3": "arn:aws:s3:::example",
    "es": "arn:aws:es:us-east-1:{account}:domain/example",
    "ecr": "arn:aws:ecr:us-east-1:{account}:repository/example",
    "execute-api": "arn:aws:execute-api:us-east-1:{account}:example",
    "dynamodb": "arn:aws:dynamodb:us-east-1:{account}:table/example",
    "events": "arn:aws:events:us-east-1:{account}:event-bus/example",
    "elasticfilesystem": "arn:aws:elasticfilesystem:us-east-1:{account}:file-system/fs-1234567890abcdef0",
    "backup": "arn:aws:backup:us-east-1:{account}:backup-vault:example",
    "glacier": "arn:aws:glacier:us-east-1:{account}:vaults/example",
    "kinesis": "arn:aws:kinesis:us-east-1:{account}:stream/example",
    "codeartifact": "arn:aws:codeartifact:us-east-1:{account}:repository/example/example",
}
"""A resource of each service whose policies often name none: `*` is the one they hang on."""


def world_of(draft: Draft) -> tuple[World, str] | None:
    """The world in which a resource policy is asked about, and the resource it hangs on; None where neither is told."""
    if draft.policy is None or draft.world is None or draft.kind is not PolicyKind.RESOURCE:
        return None
    if readable(draft.of):
        return draft.world, draft.of
    carrier = next((arn for account in draft.world.organization.accounts.values() for arn in account.resources), "")
    if carrier:
        return draft.world, carrier
    example = _EXAMPLES.get(draft.service, "").format(account=HOME)
    if not example:
        return None
    resources = {example: Resource(example, draft.policy, origin=draft.policy.origin)}
    seen = frozenset(PolicyType) - {PolicyType.SESSION}
    account = Account(HOME, resources=resources, seen=seen, organization="")
    return World(Organization({HOME: account}), alone=True), example


def requests(statement: Statement, carrier: str) -> Iterator[tuple[str, str]]:
    """Pairs of an action and a resource that an Allow statement speaks of, examples where it has wildcards."""
    if statement.effect is not Effect.ALLOW:
        return
    service = carrier.split(":")[2]
    resources = tuple(dict.fromkeys(_resources(statement, carrier)))
    for action in tuple(dict.fromkeys(_actions(statement, service)))[:MOST]:
        for resource in resources[:MOST_RESOURCES]:
            yield action, resource


def _actions(statement: Statement, service: str) -> Iterator[str]:
    if statement.action.negated:
        taken = {each for value in statement.action.values for each in actions.expand(value)}
        for name in actions.names(service):
            if f"{service}:{name}" not in taken and _on_a_resource(f"{service}:{name}"):
                yield f"{service}:{name}"
        return
    for value in statement.action.values:
        if "*" not in value and "?" not in value:
            yield value
        else:
            own = f"{service}:*" if value.strip("*") in ("", ":") else value
            # What reads and what writes come before the many that describe.
            named = [each for each in actions.expand(own) if each.startswith(f"{service}:") and _on_a_resource(each)]
            yield from sorted(
                named,
                key=lambda each: not re.search(r":(?:Get|Put|Send|Receive|Publish|Invoke|Decrypt|ESHttp|Delete)", each),
            )


def _on_a_resource(action: str) -> bool:
    return actions.takes_resource(action) is not False


def _resources(statement: Statement, carrier: str) -> Iterator[str]:
    below = f"{carrier}/example"
    if statement.resource is None or statement.resource.negated:
        yield from (carrier, below)
        return
    for value in statement.resource.values:
        if value.strip("*") == "":
            yield from (carrier, below) if carrier.split(":")[2] in ("s3", "es", "execute-api") else (carrier,)
        elif readable(value):
            yield value.replace("*", "example").replace("?", "x")


def readable(arn: str) -> bool:
    """Whether a text can be taken for an ARN."""
    try:
        Arn.parse(arn)
    except InputError:
        return False
    return True
