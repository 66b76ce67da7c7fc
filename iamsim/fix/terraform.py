"""HCL: the resource that a policy comes from, or one of its own for a policy that no configuration has."""

from __future__ import annotations

from dataclasses import dataclass, field

from iamsim.fix import Block, Form, _documents
from iamsim.fix._addresses import Address, address
from iamsim.fix._blocks import block, by_hand, shared, unknown, what
from iamsim.fix._hcl import Encoded, Expression, Member, Nested, Writer, label
from iamsim.fix._permissions import Permission, steps
from iamsim.fix._targets import Target, target
from iamsim.fix._terraform_data import statements
from iamsim.fix._terraform_types import NEW, POLICY_ATTRIBUTE, New
from iamsim.model.remedy import Edit

_REST = ("", "the other arguments stay as they are")


def write(edits: tuple[Edit, ...]) -> tuple[Block, ...]:
    """For each edit the blocks that have to be pasted, or changed in place."""
    work = _Work()
    return tuple(work.block(edit) for edit in edits)


@dataclass(slots=True)
class _Work:
    """The names of new blocks and variables are told apart over all edits: they may land in one module."""

    labels: set[str] = field(default_factory=set)
    unknown: int = 0

    def block(self, edit: Edit) -> Block:
        found = target(edit)
        if found is None:
            return by_hand(edit, "no Terraform resource is known here for a policy of this name or kind")
        writer = Writer(self.unknown)
        written = address(edit.before.origin) if edit.before is not None else None
        if found.kind == "function":
            block = self.permissions(edit, found, writer)
        elif written is not None:
            block = _in_place(edit, found, written, writer)
        else:
            block = self.new(edit, found, writer)
        self.unknown += len(writer.variables)
        return block

    def new(self, edit: Edit, found: Target, writer: Writer) -> Block:
        """A resource of its own, in the module of its owner where that is told."""
        kind, owner = NEW[found.kind], address(edit.origin)
        value = _documents.value(edit.after)
        if owner is not None and owner.type not in kind.types:
            owner = None
        whose = owner.name if owner is not None else found.name
        name = self.label(kind.type, "" if found.kind == "boundary" else whose, found.policy)
        members = [*_named(kind, found, owner), (kind.attribute, Encoded(value))]
        text = writer.block("resource", (kind.type, name), members)
        if found.kind == "attached":
            whom = found.name if owner is None else Expression(f"{owner.reference}.{kind.types[owner.type]}")
            attachment: list[Member] = [(found.of, whom), ("policy_arn", Expression(f"{kind.type}.{name}.arn"))]
            text += "\n" + writer.block("resource", (f"aws_iam_{found.of}_policy_attachment", name), attachment)
        notes: tuple[str, ...] = shared(edit, found)
        if edit.before is not None and found.kind != "boundary":
            notes += _existing(kind, found, f"{kind.type}.{name}")
        if found.kind == "boundary":
            notes += (f"set permissions_boundary = {kind.type}.{name}.arn where {found.of} {found.name} is made",)
        if owner is not None:
            notes += _of_many(owner)
        place = ".".join(filter(None, (owner.module if owner is not None else "", kind.type, name)))
        return _block(f"add {what(found)}" if edit.before is None else f"set {what(found)}", writer, text, place, notes)

    def permissions(self, edit: Edit, found: Target, writer: Writer) -> Block:
        """A resource for each permission that the function gains."""
        todo, kind = steps(found, edit.before, edit.after), NEW[found.kind]
        if todo is None:
            return by_hand(edit, "no permissions of the function make this policy")
        owner, texts = address(edit.origin), []
        if owner is not None and owner.type not in kind.types:
            owner = None
        for each in todo.come:
            name = self.label(kind.type, owner.name if owner is not None else found.name, each.id)
            members = [*_named(kind, found, owner), *_of_permission(each)]
            texts.append(writer.block("resource", (kind.type, name), members))
        notes = tuple(f"take the permission with statement_id {each} away" for each in todo.gone)
        place = owner.module if owner is not None else ""
        return _block(f"change {what(found)}", writer, "\n".join(texts), place, notes)

    def label(self, kind: str, owner: str, more: str) -> str:
        """A name for a new resource."""
        wanted = "_".join(label(words) for words in (owner, more) if words)
        name, number = wanted, 1
        while f"{kind}.{name}" in self.labels:
            number += 1
            name = f"{wanted}_{number}"
        self.labels.add(f"{kind}.{name}")
        return name


