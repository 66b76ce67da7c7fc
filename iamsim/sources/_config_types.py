"""Configuration items of AWS Config, by resource type: what each says of an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from iamsim.model.account import Group, Resource, Role, User, VpcEndpoint, Workload
from iamsim.model.arn import Arn
from iamsim.model.policy import Policy
from iamsim.sources._config_items import Content, Item
from iamsim.sources._managed import published
from iamsim.sources._node import Node


def read(content: Content, items: list[Item]) -> None:
    """Takes the items into `content`, those that others refer to first."""
    for item in sorted(items, key=lambda item: list(READERS).index(item.type)):
        if item.deleted:
            content.gone(item)
        elif item.configuration.value is None:
            content.unseen(item.arn or item.id, "the item holds no configuration: select it too")
        else:
            READERS[item.type](content, item)


# ---------------------------------------------------------------- IAM


@dataclass(frozen=True, slots=True)
class _Attached:
    policies: tuple[Policy, ...]
    unread: tuple[str, ...]
    boundary: Policy | None
    boundary_arn: str | None


def _attached(content: Content, item: Item, inline: str) -> _Attached:
    """Inline policies under the name `inline`, managed policies and the boundary; lists that are missing are unread."""
    found = item.configuration
    policies, unread = [], []
    for node in found.get(inline).each():
        name = node.get("policyName").text() or "inline policy"
        policy = node.get("policyDocument").policy(name)
        if policy is None:
            unread.append(name)
        else:
            policies.append(policy)
    for node in found.get("attachedManagedPolicies").each():
        arn = node.get("policyArn").text() or "a managed policy"
        text = content.policies.get(arn) or published(arn)
        if text is None:
            unread.append(arn)
        else:
            policies.append(text)
    unread += [
        word
        for name, word in ((inline, "inline policies"), ("attachedManagedPolicies", "managed policies"))
        if found.get(name).value is None
    ]
    boundary = found.get("permissionsBoundary")
    if isinstance(boundary.value, dict):
        boundary = boundary.get("permissionsBoundaryArn")
    arn_of_boundary = boundary.text()
    text = (content.policies.get(arn_of_boundary) or published(arn_of_boundary)) if arn_of_boundary else None
    return _Attached(tuple(policies), tuple(unread), text, arn_of_boundary)


def _tags(content: Content, item: Item) -> dict[str, str]:
    """The tags of a principal: IAM items have them in their configuration too, and some answers nowhere."""
    told = item.configuration.get("tags")
    if not item.configuration.has("tags") and not item.node.has("tags"):
        content.assumed(item.arn, "that it has no tags: the item does not tell them")
    return (told if told.value else item.node.get("tags").opened()).tags()


def _knows_boundary(content: Content, item: Item) -> None:
    # Items of some years ago do not have the member; null says that there is none.
    content.boundaries_told = content.boundaries_told and item.configuration.has("permissionsBoundary")


def _managed_policy(content: Content, item: Item) -> None:
    arn = content.own(item)
    found = item.configuration
    default = found.get("defaultVersionId").text()
    for version in found.get("policyVersionList").each():
        is_default = version.get("isDefaultVersion").flag()
        if is_default or (is_default is None and default and version.get("versionId").text() == default):
            policy = version.get("document").policy(found.get("policyName").text() or arn, arn)
            if policy is not None:
                content.policies[arn] = policy
                return
    content.unseen(arn, "the item does not hold the text of its default version")


def _role(content: Content, item: Item) -> None:
    arn = content.own(item)
    found = item.configuration
    attached = _attached(content, item, "rolePolicyList")
    _knows_boundary(content, item)
    content.roles[arn] = Role(
        arn,
        found.get("assumeRolePolicyDocument").policy(f"trust policy of {Arn.parse(arn).name}"),
        attached.policies,
        attached.boundary,
        attached.boundary_arn,
        _tags(content, item),
        found.get("roleId").text(),
        # The schema of AWS::IAM::Role in AWS Config has no longest session.
        None,
        attached.unread,
        item.origin,
    )


def _user(content: Content, item: Item) -> None:
    arn = content.own(item)
    attached = _attached(content, item, "userPolicyList")
    _knows_boundary(content, item)
    groups, unread = [], list(attached.unread)
    by_name = {Arn.parse(group).name: group for group in content.groups}
    if item.configuration.get("groupList").value is None:
        unread.append("the policies of its groups")
    for node in item.configuration.get("groupList").each():
        # Group names are unique in an account, whatever their path (IAM User Guide, "IAM identifiers").
        name = node.text() or ""
        if name in by_name:
            groups.append(by_name[name])
        else:
            unread.append(f"the policies of group {name}")
    content.users[arn] = User(
        arn,
        attached.policies,
        tuple(groups),
        attached.boundary,
        attached.boundary_arn,
        _tags(content, item),
        item.configuration.get("userId").text(),
        tuple(unread),
        item.origin,
    )


def _group(content: Content, item: Item) -> None:
    arn = content.own(item)
    attached = _attached(content, item, "groupPolicyList")
    content.groups[arn] = Group(arn, attached.policies, attached.unread, item.origin)


# ---------------------------------------------------------------- resources


_BLOCKS = {
    "blockPublicAcls": "block_public_acls",
    "ignorePublicAcls": "ignore_public_acls",
    "blockPublicPolicy": "block_public_policy",
    "restrictPublicBuckets": "restrict_public_buckets",
}


def _account_block(content: Content, item: Item) -> None:
    content.blocked = item.configuration


def _blocks(block: Node | None, name: str) -> bool | None:
    """Whether a Block Public Access has a setting on; None where that is not told. A null one has none on."""
    if block is None:
        return None
    return False if block.value is None else block.get(name).flag()


def _bucket(content: Content, item: Item) -> None:
    """Source: the awslabs schema of AWS::S3::Bucket; its policy is under BucketPolicy, as text or null."""
    arn = content.own(item)
    text = item.supplementary("BucketPolicy").get("policyText")
    own = item.supplementary("PublicAccessBlockConfiguration") if item.tells("PublicAccessBlockConfiguration") else None
    settings = {}
    for name, setting in _BLOCKS.items():
        both = [_blocks(block, name) for block in (own, content.blocked)]
        # The stricter counts: what is off in one and not told of the other stays unknown.
        if True in both:
            settings[setting] = "true"
        elif None not in both:
            settings[setting] = "false"
    for rule in item.supplementary("OwnershipControls").get("rules").each():
        if ownership := rule.get("objectOwnership").text():
            settings["object_ownership"] = ownership
    _carrier(content, item, arn, text, settings, told=item.tells("BucketPolicy"))


def _carrier(  # noqa: PLR0913 - what a resource is made of
    content: Content, item: Item, arn: str, policy: Node, settings: Mapping[str, str], *, told: bool
) -> None:
    """A resource with the policy that stands at `policy`; `told` is whether nothing there means that it has none."""
    found, unread = None, ""
    # An OpenSearch domain without a policy has an empty text.
    if policy.value not in (None, ""):
        found = policy.opened().policy(f"policy of {arn}")
    elif not told:
        unread = "AWS Config's item does not tell its policy"
        content.unseen(arn, unread)
    tags = item.node.get("tags").opened()
    content.resources[arn] = Resource(
        arn, found, tags.tags() if tags.value is not None else None, settings, item.origin, unread=unread
    )


def _key(content: Content, item: Item) -> None:
    manager = item.configuration.get("keyManager").text()
    settings = {"key_manager": manager} if manager else {}
    # No key is without a key policy: nothing there means that nobody told.
    _carrier(content, item, content.own(item), item.supplementary("Policy"), settings, told=False)


def _function(content: Content, item: Item) -> None:
    arn = content.own(item)
    _carrier(content, item, arn, item.supplementary("Policy"), {}, told=item.tells("Policy"))
    if role := item.configuration.get("role").text():
        name = item.configuration.get("functionName").text() or Arn.parse(arn).name
        content.workloads.append(Workload(name, "lambda", role, origin=item.origin))


def _with_policy(name: str, *, may_lack: bool) -> Callable[[Content, Item], None]:
    """Of a type whose configuration holds its policy under `name`; `may_lack`: it is left out where there is none."""

    def read(content: Content, item: Item) -> None:
        told = (may_lack and item.whole) or item.configuration.has(name)
        _carrier(content, item, content.own(item), item.configuration.get(name), {}, told=told)

    return read


def _secret(content: Content, item: Item) -> None:
    """AWS Config does not record the policy of a secret."""
    arn = content.own(item)
    tags = item.node.get("tags").opened()
    content.unseen(arn, "AWS Config does not record the policies of secrets")
    told = tags.tags() if tags.value is not None else None
    content.resources[arn] = Resource(arn, None, told, origin=item.origin, partial=True)


def _endpoint(content: Content, item: Item) -> None:
    policy = item.configuration.get("policyDocument").opened().policy(f"policy of {item.id}")
    unread = "" if policy is not None else "AWS Config's item does not tell its policy"
    if unread:
        content.unseen(item.id, unread)
    content.endpoints[item.id] = VpcEndpoint(item.id, policy, item.origin, unread)


def _task(content: Content, item: Item) -> None:
    arn = item.configuration.get("TaskDefinitionArn").text() or item.arn
    role = item.configuration.get("TaskRoleArn").text()
    if role and item.configuration.get("Status").text() != "INACTIVE":
        name = Arn.parse(arn).resource.removeprefix("task-definition/") if arn else item.id
        content.workloads.append(Workload(name, "ecs-task", role, origin=item.origin))


READERS: Mapping[str, Callable[[Content, Item], None]] = {
    "AWS::IAM::Policy": _managed_policy,
    "AWS::IAM::Group": _group,
    "AWS::IAM::Role": _role,
    "AWS::IAM::User": _user,
    "AWS::S3::AccountPublicAccessBlock": _account_block,
    "AWS::S3::Bucket": _bucket,
    "AWS::KMS::Key": _key,
    "AWS::SQS::Queue": _with_policy("Policy", may_lack=True),
    "AWS::SNS::Topic": _with_policy("Policy", may_lack=False),
    "AWS::OpenSearch::Domain": _with_policy("AccessPolicies", may_lack=False),
    "AWS::Elasticsearch::Domain": _with_policy("accessPolicies", may_lack=False),
    "AWS::Lambda::Function": _function,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::ECS::TaskDefinition": _task,
}
"""The types that count, those that others refer to first. Source: awslabs, aws-config-resource-schema, for the names of members."""
