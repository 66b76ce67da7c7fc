"""What a plan says of buckets and keys beside their policies."""

from __future__ import annotations

from collections.abc import Mapping

from iamsim.sources._plan_instance import Instance
from iamsim.sources._plan_values import Untold

BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
"""Settings of S3 Block Public Access. Source: Amazon S3 API Reference, PublicAccessBlockConfiguration."""


def settings_of(instance: Instance) -> dict[str, str]:
    """
    The settings that a resource has before others are given.

    Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage" and "Controlling ownership of
    objects": a bucket that is made since April 2023 blocks public access and has no ACLs.
    """
    if instance.type == "aws_kms_key":
        return {"key_manager": "CUSTOMER"}
    if instance.type == "aws_s3_bucket" and instance.new:
        return {**dict.fromkeys(BLOCKS, "true"), "object_ownership": "BucketOwnerEnforced"}
    return {}


def flag(value: object) -> str:
    """A setting that is on or off; what is left out is off."""
    if isinstance(value, Untold):
        return "unknown"
    return "true" if value is True else "false"


def stricter(settings: Mapping[str, str], restricted: Mapping[str, str]) -> dict[str, str]:
    """The settings of a bucket in an account that says what is in `restricted`: the stricter of both counts."""
    found = dict(settings)
    for name in ("restrict_public_buckets", "ignore_public_acls"):
        both = (settings.get(name), restricted.get(name))
        if "true" in both:
            found[name] = "true"
        elif both != ("false", "false") and (settings or restricted):
            found[name] = "unknown"
    return found
