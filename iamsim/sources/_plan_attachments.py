"""What a plan attaches to principals and takes from them, in the order in which it is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iamsim.sources._plan_documents import waiting
from iamsim.sources._plan_holders import Holder
from iamsim.sources._plan_instance import Instance
from iamsim.sources._plan_principals import GROUP, POLICY_ARN, ROLE, USER, Principals
from iamsim.sources._plan_values import AFTER_APPLY, Untold

INLINE = {
    "aws_iam_role_policy": ("role", ROLE),
    "aws_iam_user_policy": ("user", USER),
    "aws_iam_group_policy": ("group", GROUP),
}
_ATTACHED = {f"{name}_attachment": whose for name, whose in INLINE.items()}
_LISTS = (("roles", ROLE), ("users", USER), ("groups", GROUP))


def attach(principals: Principals) -> None:
    """Gives every principal of the plan what it will have after the apply."""
    work = _Attachments(principals)
    for holder in list(principals.by_address.values()):
        if holder.kind == ROLE and holder.instance is not None:
            principals.read_back(holder, holder.instance)
    # Everything goes before anything comes: a policy that moves from one resource to another stays.
    for instance in principals.instances:
        if instance.mode == "managed" and instance.changed and instance.before:
            work.take(replace(instance, gone=True))
    for instance in principals.instances:
        if instance.mode == "managed" and not instance.gone:
            work.give(instance)
    work.settle()
    for instance in principals.instances:
        if instance.mode == "managed" and not instance.gone:
            work.restrict(instance)
    principals.spread()


class _Attachments:
    def __init__(self, principals: Principals) -> None:
        self.principals = principals
        self.loops: dict[tuple[object, ...], list[tuple[Holder, Instance]]] = {}

    def take(self, past: Instance) -> None:
        """Takes away what a resource has attached until now."""
        whose = INLINE.get(past.type) or _ATTACHED.get(past.type)
        if whose is not None:
            what = past.text("name" if past.type in INLINE else "policy_arn")
            holder = self.principals.whose(past, *whose)
            if holder is not None and isinstance(what, str):
                self.lose(holder, what)
        elif past.type == "aws_iam_policy_attachment":
            what = past.text("policy_arn")
            for attribute, kind in _LISTS:
                for holder in self.all(past, attribute, kind):
                    if isinstance(what, str):
                        self.lose(holder, what)
        else:
            for user, group in self.members(past):
                user.groups.pop(group.arn, None)
                user.lost[group.arn] = None

    def give(self, instance: Instance) -> None:
        """Attaches what a resource stands for."""
        if instance.type in INLINE:
            holder = self.principals.whose(instance, *INLINE[instance.type])
            if holder is None or self.lost_with_role(holder, instance):
                return
            name = instance.text("name")
            shown = name if isinstance(name, str) else instance.shown
            told = self.principals.documents.read(instance, "policy", name=shown)
            self.principals.inline(holder, shown, told, instance)
        elif instance.type in _ATTACHED:
            holder = self.principals.whose(instance, *_ATTACHED[instance.type])
            if holder is not None and not self.lost_with_role(holder, instance):
                self.one_of(holder, instance)
        elif instance.type == "aws_iam_policy_attachment":
            for attribute, kind in _LISTS:
                for holder in self.all(instance, attribute, kind):
                    if not self.lost_with_role(holder, instance):
                        self.principals.attached(holder, instance, "policy_arn")
        else:
            for user, group in self.members(instance):
                user.groups[group.arn] = None

    def one_of(self, holder: Holder, instance: Instance) -> None:
        """Attaches the policy of one attachment; one of a loop whose policy is not told waits for the others."""
        value = instance.text("policy_arn")
        named = self.principals.documents.references.named(instance, "policy_arn")
        if value is AFTER_APPLY and instance.key and named.only(POLICY_ARN) is None:
            self.loops.setdefault((instance.module, instance.path, holder.arn), []).append((holder, instance))
        else:
            self.principals.attached(holder, instance, "policy_arn")

    def settle(self) -> None:
        """
        Attaches what loops attach.

        The plan does not tell which instance attaches which policy. Where they are as many as the policies that the
        loop names, and all of them for one principal, it has all of them.
        """
        for found in self.loops.values():
            named = self.principals.documents.references.named(found[0][1], "policy_arn")
            meant = [
                target.instance
                for target in named.targets
                if target.instance.new and target.attribute in POLICY_ARN.get(target.instance.type, ())
            ]
            arns = [arn for one in meant if isinstance(arn := self.principals.names.arn(one), str)]
            fits = not named.rest and len(arns) == len(named.targets) == len(found)
            for index, (holder, instance) in enumerate(found):
                if fits:
                    self.principals.attach(holder, arns[index])
                    self.principals.names.notes.take(instance, "policy_arn", f"one of {named}")
                else:
                    self.principals.attached(holder, instance, "policy_arn")

    def restrict(self, instance: Instance) -> None:
        """
        Takes from a role what a resource that owns all its policies does not list.

        Source: Terraform AWS provider, "Resource: aws_iam_role_policies_exclusive" and
        "Resource: aws_iam_role_policy_attachments_exclusive".
        """
        of_inline = instance.type == "aws_iam_role_policies_exclusive"
        if not of_inline and instance.type != "aws_iam_role_policy_attachments_exclusive":
            return
        names = self.principals.names
        found = names.meant(instance, "role_name", {ROLE: ("id", "name")})
        holder = (
            self.principals.by_address.get(found.address)
            if isinstance(found, Instance)
            else self.principals.called(instance, found, ROLE)
            if found is not None
            else None
        )
        if holder is None:
            if found is None:
                self.principals.anyone(instance, "role_name", ROLE)
            return
        attribute = "policy_names" if of_inline else "policy_arns"
        listed = instance.texts(attribute)
        named = self.principals.documents.references.named(instance, attribute)
        if isinstance(listed, Untold):
            holder.unread[f"{attribute} of {instance.shown} ({waiting(listed, named)})"] = None
            return
        kept = list(self.principals.resolved(instance, attribute, listed or ()))
        if any(isinstance(name, Untold) for name in kept):
            holder.unread[f"{attribute} of {instance.shown} ({waiting(AFTER_APPLY, named)})"] = None
            return
        if holder.instance is None and instance.changed:
            # What it has beside these is not in the plan, and goes.
            holder.unread[f"what {instance.shown} takes from it"] = None
        mine = holder.inline if of_inline else holder.managed
        for name in [name for name in mine if name not in kept]:
            del mine[name]
            holder.lost[name] = None
        for arn in () if of_inline else kept:
            if isinstance(arn, str) and arn not in holder.managed:
                self.principals.attach(holder, arn)

    def lose(self, holder: Holder, what: str) -> None:
        holder.inline.pop(what, None)
        holder.managed.pop(what, None)
        holder.lost[what] = None

    def lost_with_role(self, holder: Holder, instance: Instance) -> bool:
        """
        Whether a policy that the plan leaves alone hangs on a role that the plan makes anew.

        It goes with the old role, or keeps it from being deleted, and nothing attaches it again.
        """
        if not holder.new or instance.changed:
            return False
        holder.unread[f"{instance.shown}, which the plan does not attach again"] = None
        return True

    def all(self, instance: Instance, attribute: str, kind: str) -> Iterator[Holder]:
        """The principals that a list names; those that are not known are those that its expression names."""
        listed = instance.texts(attribute)
        if listed is None:
            return
        names = () if isinstance(listed, Untold) else tuple(name for name in listed if isinstance(name, str))
        for name in names:
            if (holder := self.principals.called(instance, name, kind)) is not None:
                yield holder
        unknown = 0 if isinstance(listed, Untold) else len(listed) - len(names)
        if names == listed:
            return
        named = self.principals.documents.references.named(instance, attribute)
        meant = [
            target.instance
            for target in named.targets
            if target.instance.type == kind and target.attribute == "id" and target.instance.new
        ]
        if unknown and unknown == len(meant) and not named.rest:
            for one in meant:
                self.principals.names.notes.take(instance, attribute, f"that of {one.shown}")
                if one.address in self.principals.by_address:
                    yield self.principals.by_address[one.address]
            return
        self.principals.miss(instance.address, f"its `{attribute}` are {waiting(AFTER_APPLY, named)}")
        self.principals.anyone(instance, attribute, kind)

    def members(self, instance: Instance) -> Iterator[tuple[Holder, Holder]]:
        """Users and the groups that a resource puts them into."""
        if instance.type == "aws_iam_user_group_membership":
            user = self.principals.whose(instance, "user", USER)
            if user is not None:
                yield from ((user, group) for group in self.all(instance, "groups", GROUP))
        elif instance.type == "aws_iam_group_membership":
            group_ = self.principals.whose(instance, "group", GROUP)
            if group_ is not None:
                yield from ((user, group_) for user in self.all(instance, "users", USER))
