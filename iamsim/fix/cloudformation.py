"""CloudFormation: a template for each policy, whose resources are also those of the template that it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iamsim.fix import Block, Form, _documents
from iamsim.fix._addresses import logical_id
from iamsim.fix._blocks import block, by_hand, shared, unknown, what
from iamsim.fix._permissions import Permission, steps
from iamsim.fix._targets import Target, queue_url, target
from iamsim.fix._yaml import Ref, Writer
from iamsim.model.origin import Origin
from iamsim.model.principal import HOLE
from iamsim.model.remedy import Edit

Properties = dict[str, Any]

_KEPT = "every other property stays as the template has it"


def write(edits: tuple[Edit, ...]) -> tuple[Block, ...]:
    """A template for each edit."""
    work = _Work()
    return tuple(work.block(edit) for edit in edits)


@dataclass(slots=True)
class _Work:
    """The logical ids of new resources are told apart over all edits."""

    ids: set[str] = field(default_factory=set)

    def block(self, edit: Edit) -> Block:
        found = target(edit)
        if found is None:
            return by_hand(edit, "no CloudFormation resource is known here for a policy of this name or kind")
        if found.kind == "function":
            return self.permissions(edit, found)
        value = _documents.value(edit.after)
        if _is_keyed_by_hole(value):
            return by_hand(edit, "a name in it is not told, and CloudFormation takes no function for a name")
        here = logical_id(edit.before.origin) if edit.before is not None else ""
        if here and edit.before is not None:
            return _in_place(edit, found, here, _stands(edit.before.origin, here), value)
        made = _OWN.get(found.kind)
        if made is None:
            return by_hand(edit, "CloudFormation has this policy only inside the resource that carries it")
        owner = logical_id(edit.origin)
        carrier: object = Ref(owner) if owner and found.kind in _NAMED else _called(found)
        called = found.of.capitalize() if made.whole else found.policy or "Policy"
        name = self.id(*(("", found.policy) if found.kind == "boundary" else (owner or found.name, called)))
        resource = {"Type": made.type, "Properties": made.properties(found, carrier, value)}
        notes = shared(edit, found)
        if found.kind == "boundary":
            notes += (f"set PermissionsBoundary: !Ref {name} where {found.of} {found.name} is made",)
        if made.whole:
            notes += (f"put it into the template that makes the {found.of}: on its own it makes a new one",)
        elif edit.before is not None and found.kind != "boundary":
            notes += ("it exists: take its policy out of where it is made now, or this replaces it whole",)
        parameters = {owner: _called(found)} if isinstance(carrier, Ref) else {}
        if parameters:
            notes += (f"without Parameters in the template of {owner}, where !Ref {owner} is the {found.of}",)
        verb = "add" if edit.before is None else "set"
        return _template(f"{verb} {what(found)}", {name: resource}, parameters, name, notes)

    def permissions(self, edit: Edit, found: Target) -> Block:
        """A resource for each permission that the function gains."""
        todo = steps(found, edit.before, edit.after)
        if todo is None:
            return by_hand(edit, "no permissions of the function make this policy")
        owner = logical_id(edit.origin)
        resources = {self.id(owner or found.name, each.id): _permission(found, each) for each in todo.come}
        notes = tuple(f"take the permission with the Sid {each} away" for each in todo.gone)
        return _template(f"change {what(found)}", resources, {}, ", ".join(resources), notes)

    def id(self, owner: str, more: str) -> str:
        """A logical id for a new resource."""
        wanted = _word(owner) + _word(more)
        name, number = wanted, 1
        while name in self.ids:
            number += 1
            name = f"{wanted}{number}"
        self.ids.add(name)
        return name


@dataclass(frozen=True, slots=True)
class _Made:
    """
    A type with a policy: `holder` is the property that has it, `owner` the one that names what carries it.

    `whole`: the type is the carrier itself. `listed`: `owner` is a list.
    """

    type: str
    holder: str = "PolicyDocument"
    owner: str = ""
    whole: bool = False
    listed: bool = False

    def properties(self, found: Target, carrier: object, value: Mapping[str, Any]) -> Properties:
        """The properties of a new resource."""
        if found.kind == "attached":
            return {"ManagedPolicyName": found.policy, _INLINE[found.of]: [carrier], self.holder: value}
        members: Properties = {self.owner: [carrier] if self.listed else carrier} if self.owner else {}
        if found.kind in ("trust", "managed") and found.path != "/":
            members["Path"] = found.path
        if found.kind in _INLINE:
            members["PolicyName"] = found.policy
        return {**members, self.holder: value}


# Source: AWS CloudFormation Template Reference Guide, the page of each type.
_OWN: Mapping[str, _Made] = {
    "trust": _Made("AWS::IAM::Role", "AssumeRolePolicyDocument", "RoleName", whole=True),
    "role": _Made("AWS::IAM::RolePolicy", owner="RoleName"),
    "user": _Made("AWS::IAM::UserPolicy", owner="UserName"),
    "group": _Made("AWS::IAM::GroupPolicy", owner="GroupName"),
    "managed": _Made("AWS::IAM::ManagedPolicy", owner="ManagedPolicyName", whole=True),
    "attached": _Made("AWS::IAM::ManagedPolicy"),
    "boundary": _Made("AWS::IAM::ManagedPolicy", owner="ManagedPolicyName"),
    "bucket": _Made("AWS::S3::BucketPolicy", owner="Bucket"),
    "key": _Made("AWS::KMS::Key", "KeyPolicy", whole=True),
    "queue": _Made("AWS::SQS::QueuePolicy", owner="Queues", listed=True),
    "topic": _Made("AWS::SNS::TopicPolicy", owner="Topics", listed=True),
    "secret": _Made("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", "SecretId"),
    "domain": _Made("AWS::OpenSearchService::Domain", "AccessPolicies", "DomainName", whole=True),
    "repository": _Made("AWS::ECR::Repository", "RepositoryPolicyText", "RepositoryName", whole=True),
    "stream": _Made("AWS::Kinesis::ResourcePolicy", "ResourcePolicy", "ResourceArn"),
}
_INLINE = {"role": "Roles", "user": "Users", "group": "Groups"}
# Whose Ref is what the property of a policy takes.
_NAMED = frozenset((*_INLINE, "attached", "bucket", "queue", "topic", "secret"))
_PARAMETERS = {
    "source_arn": "SourceArn",
    "source_account": "SourceAccount",
    "principal_org_id": "PrincipalOrgID",
    "event_source_token": "EventSourceToken",
    "function_url_auth_type": "FunctionUrlAuthType",
}


def _in_place(edit: Edit, found: Target, here: str, stands: str, value: Mapping[str, Any]) -> Block:
    """The resource of the source, with the property that has the policy."""
    notes = (*shared(edit, found), "values that functions gave are written out: write the functions again")
    title, made = f"change {what(found)}", _OWN.get(found.kind)
    if made is None:
        return by_hand(edit, f"it is a property of {here}")
    if found.kind in _INLINE:
        if stands != "/Properties/PolicyDocument":
            # A role needs a trust policy, which is not this edit's to tell: its policy becomes a resource of its own.
            owner = logical_id(edit.origin)
            carrier: object = Ref(owner) if owner else found.name
            resource = {"Type": made.type, "Properties": made.properties(found, carrier, value)}
            name = f"{_word(here)}{_word(found.policy)}"
            out = f"take {found.policy} out of the Policies of {here}, or change it there instead"
            if owner:
                out += f"; without Parameters in its template, where !Ref {owner} is the {found.kind}"
            return _template(title, {name: resource}, {owner: found.name} if owner else {}, here, (*notes, out))
        properties: Properties = {
            "PolicyName": found.policy,
            _INLINE[found.kind]: [found.name],
            "PolicyDocument": value,
        }
        notes += (f"{here} keeps the Type that it has, AWS::IAM::Policy or {made.type}, and whose it is",)
        return _template(title, {here: {"Type": "AWS::IAM::Policy", "Properties": properties}}, {}, here, notes)
    owners: Properties = {}
    if made.owner and not made.whole:
        called = _called(found)
        owners = {made.owner: [called] if made.listed else called}
        notes += (f"{made.owner} stays as the template has it",)
    resource = {"Type": made.type, "Properties": {**owners, made.holder: value}}
    return _template(title, {here: resource}, {}, here, (*notes, _KEPT))


def _stands(origin: Origin, here: str) -> str:
    """Where in its resource the policy stands; empty where that is not told."""
    start = f"/Resources/{here}"
    return origin.pointer.removeprefix(start) if origin.pointer.startswith(start) else ""


def _called(found: Target) -> str:
    """What the carrier is called by the property that names it."""
    match found.kind:
        case "queue":
            return queue_url(found)
        case "topic" | "secret" | "stream":
            return str(found.arn)
        case "boundary":
            return found.policy
        case _:
            return found.name


def _permission(found: Target, each: Permission) -> Properties:
    more = {_PARAMETERS[name]: value for name, value in each.conditions}
    properties = {"Action": each.action, "FunctionName": str(found.arn), "Principal": each.principal, **more}
    return {"Type": "AWS::Lambda::Permission", "Properties": properties}


def _template(
    title: str, resources: Mapping[str, Any], parameters: Mapping[str, str], place: str, notes: tuple[str, ...]
) -> Block:
    """A whole template; what is not told is a parameter without a default, which a deploy asks for."""
    writer = Writer()
    body = writer.lines({"Resources": resources}) if resources else []
    told: Properties = {name: {"Type": "String", "Default": value} for name, value in parameters.items()}
    asked = {"Type": "String", "Description": "What the inputs did not tell, or what must not be shown."}
    told |= dict.fromkeys(writer.parameters, asked)
    head = Writer().lines({"Parameters": told}) if told else []
    text = "\n".join((*head, *body, ""))
    return block(title, text, "yaml", place, (*notes, *unknown(len(writer.parameters), "the parameter Unknown1")))


def _is_keyed_by_hole(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(HOLE in name or _is_keyed_by_hole(item) for name, item in value.items())
    return isinstance(value, list) and any(map(_is_keyed_by_hole, value))


def _word(words: str) -> str:
    """The words as a piece of a logical id: letters and digits."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", words))[:_LONGEST]


_LONGEST = 100


def _fits(edit: Edit) -> bool:
    return bool(logical_id(edit.origin if edit.before is None else edit.before.origin))


FORM = Form("CloudFormation", ".yaml", write, _fits)
