"""The commands of the AWS CLI that show and set the policy of each kind of thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from iamsim.fix import _documents
from iamsim.fix._permissions import steps
from iamsim.fix._targets import Target, queue_url
from iamsim.model.policy import Policy

Options = tuple[tuple[str, str | None], ...]


class Command(NamedTuple):
    """One command; `options` in order, each with its value, None for a switch."""

    service: str
    operation: str
    options: Options


class Asked(NamedTuple):
    """What is to be set: the carrier, the policy as JSON text, and whether it is a new one."""

    found: Target
    policy: str
    is_new: bool


Commands = tuple[Command, tuple[Command, ...]]
"""The command that shows what is there, and those that change it."""


def permissions(found: Target, before: Policy | None, after: Policy) -> Commands | None:
    """The commands for the policy of a function; None where no permissions make it."""
    todo = steps(found, before, after)
    if todo is None:
        return None
    on: Options = (*_region(found), ("--function-name", str(found.arn)))
    changes = [Command("lambda", "remove-permission", (*on, ("--statement-id", each))) for each in todo.gone]
    for each in todo.come:
        said: Options = (("--statement-id", each.id), ("--action", each.action), ("--principal", each.principal))
        more: Options = tuple((f"--{name.replace('_', '-')}", value) for name, value in each.conditions)
        changes.append(Command("lambda", "add-permission", (*on, *said, *more)))
    return Command("lambda", "get-policy", on), tuple(changes)


# ---------------------------------------------------------------- IAM


def _trust(asked: Asked) -> Commands:
    name: Options = (("--role-name", asked.found.name),)
    show = Command("iam", "get-role", (*name, ("--query", "Role.AssumeRolePolicyDocument")))
    return show, (Command("iam", "update-assume-role-policy", (*name, ("--policy-document", asked.policy))),)


def _inline(asked: Asked) -> Commands:
    kind = asked.found.kind
    name: Options = ((f"--{kind}-name", asked.found.name),)
    named: Options = (*name, ("--policy-name", asked.found.policy))
    show = (
        Command("iam", f"list-{kind}-policies", name) if asked.is_new else Command("iam", f"get-{kind}-policy", named)
    )
    return show, (Command("iam", f"put-{kind}-policy", (*named, ("--policy-document", asked.policy))),)


def _managed(asked: Asked) -> Commands:
    if asked.is_new:
        named: Options = (("--policy-name", asked.found.name), ("--path", asked.found.path))
        show = Command("iam", "list-policies", (("--scope", "Local"), ("--path-prefix", asked.found.path)))
        return show, (Command("iam", "create-policy", (*named, ("--policy-document", asked.policy))),)
    arn: Options = (("--policy-arn", str(asked.found.arn)),)
    options: Options = (*arn, ("--policy-document", asked.policy), ("--set-as-default", None))
    return Command("iam", "list-policy-versions", arn), (Command("iam", "create-policy-version", options),)


def _attached(asked: Asked) -> Commands:
    kind, name = asked.found.of, ((f"--{asked.found.of}-name", asked.found.name),)
    policy: Options = (("--policy-name", asked.found.policy), ("--policy-document", asked.policy))
    attach: Options = (*name, ("--policy-arn", asked.found.arn.managed_policy(asked.found.policy)))
    changes = Command("iam", "create-policy", policy), Command("iam", f"attach-{kind}-policy", attach)
    return Command("iam", f"list-attached-{kind}-policies", name), changes


def _boundary(asked: Asked) -> Commands:
    kind = asked.found.of
    name: Options = ((f"--{kind}-name", asked.found.name),)
    show = Command("iam", f"get-{kind}", (*name, ("--query", f"{kind.capitalize()}.PermissionsBoundary")))
    policy: Options = (("--policy-name", asked.found.policy), ("--policy-document", asked.policy))
    put: Options = (*name, ("--permissions-boundary", asked.found.arn.managed_policy(asked.found.policy)))
    return show, (Command("iam", "create-policy", policy), Command("iam", f"put-{kind}-permissions-boundary", put))


# ---------------------------------------------------------------- resources


@dataclass(frozen=True, slots=True)
class _Whole:
    """A resource whose policy is set whole: how it is shown and set, and where in the answer the policy stands."""

    service: str
    get: str
    put: str
    on: Callable[[Target], Options]
    argument: str
    query: str = "Policy"

    def __call__(self, asked: Asked) -> Commands:
        on: Options = (*_region(asked.found), *self.on(asked.found))
        query: Options = (("--query", self.query), ("--output", "text"))
        change = Command(self.service, self.put, (*on, (self.argument, asked.policy)))
        return Command(self.service, self.get, (*on, *query)), (change,)


def _region(found: Target) -> Options:
    return (("--region", found.arn.region),) if found.arn.region else ()


def _by_name(option: str) -> Callable[[Target], Options]:
    return lambda found: ((option, found.name),)


def _by_arn(option: str, *more: tuple[str, str]) -> Callable[[Target], Options]:
    return lambda found: ((option, str(found.arn)), *more)


def _in_account(account: str, option: str) -> Callable[[Target], Options]:
    return lambda found: ((account, found.arn.account), (option, found.name))


def _queue(asked: Asked) -> Commands:
    on: Options = (*_region(asked.found), ("--queue-url", queue_url(asked.found)))
    show: Options = (("--attribute-names", "Policy"), ("--query", "Attributes.Policy"), ("--output", "text"))
    attributes = _documents.text({"Policy": asked.policy}, indent=None)
    change = Command("sqs", "set-queue-attributes", (*on, ("--attributes", attributes)))
    return Command("sqs", "get-queue-attributes", (*on, *show)), (change,)


def _topic(asked: Asked) -> Commands:
    on: Options = (*_region(asked.found), ("--topic-arn", str(asked.found.arn)))
    show: Options = (("--query", "Attributes.Policy"), ("--output", "text"))
    put: Options = (("--attribute-name", "Policy"), ("--attribute-value", asked.policy))
    return Command("sns", "get-topic-attributes", (*on, *show)), (Command("sns", "set-topic-attributes", (*on, *put)),)


_GET, _PUT = "get-resource-policy", "put-resource-policy"

# Source: AWS CLI Command Reference, the page of each command.
WHOLE: Mapping[str, Callable[[Asked], Commands]] = {
    "bucket": _Whole("s3api", "get-bucket-policy", "put-bucket-policy", _by_name("--bucket"), "--policy"),
    "access point": _Whole(
        "s3control",
        "get-access-point-policy",
        "put-access-point-policy",
        _in_account("--account-id", "--name"),
        "--policy",
    ),
    "key": _Whole(
        "kms", "get-key-policy", "put-key-policy", _by_arn("--key-id", ("--policy-name", "default")), "--policy"
    ),
    "queue": _queue,
    "topic": _topic,
    "secret": _Whole("secretsmanager", _GET, _PUT, _by_arn("--secret-id"), "--resource-policy", "ResourcePolicy"),
    "domain": _Whole(
        "opensearch",
        "describe-domain-config",
        "update-domain-config",
        _by_name("--domain-name"),
        "--access-policies",
        "DomainConfig.AccessPolicies.Options",
    ),
    "table": _Whole("dynamodb", _GET, _PUT, _by_arn("--resource-arn"), "--policy"),
    "repository": _Whole(
        "ecr",
        "get-repository-policy",
        "set-repository-policy",
        _in_account("--registry-id", "--repository-name"),
        "--policy-text",
        "policyText",
    ),
    "stream": _Whole("kinesis", _GET, _PUT, _by_arn("--resource-arn"), "--policy"),
    "catalog": _Whole("glue", _GET, _PUT, lambda _: (), "--policy-in-json", "PolicyInJson"),
}
"""By kind of resource the commands that set its policy whole."""

COMMANDS: Mapping[str, Callable[[Asked], Commands]] = {
    "trust": _trust,
    **dict.fromkeys(("role", "user", "group"), _inline),
    "managed": _managed,
    "attached": _attached,
    "boundary": _boundary,
    **WHOLE,
}
"""By kind of target the commands; a function's are `permissions`."""
