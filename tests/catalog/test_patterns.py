"""Patterns stand for the actions that they are told for, and for no other."""

from __future__ import annotations

import random

import pytest

from iamsim.catalog import actions
from iamsim.catalog.patterns import FEWEST, patterns
from iamsim.engine.patterns import matcher

SERVICES = ("s3", "iam", "sqs", "dynamodb", "ec2", "kms")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("seed", range(5))
def test_a_pattern_stands_for_what_it_matches(service, seed):
    universe = actions.expand(f"{service}:*")
    chance = random.Random(f"{service} {seed}")  # noqa: S311 - no secret hangs on it
    # By beginnings too, so that there is something to put together.
    begins = tuple(name[: chance.randint(len(service) + 4, len(service) + 9)] for name in chance.sample(universe, 3))
    names = {name for name in universe if chance.random() < seed / 8 or name.startswith(begins)}
    found = list(patterns(names, universe))
    seen: set[str] = set()
    for pattern, number in found:
        matched = {name for name in universe if matcher(pattern)(name)} & (names if number == 1 else set(universe))
        matched = {pattern} if "*" not in pattern else matched
        assert matched <= names
        assert len(matched) == number
        assert number == 1 or number >= FEWEST
        assert not matched & seen
        seen |= matched
    assert seen == names
    assert found == sorted(found)


def test_a_whole_service_is_one_pattern():
    names = actions.expand("sqs:*")
    assert list(patterns(names, names)) == [("sqs:*", len(names))]


def test_of_several_services_each_has_its_own():
    universe = (*actions.expand("sqs:*"), *actions.expand("s3:*"))
    assert list(patterns([*actions.expand("sqs:*"), "s3:GetObject"], universe)) == [
        ("s3:GetObject", 1),
        ("sqs:*", len(actions.expand("sqs:*"))),
    ]


def test_two_are_written_out():
    assert list(patterns(["s3:PutObject", "s3:PutObjectAcl"], actions.expand("s3:*"))) == [
        ("s3:PutObject", 1),
        ("s3:PutObjectAcl", 1),
    ]
