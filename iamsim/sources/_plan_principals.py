"""The roles, users and groups of a plan, with everything that it attaches to them and takes from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.errors import InputError
from iamsim.model.account import Group, Role, User
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.sources._managed import published
from iamsim.sources._plan_documents import Documents, Told, waiting
from iamsim.sources._plan_holders import Holder
from iamsim.sources._plan_instance import Instance
from iamsim.sources._plan_names import Names, number
from iamsim.sources._plan_values import Untold

ROLE, USER, GROUP, POLICY = "aws_iam_role", "aws_iam_user", "aws_iam_group", "aws_iam_policy"
_KINDS = {ROLE: "role", USER: "user", GROUP: "group"}
_NAMED = {kind: {kind: ("id", "name")} for kind in _KINDS}
POLICY_ARN = {POLICY: ("arn", "id")}
_SHOWN = 10
OUTSIDE = "policies that the plan does not tell"


class Principals:
    """Reads the principals of a plan; `needed` are ARNs in play, which tell the paths of names."""

    def __init__(
        self, instances: tuple[Instance, ...], documents: Documents, names: Names, needed: tuple[str, ...]
    ) -> None:
        self.instances = instances
        self.documents = documents
        self.names = names
        self.miss = names.notes.miss
        self.texts: dict[str, Told] = {}
        self.of_aws: dict[str, Policy | None] = {}
        self.rewritten: dict[str, Origin] = {}
        self.holders: dict[tuple[str, str, str], Holder] = {}
        self.by_address: dict[str, Holder] = {}
        self.gone: dict[str, set[str]] = {}
        self.missing: set[tuple[str, str, str]] = set()
        self.stray: dict[str, dict[str, None]] = {}
        self.known = self.paths(needed)
        for instance in self.of(POLICY):
            self.policy(instance)
        for kind in _KINDS:
            for instance in self.of(kind):
                self.holder(instance)

    def of(self, type_: str) -> Iterator[Instance]:
        return (one for one in self.instances if one.type == type_ and one.mode == "managed")

    def paths(self, needed: tuple[str, ...]) -> dict[tuple[str, str, str], str]:
        """ARNs by kind, account and name, of those in play and of those that a data source looked up."""
        found = {}
        looked_up = [one.after.get("arn") for one in self.instances if one.mode == "data" and one.type in _KINDS]
        for arn in (*needed, *looked_up):
            try:
                parsed = Arn.parse(arn) if isinstance(arn, str) else None
            except InputError:
                continue
            if parsed is not None and parsed.service == "iam" and parsed.kind in ("role", "user", "group"):
                found[f"aws_iam_{parsed.kind}", parsed.account, parsed.name] = str(parsed)
        return found

    def policy(self, instance: Instance) -> None:
        """Notes the text of a managed policy."""
        arn = self.names.arn(instance)
        if isinstance(arn, Untold):
            self.miss(instance.address, f"its ARN is {arn.why}")
        elif instance.gone:
            self.gone.setdefault(self.names.accounts.account(instance), set()).add(arn)
        else:
            self.texts[arn] = self.documents.read(instance, "policy", name=arn.rsplit("/", 1)[-1], arn=arn)
            if self.texts[arn].unread:
                self.miss(instance.address, f"its policy is {self.texts[arn].unread}")
                if not instance.new:
                    self.rewritten[arn] = instance.place("policy")

    def holder(self, instance: Instance) -> None:
        """Notes a principal that the plan describes, or that it deletes."""
        arn = self.names.arn(instance)
        if isinstance(arn, Untold):
            self.miss(instance.address, f"its ARN is {arn.why}")
            return
        account = self.names.accounts.account(instance)
        before = instance.before.get("arn")
        if instance.gone or (isinstance(before, str) and before != arn):
            old = arn if instance.gone else str(before)
            self.gone.setdefault(account, set()).add(old)
            self.missing.add((instance.type, account, old.rsplit("/", 1)[-1]))
        if instance.gone:
            return
        whole = instance.type == ROLE or instance.new or _changes_itself(instance)
        found = Holder(instance.type, arn, account, instance.place(), instance if whole else None)
        self.by_address[instance.address] = found
        self.holders[instance.type, account, arn.rsplit("/", 1)[-1]] = found
        if whole and instance.type != ROLE and not instance.new:
            found.unread[OUTSIDE] = None

    # ------------------------------------------------------------ whom an attribute means

    def whose(self, instance: Instance, attribute: str, kind: str) -> Holder | None:
        """The principal that an attribute names; where it is not told, any that is made by this plan may be it."""
        found = self.names.meant(instance, attribute, _NAMED[kind])
        if isinstance(found, Instance):
            return self.by_address.get(found.address)
        if found is None:
            self.anyone(instance, attribute, kind)
            return None
        return self.called(instance, found, kind)

    def called(self, instance: Instance, name: str, kind: str) -> Holder | None:
        """The principal of that name in the account of the resource; None where it is gone."""
        account = self.names.accounts.account(instance)
        key = kind, account, name.rsplit("/", 1)[-1]
        if key not in self.holders:
            if key in self.missing:
                return None
            partition = self.names.accounts.home(instance).partition
            plain = f"arn:{partition}:iam::{account}:{_KINDS[kind]}/{name}"
            if key not in self.known:
                self.names.notes.pathless[plain] = None
            self.holders[key] = Holder(kind, self.known.get(key, plain), account, instance.place())
        return self.holders[key]

    def anyone(self, instance: Instance, attribute: str, kind: str) -> None:
        """Lets every principal that the attribute could mean count as one that may have the policy."""
        named = self.documents.references.named(instance, attribute)
        meant = [target.instance.address for target in named.targets if target.instance.type == kind]
        label = f"{instance.shown}, which may be attached to it"
        if named.rest or not meant:
            self.stray.setdefault(kind, {})[label] = None
        for address in () if named.rest else meant:
            if address in self.by_address:
                self.by_address[address].unread[label] = None

    def spread(self) -> None:
        """Gives what may be attached to anyone to everyone that is made now: the names of all others are known."""
        for holder in self.by_address.values():
            labels = list(self.stray.get(holder.kind, ())) if holder.new else []
            holder.unread.update(dict.fromkeys(labels[:_SHOWN]))
            if len(labels) > _SHOWN:
                holder.unread[f"{len(labels) - _SHOWN} more, which may be attached to it"] = None

    # ------------------------------------------------------------ what it has

    def inline(self, holder: Holder, name: str, told: Told, instance: Instance) -> None:
        """Gives a principal an inline policy."""
        holder.inline.pop(name, None)
        if told.policy is not None:
            holder.inline[name] = told.policy
        elif told.unread:
            holder.unread[f"`{name}` of {instance.shown} ({told.unread})"] = None
            holder.lost[name] = None
            self.miss(instance.address, f"its policy `{name}` is {told.unread}")

    def attach(self, holder: Holder, arn: str) -> None:
        """Attaches a managed policy: with its text in this plan, else with the one that AWS publishes."""
        told = self.texts.get(arn)
        if told is not None and told.unread:
            holder.lost[arn] = None
            holder.managed.pop(arn, None)
            holder.unread[f"{arn} ({told.unread})"] = None
            return
        holder.managed[arn] = told.policy if told is not None else self.published(arn)

    def published(self, arn: str) -> Policy | None:
        """The policy that AWS publishes, read once."""
        if arn not in self.of_aws:
            self.of_aws[arn] = published(arn)
        return self.of_aws[arn]

    def attached(self, holder: Holder, instance: Instance, attribute: str) -> None:
        """Attaches the policy that an attribute names."""
        found = self.names.meant(instance, attribute, POLICY_ARN)
        arn = self.names.arn(found) if isinstance(found, Instance) else found
        if isinstance(arn, str):
            self.attach(holder, arn)
        else:
            holder.unread[f"the policy of {instance.shown}"] = None

    def read_back(self, holder: Holder, role: Instance) -> None:
        """
        What a role has by its own attributes.

        The provider reads inline policies and attachments back into the state, so that those of a role that exists
        are all that it had at the last refresh. A role that is made has only what is written.
        Source: Terraform AWS provider, "Resource: aws_iam_role".
        """
        references = self.documents.references
        blocks, named = role.blocks("inline_policy"), references.named(role, "inline_policy")
        # The provider computes what nobody writes; of a new role that is what the plan attaches.
        written = not role.new or references.sets(role, "inline_policy")
        if isinstance(blocks, tuple):
            for index, block in enumerate(blocks):
                self.block(holder, role, block, index)
        elif written:
            reason = f"inline_policy of {role.shown} ({waiting(blocks, named)})" if blocks else OUTSIDE
            holder.unread[reason] = None
        arns, named = role.texts("managed_policy_arns"), references.named(role, "managed_policy_arns")
        if isinstance(arns, tuple):
            for arn in self.resolved(role, "managed_policy_arns", arns):
                if isinstance(arn, str):
                    self.attach(holder, arn)
                else:
                    holder.unread[f"managed_policy_arns of {role.shown} ({waiting(arn, named)})"] = None
        elif not role.new or references.sets(role, "managed_policy_arns"):
            reason = f"managed_policy_arns of {role.shown} ({waiting(arns, named)})" if arns else OUTSIDE
            holder.unread[reason] = None

    def resolved(self, instance: Instance, attribute: str, listed: tuple[str | Untold, ...]) -> Iterator[str | Untold]:
        """The ARNs of a list; those that are not known are those that it names, where there are as many."""
        named = self.documents.references.named(instance, attribute)
        unknown = [arn for arn in listed if isinstance(arn, Untold)]
        meant = [
            self.names.arn(target.instance)
            for target in named.targets
            if target.instance.type == POLICY and target.attribute in POLICY_ARN[POLICY] and target.instance.new
        ]
        yield from (arn for arn in listed if not isinstance(arn, Untold))
        if not unknown or len(unknown) != len(meant) or named.rest:
            yield from unknown
            return
        self.names.notes.take(instance, attribute, f"those of {named}")
        yield from meant

    def block(self, holder: Holder, role: Instance, block: Mapping[str, object], index: int) -> None:
        """One `inline_policy` block; an empty one says that there are no others."""
        references = self.documents.references
        name = block.get("name")
        shown = name if isinstance(name, str) and name else f"inline_policy {index + 1}"
        # The blocks are a set: their order is not that of the configuration.
        written = references.expression(role, "inline_policy")
        order = [
            i
            for i in range(len(written) if isinstance(written, list) else 0)
            if references.expression(role, "inline_policy", i, "name", "constant_value") == name
        ]
        path = ("inline_policy", order[0], "policy") if len(order) == 1 else ("inline_policy",)
        at = ("inline_policy", index, "policy")
        told = self.documents.of(role, block.get("policy"), at, references.named(role, *path), name=shown)
        if isinstance(name, Untold) and told.policy is None and not told.unread:
            told = Told(unread=name.why)
        self.inline(holder, shown, told, role)

    # ------------------------------------------------------------ what it will be

    def role(self, holder: Holder) -> Role:
        """The role."""
        instance = holder.instance
        assert instance is not None  # noqa: S101 - a role that the plan does not describe is a change
        trust = self.documents.read(
            instance, "assume_role_policy", name=f"trust policy of {Arn.parse(holder.arn).name}"
        )
        if trust.unread:
            self.miss(instance.address, f"its trust policy is {trust.unread}")
        boundary_arn, boundary = self.boundary(instance)
        return Role(
            arn=holder.arn,
            trust=trust.policy,
            policies=holder.policies,
            boundary=boundary,
            boundary_arn=boundary_arn,
            tags=self.names.tags(instance),
            unique_id=_known(instance.text("unique_id")),
            max_session_duration=number(instance, "max_session_duration"),
            unread=holder.untold,
            origin=holder.origin,
        )

    def user(self, holder: Holder) -> User:
        """The user."""
        instance = holder.instance
        assert instance is not None  # noqa: S101 - as in `role`
        boundary_arn, boundary = self.boundary(instance)
        return User(
            arn=holder.arn,
            policies=holder.policies,
            groups=tuple(holder.groups),
            boundary=boundary,
            boundary_arn=boundary_arn,
            tags=self.names.tags(instance),
            unique_id=_known(instance.text("unique_id")),
            unread=holder.untold,
            origin=holder.origin,
        )

    def group(self, holder: Holder) -> Group:
        """The group."""
        return Group(holder.arn, holder.policies, holder.untold, holder.origin)

    def boundary(self, instance: Instance) -> tuple[str | None, Policy | None]:
        """The boundary's ARN, or words where it is not told, and its text."""
        if instance.told.get("permissions_boundary") in (None, ""):
            return None, None
        found = self.names.meant(instance, "permissions_boundary", POLICY_ARN)
        arn = self.names.arn(found) if isinstance(found, Instance) else found
        if not isinstance(arn, str):
            return "a boundary that is not told yet", None
        told = self.texts.get(arn)
        return arn, told.policy if told is not None else self.published(arn)


def _changes_itself(instance: Instance) -> bool:
    """Whether a user or group gets another boundary or other tags, so that it is not what it was but for policies."""
    own = ("arn", "permissions_boundary", "tags", "tags_all", "path")
    return any(instance.before.get(name) != instance.after.get(name) for name in own)


def _known(value: str | Untold | None) -> str | None:
    return value if isinstance(value, str) else None
