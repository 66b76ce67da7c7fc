"""The roles, users and groups of an account's folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iamsim.errors import InputError
from iamsim.model.account import Group, Role, User
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.sources._files import Table
from iamsim.sources._folder import Folder, named, refuse

_OF_ROLES = ("role.toml", "trust.json", "inline", "managed", "boundary.json")
_OF_USERS = ("user.toml", "inline", "managed", "boundary.json")
_OF_GROUPS = ("group.toml", "inline", "managed")


def roles(folder: Folder) -> Iterator[Role]:
    """Every folder below `roles` that holds trust.json."""
    for path, name in _places(folder, "roles", ("trust.json",), _OF_ROLES):
        table = folder.files.table(
            path / "role.toml",
            {"tags": dict, "max_session_duration": int, "unique_id": str, "managed": list, "boundary": str},
        )
        duration = table.values.get("max_session_duration", 3600)
        if not 3600 <= duration <= 43200:  # noqa: PLR2004 - IAM API Reference, CreateRole
            raise InputError(
                f"max_session_duration {duration} is out of range",
                hint="seconds, from 3600 to 43200",
                origin=table.origin("max_session_duration"),
            )
        attached = _attached(folder, path, table)
        yield Role(
            arn=folder.iam("role", name),
            trust=folder.policy(path / "trust.json", name=f"trust policy of {name}"),
            policies=attached.policies,
            boundary=attached.boundary,
            boundary_arn=attached.boundary_arn,
            tags=table.pairs("tags") or {},
            unique_id=table.text("unique_id"),
            max_session_duration=duration,
            unread=attached.unread,
            origin=Origin(str(path)),
        )


def users(folder: Folder) -> Iterator[User]:
    """Every folder below `users` that holds user.toml or policies."""
    for path, name in _places(folder, "users", _OF_USERS, _OF_USERS):
        table = folder.files.table(
            path / "user.toml", {"tags": dict, "groups": list, "unique_id": str, "managed": list, "boundary": str}
        )
        attached = _attached(folder, path, table)
        yield User(
            arn=folder.iam("user", name),
            policies=attached.policies,
            groups=tuple(_group(folder, text, table) for text in table.texts("groups")),
            boundary=attached.boundary,
            boundary_arn=attached.boundary_arn,
            tags=table.pairs("tags") or {},
            unique_id=table.text("unique_id"),
            unread=attached.unread,
            origin=Origin(str(path)),
        )


def groups(folder: Folder) -> Iterator[Group]:
    """Every folder below `groups` that holds group.toml or policies."""
    for path, name in _places(folder, "groups", _OF_GROUPS, _OF_GROUPS):
        attached = _attached(folder, path, folder.files.table(path / "group.toml", {"managed": list}))
        yield Group(folder.iam("group", name), attached.policies, attached.unread, Origin(str(path)))


def _places(folder: Folder, kind: str, markers: tuple[str, ...], known: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    """Every folder of that kind, with the path and name that IAM knows it by, such as `team/app`."""
    top = folder.path / kind
    pending = [(top, "")]
    while pending:
        path, name = pending.pop()
        entries = list(folder.entries(path))
        marked = path != top and any(entry.name in markers for entry in entries)
        below = [entry for entry in entries if not marked or entry.name not in known]
        if marked:
            yield path, name
        elif not entries and path != top:
            refuse(path, f"is empty, and so no {kind[:-1]}", f"add {' or '.join(markers)}, or remove it")
        for entry in below:
            if entry.name in known or not entry.is_dir():
                refuse(entry, "has no place here", f"a {kind[:-1]} is a folder with {' or '.join(markers)}")
            pending.append((entry, f"{name}/{named(entry)}".lstrip("/")))


def _group(folder: Folder, text: str, table: Table) -> str:
    """The ARN of a group that a user is in; one that is not there would hide permissions, and denials."""
    arn = text if text.startswith("arn:") else folder.iam("group", text)
    name = arn.removeprefix(folder.iam("group", ""))
    if name == arn or ".." in name or not (folder.path / "groups" / name).is_dir():
        raise InputError(
            f"group `{text[:120]}` is not in the folder",
            hint="add groups/NAME with its policies",
            origin=table.origin("groups"),
        )
    return arn


@dataclass(frozen=True, slots=True)
class _Attached:
    policies: tuple[Policy, ...]
    unread: tuple[str, ...]
    boundary: Policy | None
    boundary_arn: str | None


def _attached(folder: Folder, path: Path, table: Table) -> _Attached:
    """Inline and managed policies and the boundary; what is attached by ARN and is nowhere here stays unread."""
    policies = [*folder.policies(path / "inline"), *folder.policies(path / "managed")]
    unread = []
    for arn in table.texts("managed"):
        found = folder.by_arn(arn, table.origin("managed"))
        if found is None:
            unread.append(arn)
        else:
            policies.append(found)
    arn_of_boundary, file = table.text("boundary"), path / "boundary.json"
    if file.exists():
        boundary: Policy | None = folder.policy(file, arn=arn_of_boundary)
        # An attached boundary is known by its ARN; where nobody told it, the file stands for it.
        return _Attached(tuple(policies), tuple(unread), boundary, arn_of_boundary or str(file))
    boundary = folder.by_arn(arn_of_boundary, table.origin("boundary")) if arn_of_boundary else None
    return _Attached(tuple(policies), tuple(unread), boundary, arn_of_boundary)