def _in_place(edit: Edit, found: Target, written: Address, writer: Writer) -> Block:
    """The argument that has the policy, in the block that is there."""
    value, labels, notes = _documents.value(edit.after), (written.type, written.name), shared(edit, found)
    if written.is_data:
        members = statements(edit.after) if written.type == "aws_iam_policy_document" else None
        if members is None:
            return by_hand(edit, f"it is made by {written.block}")
        text = writer.block("data", labels, members)
        notes += (
            "statements of source_policy_documents and override_policy_documents are written out: name them no more",
        )
        return _block(f"change {what(found)}", writer, text, written.block, (*notes, *_of_many(written)))
    attribute = POLICY_ATTRIBUTE.get(written.type)
    if attribute is None:
        return by_hand(edit, f"it is made by {written.block}")
    member: Member = (attribute, Encoded(value))
    if written.type == "aws_iam_role" and found.kind == "role":
        member = ("inline_policy", Nested((("name", found.policy), ("policy", Encoded(value)))))
        notes += ("keep the role's other inline_policy blocks: it has no policies but these",)
    text = writer.block("resource", labels, (_REST, member))
    notes += ("texts stand as the plan has them: write references again where your configuration had some",)
    return _block(f"change {what(found)}", writer, text, written.block, (*notes, *_of_many(written)))


def _named(kind: New, found: Target, owner: Address | None) -> list[Member]:
    """The arguments that say whose policy it is."""
    if found.kind in ("trust", "managed"):
        return [("name", found.name), *([("path", found.path)] if found.path != "/" else [])]
    named: list[Member] = [("name", found.policy)] if found.policy else []
    if kind.owner and owner is not None:
        named.append((kind.owner, Expression(f"{owner.reference}.{kind.types[owner.type]}")))
    elif kind.owner:
        named.append((kind.owner, kind.named(found)))
    return named


def _of_permission(each: Permission) -> list[Member]:
    return [("statement_id", each.id), ("action", each.action), ("principal", each.principal), *each.conditions]


def _existing(kind: New, found: Target, name: str) -> tuple[str, ...]:
    """What to know of a resource that is pasted while what it stands for exists."""
    id_ = kind.import_id(found)
    if not id_:
        return ("it exists: this replaces its policy whole",)
    way = f"it exists: `terraform import {name} {id_}` before the apply, unless another block of yours has it"
    return (way, "what the block does not say of it goes back to its default") if found.kind == "trust" else (way,)


def _of_many(written: Address) -> tuple[str, ...]:
    """What to know of a block that makes more than one resource."""
    notes: tuple[str, ...] = ()
    if written.key:
        notes = (f"{written.block} makes several of them (count or for_each), which all get what its block says",)
    if "[" in written.module:
        notes += (f"{written.module} is one of several that its module block makes, which all get what it says",)
    return notes


def _block(title: str, writer: Writer, text: str, place: str, notes: tuple[str, ...]) -> Block:
    """The blocks behind the variables that they use."""
    first = f"var.{writer.variables[0]}" if writer.variables else ""
    return block(title, writer.declared() + text, "hcl", place, (*notes, *unknown(len(writer.variables), first)))


def _fits(edit: Edit) -> bool:
    return address(edit.origin if edit.before is None else edit.before.origin) is not None


FORM = Form("Terraform", ".tf", write, _fits)
