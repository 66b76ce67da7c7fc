"""No lint fails on any JSON value in place of a policy, or of any part of one."""

from __future__ import annotations

import copy
import json
import random
import time

import pytest

from iamsim.drafts import Draft, PolicyKind
from iamsim.jsontext import Holed, Number
from iamsim.lint import Selection, lint
from iamsim.lints import lints
from iamsim.model.finding import Audience
from iamsim.model.origin import NOWHERE
from tests.lints.cases import cases

EVERY = Selection(frozenset(lints()), audience=Audience.STYLE)
JUNK = (
    None, True, 0, 1.5, 10**400, Number("1e9"), "", "*", "${", "${aws:x", "arn:", "arn:aws", "arn:aws:s3:::", ":", ":::::::",
    [], {}, [[]], [None], {"": ""}, {"AWS": None}, {"AWS": {"a": 1}}, Holed("\ue000"), Holed("arn:aws:iam::\ue000:role/x"),
    "\x00", "\ud800", "İ", "a" * 5_000, {"*": ["*"]}, ["*", ["*"], {"a": "b"}],
)  # fmt: skip


def places(value, at=()):
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in items:
        yield from places(each, (*at, name))


def put(value, at, junk):
    if not at:
        return junk
    holder = value
    for name in at[:-1]:
        holder = holder[name]
    holder[at[-1]] = junk
    return value


def policies():
    for case in cases("flagged", "clean", "near_miss"):
        text = case.table.get("policy", "")
        if len(text) < 3_000:
            try:
                yield json.loads(text)
            except ValueError:
                continue


@pytest.mark.parametrize("kind", list(PolicyKind))
def test_no_lint_fails_on_a_policy_with_junk_in_it(kind):
    chance, known = random.Random(kind), list(policies())  # noqa: S311 - not a secret
    for _ in range(60):
        value = copy.deepcopy(chance.choice(known))
        for _ in range(chance.randint(1, 3)):
            value = put(value, chance.choice(list(places(value))), copy.deepcopy(chance.choice(JUNK)))
        service = chance.choice(["", "s3", "sqs", "zz"])
        of = chance.choice(["", "x", "arn:aws:s3:::documents"])
        draft = Draft(
            kind, "x", value, lambda _: NOWHERE, None, service, of, managed=chance.choice([None, True, False])
        )
        lint((draft,), (), EVERY)


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": [f"ec2:DescribeFoo{i}Instances" for i in range(2_000)]},
        {"Resource": [f"arn:aws:ec2:us-east-1:111122223333:foo{i}" for i in range(2_000)]},
        {"Resource": [f"arn:aws:ec2:us-east-1:111122223333:{'*a' * 900}{i}" for i in range(50)]},
        {"Resource": ["arn:aws:s3:::" + "${" * 50_000]},
        {"Resource": ["arn:aws:s3:::" + "${a" * 30_000 + "}"]},
    ],
    ids=["actions", "resources", "wildcards", "braces", "variables"],
)
def test_no_lint_is_slow_on_a_policy_that_means_to_make_it_so(statement):
    written = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*", **statement}
    value = {"Version": "2012-10-17", "Statement": [written]}
    # The rules about grammar and names are meant: what the engine is asked has a limit of its own.
    mine = frozenset(name for name, each in lints().items() if each.family in ("refused", "ineffective"))
    before = time.process_time()
    lint((Draft(PolicyKind.IDENTITY, "x", value, lambda _: NOWHERE),), (), Selection(mine, audience=Audience.STYLE))
    assert time.process_time() - before < 10
