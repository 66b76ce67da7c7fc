"""Accounts as folders of JSON policies, one folder per account, laid out as docs/policies-folder.md says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from iamsim import config
from iamsim.errors import InputError, NothingToCheckError
from iamsim.model.account import Account, KeyGrant, Organization, Resource
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import PolicyType
from iamsim.model.report import Input
from iamsim.sources import Loaded, Options, Source
from iamsim.sources._files import Files, Table
from iamsim.sources._folder import Folder, refuse
from iamsim.sources._grants import grants
from iamsim.sources._oidc_providers import oidc_providers
from iamsim.sources._principals import groups, roles, users

SEEN = {
    "scp": PolicyType.SCP,
    "rcp": PolicyType.RCP,
    "boundary": PolicyType.BOUNDARY,
    "resource": PolicyType.RESOURCE,
    "vpc-endpoint": PolicyType.VPC_ENDPOINT,
}
"""The words of `seen` in account.toml."""

FOLDERS = ("roles", "users", "groups", "policies", "resources", "scps", "rcps", "vpc-endpoints")
"""What an account's folder may hold besides files; any of them makes a folder one."""


def load(location: str, options: Options) -> Loaded:
    """The account folder at `location`, or the account folders in it."""
    root = Path(location)
    if not root.is_dir():
        refuse(root, "is not a folder", "name the account's folder")
    files = Files(root)
    folders = [root] if _is_account(root) else _children(files, root)
    accounts: dict[str, Account] = {}
    inputs = []
    for folder in folders:
        options.progress(f"reading {folder}")
        account, told = _account(files, folder, options.account if len(folders) == 1 else None)
        if account.id in accounts:
            first = accounts[account.id].origin
            refuse(folder, f"account {account.id} has another folder, `{first}`", "put one account into one folder")
        accounts[account.id] = account
        inputs.append(Input("policies", str(folder), _summary(account, told)))
    if not any(map(_holds_something, accounts.values())):
        raise NothingToCheckError(
            f"`{location}` holds no role, user, resource or organization policy",
            hint="lay it out as docs/policies-folder.md says, or name another folder",
        )
    return Loaded(Organization(accounts), tuple(inputs))


SOURCE = Source(load=load, recognises=Path.is_dir)


def is_account(path: Path) -> bool:
    """Whether the folder at `path` is that of an account, or holds folders of accounts and nothing else."""
    try:
        return _is_account(path) or bool(_children(Files(path), path))
    except InputError:
        return False


def files(folder: Path) -> Iterator[Path]:
    """The files of an account's folder, those that a folder of this layout may hold; none of a folder that is none."""
    if not _is_account(folder):
        return
    found = Files(folder)
    waiting = [folder / name for name in FOLDERS if (folder / name).is_dir()]
    while waiting:
        for path in found.entries(waiting.pop()):
            if path.is_dir():
                waiting.append(path)
            elif path.is_file():
                yield path
    yield from (folder / name for name in _FILES if (folder / name).is_file())


_PROVIDERS = "oidc-providers.json"
_FILES = ("account.toml", "iamsim.toml", _PROVIDERS)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


def _is_account(folder: Path) -> bool:
    marked = any((folder / name).exists() for name in ("account.toml", _PROVIDERS))
    return marked or any((folder / name).is_dir() for name in FOLDERS)


def _children(files: Files, root: Path) -> list[Path]:
    """The account folders in `root`; a stranger among them would be policies that silently do not count."""
    found = [path for path in files.entries(root) if path.is_dir()]
    accounts = [path for path in found if _is_account(path)]
    for path in found:
        if accounts and path not in accounts:
            refuse(
                path,
                "is no account folder, but stands among some",
                f"an account folder holds account.toml or one of {', '.join(FOLDERS)}",
            )
    return accounts


