"""What a policy says apart from how it is written, and which statements may concern a resource."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from iamsim.diff import plain
from iamsim.engine.statements import CompiledStatement
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE, principal
from iamsim.model.request import Context, Request
from tests.accounts import A, allow, deny, policy
from tests.diff.made import APP

VALUES = st.lists(
    st.sampled_from(
        (
            "*", "**", "arn:aws:s3:::data", "arn:aws:s3:::data/*", "arn:aws:s3:::*", "arn:aws:s3:::${aws:username}/*", "arn:*",
            "arn:aws:s3:::d?ta/a", "data", " arn:aws:s3:::data", f"arn:aws:sqs:{HOLE}:{A}:jobs", f"arn:aws:sqs:*:{A}:jobs",
        )
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip
RESOURCES = st.sampled_from(
    (
        "*", "arn:aws:s3:::data", "arn:aws:s3:::data/a", f"arn:aws:s3:::{HOLE}/a", f"arn:aws:s3:::data/{HOLE}",
        f"arn:aws:sqs:us-east-1:{A}:jobs", f"arn:aws:sqs:us-east-1:{A}:other",
    )
)  # fmt: skip


def statement(values, *, negated, denies):
    """A statement on these resources, and its policy."""
    written = policy((deny if denies else allow)("s3:*", on="*"))
    (found,) = written.statements
    found = replace(found, resource=replace(found.resource, values=tuple(values), negated=negated))
    return found, replace(written, statements=(found,))


@given(VALUES, st.booleans(), st.booleans(), RESOURCES)
@example(["arn:aws:s3:::data/*"], True, True, f"arn:aws:s3:::{HOLE}/a")
@example(["*", "arn:aws:s3:::${aws:username}/*"], True, False, "*")
@example(["arn:aws:s3:::*"], False, False, "*")
def test_what_does_not_concern_a_resource_does_not_match_it(values, negated, denies, resource):
    found, written = statement(values, negated=negated, denies=denies)
    compiled = CompiledStatement(found, written, PolicyType.IDENTITY)
    # The one action that asks for no resource and is matched by an ARN.
    request = Request(principal(APP), "s3:ListAllMyBuckets", resource, Context(complete=False))
    if not plain.may_concern(found, resource):
        assert compiled.holds(request) is False


def test_a_statement_for_another_resource_does_not_concern_one():
    there, _ = statement(["arn:aws:s3:::data/*"], negated=False, denies=False)
    assert not plain.may_concern(there, "arn:aws:s3:::other/a")
    assert plain.may_concern(there, "arn:aws:s3:::data/a")
    others, _ = statement(["arn:aws:s3:::data/*"], negated=True, denies=True)
    assert not plain.may_concern(others, "arn:aws:s3:::data/a")
    assert plain.may_concern(others, "arn:aws:s3:::other/a")


def test_order_place_and_names_do_not_count():
    one = policy(allow("s3:Get*", "s3:PutObject", Sid="A"), deny("sqs:*"), name="one")
    two = policy(deny("SQS:*"), allow("s3:PutObject", "s3:Get*"), name="two")
    assert plain.of_policy(one) == plain.of_policy(two)
    assert plain.of_policy(one) != plain.of_policy(policy(allow("s3:Get*"), deny("sqs:*")))


def test_a_variable_is_another_thing_where_the_version_has_none():
    home = allow("s3:GetObject", on="arn:aws:s3:::${aws:username}/*")
    new = policy(home, allow("sqs:*"))
    assert plain.of_policy(new) != plain.of_policy(replace(new, version="2008-10-17"))
    plain_one = policy(allow("sqs:*"))
    assert plain.of_policy(plain_one) == plain.of_policy(replace(plain_one, version="2008-10-17"))
