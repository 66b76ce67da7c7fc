"""What an edit changes in AWS: the kind of thing that carries the policy, and what it is called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iamsim.errors import InputError
from iamsim.jsontext import clipped
from iamsim.model.arn import Arn
from iamsim.model.remedy import Edit, Slot


@dataclass(frozen=True, slots=True)
class Target:
    """
    The carrier of a policy.

    `kind` is `trust` (of a role); `role`, `user` or `group` (an inline policy, called `policy`); `managed` (a policy
    of its own); `attached` and `boundary` (a new managed policy, called `policy`, that a role or user gets, or gets as
    its boundary);
    or a kind of resource, a key of `RESOURCES`. `arn` is that of the carrier, `name` and `path` its own.
    Every name is one that AWS takes, and none can be read as anything else by a shell or the AWS CLI.
    """

    kind: str
    arn: Arn
    name: str
    path: str = "/"
    policy: str = ""

    @property
    def of(self) -> str:
        """What the carrier is, in words."""
        return {"trust": "role", "managed": "policy", **dict.fromkeys(NEW_ONES, self.arn.kind)}.get(
            self.kind, self.kind
        )


NEW_ONES = ("attached", "boundary")
"""The kinds of targets that are a managed policy which is not there yet."""


def target(edit: Edit) -> Target | None:
    """
    What the edit changes; None for what has no form, or is called as nothing in AWS is.

    Raises `InputError` for a policy that AWS manages: nobody else can edit one, and no remedy does.
    """
    policy = edit.before or edit.after
    arn = policy.arn if policy.arn is not None and edit.slot in _MANAGED else None
    if arn is not None and re.match(r"arn:[^:]*:iam::aws:", arn):
        raise InputError(f"`{clipped(arn)}` belongs to AWS, and nobody else can edit it", hint="check again")
    is_attached = edit.slot is Slot.MANAGED and edit.before is None
    found = _arn(arn if arn is not None and not is_attached else edit.owner)
    if found is None:
        return None
    if edit.slot is Slot.RESOURCE:
        return _resource(found)
    entity = _ENTITY.fullmatch(str(found))
    if entity is None:
        return None
    kind, path, name = entity["kind"], entity["path"], entity["name"]
    if is_attached:
        here = arn == found.managed_policy(policy.name) and kind in ("role", "user")
        return (
            Target("attached", found, name, path, policy.name) if here and _POLICY_NAME.fullmatch(policy.name) else None
        )
    if arn is not None:
        return Target("managed", found, name, path) if kind == "policy" else None
    if edit.slot is Slot.TRUST:
        return Target("trust", found, name, path) if kind == "role" else None
    if edit.slot is Slot.BOUNDARY:
        new = f"{name}-boundary"
        return Target("boundary", found, name, path, new) if kind in ("role", "user") and len(new) <= _LONGEST else None
    if edit.slot is not Slot.INLINE or kind == "policy" or not _POLICY_NAME.fullmatch(policy.name):
        return None
    return Target(kind, found, name, path, policy.name)


def queue_url(target: Target) -> str:
    """The URL of a queue. Source: Amazon SQS Developer Guide, "Queue and message identifiers"."""
    suffix = "amazonaws.com.cn" if target.arn.partition == "aws-cn" else "amazonaws.com"
    return f"https://sqs.{target.arn.region}.{suffix}/{target.arn.account}/{target.name}"


RESOURCES = {
    "bucket": re.compile(r"arn:[\w-]+:s3:::(?P<name>[\w.-]{3,255})", re.ASCII),
    "access point": re.compile(r"arn:[\w-]+:s3:[\w-]+:\d{12}:accesspoint/(?P<name>[a-z0-9][a-z0-9-]{2,49})", re.ASCII),
    "key": re.compile(r"arn:[\w-]+:kms:[\w-]+:\d{12}:key/(?P<name>[\w-]{1,256})", re.ASCII),
    "queue": re.compile(r"arn:[\w-]+:sqs:[\w-]+:\d{12}:(?P<name>[\w-]{1,80}(?:\.fifo)?)", re.ASCII),
    "topic": re.compile(r"arn:[\w-]+:sns:[\w-]+:\d{12}:(?P<name>[\w-]{1,256}(?:\.fifo)?)", re.ASCII),
    "secret": re.compile(r"arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:(?P<name>[\w/+=.@-]{1,519})", re.ASCII),
    "domain": re.compile(r"arn:[\w-]+:es:[\w-]+:\d{12}:domain/(?P<name>[a-z][a-z0-9-]{2,63})", re.ASCII),
    "function": re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:(?P<name>[\w-]{1,140})", re.ASCII),
    "table": re.compile(r"arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table/(?P<name>[\w.-]{3,255})", re.ASCII),
    "repository": re.compile(
        r"arn:[\w-]+:ecr:[\w-]+:\d{12}:repository/(?P<name>[a-z0-9][a-z0-9._/-]{1,255})", re.ASCII
    ),
    "stream": re.compile(r"arn:[\w-]+:kinesis:[\w-]+:\d{12}:stream/(?P<name>[\w.-]{1,128})", re.ASCII),
    "catalog": re.compile(r"arn:[\w-]+:glue:[\w-]+:(?P<name>\d{12}):catalog", re.ASCII),
}
"""
The kinds of resources whose policies have a form, and their ARNs.

Source: Service Authorization Reference, resource types of each service.
"""

_MANAGED = (Slot.MANAGED, Slot.INLINE, Slot.BOUNDARY)
# Source: IAM User Guide, "IAM and AWS STS quotas", name requirements; a path has 512 characters.
_ENTITY = re.compile(
    r"arn:[\w-]+:iam::\d{12}:(?P<kind>role|user|group|policy)(?P<path>/(?:[\w+=,.@/-]{1,510}/)?)(?P<name>[\w+=,.@-]{1,128})",
    re.ASCII,
)
_POLICY_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_LONGEST = 128


def _arn(text: str) -> Arn | None:
    try:
        return Arn.parse(text)
    except InputError:
        return None


def _resource(arn: Arn) -> Target | None:
    for kind, form in RESOURCES.items():
        if found := form.fullmatch(str(arn)):
            return Target(kind, arn, found["name"])
    return None
