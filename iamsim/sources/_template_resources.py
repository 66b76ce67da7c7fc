"""The resources with a policy that templates describe, and the policies that hang on resources described elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from iamsim.jsontext import clipped
from iamsim.model.account import Resource, VpcEndpoint
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE
from iamsim.sources._template_names import KINDS
from iamsim.sources._template_permissions import of_events, of_permission
from iamsim.sources._template_policies import UNREAD, flag, members, policy, tags, text, texts
from iamsim.sources._template_references import formed
from iamsim.sources._template_stack import Stack
from iamsim.sources._template_values import Node, generated, scalar, shown

_ONE_BY_ONE = ("AWS::Lambda::Permission", "AWS::Events::EventBusPolicy", "AWS::EC2::VPCEndpoint")
FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")

_OWN: Mapping[str, tuple[str, ...]] = {
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::KMS::ReplicaKey": ("KeyPolicy",),
    "AWS::OpenSearchService::Domain": ("AccessPolicies",),
    "AWS::Elasticsearch::Domain": ("AccessPolicies",),
    "AWS::S3::AccessPoint": ("Policy",),
    "AWS::DynamoDB::Table": ("ResourcePolicy", "PolicyDocument"),
    "AWS::ECR::Repository": ("RepositoryPolicyText",),
}
"""Types whose policy is a property of theirs: without it there is none."""

_APART = (
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SNS::Topic",
    "AWS::SecretsManager::Secret",
    "AWS::Kinesis::Stream",
    *FUNCTIONS,
)
"""Types whose policy is a resource of its own, which another stack may hold."""

_POLICIES: Mapping[str, tuple[str, str]] = {
    "AWS::S3::BucketPolicy": ("Bucket", "PolicyDocument"),
    "AWS::SQS::QueuePolicy": ("Queues", "PolicyDocument"),
    "AWS::SQS::QueueInlinePolicy": ("Queue", "PolicyDocument"),
    "AWS::SNS::TopicPolicy": ("Topics", "PolicyDocument"),
    "AWS::SNS::TopicInlinePolicy": ("TopicArn", "PolicyDocument"),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId", "ResourcePolicy"),
    "AWS::Kinesis::ResourcePolicy": ("ResourceArn", "ResourcePolicy"),
}
"""Policies that are resources of their own: the properties that name what they hang on, and that hold them."""

READ = frozenset((*_OWN, *_APART, *_POLICIES, *_ONE_BY_ONE))
"""The types whose policies are read here."""

_BLOCKS = {
    "BlockPublicAcls": "block_public_acls",
    "IgnorePublicAcls": "ignore_public_acls",
    "BlockPublicPolicy": "block_public_policy",
    "RestrictPublicBuckets": "restrict_public_buckets",
}
_QUEUE = re.compile(r"https://(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.[a-z.]+/(\d{12})/([\w.-]+)", re.ASCII)


@dataclass(slots=True)
class _Carrier:
    """A resource and what is told of it."""

    arn: str
    origin: Origin
    policy: Policy | None = None
    unread: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] | None = None
    bucket: str | None = None
    partial: bool = True
    adds: bool = False


class Resources:
    """Reads the resources of the stacks of one account."""

    def __init__(self, stacks: list[Stack]) -> None:
        self.endpoints: dict[str, VpcEndpoint] = {}
        self._found: dict[str, _Carrier] = {}
        readers: dict[str, Callable[[Stack, str], None]] = {
            **dict.fromkeys((*_OWN, *_APART), self._described),
            **dict.fromkeys(_POLICIES, self._policy),
            "AWS::Lambda::Permission": self._permission,
            "AWS::Events::EventBusPolicy": self._bus,
            "AWS::EC2::VPCEndpoint": self._endpoint,
        }
        for stack in stacks:
            for name, piece in stack.resources.items():
                stack.world.subject = name
                if piece.type in readers and stack.exists(name) is not False:
                    readers[piece.type](stack, name)

    def resources(self) -> dict[str, Resource]:
        return {
            arn: Resource(
                arn, found.policy, found.tags, found.settings, found.origin,
                bucket=found.bucket, unread=found.unread, partial=found.partial, adds=found.adds,
            )
            for arn, found in self._found.items()
        }  # fmt: skip

    # ------------------------------------------------------------ one by one

    def _described(self, stack: Stack, name: str) -> None:
        piece = stack.resources[name]
        arn = _real(stack, name, formed(stack, name, KINDS[piece.type].arn, piece.at))
        if arn is None:
            return
        found = self._carrier(arn, stack, name)
        found.tags = tags(stack, name)
        if stack.exists(name):
            found.settings |= _settings(stack, name)
        if piece.type == "AWS::S3::AccessPoint":
            bucket = text(stack, stack.property(name, "Bucket"), "Bucket")
            found.bucket = None if bucket is None or HOLE in bucket else bucket
        if piece.type in _OWN:
            found.partial = False
            document = stack.property(name, *_OWN[piece.type]) or _default(stack, name)
            if document is not None:
                self._carries(found, stack, name, policy(stack, document, name, f"policy of {arn}"))
        if piece.type == "AWS::Serverless::Function":
            for statement in of_events(stack, name, arn):
                self._adds(found, stack, name, statement)
        if stack.exists(name) is None and piece.type in _OWN:
            found.unread = stack.why_maybe(name)
        if HOLE in found.settings.get("vpc", ""):
            # Whether the door is open to the caller's network decides as its policy does.
            del found.settings["vpc"]
            found.unread = "the network that it is bound to is not told"

    def _policy(self, stack: Stack, name: str) -> None:
        member, holder = _POLICIES[stack.resources[name].type]
        for item in texts(stack, stack.property(name, member), member):
            arn = _real(stack, name, _carrier_arn(stack, name, str(scalar(item))))
            if arn is not None:
                document = stack.property(name, holder)
                found = policy(stack, document, name, f"policy of {arn}")
                self._carries(self._carrier(arn, stack, name), stack, name, found)

    def _permission(self, stack: Stack, name: str) -> None:
        arn, statement = of_permission(stack, name)
        if arn is not None:
            self._adds(self._carrier(arn, stack, name), stack, name, statement)

    def _bus(self, stack: Stack, name: str) -> None:
        """One statement of the policy of an event bus, as a policy."""
        bus = text(stack, stack.property(name, "EventBusName"), "EventBusName") or "default"
        deploy, statement = stack.deploy, stack.property(name, "Statement")
        arn = _real(stack, name, f"arn:{deploy.partition}:events:{deploy.region}:{deploy.account}:event-bus/{bus}")
        if arn is not None:
            document = generated({"Statement": [statement]}, statement.at) if statement is not None else None
            found = policy(stack, document, name, f"policy of {arn}") if document is not None else None
            self._adds(self._carrier(arn, stack, name), stack, name, found)

    def _endpoint(self, stack: Stack, name: str) -> None:
        document = stack.property(name, "PolicyDocument")
        # Its id is made in the deploy: the logical id stands for it.
        id_ = stack.deploy.parameters.get(name) or name
        found = policy(stack, document, name, f"policy of {id_}") if document is not None else None
        unread = UNREAD if document is not None and found is None else ""
        if stack.exists(name) is None:
            unread = stack.why_maybe(name)
        if unread:
            stack.world.say("not seen", name, unread)
        self.endpoints[id_] = VpcEndpoint(
            id_, None if unread else found, stack.origin(stack.resources[name].at, name), unread
        )

    # ------------------------------------------------------------ what they carry

    def _carrier(self, arn: str, stack: Stack, name: str) -> _Carrier:
        return self._found.setdefault(arn, _Carrier(arn, stack.origin(stack.resources[name].at, name)))

    @staticmethod
    def _carries(carrier: _Carrier, stack: Stack, name: str, found: Policy | None) -> None:
        """Hangs a policy on a resource, which has one and no more."""
        if found is None:
            carrier.unread = UNREAD
        elif stack.exists(name) is None:
            carrier.unread = stack.why_maybe(name)
        elif carrier.policy is not None:
            # CloudFormation sets one after the other, in an order that nothing tells.
            carrier.unread = f"{name} and {carrier.policy.origin.address} both set it"
        else:
            carrier.policy = found
        if carrier.unread:
            carrier.policy = None
            stack.world.say("not seen", name, f"the policy of `{carrier.arn}`: {carrier.unread}")

    @staticmethod
    def _adds(carrier: _Carrier, stack: Stack, name: str, found: Policy | None) -> None:
        """Adds the statements of a policy to those that a function has."""
        if found is None or stack.exists(name) is None:
            carrier.unread = UNREAD if found is None else stack.why_maybe(name)
            stack.world.say("not seen", name, f"a permission of `{carrier.arn}`: {carrier.unread}")
            return
        before = carrier.policy.statements if carrier.policy is not None else ()
        added = tuple(replace(statement, index=len(before) + i) for i, statement in enumerate(found.statements))
        first = carrier.policy or found
        carrier.adds = True
        carrier.policy = replace(first, statements=(*before, *added))


# ---------------------------------------------------------------- ARNs


def _real(stack: Stack, name: str, arn: str) -> str | None:
    """The ARN where it is told, or where one in play fits the six characters of chance of a secret's; else None, and said."""
    if HOLE not in arn:
        return arn
    head = arn.removesuffix(f"-{HOLE}")
    if HOLE not in head and ":secret:" in head:
        fits = [arn for arn in stack.world.needed if arn.startswith(head) and _CHANCE.fullmatch(arn[len(head) :])]
        if len(fits) == 1:
            return fits[0]
    stack.world.say("not seen", name, f"which resource it is is not told: `{shown(clipped(arn))}`")
    return None