def _account(files: Files, path: Path, hint: str | None) -> tuple[Account, str]:
    """The account in one folder, and in words where its id is from when account.toml does not tell."""
    for entry in files.entries(path):
        known = entry.name in (FOLDERS if entry.is_dir() else _FILES)
        if not known and (entry.is_dir() or entry.suffix in (".json", ".toml")):
            refuse(entry, "has no place here", config.closest(entry.name, (*FOLDERS, "account.toml", _PROVIDERS)))
    table = files.table(
        path / "account.toml", {"id": str, "partition": str, "seen": list, "organization": str, "management": bool}
    )
    number, told = _identity(path, table, hint)
    folder = Folder(files, path, number, table.text("partition") or "aws")
    account = Account(
        id=number,
        roles={role.arn: role for role in roles(folder)},
        users={user.arn: user for user in users(folder)},
        groups={group.arn: group for group in groups(folder)},
        resources=_resources(folder, path / "resources"),
        endpoints=folder.endpoints(),
        seen=_seen(table),
        scps=folder.levels("scps"),
        rcps=folder.levels("rcps"),
        organization=_organization(table),
        management=table.flag("management"),
        origin=Origin(str(path)),
        oidc_providers=_oidc_providers(folder),
        policies=folder.managed,
    )
    return account, told


def _identity(path: Path, table: Table, hint: str | None) -> tuple[str, str]:
    told = table.text("id")
    if told is not None:
        if not _ACCOUNT.fullmatch(told):
            raise InputError(
                f"`{told[:80]}` is no account id", hint="write its 12 digits in quotes", origin=table.origin("id")
            )
        return told, ""
    if _ACCOUNT.fullmatch(path.resolve().name):
        return path.resolve().name, " (from the folder's name)"
    if hint is None:
        refuse(
            path,
            "does not tell which account it is",
            'add account.toml with id = "…", or name the folder by the account\'s 12 digits',
        )
    return hint, " (from the role's ARN)"


def _seen(table: Table) -> frozenset[PolicyType]:
    words = table.texts("seen")
    for word in words:
        if word not in SEEN:
            raise InputError(
                f"`{word[:80]}` is no policy type", hint=config.closest(word, SEEN), origin=table.origin("seen")
            )
    return frozenset(SEEN[word] for word in words)


def _organization(table: Table) -> str | None:
    told = table.text("organization")
    if told is None or told == "none":
        return told and ""
    # Organizations API Reference, Organization: the pattern of Id.
    if not re.fullmatch(r"o-[a-z0-9]{10,32}", told):
        raise InputError(
            f"`{told[:80]}` is no organization id",
            hint='write "o-…", or "none" for an account in no organization',
            origin=table.origin("organization"),
        )
    return told


def _oidc_providers(folder: Folder) -> dict[str, tuple[str, ...]] | None:
    """The account's OIDC providers; without the file nobody listed them."""
    file = folder.path / _PROVIDERS
    if not file.exists():
        return None
    return oidc_providers(folder.files.text(folder.files.inside(file)), str(file))


def _resources(folder: Folder, path: Path) -> dict[str, Resource]:
    """Every folder below `path` that holds resource.toml, by ARN."""
    found: dict[str, Resource] = {}
    for entry in folder.entries(path):
        if not entry.is_dir():
            refuse(entry, "has no place here", "a resource is a folder with resource.toml and policy.json")
        if (entry / "resource.toml").exists():
            resource = _resource(folder, entry)
            new = {resource.arn: resource}
        else:
            new = _resources(folder, entry)
            if not new:
                refuse(entry, "holds no resource.toml", 'add one with arn = "…"')
        for arn in new.keys() & found.keys():
            refuse(entry, f"`{arn}` is described twice", f"see also {found[arn].origin}")
        found |= new
    return found


