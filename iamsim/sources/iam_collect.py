"""A folder as the tool iam-collect writes it: what its documentation says of the files in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from iamsim import jsontext
from iamsim.errors import InputError, NothingToCheckError
from iamsim.jsontext import clipped
from iamsim.model.account import Account, Organization, Resource, Role, VpcEndpoint
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.model.report import Input
from iamsim.sources import Loaded, Options, Source
from iamsim.sources._counting import counted
from iamsim.sources._files import Files
from iamsim.sources._node import Node

# Services of which iam-collect says that it stores the resource's policy: no file is no policy. Of others only what
# is there counts. Source: iam-collect, README, "Supported Services and Data Downloaded".
_POLICIES_COLLECTED = ("apigateway", "dynamodb", "ecr", "lambda", "s3", "sns", "sqs")

_UNDOCUMENTED = "iam-collect's documentation does not say how its files hold them"


def load(location: str, options: Options) -> Loaded:
    """
    The accounts in the folder at `location`: trust policies, managed policies, resource and endpoint policies.

    Source: iam-collect, docs/Storage.md ("Storage Layout Explained") and docs/AgentInstructions.md ("File Naming
    Conventions", "Data File Types"). What these pages leave out is not seen.
    """
    files = Files(Path(location))
    accounts: dict[str, Account] = {}
    inputs: list[Input] = []
    for partition in _folders(files, Path(location) / "aws"):
        for folder in _folders(files, partition / "accounts"):
            if not re.fullmatch(r"\d{12}", folder.name, re.ASCII):
                raise InputError(
                    f"`{folder.name[:80]}` is no account id",
                    hint="its folder has 12 digits",
                    origin=Origin(str(folder)),
                )
            if folder.name in accounts:
                raise InputError("is in two partitions", hint="keep one of them", origin=Origin(str(folder)))
            options.progress(f"reading {folder}")
            found = _Reader(files, folder, partition.name)
            for service in _folders(files, folder):
                if service.name not in ("ram", "organizations"):
                    found.service(service)
            if found.roles or found.resources or found.policies or found.endpoints:
                accounts[folder.name] = found.account()
                inputs += found.told(location)
    if not accounts:
        raise NothingToCheckError(
            f"`{location}` holds no policy that could be read", hint="run `iam-collect download` first"
        )
    return Loaded(Organization(accounts), tuple(sorted(inputs, key=lambda told: told.kind != "policies")))


def _recognises(path: Path) -> bool:
    return path.is_dir() and any(
        (path / "aws" / name / "accounts").is_dir() for name in ("aws", "aws-cn", "aws-us-gov")
    )


# Every folder is one of the other source of folders, this one by what is in it.
SOURCE = Source(load, recognises=_recognises, precedence=1)


def _folders(files: Files, path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (found for found in files.entries(files.inside(path)) if found.is_dir())


@dataclass(slots=True)
class _Reader:
    """Reads the folder of one account."""

    files: Files
    folder: Path
    partition: str
    roles: dict[str, Role] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    endpoints: dict[str, VpcEndpoint] = field(default_factory=dict)
    unseen: list[Input] = field(default_factory=list)

    def service(self, folder: Path) -> None:
        """Everything of one service: the folders that hold metadata.json, behind a Region and a type or not."""
        for path in self._resources(folder):
            arn = self._arn(path, folder.name)
            if arn is None:
                continue
            if arn.service == "iam":
                self._of_iam(path, arn)
            elif arn.service == "ec2" and arn.kind == "vpc-endpoint":
                policy = self._policy(path, arn)
                unread = "" if policy is not None else "it has no policy.json"
                self.endpoints[arn.name] = VpcEndpoint(arn.name, policy, Origin(str(path)), unread)
            else:
                self._resource(path, arn)

    def account(self) -> Account:
        return Account(
            self.folder.name,
            self.roles,
            resources=self.resources,
            endpoints=self.endpoints,
            policies=self.policies,
            origin=Origin(str(self.folder)),
        )

    def told(self, location: str) -> Iterator[Input]:
        """The lines of the report."""
        counts = counted(
            ("role", self.roles),
            ("managed policy", self.policies),
            ("resource", self.resources),
            ("VPC endpoint", self.endpoints),
        )
        name = self.folder.name
        yield Input("policies", location, f"account {name}, as iam-collect stored it: {counts}")
        if self.roles:
            yield Input("not seen", f"identity policies and boundaries of the roles of {name}", _UNDOCUMENTED)
        yield Input("not seen", f"users, groups and organization policies of {name}", _UNDOCUMENTED)
        yield from self.unseen

    def _resources(self, folder: Path) -> Iterator[Path]:
        entries = list(self.files.entries(folder))
        if any(entry.name == "metadata.json" for entry in entries):
            yield folder
            return
        for entry in entries:
            if entry.is_dir():
                yield from self._resources(entry)

    def _json(self, path: Path) -> Node | None:
        """What a file holds; None for one that is not there, is empty or holds null, all of which are documented."""
        if not path.exists():
            return None
        text = self.files.text(self.files.inside(path))
        if not text.strip():
            return None
        written = jsontext.read(text, str(path))
        return None if written.value is None else Node(written.value, written.origin)

    def _arn(self, path: Path, service: str) -> Arn | None:
        """The ARN that metadata.json tells, which the path alone does not: all paths are in lower case."""
        node = self._json(path / "metadata.json")
        told = node.get("arn") if node is not None else None
        text = told.text() if told is not None else None
        if text is None and service == "s3":
            # A bucket's name is in lower case anyway, and its ARN has nothing else.
            text = f"arn:{self.partition}:s3:::{path.name}"
        if text is None or told is None:
            self.unseen.append(Input("not seen", str(path), "its metadata.json does not tell its ARN"))
            return None
        try:
            arn = Arn.parse(text)
        except InputError as error:
            raise InputError(error.message, hint=error.hint, origin=told.origin) from None
        owners = ("", "aws", self.folder.name)
        if arn.service != service or arn.account not in owners or "*" in text or "?" in text:
            told.fail(
                f"`{clipped(text)}` is not of service {service} in account {self.folder.name}", "is the file whole?"
            )
        return arn

    def _policy(self, path: Path, arn: Arn, file: str = "policy.json", name: str = "policy of") -> Policy | None:
        node = self._json(path / file)
        return None if node is None else node.policy(f"{name} {arn}")

    def _tags(self, path: Path) -> dict[str, str] | None:
        """The tags in tags.json, in either of the forms that AWS's own answers have; None for any other."""
        node = self._json(path / "tags.json")
        try:
            return {} if node is None else node.tags()
        except InputError:
            return None

    def _of_iam(self, path: Path, arn: Arn) -> None:
        if arn.kind == "policy" and arn.account != "aws":
            node = self._json(path / "policy.json")
            policy = None if node is None else node.policy(arn.name, str(arn))
            if policy is not None:
                self.policies[str(arn)] = policy
        elif arn.kind == "role":
            tags = self._tags(path)
            if tags is None:
                # A role without its tags would count as untagged.
                self.unseen.append(Input("not seen", str(arn), "its tags.json is in a form that is not known"))
                return
            trust = self._policy(path, arn, "trust-policy.json", "trust policy of")
            inline = ("inline policies",) if (path / "inline-policies.json").exists() else ()
            self.roles[str(arn)] = Role(
                str(arn),
                trust,
                tags=tags,
                max_session_duration=None,
                unread=(*inline, "managed policies"),
                origin=Origin(str(path)),
            )

    def _resource(self, path: Path, arn: Arn) -> None:
        policy = self._policy(path, arn)
        if policy is None and arn.service not in (*_POLICIES_COLLECTED, "kms"):
            return
        # No key is without a key policy.
        unread = "it has no policy.json" if policy is None and arn.service == "kms" else ""
        self.resources[str(arn)] = Resource(str(arn), policy, self._tags(path), origin=Origin(str(path)), unread=unread)
