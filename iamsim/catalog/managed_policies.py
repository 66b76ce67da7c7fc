"""AWS managed policies by ARN."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import date as Date  # noqa: N812  # `date` is the question this module answers
from functools import cache
from typing import Any

import msgspec

from iamsim.catalog import read


def document(arn: str) -> dict[str, Any] | None:
    """
    The default version of the AWS managed policy `arn`, as JSON; a fresh copy each time.

    None for an ARN that is not known, and for those of other partitions than `aws`, whose
    policies of the same name say other things. What AWS changed after `date()` is not seen.
    """
    text = _file().policies.get(arn)
    return None if text is None else msgspec.json.decode(text, type=dict[str, Any])


def arns() -> frozenset[str]:
    """The ARNs of all AWS managed policies that are known."""
    return frozenset(_file().policies)


def date() -> Date:
    """The day on which the newest of these policies was last changed by AWS."""
    return _file().date


class _File(msgspec.Struct):
    date: Date
    policies: Mapping[str, msgspec.Raw]


@cache
def _file() -> _File:
    return msgspec.json.decode(zlib.decompress(read("managed_policies.json.z")), type=_File)