def _resource(folder: Folder, path: Path) -> Resource:
    folder.only(path, "resource.toml", "policy.json", "grants.json")
    table = folder.files.table(path / "resource.toml", {"arn": str, "tags": dict, "settings": dict, "bucket": str})
    arn = table.text("arn")
    if arn is None:
        refuse(table.path, "has no `arn`", 'add arn = "…"')
    try:
        owner = Arn.parse(arn).account
    except InputError as error:
        raise InputError(error.message, hint=error.hint, origin=table.origin("arn")) from None
    if owner not in ("", folder.id) or "*" in arn:
        raise InputError(
            f"`{arn[:160]}` is not one resource of account {folder.id}",
            hint="describe each resource in its own account's folder, without wildcards",
            origin=table.origin("arn"),
        )
    file = path / "policy.json"
    policy = folder.policy(file, name=f"policy of {arn}") if file.exists() else None
    origin, grants, bucket = Origin(str(path)), _grants(folder, path, arn), _bucket(table, arn)
    return Resource(arn, policy, table.pairs("tags"), _settings(table), origin, grants, bucket)


def _grants(folder: Folder, path: Path, arn: str) -> tuple[KeyGrant, ...] | None:
    """The grants of a key; without the file nobody listed them."""
    file = path / "grants.json"
    if not file.exists():
        return None
    if not _IS_KEY.fullmatch(arn):
        refuse(file, "has no place here", "only KMS keys, named by arn:aws:kms:REGION:ACCOUNT:key/ID, have grants")
    return grants(folder.files.text(folder.files.inside(file)), str(file))


def _bucket(table: Table, arn: str) -> str | None:
    """The name of the bucket behind an access point, which its ARN does not tell."""
    name = table.text("bucket")
    if _IS_ACCESS_POINT.fullmatch(arn) is None:
        if name is not None:
            raise InputError(
                "`bucket` has no meaning here", hint="only access points have one", origin=table.origin("bucket")
            )
        return None
    if name is None:
        refuse(table.path, "does not tell the bucket behind the access point", 'add bucket = "NAME"')
    if not _IS_BUCKET.fullmatch(name):
        raise InputError(
            f"`{name[:80]}` is no name of a bucket", hint="write the name, without arn:", origin=table.origin("bucket")
        )
    return name


_IS_KEY = re.compile(r"arn:[^:]+:kms:[^:]+:\d{12}:key/[^/]+", re.ASCII)
_IS_ACCESS_POINT = re.compile(r"arn:[^:]+:s3:[^:]*:\d{12}:accesspoint/[^/:]+", re.ASCII)
_IS_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", re.ASCII)


def _settings(table: Table) -> dict[str, str]:
    """Facts beside the policy; TOML's flags and numbers become the text a person would type."""
    values: dict[str, Any] = table.values.get("settings", {})
    for name, value in values.items():
        if not isinstance(value, str | bool | int):
            raise InputError(
                f"`settings.{name}` is neither text, a number nor a flag",
                hint='write name = "value"',
                origin=table.origin("settings"),
            )
        if name in _WORDS and value not in _WORDS[name]:
            raise InputError(
                f"`settings.{name}` is not {' or '.join(_WORDS[name])}",
                hint=config.closest(str(value), _WORDS[name]),
                origin=table.origin("settings"),
            )
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}


# In AWS's words: KMS API Reference, KeyMetadata; Amazon S3 API Reference, OwnershipControlsRule. Another word would be
# taken for nobody having told.
_WORDS = {
    "key_manager": ("AWS", "CUSTOMER"),
    "object_ownership": ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"),
}


def _holds_something(account: Account) -> bool:
    of_policies = (account.roles, account.users, account.groups, account.resources, account.endpoints)
    # A list of providers is there to be laid over the roles of another source; an empty one says something, too.
    return any((*of_policies, account.scps, account.rcps)) or account.oidc_providers is not None


def _summary(account: Account, told: str) -> str:
    counts = [
        f"{len(found)} {word if len(found) == 1 else word + 's'}"
        for word, found in (
            ("role", account.roles),
            ("user", account.users),
            ("group", account.groups),
            ("resource", account.resources),
            ("OIDC provider", account.oidc_providers),
        )
        if found
    ]
    unseen = [word for word, kind in SEEN.items() if kind not in account.seen]
    summary = f"account {account.id}{told}: {', '.join(counts) or 'no principals or resources'}"
    return f"{summary}; not seen: {', '.join(unseen)}" if unseen else summary
