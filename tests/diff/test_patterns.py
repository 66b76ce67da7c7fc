"""Actions in few words: every pattern is true of all that it matches, and together they are all."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from iamsim.catalog import actions as catalog
from iamsim.diff.domain import LEVELS, Domain, bits, mask
from iamsim.diff.patterns import by_level
from iamsim.model.policy import Element

SQS = Domain(services=frozenset({"sqs", "sns", "sts"}))
WHOLE = Domain()


@given(st.sets(st.integers(0, len(SQS.names) - 1), min_size=1), st.sets(st.integers(0, len(SQS.names) - 1)))
def test_a_pattern_stands_for_what_it_matches_of_its_level_and_for_no_other(some, more):
    asked = mask(some | more)
    found = by_level(mask(some), asked, SQS)
    assert sorted(name for level in found for name in level.actions) == sorted(SQS.names[n] for n in some)
    for level in found:
        among = [SQS.names[n] for n in bits(asked) if SQS.level(n) == level.name]
        matched = [[name for name in among if fnmatchcase(name, each.text)] for each in level.patterns]
        assert [len(names) for names in matched] == [each.count for each in level.patterns]
        assert sorted(name for names in matched for name in names) == sorted(level.actions)


def test_levels_come_the_most_dangerous_first():
    found = by_level(WHOLE.service("iam"), WHOLE.all, WHOLE)
    assert [level.name for level in found] == list(LEVELS)
    assert [each.text for each in found[0].patterns] == ["iam:*"]


def test_everything_is_a_star():
    found = by_level(WHOLE.all, WHOLE.all, WHOLE)
    assert {each.text for level in found for each in level.patterns} == {"*"}
    assert sum(each.count for level in found for each in level.patterns) == len(WHOLE.names)


def test_few_actions_are_written_out():
    numbers = [WHOLE.number(name) for name in ("s3:GetObject", "s3:GetObjectAcl", "s3:PutObject")]
    found = by_level(mask(numbers), WHOLE.service("s3"), WHOLE)
    assert [(level.name, [each.text for each in level.patterns]) for level in found] == [
        ("Write", ["s3:PutObject"]),
        ("Read", ["s3:GetObject", "s3:GetObjectAcl"]),
    ]


@given(
    st.lists(
        st.sampled_from(
            ("*", "s3:*", "s3:Get*", "S3:getobject", "s?:*", "*:Get*", "iam:*Role?", "no-colon", "a:b:c", "sqs:SendMessage", "s3:", "é:x")
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_an_element_names_in_the_domain_what_it_names_for_the_engine(values, negated, deny):
    from iamsim.engine.actions import naming  # noqa: PLC0415 - beside its only use

    domain = Domain(services=frozenset({"s3", "sqs", "iam", "es"}))
    element = Element(tuple(values), negated)
    test = naming(element, deny=deny)
    answers = [test(name) for name in domain.lower]
    assert domain.named(element, deny=deny) == (
        mask(n for n, answer in enumerate(answers) if answer),
        mask(n for n, answer in enumerate(answers) if answer is None),
    )


def test_actions_are_asked_of_resources_of_their_type():
    def fitting(resource):
        return {WHOLE.names[number] for number in bits(WHOLE.fitting(resource))}

    on_object = fitting("arn:aws:s3:::data/a.txt")
    assert "s3:GetObject" in on_object
    assert "s3:ListBucket" not in on_object
    assert "s3:ListBucket" in fitting("arn:aws:s3:::data")
    assert "s3:ListAllMyBuckets" not in fitting("arn:aws:s3:::data")
    assert {"iam:PassRole", "sts:TagSession"} <= fitting("arn:aws:iam::111122223333:role/app")
    assert "kms:Decrypt" in fitting("arn:aws:kms:us-east-1:111122223333:key/one")
    # Of a type that AWS does not list, whatever of the service takes a resource.
    assert "sns:Publish" in fitting("arn:aws:sns:us-east-1:111122223333:odd/thing")
    assert len(fitting("*")) == len(WHOLE.names)


def test_who_assumes_whom_and_what_needs_no_permission_are_not_asked_here():
    gone = {
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
        "sts:GetCallerIdentity",
        "sts:GetSessionToken",
    }
    assert set(catalog.expand("*")) - set(WHOLE.names) == gone
