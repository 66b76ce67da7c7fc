"""AWS CloudFormation templates, as written, as AWS SAM extends them, and as the AWS CDK makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from iamsim.errors import InputError, NothingToCheckError
from iamsim.model.account import Account, Organization
from iamsim.model.origin import Origin
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE
from iamsim.model.report import Input
from iamsim.sources import Loaded, Options, Source
from iamsim.sources._peek import names
from iamsim.sources._template_assembly import artifacts, is_assembly
from iamsim.sources._template_files import opened
from iamsim.sources._template_names import partition
from iamsim.sources._template_organization import attached
from iamsim.sources._template_policies import text, texts
from iamsim.sources._template_principals import Principals
from iamsim.sources._template_references import is_unnamed
from iamsim.sources._template_resources import READ, Resources
from iamsim.sources._template_stack import Stack
from iamsim.sources._template_stand_ins import guarded, shapes
from iamsim.sources._template_values import UNTOLD, Deploy, scalar
from iamsim.sources._template_workloads import workloads
from iamsim.sources._template_world import World

_ENDINGS = (".yaml", ".yml", ".json", ".template", ".cform")
_TYPED = re.compile(rb"""["']?Type["']?\s*:\s*["']?AWS::""")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


def load(location: str, options: Options) -> Loaded:
    """
    The account as the stack of the template at `location` makes it; of a `cdk.out` folder, all stacks of the app.

    What a template cannot tell is a piece that is not known, or a policy that is not read, and named among the inputs.
    """
    root = Path(location)
    world = World((*options.needed, *([options.role] if options.role is not None else ())))
    for path, deploy in _deploys(root, options, world):
        options.progress(f"reading {path}")
        opened(path, root if root.is_dir() else path.parent, deploy, world)
    accounts: dict[str, list[Stack]] = {}
    for stack in world.stacks:
        accounts.setdefault(stack.deploy.account, []).append(stack)
    found = {id_: _account(id_, stacks, root) for id_, stacks in accounts.items()}
    for id_, account in attached(world.stacks, options.account).items():
        found[id_] = replace(
            found.get(id_, Account(id_, origin=Origin(location))), scps=account.scps, rcps=account.rcps
        )
    unnamed = shapes(world.stacks)
    found = {id_: guarded(account, unnamed) for id_, account in found.items()}
    for stack in world.stacks:
        _tell(stack)
    if not any(map(_holds_something, found.values())):
        raise NothingToCheckError(
            f"`{location}` describes no role, user, policy or resource with one",
            hint="name the template that makes the server's role",
        )
    read = tuple(
        Input("policies", location, _summary(account, len(accounts.get(id_, ())))) for id_, account in found.items()
    )
    return Loaded(Organization(found), (*read, *world.inputs()), frozenset(_taken(world.stacks)))


def recognises(path: Path) -> bool:
    """Whether the path is a template or an app of the AWS CDK."""
    if path.is_dir():
        return is_assembly(path)
    if path.suffix.lower() not in _ENDINGS:
        return False
    top = names(path)
    return not top.isdisjoint(("AWSTemplateFormatVersion", "TemplateBody")) or (
        "Resources" in top and ("Transform" in top or _is_typed(path))
    )


SOURCE = Source(load, recognises, precedence=1)


# ---------------------------------------------------------------- what is deployed where

_PSEUDO = ("AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::StackName")


def _taken(stacks: list[Stack]) -> Iterator[str]:
    """What may be given as a parameter: those of the templates, pseudo parameters, and names that CloudFormation makes."""
    yield from _PSEUDO
    for stack in stacks:
        if stack.parent is None:
            yield from stack.parameters.written
            yield from (name for name, piece in stack.resources.items() if piece.type == "AWS::EC2::VPCEndpoint")
            yield from filter(partial(is_unnamed, stack), stack.resources)


def _deploys(root: Path, options: Options, world: World) -> Iterator[tuple[Path, Deploy]]:
    """The templates at a location, each with where it is deployed."""
    if not root.is_dir():
        parameters = options.parameters
        name = parameters.get("AWS::StackName")
        yield root, _deploy(root, options, world, name=name, prefix=name or "")
        return
    if not is_assembly(root):
        raise InputError(
            "is no folder of an app of the AWS CDK",
            hint="name a template, or the cdk.out folder that `cdk synth` writes",
            origin=Origin(str(root)),
        )
    for artifact in artifacts(root):
        made = _deploy(
            artifact.template,
            options,
            world,
            name=artifact.name,
            prefix=artifact.name,
            account=artifact.account,
            region=artifact.region,
        )
        yield artifact.template, replace(made, parameters={**artifact.parameters, **made.parameters})


def _deploy(  # noqa: PLR0913 - the facts of a deploy
    path: Path,
    options: Options,
    world: World,
    *,
    name: str | None,
    prefix: str,
    account: str | None = None,
    region: str | None = None,
) -> Deploy:
    given = options.parameters
    account = account or given.get("AWS::AccountId")
    if account is None and options.account is not None:
        account = options.account
        world.say("assumed", "AWS::AccountId", f"{account}, the account of the role that was asked about")
    if account is None or not _ACCOUNT.fullmatch(account):
        raise InputError(
            "the account that the template is deployed to is not told",
            hint="give --role-arn ARN, or --parameter AWS::AccountId=ID",
            origin=Origin(str(path)),
        )
    region = region or given.get("AWS::Region") or options.region
    told = given.get("AWS::Partition") or (partition(region) if region else None) or _of_arns(world.needed)
    if told is None:
        told = "aws"
        world.say("assumed", "AWS::Partition", "aws, as no Region is told")
    return Deploy(account, region or UNTOLD, told, name or UNTOLD, given, prefix)


def _of_arns(needed: tuple[str, ...]) -> str | None:
    """The partition of the ARNs in play."""
    found = {arn.split(":")[1] for arn in needed if arn.startswith("arn:")}
    return found.pop() if len(found) == 1 else None


# ---------------------------------------------------------------- accounts


def _account(id_: str, stacks: list[Stack], root: Path) -> Account:
    principals = Principals(stacks)
    resources = Resources(stacks)
    running = tuple(workloads(stacks, principals))
    return Account(
        id=id_,
        roles=principals.roles(),
        users=principals.users(),
        groups=principals.groups(),
        resources=resources.resources(),
        endpoints=resources.endpoints,
        # A principal without PermissionsBoundary has none.
        seen=frozenset({PolicyType.BOUNDARY}),
        origin=Origin(str(root)),
        oidc_providers=_providers(stacks),
        # A template tells no account's whole list.
        more_providers=True,
        policies={**principals.rewritten, **principals.managed},
        workloads=running,
        changes=principals.changes(),
    )


def _providers(stacks: list[Stack]) -> dict[str, tuple[str, ...]] | None:
    """The providers for OpenID Connect whose URL and audiences are told; None for none of them."""
    found: dict[str, tuple[str, ...]] = {}
    for stack in stacks:
        for name, piece in stack.resources.items():
            if piece.type in _OIDC and stack.exists(name):
                provider = _provider(stack, name)
                if provider is not None:
                    found[provider[0]] = provider[1]
    return found or None


def _provider(stack: Stack, name: str) -> tuple[str, tuple[str, ...]] | None:
    url = text(stack, stack.property(name, "Url"), "Url")
    member = _OIDC[stack.resources[name].type]
    clients = [str(scalar(item)) for item in texts(stack, stack.property(name, member), member)]
    if url is None or HOLE in "".join((url, *clients)):
        return None
    return (url if url.startswith("https://") else f"https://{url}"), tuple(clients)


def _holds_something(account: Account) -> bool:
    of_policies = (account.roles, account.users, account.groups, account.resources, account.endpoints)
    return any((*of_policies, account.scps, account.rcps, account.policies, account.changes, account.workloads))


_READ_IAM = frozenset(
    f"AWS::IAM::{word}"
    for word in (
        "AccessKey", "Group", "GroupPolicy", "InstanceProfile", "ManagedPolicy", "Policy", "Role", "RolePolicy",
        "ServerCertificate", "User", "UserPolicy", "UserToGroupAddition", "VirtualMFADevice",
    )
)  # fmt: skip


def _tell(stack: Stack) -> None:
    """Says what of a template was not read, and what was taken for granted."""
    world = stack.world
    for name in stack.transforms:
        if not stack.knows(name):
            world.say("not seen", f"transform {name}"[:120], "only the deploy tells what it changes in the template")
    for name in stack.resources:
        if stack.exists(name) is not False and (why := _unread(stack, name)):
            world.say("not seen", name, why)
    others = 0
    for name, (called, arn, is_real) in stack.stand_ins.items():
        if HOLE in arn:
            continue
        if is_real:
            world.say("assumed", name, f"it is `{arn}`, a name such as CloudFormation makes for it")
        elif stack.resources[name].type in _PRINCIPALS:
            way = "" if stack.parent is not None else f": give the real one as --parameter {name}=NAME"
            world.say("assumed", name, f"it is called `{called}`, as CloudFormation makes its name{way}")
        else:
            others += 1
    if others:
        them = f"{others} name{'' if others == 1 else 's'} of other resources"
        world.say("assumed", them, f"the logical ids, in {stack.path}: give real ones as --parameter LOGICALID=NAME")


def _unread(stack: Stack, name: str) -> str:
    """Why a resource that is there, or may be, was not read; empty where it was, or where nothing hangs on it."""
    piece = stack.resources[name]
    kind = piece.type
    if kind in _OIDC:
        told = stack.exists(name) and _provider(stack, name) is not None
        return "" if told else "a provider for OpenID Connect whose URL or audiences are not told"
    of_principals = kind.startswith(("AWS::IAM::", "AWS::SSO::")) and kind not in _READ_IAM
    if of_principals or kind.endswith("::MODULE") or kind == "AWS::CloudFormation::Macro":
        return f"resources of the type {kind[:80]} are not read"
    if kind not in _READ and _has_policy(piece.raw):
        return f"its policy: those of the type {kind[:80]} are not read"
    return ""


_READ = READ | _READ_IAM | {"AWS::Organizations::Policy"}


def _has_policy(raw: Mapping[str, Any]) -> bool:
    """Whether a property holds what looks like a policy."""
    return any(isinstance(value, dict) and "Statement" in value for value in (raw.get("Properties") or {}).values())


# By type the property with the audiences.
_OIDC = {"AWS::IAM::OIDCProvider": "ClientIdList", "Custom::AWSCDKOpenIdConnectProvider": "ClientIDList"}
_PRINCIPALS = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")


def _summary(account: Account, stacks: int) -> str:
    counts = [
        f"{len(found)} {word if len(found) == 1 else plural}"
        for word, plural, found in (
            ("role", "roles", account.roles),
            ("user", "users", account.users),
            ("group", "groups", account.groups),
            ("resource", "resources", account.resources),
            ("managed policy", "managed policies", account.policies),
            ("change of a principal described elsewhere", "changes of principals described elsewhere", account.changes),
        )
        if found
    ]
    of = f", {stacks} stacks" if stacks > 1 else ""
    return f"CloudFormation, account {account.id}{of}: {', '.join(counts) or 'no principals or resources'}"


def _is_typed(path: Path) -> bool:
    """Whether something in the file has a Type of AWS's."""
    try:
        with path.open("rb") as file:
            return _TYPED.search(file.read(1024 * 1024)) is not None
    except OSError:
        return False
