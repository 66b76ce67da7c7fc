"""One account's folder: its policies, by place and by ARN."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from iamsim import config, documents
from iamsim.errors import InputError
from iamsim.model.account import VpcEndpoint
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.sources._files import Files
from iamsim.sources._managed import published

_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)


class Folder:
    """Reads the policies below `path`, which is the folder of account `id`."""

    def __init__(self, files: Files, path: Path, id: str, partition: str) -> None:
        self.files = files
        self.path = path
        self.id = id
        self.partition = partition
        self.managed = {str(policy.arn): policy for policy in self._customer_managed(path / "policies", "")}

    def iam(self, kind: str, name: str) -> str:
        """The ARN of an IAM entity; `name` comes with its path, such as `team/app`."""
        return f"arn:{self.partition}:iam::{self.id}:{kind}/{name}"

    def entries(self, folder: Path) -> Iterator[Path]:
        """What `folder` holds; a missing folder holds nothing."""
        if folder.exists() or folder.is_symlink():
            yield from self.files.entries(self.files.inside(folder))

    def policy(self, path: Path, *, name: str | None = None, arn: str | None = None) -> Policy:
        """The policy in a file."""
        return documents.policy(self.files.text(self.files.inside(path)), document=str(path), name=name, arn=arn)

    def policies(self, folder: Path) -> Iterator[Policy]:
        """Every policy of a folder without subfolders."""
        for path in self.entries(folder):
            if path.suffix != ".json" or path.is_dir():
                refuse(path, "is no policy", "policies are files named NAME.json")
            yield self.policy(path)

    def by_arn(self, arn: str, origin: Origin) -> Policy | None:
        """A customer managed policy of this folder or one that AWS publishes; None when it is neither."""
        try:
            parsed = Arn.parse(arn)
        except InputError as error:
            raise InputError(error.message, hint="managed policies are named by ARN", origin=origin) from None
        if parsed.service != "iam" or parsed.kind != "policy":
            raise InputError(
                f"`{arn[:120]}` is not the ARN of a managed policy",
                hint="it reads arn:aws:iam::ACCOUNT:policy/NAME",
                origin=origin,
            )
        return self.managed.get(arn) or published(arn)

    def levels(self, kind: str) -> tuple[tuple[Policy, ...], ...]:
        """Organization policies, a folder per level: 00-root, 01-ou, 02-account."""
        found = []
        for path in self.entries(self.path / kind):
            if not path.is_dir() or not re.match(r"\d\d(-|$)", path.name):
                refuse(
                    path, "has no place here", f"{kind} holds a folder per level, such as 00-root, 01-ou, 02-account"
                )
            level = tuple(self.policies(path))
            if not level:
                # Organizations User Guide, "SCP evaluation": every root, OU and account has at least one attached.
                refuse(path, "holds no policy", "AWS keeps at least one at every level; is it FullAWSAccess.json?")
            found.append(level)
        return tuple(found)

    def endpoints(self) -> dict[str, VpcEndpoint]:
        """VPC endpoint policies, by endpoint id."""
        found = {}
        for policy in self.policies(self.path / "vpc-endpoints"):
            if not re.fullmatch(r"vpce-[0-9a-z-]{1,60}", policy.name):
                refuse(Path(policy.origin.document), "is no VPC endpoint", "name the file by its id, vpce-….json")
            found[policy.name] = VpcEndpoint(policy.name, policy, policy.origin)
        return found

    def only(self, folder: Path, *known: str) -> None:
        """Refuses files that would silently not count."""
        for path in self.files.entries(folder):
            if path.name not in known and not path.is_dir():
                refuse(path, "has no place here", config.closest(path.name, known))

    def _customer_managed(self, folder: Path, below: str) -> Iterator[Policy]:
        for path in self.entries(folder):
            if path.is_dir():
                yield from self._customer_managed(path, f"{below}{named(path)}/")
            elif path.suffix == ".json":
                yield self.policy(path, arn=self.iam("policy", below + path.stem))
            else:
                refuse(path, "is no policy", "policies are files named NAME.json")


def named(path: Path) -> str:
    """The folder's name, when IAM would take it as a name or a part of a path."""
    if not _NAME.fullmatch(path.name):
        refuse(path, f"`{path.name[:80]}` is no name that IAM takes", "letters, digits and +=,.@-_ are")
    return path.name


def refuse(path: Path, message: str, hint: str) -> NoReturn:
    """Raises the error that names `path`."""
    raise InputError(message, hint=hint, origin=Origin(str(path)))
