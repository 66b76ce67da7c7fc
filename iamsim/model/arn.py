"""Amazon Resource Names and their parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iamsim.errors import InputError

_ARN = re.compile(r"(arn):([^:\s]*):([^:\s]*):([^:\s]*):([^:\s]*):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Arn:
    """
    `arn:partition:service:region:account:resource`; the resource part may hold colons and slashes.

    Source: IAM User Guide, "Amazon Resource Names (ARNs)".
    """

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """The ARN written in `text`; raises `InputError` for anything else."""
        match = _ARN.fullmatch(text)
        if match is None:
            raise InputError(
                f"`{text[:120]}` is not an ARN", hint="an ARN reads arn:partition:service:region:account:resource"
            )
        return cls(*match.groups()[1:])

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def kind(self) -> str:
        """The resource type word: `role` of `role/team/app`, `function` of `function:f:PROD`, else empty."""
        match = re.match(r"[^:/]+(?=[:/])", self.resource)
        return match.group() if match else ""

    @property
    def name(self) -> str:
        """The last name: `app` of `role/team/app`."""
        return re.split(r"[:/]", self.resource)[-1]

    def managed_policy(self, name: str) -> str:
        """The ARN of the customer managed policy of this name, without a path, in the same account."""
        return f"arn:{self.partition}:iam::{self.account}:policy/{name}"

    @property
    def bucket(self) -> str:
        """The S3 bucket of a bucket or object ARN, else empty."""
        plain = self.service == "s3" and not self.region and not self.account
        return self.resource.split("/", 1)[0] if plain else ""


def is_role(text: str) -> bool:
    """Whether `text` is the ARN of an IAM role."""
    match = _ARN.fullmatch(text)
    return (
        match is not None
        and match[3] == "iam"
        and match[6].startswith("role/")
        and re.fullmatch(r"\d{12}", match[5]) is not None
    )


def is_aws_managed(arn: str) -> bool:
    """Whether the ARN is that of a managed policy of AWS, which nobody else can edit, whatever the partition."""
    return ":iam::aws:policy/" in arn


def is_service_linked(arn: str) -> bool:
    """Whether the ARN is that of a service-linked role; a path or a key may hold the same words further behind."""
    return _LINKED in arn and arn.split(":", 5)[-1].startswith("role/aws-service-role/")


_LINKED = ":role/aws-service-role/"
