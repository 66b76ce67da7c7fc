"""What is called redundant is: without it, the engine decides every request as before."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from iamsim import jsontext
from iamsim.drafts import Draft, PolicyKind
from iamsim.drafts.world import World, alone, stranger
from iamsim.edits import edited
from iamsim.lint import Selection, lint
from iamsim.model.finding import Audience, TextEdit
from iamsim.model.principal import principal

NAMES = ("redundant-action", "redundant-resource", "redundant-statement")
ACTIONS = (
    "s3:GetObject", "S3:getobject", "s3:Get*", "s3:*", "*", "*:*", "s3:G?tObject", "s3:*Object", "s3:PutObject", "s3:Put*ct", "sqs:*",
    "sqs:SendMessage", "*:GetObject", "s3*:GetObject", "s3", "s3:Get**", "",
)  # fmt: skip
ASKED = ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "sqs:SendMessage")
RESOURCES = (
    "*", "**", "arn:aws:s3:::documents/*", "arn:aws:s3:::documents*", "arn:aws:s3:::documents/a", "arn:aws:s3:::documents/?",
    "arn:aws:s3:::documents/${aws:username}/*", "arn:aws:s3:::documents/${aws:username}/x/*", "arn:aws:s3:::documents/${aws:userid}*",
    "arn:aws:s3:::documents/??????????????????", "arn:aws:s3:::documents/*}/*", "arn:aws:s3:::documents/${*}/*", "arn:aws:*",
    "arn:*:s3:::documents/a/*", "arn:aws:sqs:*:111122223333:*", "arn:aws:sqs:us-east-1:111122223333:jobs", "arn:aws:sqs:*:jobs", "arn:aws:s3:::documents/${a",
)  # fmt: skip
ON = (
    "arn:aws:s3:::documents/a", "arn:aws:s3:::documents/a/x", "arn:aws:s3:::documents/alice/x/y", "arn:aws:s3:::documents", "arn:aws:s3:::documents/*/x",
    "arn:aws:s3:::documents-of-others/a", "arn:aws:sqs:us-east-1:111122223333:jobs", "arn:aws:sqs:eu-west-1:444455556666:jobs", "*",
)  # fmt: skip
CONDITIONS = (
    {}, {"Bool": {"aws:SecureTransport": "true"}}, {"Bool": {"aws:securetransport": ["true"]}},
    {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalOrgID": ["o-one0000000", "o-two0000000"]}},
    {"StringEquals": {"aws:PrincipalOrgID": ["o-two0000000", "o-one0000000"]}},
    {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-one0000000"}},
)  # fmt: skip
PRINCIPALS = (
    "*", {"AWS": "*"}, {"AWS": "111122223333"}, {"AWS": ["arn:aws:iam::111122223333:user/alice", "111122223333"]},
    {"AWS": "arn:aws:iam::111122223333:user/alice"}, {"AWS": "arn:aws:iam::444455556666:root", "Service": "sns.amazonaws.com"},
    {"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]},
)  # fmt: skip
CALLERS = (
    principal("arn:aws:iam::111122223333:user/alice"), principal("arn:aws:iam::444455556666:user/bob"), stranger(), stranger("sns.amazonaws.com"),
)  # fmt: skip
VALUES = (
    {}, {"aws:securetransport": "true"}, {"aws:securetransport": "false", "aws:principalorgid": "o-one0000000"},
    {"aws:securetransport": "true", "aws:principalorgid": "o-two0000000", "aws:userid": "*"},
)  # fmt: skip


def lists(values):
    return st.one_of(st.sampled_from(values), st.lists(st.sampled_from(values), min_size=1, max_size=4))


@st.composite
def statements(draw, kind):
    found = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    found[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(lists(ACTIONS))
    found[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(lists(RESOURCES))
    condition = draw(st.sampled_from(CONDITIONS))
    if condition:
        found["Condition"] = condition
    if kind is PolicyKind.RESOURCE:
        found["Principal"] = draw(st.sampled_from(PRINCIPALS))
    return found


def policies(kind):
    return st.fixed_dictionaries(
        {
            "Version": st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]),
            "Statement": st.lists(statements(kind), min_size=1, max_size=4),
        }
    )


def draft(text, kind):
    written = jsontext.read(text, "policy.json")
    of = "arn:aws:s3:::documents" if kind is PolicyKind.RESOURCE else ""
    return Draft(kind, "policy", written.value, written.origin, text, "s3", of)


def found(text, kind, *names):
    return lint((draft(text, kind),), (), Selection(frozenset(names), audience=Audience.STYLE)).findings


def decided(text, kind):
    """What the engine decides of every request, unknown ones too."""
    world: World = alone(draft(text, kind))
    if kind is PolicyKind.IDENTITY:
        holder = world.holders[0]
        return {
            (action, on, i): holder.explain(action, on, values=values).decision
            for action in ASKED
            for on in ON
            for i, values in enumerate(VALUES)
        }
    return {
        (action, caller.arn, on, i): world.explain(caller, action, on, values=values).decision
        for action in ASKED[:2]
        for on in ON[:4]
        for caller in CALLERS
        for i, values in enumerate(VALUES)
    }


@given(policies(PolicyKind.IDENTITY))
@settings(max_examples=60, deadline=None)
def test_no_decision_changes_without_it(policy):
    without_it(policy, PolicyKind.IDENTITY)


@given(policies(PolicyKind.RESOURCE))
@settings(max_examples=60, deadline=None)
def test_no_decision_of_a_resource_policy_changes_without_it(policy):
    without_it(policy, PolicyKind.RESOURCE)


def without_it(policy, kind):
    text = json.dumps(policy, indent=1)
    before = None
    for finding in found(text, kind, *NAMES):
        before = decided(text, kind) if before is None else before
        after = edited(text, finding.fix, "policy.json")
        assert decided(after, kind) == before, (finding.message, text)


@given(policies(PolicyKind.RESOURCE) | policies(PolicyKind.IDENTITY))
@settings(max_examples=60, deadline=None)
def test_what_is_denied_again_allows_nothing(policy):
    kind = PolicyKind.RESOURCE if "Principal" in policy["Statement"][0] else PolicyKind.IDENTITY
    text = json.dumps(policy, indent=1)
    for finding in found(text, kind, "allow-denied-again"):
        if "never comes to anything" not in finding.message or len(policy["Statement"]) < 2:
            continue
        after = edited(text, (TextEdit(finding.origins[0].pointer, None),), "policy.json")
        assert allowed(decided(after, kind)) == allowed(decided(text, kind)), (finding.message, text)


def allowed(decisions):
    return {request for request, decision in decisions.items() if decision == "allowed"}


def test_the_random_policies_have_what_is_looked_for():
    hits = dict.fromkeys((*NAMES, "allow-denied-again"), 0)

    @given(policies(PolicyKind.IDENTITY))
    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    def count(policy):
        for finding in found(json.dumps(policy), PolicyKind.IDENTITY, *hits):
            hits[finding.rule] += 1

    count()
    assert min(hits.values()) > 0, hits
