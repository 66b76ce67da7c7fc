"""The resources in play: loaded ones, those that tools need, and an example of each pattern that a policy writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from iamsim.diff.domain import examples
from iamsim.diff.model import Resource
from iamsim.engine.patterns import arn_matcher, is_everything
from iamsim.model.account import Organization
from iamsim.model.policy import Element
from iamsim.model.principal import HOLE

UNNAMED = "iamsim-unnamed"
"""Stands in a question for what nobody named."""

ANYTHING = Resource("*", "*")
"""What a request without a resource asks for: in place of everything that nobody named."""

_ARN_FIELDS = 6
_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_ESCAPES = {"${*}": "*", "${?}": "?", "${$}": "$"}


def loaded(organization: Organization) -> Iterator[Resource]:
    """Every loaded resource; of a bucket an object that nobody named besides."""
    for account in organization.accounts.values():
        for arn in account.resources:
            yield from known(arn)


def known(arn: str) -> Iterator[Resource]:
    """A resource with this ARN; of a bucket an object that nobody named besides."""
    yield Resource(arn, arn)
    if ":s3:::" in arn and "/" not in arn:
        yield Resource(f"{arn}/*", f"{arn}/{UNNAMED}")


def written(elements: Iterable[Element | None], *, account: str, region: str) -> Iterator[Resource]:
    """An example of each ARN pattern in Resource elements; names in the account `account` where a pattern leaves that open."""
    for element in elements:
        for value in element.values if element is not None else ():
            yield from _examples(value, account, region)


# ---------------------------------------------------------------- helpers


@lru_cache(maxsize=65536)
def _examples(pattern: str, account: str, region: str) -> tuple[Resource, ...]:
    """Resources that the pattern matches, none for `*` and for what is no ARN; a variable is text that is not told."""
    if is_everything(pattern) or not pattern.startswith("arn:") or HOLE in pattern:
        return ()
    fields = pattern.split(":", _ARN_FIELDS - 1)
    words = ("arn", "aws", "", region, account)
    made = [_VARIABLE.sub(lambda match: _ESCAPES.get(match[0], HOLE), field) for field in fields]
    for at, word in enumerate(words[: len(made)]):
        made[at] = word if is_everything(made[at]) else made[at].replace("*", "").replace("?", "0")
    if len(made) == _ARN_FIELDS and made[2]:
        last = re.sub(r"\*+", UNNAMED, made[-1]).replace("?", "x")
        found = [":".join((*made[:-1], last))]
        # In place of a whole resource part an example of each type stands better than a name of no type.
        found += _typed(pattern, made, account, region) if made[-1].startswith("*") else []
    else:
        found = _typed(pattern, made, account, region)
    shown = _VARIABLE.sub("*", pattern) if len(fields) < _ARN_FIELDS else pattern
    fitting = [each for each in found if HOLE in each or arn_matcher(pattern)(each) is not False]
    return tuple(Resource(shown if len(fitting) == 1 else each, each) for each in fitting)


def _typed(pattern: str, made: list[str], account: str, region: str) -> list[str]:
    """One of each resource type of the pattern's service that it matches."""
    service = made[2] if len(made) > 2 else ""  # noqa: PLR2004 - the service's field
    found = examples(service, partition=made[1], region=region, account=account, unnamed=UNNAMED)
    return [each for each in found if arn_matcher(pattern)(each) is True]
