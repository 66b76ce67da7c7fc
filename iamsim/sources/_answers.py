"""Answers of the AWS CLI, one by one: which they are, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from iamsim import config
from iamsim.errors import InputError
from iamsim.jsontext import clipped
from iamsim.model.account import Resource
from iamsim.model.arn import Arn
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.report import Input
from iamsim.sources import Options
from iamsim.sources._node import Node
from iamsim.sources._whose import FOLDER, carrier, is_identity, is_of_keys, is_trust

_COMMANDS = (
    "iam get-role, get-role-policy, get-user-policy, get-group-policy, get-policy with get-policy-version, "
    "list-role-policies, list-attached-role-policies; s3api get-bucket-policy, kms get-key-policy, lambda get-policy, "
    "secretsmanager get-resource-policy, sqs get-queue-attributes, sns get-topic-attributes, opensearch describe-domain, organizations describe-policy"
)


@dataclass(slots=True)
class Answers:
    """Collects the answers of one file. `inputs` is what was taken for granted."""

    location: str
    options: Options
    inputs: list[Input] = field(default_factory=list)
    roles: list[Node] = field(default_factory=list)
    inline: list[tuple[str, str, Policy, Node]] = field(default_factory=list)
    inline_names: Node | None = None
    attached: Node | None = None
    versions: list[Node] = field(default_factory=list)
    described: list[Node] = field(default_factory=list)
    keys: list[Node] = field(default_factory=list)
    of_keys: list[tuple[Policy, Node]] = field(default_factory=list)
    resources: list[tuple[Resource, Node]] = field(default_factory=list)
    trusts: list[tuple[Policy, Node]] = field(default_factory=list)
    levels: list[tuple[PolicyType, Policy, Node]] = field(default_factory=list)

    def assumed(self, subject: str, what: str) -> None:
        self.inputs.append(Input("assumed", subject, what))

    def add(self, node: Node) -> None:
        """Takes one answer in; raises `InputError` for anything else."""
        if not isinstance(node.value, dict):
            node.fail("is no policy and no answer of the AWS CLI", f"these are read: {_COMMANDS}")
        for name in ("NextToken", "Marker"):
            if node.has(name) and node.get(name).text():
                node.get(name).fail("is one page of several", "fetch all: leave out --max-items and --no-paginate")
        for name, take in _TAKEN.items():
            if node.has(name):
                take(self, node)
                return
        node.fail("is no policy and no answer of the AWS CLI that is read", f"these are: {_COMMANDS}")

    def _bare(self, node: Node) -> None:
        name = Path(self.location).name.rsplit(".", 1)[0]
        policy = written(node, name)
        if is_trust(policy):
            self.trusts.append((replace(policy, name="trust policy"), node))
        elif is_identity(policy):
            self.inline.append(("role", "", policy, node))
        else:
            self._of_resource(policy, node)

    def _role(self, node: Node) -> None:
        self.roles.append(node.get("Role"))

    def _document(self, node: Node) -> None:
        for kind in ("Role", "User", "Group"):
            owner = node.get(f"{kind}Name").text()
            if owner is not None:
                name = node.get("PolicyName").text() or ""
                self.inline.append((kind.lower(), owner, written(node.get("PolicyDocument"), name), node))
                return
        node.fail("a policy of nobody: it has no RoleName, UserName or GroupName", "save the whole answer")

    def _version(self, node: Node) -> None:
        self.versions.append(node.get("PolicyVersion"))

    def _policy(self, node: Node) -> None:
        """`Policy` stands in the answers of four services: an object in two, and text in the others."""
        found = node.get("Policy")
        if not isinstance(found.value, dict):
            policy = found.opened().policy("policy")
            if policy is None:
                found.fail("holds no policy", "ask for the policy of a resource that has one")
            self._of_resource(policy, node)
        elif found.has("PolicySummary"):
            self._of_organization(found)
        elif found.has("Arn"):
            self.described.append(found)
        else:
            found.fail("is no policy that is read", f"these answers are: {_COMMANDS}")

    def _secret(self, node: Node) -> None:
        if not set(node.value) <= {"ARN", "Name", "ResourcePolicy"}:
            # Other answers about a secret do not tell whether it has a policy.
            node.fail("does not tell the secret's policy", "save what `aws secretsmanager get-resource-policy` prints")
        arn = arn_of(node.get("ARN"))
        found = node.get("ResourcePolicy").opened().policy(f"policy of {arn}")
        self.resources.append((Resource(str(arn), found, origin=node.origin, partial=found is not None), node))

    def _attributes(self, node: Node) -> None:
        attributes = node.get("Attributes")
        name = next((word for word in ("QueueArn", "TopicArn") if attributes.has(word)), None)
        if name is None:
            attributes.fail("does not tell a QueueArn or TopicArn", "ask for all attributes: --attribute-names All")
        arn = str(arn_of(attributes.get(name)))
        found = attributes.get("Policy").opened().policy(f"policy of {arn}")
        # A queue without a policy has no attribute of that name; that of its creation says that all were asked for.
        if found is None and not attributes.has("CreatedTimestamp"):
            attributes.fail("does not tell a policy", "ask for all attributes: --attribute-names All")
        self.resources.append((Resource(arn, found, origin=node.origin, partial=found is not None), node))

    def _domain(self, node: Node) -> None:
        status = node.get("DomainStatus")
        arn = str(arn_of(status.get("ARN")))
        if not status.has("AccessPolicies"):
            status.fail("does not tell its AccessPolicies", "save what `aws opensearch describe-domain` prints")
        text = status.get("AccessPolicies")
        # A domain without a policy has an empty text.
        found = text.opened().policy(f"access policy of {arn}") if text.value not in (None, "") else None
        self.resources.append((Resource(arn, found, origin=node.origin, partial=found is not None), node))

    def _attached(self, node: Node) -> None:
        if self.attached is not None:
            node.fail("is a second list of attached policies", "keep the answers for one role in one file")
        self.attached = node.get("AttachedPolicies")

    def _names(self, node: Node) -> None:
        if self.inline_names is not None:
            node.fail("is a second list of inline policies", "keep the answers for one role in one file")
        self.inline_names = node.get("PolicyNames")

    def _key(self, node: Node) -> None:
        self.keys.append(node.get("KeyMetadata"))

    def _of_resource(self, policy: Policy, node: Node) -> None:
        found = carrier(policy)
        if found is not None:
            named = replace(policy, name=f"policy of {found}")
            self.resources.append((Resource(found, named, origin=node.origin, partial=True), node))
        elif is_of_keys(policy):
            self.of_keys.append((policy, node))
        else:
            node.fail("does not tell the one resource that it belongs to", FOLDER)

    def _of_organization(self, found: Node) -> None:
        summary = found.get("PolicySummary")
        type_ = summary.get("Type").text() or ""
        kinds = {"SERVICE_CONTROL_POLICY": PolicyType.SCP, "RESOURCE_CONTROL_POLICY": PolicyType.RCP}
        if type_ not in kinds:
            summary.get("Type").fail(f"`{clipped(type_)}` is no kind that is read", config.closest(type_, kinds))
        arn = str(arn_of(summary.get("Arn")))
        policy = found.get("Content").opened().policy(summary.get("Name").text() or arn, arn)
        if policy is None:
            found.fail("holds no policy", "save the whole answer of `aws organizations describe-policy`")
        account = self.account(found)
        if Arn.parse(arn).account == account:
            summary.fail(f"account {account} manages the organization, which its policies do not restrict", NAME_ROLE)
        self.assumed(arn, f"that it is attached above account {account}; what else is attached is not seen")
        self.levels.append((kinds[type_], policy, found))

    def account(self, node: Node) -> str:
        """The account that was asked about."""
        role = self.options.role
        account = self.options.account or (Arn.parse(role).account if role else None)
        if account is None:
            node.fail("does not tell the account that it is in", f"{NAME_ROLE}, or {FOLDER}")
        return account


NAME_ROLE = "name the role with --role-arn"
"""The way out for an answer that does not tell whose it is."""


def written(node: Node, name: str, arn: str | None = None) -> Policy:
    """The policy that has to stand there."""
    policy = node.policy(name, arn)
    if policy is None:
        node.fail("holds no policy", "save the whole answer")
    return policy


def arn_of(node: Node) -> Arn:
    """The ARN that has to stand there."""
    try:
        return Arn.parse(node.text() or "")
    except InputError as error:
        node.fail(error.message, "save the whole answer, as JSON")


# In this order: a bare policy has none of the other names, and PolicyDocument stands beside PolicyName.
_TAKEN = {
    "Statement": Answers._bare,  # noqa: SLF001 - the methods of one class, by what they take
    "Role": Answers._role,  # noqa: SLF001
    "PolicyDocument": Answers._document,  # noqa: SLF001
    "PolicyVersion": Answers._version,  # noqa: SLF001
    "Policy": Answers._policy,  # noqa: SLF001
    "ARN": Answers._secret,  # noqa: SLF001
    "Attributes": Answers._attributes,  # noqa: SLF001
    "DomainStatus": Answers._domain,  # noqa: SLF001
    "AttachedPolicies": Answers._attached,  # noqa: SLF001
    "PolicyNames": Answers._names,  # noqa: SLF001
    "KeyMetadata": Answers._key,  # noqa: SLF001
}
