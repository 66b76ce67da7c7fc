"""
It can set the tags that its permissions hang on.

Where a policy says what the tags of a principal or a resource have to be, whoever may write them decides himself. To
tag is a permission to be given only for other tags, or for things that carry none of those yet.

Avoid:

    [
      {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*"},
      {
        "Effect": "Allow",
        "Action": "ec2:TerminateInstances",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/owner": "reports"}}
      }
    ]

Prefer:

    {
      "Effect": "Allow",
      "Action": "ec2:TerminateInstances",
      "Resource": "*",
      "Condition": {"StringEquals": {"aws:ResourceTag/owner": "reports"}}
    }
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from iamsim.catalog import actions
from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._powers import Answer, Powers, faces, powers
from iamsim.lints._saying import places
from iamsim.lints._strength import administrator
from iamsim.model.finding import Severity
from iamsim.model.policy import Condition, Statement

_RESOURCE, _PRINCIPAL = "aws:resourcetag/", "aws:principaltag/"
_OPERATORS = ("StringEquals", "StringLike", "StringEqualsIgnoreCase")
_TAGGING = ("ec2:CreateTags", "s3:PutBucketTagging")
_TRIED, _MOST, _ON = 4, 20, 6


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder: the first statement that a tag opens which it may set; by the engine, with the tag and without."""
    yield from itertools.islice(_found(holder), 1)


def _found(holder: Holder) -> Iterator[Seen]:
    asked = powers(holder)
    for statement in [each for each in asked.allows if each.conditions][:_MOST]:
        for condition in statement.conditions:
            key = condition.key.lower()
            if condition.operator not in _OPERATORS or not condition.values or "$" in condition.values[0]:
                continue
            if key.startswith(_RESOURCE):
                yield from _of_resource(asked, statement, condition)
            elif key.startswith(_PRINCIPAL):
                yield from _of_itself(holder, statement, condition)


def _of_resource(asked: Powers, statement: Statement, condition: Condition) -> Iterator[Seen]:
    key, value = condition.key.lower(), condition.values[0]
    if administrator(asked):
        return
    for name in _changing(statement):
        tag = f"{name.split(':')[0]}:TagResource"
        for tagging in (tag, *(each for each in _TAGGING if each.split(":")[0] == name.split(":")[0])):
            if not asked.names(tagging):
                continue
            for resource in (*asked.strangers(name), *asked.examples(name))[:_ON]:
                tags = _tags(asked, tagging, resource, condition)
                if tags is None or asked.ask(name, resource, absent=(key,)) is not None:
                    continue
                found = asked.ask(name, resource, {key: value})
                if found is not None:
                    yield _seen(asked, statement, condition, (tags, found), f"a resource, and then {name}")
                    return


def _of_itself(holder: Holder, statement: Statement, condition: Condition) -> Iterator[Seen]:
    for asked in faces(holder):
        kind = "User" if ":user/" in asked.holder.arn else "Role"
        tagging = f"iam:Tag{kind}"
        if asked.names(tagging) and not administrator(asked):
            tags = _tags(asked, tagging, asked.holder.arn, condition)
            if (
                tags is not None
                and asked.holder.entity.tags.get(condition.key.split("/", 1)[1]) not in condition.values
            ):
                yield _seen(asked, statement, condition, (tags,), "itself")
                return


def _tags(asked: Powers, tagging: str, resource: str, condition: Condition) -> Answer | None:
    """The answer for setting the tag of the condition on a resource that does not carry it."""
    key, value = condition.key.split("/", 1)[1], condition.values[0]
    sends = {f"aws:requesttag/{key.lower()}": value, "aws:tagkeys": key}
    found = asked.ask(tagging, resource, sends, (condition.key.lower().replace(_PRINCIPAL, _RESOURCE),))
    # What is left open here is mostly a condition on the call that makes the resource: not to tag what is there.
    return found if found is not None and found.sure else None


def _seen(asked: Powers, statement: Statement, condition: Condition, found: tuple[Answer, ...], what: str) -> Seen:
    label = statement.label
    return Seen(
        f"tag {condition.key} {label}",
        f"{asked.holder.label} may tag {what}: the tag `{condition.key}` of {label} is its own to set",
        evidence=tuple(str(answer) for answer in found),
        places=places(*(v for answer in found for v in answer.allowing)),
    )


def _changing(statement: Statement) -> Iterator[str]:
    """Some actions of the statement that change something."""
    values = statement.action.values if not statement.action.negated else ()
    known = (actions.action(name) for value in values for name in actions.expand(value))
    found = (str(each) for each in known if each is not None and each.access_level not in ("Read", "List", "Tagging"))
    yield from (name for name, _ in zip(found, range(_TRIED), strict=False))


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, Controlling access to and for IAM users and roles using tags",
    scope=Scope.PRINCIPAL,
)
