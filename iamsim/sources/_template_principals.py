"""The roles, users, groups and managed policies of an account that templates describe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from iamsim import documents
from iamsim.jsontext import clipped
from iamsim.model.account import Change, Group, Role, User
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE
from iamsim.sources._managed import published
from iamsim.sources._template_names import KINDS
from iamsim.sources._template_policies import UNREAD, members, policy, tags, text, texts
from iamsim.sources._template_references import formed
from iamsim.sources._template_stack import Stack
from iamsim.sources._template_stand_ins import may_be
from iamsim.sources._template_values import Node, scalar, shown

_KIND = {"AWS::IAM::Role": "role", "AWS::IAM::User": "user", "AWS::IAM::Group": "group"}
_LISTS = {"role": "Roles", "user": "Users", "group": "Groups"}
_INLINE = {
    "AWS::IAM::Policy": _LISTS,
    "AWS::IAM::RolePolicy": {"role": "RoleName"},
    "AWS::IAM::UserPolicy": {"user": "UserName"},
    "AWS::IAM::GroupPolicy": {"group": "GroupName"},
}


@dataclass(slots=True)
class _Held:
    """A role, user or group, and what is attached to it; `described` is False for one that no template describes."""

    arn: str
    kind: str
    origin: Origin
    described: bool = True
    trust: Policy | None = None
    policies: list[Policy] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    managed: set[str] = field(default_factory=set)
    boundary: Policy | None = None
    boundary_arn: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    longest: int | None = 3600


class Principals:
    """Reads the principals of the stacks of one account."""

    def __init__(self, stacks: list[Stack]) -> None:
        self.stacks = stacks
        self.managed: dict[str, Policy] = {}
        self.rewritten: dict[str, Policy] = {}
        self._untold: dict[str, str] = {}
        self._held: dict[str, _Held] = {}
        self._named: dict[tuple[str, str], _Held] = {}
        self._each("AWS::IAM::ManagedPolicy", self._managed_policy)
        self._nameless: list[tuple[Stack, str, str]] = []
        for kind in _KIND:
            self._each(kind, self._principal)
        for stack, name, holed in self._nameless:
            self._maybe(stack, name, holed)
        # Which groups there are has to be known before who is in them.
        self._each("AWS::IAM::User", self._memberships)
        self._each("AWS::IAM::UserToGroupAddition", self._additions)
        for kind in _INLINE:
            self._each(kind, self._inline_policy)
        self._each("AWS::IAM::ManagedPolicy", self._attachments)

    # ------------------------------------------------------------ what was read

    def roles(self) -> dict[str, Role]:
        return {
            held.arn: Role(
                held.arn, held.trust, tuple(held.policies), held.boundary, held.boundary_arn, held.tags,
                max_session_duration=held.longest, unread=tuple(held.unread), origin=held.origin,
            )
            for held in self._all("role")
        }  # fmt: skip

    def users(self) -> dict[str, User]:
        return {
            held.arn: User(
                held.arn, tuple(held.policies), tuple(dict.fromkeys(held.groups)), held.boundary, held.boundary_arn,
                held.tags, unread=tuple(held.unread), origin=held.origin,
            )
            for held in self._all("user")
        }  # fmt: skip

    def groups(self) -> dict[str, Group]:
        return {
            held.arn: Group(held.arn, tuple(held.policies), tuple(held.unread), held.origin)
            for held in self._all("group")
        }

    def changes(self) -> tuple[Change, ...]:
        """What principals get that no template describes."""
        return tuple(
            Change(held.arn, tuple(held.policies), tuple(held.unread), tuple(held.groups), origin=held.origin)
            for held in self._held.values()
            if not held.described
        )

    def _all(self, kind: str) -> Iterator[_Held]:
        return (held for held in self._held.values() if held.kind == kind and held.described)

    def role(self, stack: Stack, text: str) -> str | None:
        """The ARN of the role that a text names, by its name or its ARN; None where that is not told."""
        if HOLE in text:
            return None
        if text.startswith("arn:"):
            return text
        held = self._named.get(("role", text))
        return held.arn if held is not None else _entity(stack, "role", text)

    def loses_sight(self, arn: str, word: str) -> None:
        """Notes that something is attached to a role of which nobody here knows what it says."""
        if arn in self._held:
            self._held[arn].unread.append(word)

    # ------------------------------------------------------------ one by one

    def _each(self, kind: str, read: Callable[[Stack, str], None]) -> None:
        """Calls `read` for every resource of a type that is there, or may be."""
        for stack in self.stacks:
            for name, piece in stack.resources.items():
                stack.world.subject = name
                if piece.type == kind and stack.exists(name) is not False:
                    read(stack, name)

    def _arn(self, stack: Stack, name: str) -> str | None:
        """The ARN of a resource; None, and said, where it is not told."""
        piece = stack.resources[name]
        arn = formed(stack, name, KINDS[piece.type].arn, piece.at)
        if HOLE not in arn:
            return arn
        stack.world.say("not seen", name, f"its name is not told: `{shown(clipped(arn))}`")
        return None

    def _maybe(self, stack: Stack, name: str, holed: str) -> None:
        """A principal in play that may be the one whose name is not told: of it nothing is known."""
        for arn in stack.world.needed:
            if arn not in self._held and may_be(arn, holed):
                piece = stack.resources[name]
                reason = f"{name} may be it (its name is not told)"
                held = _Held(arn, _KIND[piece.type], stack.origin(piece.at, name), unread=[reason], boundary_arn=reason)
                self._held[arn] = self._named[held.kind, arn.rsplit("/", 1)[-1]] = held

    def _managed_policy(self, stack: Stack, name: str) -> None:
        arn = self._arn(stack, name)
        if arn is None:
            return
        stack.world.subject = name
        found = policy(stack, stack.property(name, "PolicyDocument"), name, arn.rsplit("/", 1)[-1], arn)
        if found is None or stack.exists(name) is None:
            reason = UNREAD if found is None else stack.why_maybe(name)
            stack.world.say("not seen", name, f"a managed policy; {reason}")
            self._untold[arn] = f"{name} ({reason})"
            # Whoever else has it will not have the text that others tell.
            origin = stack.origin(stack.resources[name].at, name)
            self.rewritten[arn] = documents.anything(arn.rsplit("/", 1)[-1], origin, arn=arn)
        else:
            self.managed[arn] = found

    def _principal(self, stack: Stack, name: str) -> None:
        piece = stack.resources[name]
        kind, arn = _KIND[piece.type], self._arn(stack, name)
        if arn is None:
            self._nameless.append((stack, name, formed(stack, name, KINDS[piece.type].arn, piece.at)))
            return
        if arn in self._held:
            stack.fail(f"`{clipped(arn)}` is described twice", piece.at, f"see also {self._held[arn].origin}")
        held = _Held(arn, kind, stack.origin(piece.at, name))
        self._held[arn] = self._named[kind, arn.rsplit("/", 1)[-1]] = held
        held.tags = (tags(stack, name) or {}) if kind != "group" else {}
        if kind != "group":
            self._boundary(stack, name, held)
        if kind == "role":
            self._of_role(stack, name, held)
        for i, entry in enumerate(members(stack, stack.property(name, "Policies"), "Policies")):
            self._own(stack, name, held, entry, i)
        for item in texts(stack, stack.property(name, "ManagedPolicyArns"), "ManagedPolicyArns"):
            self._attach(held, str(scalar(item)))
        if stack.exists(name) is None:
            held.trust = None
            self._unread(stack, name, held, stack.why_maybe(name))

    def _of_role(self, stack: Stack, name: str, held: _Held) -> None:
        document = stack.property(name, "AssumeRolePolicyDocument")
        held.trust = policy(stack, document, name, f"trust policy of {held.arn.rsplit('/', 1)[-1]}")
        if held.trust is None:
            stack.world.say("not seen", name, f"its trust policy: {UNREAD}")
        node = stack.property(name, "MaxSessionDuration")
        longest = text(stack, node, "MaxSessionDuration")
        if node is not None and longest is not None:
            held.longest = None if HOLE in longest else _seconds(stack, node, longest)

    def _boundary(self, stack: Stack, name: str, held: _Held) -> None:
        arn = text(stack, stack.property(name, "PermissionsBoundary"), "PermissionsBoundary")
        if arn is not None:
            held.boundary_arn = shown(arn)
            held.boundary = self._text_of(arn)
            if held.boundary is None:
                stack.world.say("not seen", name, f"its permissions boundary `{clipped(shown(arn))}`")
            if arn in self._untold:
                # A text under this ARN elsewhere would be the one before the deploy.
                held.boundary_arn = self._untold[arn]

    def _own(self, stack: Stack, name: str, held: _Held, entry: dict[str, Node] | None, i: int) -> None:
        """One of the inline policies that stand in the principal itself."""
        called = _name_of(stack, entry.get("PolicyName") if entry is not None else None, f"policy {i + 1}")
        found = policy(stack, entry.get("PolicyDocument"), name, called) if entry is not None else None
        if found is not None:
            held.policies.append(found)
        else:
            self._unread(stack, name, held, UNREAD, called)

    def _memberships(self, stack: Stack, name: str) -> None:
        arn = self._arn(stack, name)
        held = self._held.get(arn or "")
        if held is not None:
            for item in texts(stack, stack.property(name, "Groups"), "Groups"):
                held.groups.append(self._group(stack, str(scalar(item))))

    def _additions(self, stack: Stack, name: str) -> None:
        group = text(stack, stack.property(name, "GroupName"), "GroupName") or ""
        # What a group that may be joined grants is what nobody tells.
        arn = self._group(stack, group) if stack.exists(name) else f"{name} ({stack.why_maybe(name)})"
        for held in self._targets(stack, name, "user", "Users"):
            held.groups.append(arn)

    def _group(self, stack: Stack, name: str) -> str:
        held = self._named.get(("group", name))
        return held.arn if held is not None else shown(_entity(stack, "group", name))

    def _inline_policy(self, stack: Stack, name: str) -> None:
        called = _name_of(stack, stack.property(name, "PolicyName"), name)
        found = policy(stack, stack.property(name, "PolicyDocument"), name, called)
        for kind, member in _INLINE[stack.resources[name].type].items():
            for held in self._targets(stack, name, kind, member):
                if found is not None and stack.exists(name):
                    held.policies.append(found)
                else:
                    self._unread(stack, name, held, UNREAD if found is None else stack.why_maybe(name))

    def _attachments(self, stack: Stack, name: str) -> None:
        arn = self._arn(stack, name)
        for kind, member in _LISTS.items():
            for held in self._targets(stack, name, kind, member):
                if arn is None:
                    self._unread(stack, name, held, "its name is not told")
                else:
                    self._attach(held, arn)

    # ------------------------------------------------------------ attaching

    def _targets(self, stack: Stack, name: str, kind: str, member: str) -> Iterator[_Held]:
        """The principals that a policy names; those that no template describes come along."""
        for item in texts(stack, stack.property(name, member), member):
            target = str(scalar(item))
            if HOLE in target:
                stack.world.say("not seen", name, f"to which {kind} it belongs is not told")
                continue
            if (kind, target) not in self._named:
                arn = _entity(stack, kind, target)
                held = _Held(arn, kind, stack.origin(stack.resources[name].at, name), described=False)
                self._named[kind, target] = self._held[arn] = held
            yield self._named[kind, target]

    def _attach(self, held: _Held, arn: str) -> None:
        """Attaches the managed policy `arn`, once."""
        if arn in held.managed:
            return
        held.managed.add(arn)
        found = self._text_of(arn)
        if found is not None:
            held.policies.append(found)
        else:
            held.unread.append(self._untold.get(arn, shown(arn)))

    def _text_of(self, arn: str) -> Policy | None:
        return self.managed.get(arn) or (None if HOLE in arn else published(arn))

    @staticmethod
    def _unread(stack: Stack, name: str, held: _Held, reason: str, what: str = "") -> None:
        """Something is attached and cannot be read."""
        stack.world.say("not seen", f"{name}, {what}" if what else name, reason)
        held.unread.append(f"{what or name} ({reason})")


def _entity(stack: Stack, kind: str, name: str) -> str:
    """The ARN of a principal that no template describes; the ARNs in play may tell its path."""
    bare = f"arn:{stack.deploy.partition}:iam::{stack.deploy.account}:{kind}/"
    told = [arn for arn in stack.world.needed if arn.startswith(bare) and arn.rsplit("/", 1)[-1] == name]
    return told[0] if len(told) == 1 else bare + name


def _name_of(stack: Stack, node: Node | None, otherwise: str) -> str:
    """The name of an inline policy; what stands for it where it is not told."""
    found = text(stack, node, "PolicyName")
    return otherwise if not found or HOLE in found else found


def _seconds(stack: Stack, node: Node, written: str) -> int:
    if not written.isdecimal() or not written.isascii() or not 3600 <= int(written[:9]) <= 43200:  # noqa: PLR2004 - IAM API Reference, CreateRole
        stack.fail(f"`{clipped(written)}` is no longest session", node.at, "seconds, from 3600 to 43200")
    return int(written)