_CHANCE = re.compile(r"-[A-Za-z0-9]{6}", re.ASCII)


def _carrier_arn(stack: Stack, name: str, target: str) -> str:
    """The ARN of what a policy is hung on: told by name, by URL or by ARN."""
    deploy = stack.deploy
    match stack.resources[name].type:
        case "AWS::S3::BucketPolicy":
            return f"arn:{deploy.partition}:s3:::{target}"
        case "AWS::SQS::QueuePolicy" | "AWS::SQS::QueueInlinePolicy":
            url = _QUEUE.fullmatch(target)
            return f"arn:{deploy.partition}:sqs:{url[1] or url[2]}:{url[3]}:{url[4]}" if url else HOLE
        case "AWS::SecretsManager::ResourcePolicy" if not target.startswith("arn:"):
            return f"arn:{deploy.partition}:secretsmanager:{deploy.region}:{deploy.account}:secret:{target}-{HOLE}"
        case _:
            return target if target.startswith("arn:") else HOLE


# ---------------------------------------------------------------- what counts beside the policy


def _settings(stack: Stack, name: str) -> dict[str, str]:
    """
    What a resource says beside its policy, in the words of the model.

    A block that is off is left out: the account may have it on, and the stricter counts.
    """
    kind = stack.resources[name].type
    found = {"key_manager": "CUSTOMER"} if kind in ("AWS::KMS::Key", "AWS::KMS::ReplicaKey") else {}
    if kind in ("AWS::S3::Bucket", "AWS::S3::AccessPoint"):
        for member, word in _BLOCKS.items():
            if flag(stack.property(name, "PublicAccessBlockConfiguration", member)):
                found[word] = "true"
    if kind == "AWS::S3::AccessPoint":
        vpc = text(stack, stack.property(name, "VpcConfiguration", "VpcId"), "VpcId")
        found |= {"vpc": vpc} if vpc is not None else {}
    if kind == "AWS::S3::Bucket":
        for rule in members(stack, stack.property(name, "OwnershipControls", "Rules"), "Rules"):
            owner = text(stack, rule.get("ObjectOwnership"), "ObjectOwnership") if rule is not None else None
            # ACLs that may be on are on: what they grant is not known then.
            found["object_ownership"] = owner if owner in _OWNERSHIPS else "ObjectWriter"
    return found


_OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")


def _default(stack: Stack, name: str) -> Node | None:
    """
    The policy that a key gets where the template gives none.

    Source: AWS KMS Developer Guide, "Default key policy".
    """
    piece, deploy = stack.resources[name], stack.deploy
    if piece.type != "AWS::KMS::Key":
        return None
    root = {"AWS": f"arn:{deploy.partition}:iam::{deploy.account}:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    return generated({"Version": "2012-10-17", "Statement": [statement]}, piece.at)
