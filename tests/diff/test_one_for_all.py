"""Law: asking one action for all that no policy tells apart, and only where something differs, is asking everybody everything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from iamsim.diff.gains import gains
from iamsim.diff.people import comparable, loaded
from iamsim.engine.simulator import Simulator
from iamsim.model.account import KeyGrant, Organization, Resource, Role
from iamsim.model.policy import PolicyType
from tests.accounts import AT, A, B, policy
from tests.diff.made import account, role

# An example takes a second: making a failing one smaller would take minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
SERVICES = frozenset({"dynamodb", "es", "events", "iam", "kms", "s3", "sns", "sqs", "sts"})
KEY = f"arn:aws:kms:us-east-1:{A}:key/one"
QUEUE = f"arn:aws:sqs:us-east-1:{B}:jobs"
POINT = f"arn:aws:s3:us-east-1:{A}:accesspoint/door"
ACTIONS = st.lists(
    st.sampled_from(
        (
            "*", "s3:*", "s3:Get*", "s3:GetObject", "s3:*Object", "s3:?utObject", "s3:ListAllMyBuckets", "S3:PutBucketPolicy", "s3:New",
            "kms:*", "kms:Decrypt", "kms:Describe*", "sqs:*", "sqs:Send*", "es:ESHttp*", "es:*", "iam:*", "iam:*Role*",
            "iam:PassRole", "sts:*", "sts:TagSession", "dynamodb:*Item", "sns:Publish", "events:Put*", "*:Get*", "s*:*", "no-colon",
        )
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip
RESOURCES = st.lists(
    st.sampled_from(
        (
            "*", "arn:aws:s3:::data", "arn:aws:s3:::data/*", "arn:aws:s3:::data/secret/*", "arn:aws:s3:::*", KEY, QUEUE,
            f"arn:aws:iam::{A}:role/*", "arn:aws:s3:::${aws:PrincipalTag/team}/*", "arn:aws:dynamodb:*:*:table/t",
            f"{POINT}/object/*", "arn:aws:iam::*", "bucket",
        )
    ),
    min_size=1,
    max_size=2,
)  # fmt: skip
CONDITIONS = st.one_of(
    st.none(),
    st.none(),
    st.sampled_from(
        (
            {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]}},
            {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
            {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}},
            {"StringEquals": {"aws:PrincipalTag/team": "data"}},
            {"StringEquals": {"aws:ResourceTag/team": "data"}},
            {"StringEquals": {"aws:RequestTag/team": "data"}},
            {"StringLike": {"s3:prefix": "home/*"}},
            {"StringEqualsIfExists": {"aws:ResourceAccount": A}},
            {"StringEquals": {"aws:ResourceOrgID": "o-example"}},
            {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
            {"Bool": {"aws:SecureTransport": "true"}},
            {"Null": {"s3:ExistingObjectTag/a": "true"}},
        )
    ),
)
GRANTS = st.sampled_from(((), None, (KeyGrant("g", f"arn:aws:iam::{A}:role/app", ("Decrypt", "RetireGrant")),)))
PRINCIPALS = st.sampled_from(
    (
        "*", {"AWS": f"arn:aws:iam::{A}:root"}, {"AWS": f"arn:aws:iam::{A}:role/app"}, {"AWS": f"arn:aws:iam::{B}:root"},
        {"AWS": "arn:aws:iam::123456789012:root"}, {"Service": "lambda.amazonaws.com"},
    )
)  # fmt: skip


@st.composite
def statements(draw, *, principal=False, resource=True):
    """A statement that AWS would store, or nearly."""
    found = {
        "Effect": draw(st.sampled_from(("Allow", "Allow", "Deny"))),
        draw(st.sampled_from(("Action", "Action", "Action", "NotAction"))): draw(ACTIONS),
    }
    if resource:
        found[draw(st.sampled_from(("Resource", "Resource", "Resource", "NotResource")))] = draw(RESOURCES)
    condition = draw(CONDITIONS)
    if condition is not None:
        found["Condition"] = condition
    if principal:
        found["Principal"] = draw(PRINCIPALS)
    return found


@st.composite
def policies(draw, **more):
    return policy(*draw(st.lists(statements(**more), min_size=1, max_size=3)))


@st.composite
def changed(draw, old):
    """The policy with a statement more, a statement fewer, or another in its place."""
    if old is None or draw(st.booleans()):
        return draw(st.none() | policies())
    extra = draw(policies())
    kept = draw(st.lists(st.sampled_from(old.statements), unique_by=id, max_size=2))
    return replace(old, statements=(*kept, *extra.statements[:1]))


@st.composite
def pairs(draw):
    """Two organizations of two accounts that differ somewhere, or nowhere."""
    halves = []
    own, boundary = draw(policies()), draw(st.none() | policies())
    door, key = draw(st.none() | policies(principal=True)), draw(st.none() | policies(principal=True))
    scps = draw(st.lists(st.lists(policies(), min_size=1, max_size=1), max_size=2))
    rcps = draw(st.just([]) | st.lists(st.lists(policies(principal=True), min_size=1, max_size=1), max_size=1))
    seen = draw(st.sampled_from((frozenset(PolicyType), frozenset(PolicyType) - {PolicyType.SCP}, frozenset())))
    tags = draw(st.sampled_from(({}, {"team": "data"})))
    grants = draw(GRANTS)
    places = draw(
        st.sets(
            st.sampled_from(("own", "boundary", "door", "key", "scps", "rcps", "seen", "tags", "trust", "who")),
            max_size=3,
        )
    )
    for later in (False, True):
        if later:
            own = draw(changed(own)) if "own" in places else own
            boundary = draw(changed(boundary)) if "boundary" in places else boundary
            door = draw(st.none() | policies(principal=True)) if "door" in places else door
            key = draw(st.none() | policies(principal=True)) if "key" in places else key
            scps = (
                draw(st.lists(st.lists(policies(), min_size=1, max_size=1), max_size=2)) if "scps" in places else scps
            )
            rcps = (
                draw(st.lists(st.lists(policies(principal=True), max_size=1), max_size=1)) if "rcps" in places else rcps
            )
            seen = frozenset(PolicyType) if "seen" in places else seen
            tags = {"team": "other"} if "tags" in places else tags
            grants = draw(GRANTS) if "key" in places else grants
        app = replace(
            role(), policies=(own,) if own is not None else (), boundary=boundary,
            boundary_arn=None if boundary is None else "arn:aws:iam::aws:policy/Limit", tags=tags,
        )  # fmt: skip
        if later and "trust" in places:
            app = replace(
                app, trust=policy({"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": "*"})
            )
        other = role({"Effect": "Allow", "Action": "*", "Resource": "*"}, name="other", account=B)
        wide = {"Effect": "Allow", "Action": "s3:*", "Resource": ["*", "arn:aws:s3:::data/secret/*"]}
        tagged = {"StringEquals": {"aws:ResourceTag/team": "data"}}
        near = {"Effect": "Allow", "Action": ["iam:*", "sts:*"], "Resource": app.arn, "Condition": tagged}
        home = [app, role(wide, near, name="beside")]
        if later and "who" in places:
            home = home[:1]
        here = account(
            *home,
            resources=(
                Resource("arn:aws:s3:::data", door, tags={}, settings={"restrict_public_buckets": "true"}),
                Resource(KEY, key, tags=None, settings={"key_manager": "CUSTOMER"}, grants=grants),
                Resource(POINT, door, bucket="data"),
            ),
            seen=seen,
            organization="o-example",
            scps=tuple(tuple(level) for level in scps),
            rcps=tuple(tuple(level) for level in rcps),
        )
        there = account(other, id=B, resources=(Resource(QUEUE, key),), seen=seen)
        halves.append(Organization({A: here, B: there}))
    return tuple(halves)


def said(before, after, *, alike):
    """Everything that a comparison says of each principal, resource and action."""
    sides = [Simulator(each, AT, "us-east-1") for each in (before, after)]
    accounts, _, _ = comparable(before, after)
    everyone = tuple(loaded(*sides, accounts))
    found = gains(*sides, everyone, accounts, needed=(f"{POINT}/object/a",), alike=alike, services=SERVICES)
    rows = {
        (
            each.arn,
            row.resource.asked,
            action,
            row.trend,
            row.before,
            row.after,
            row.depends,
            row.unseen,
            row.was,
            row.now,
        )
        for each in found.changes
        for row in each.rows
        for action in row.actions
    }
    return rows, found.asked


# A failing pair is long to read, and has to be all the same.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@given(pairs())
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
def test_one_action_asked_for_all_alike_says_what_every_action_asked_says(pair):
    grouped, few = said(*pair, alike=True)
    each, many = said(*pair, alike=False)
    assert grouped == each
    assert few <= many
    assert isinstance(next(iter(pair[0].roles())), Role)


@pytest.mark.parametrize(
    ("then", "action"),
    [(None, "kms:Decrypt"), ((KeyGrant("g", f"arn:aws:iam::{A}:role/app", ("Decrypt",)),), "kms:RetireGrant")],
    ids=["grants that were not listed", "a grant that somebody may retire"],
)
def test_what_grants_no_longer_leave_open_is_asked_of_whom_only_another_resource_names(then, action):
    bucket = Resource("arn:aws:s3:::data", policy({"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*"}))
    own = policy(
        {"Effect": "Allow", "Action": "kms:*", "Principal": {"AWS": f"arn:aws:iam::{A}:root"}, "Resource": "*"}
    )
    before, after = (
        Organization({A: account(role(), resources=(bucket, Resource(KEY, own, settings={"key_manager": "CUSTOMER"}, grants=grants)))})
        for grants in (then, ())
    )  # fmt: skip
    grouped, _ = said(before, after, alike=True)
    assert grouped == said(before, after, alike=False)[0]
    assert ("*", KEY, action) in {row[:3] for row in grouped}


@given(pairs())
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
def test_an_organization_compared_with_itself_is_not_asked_anything(pair):
    assert said(pair[0], pair[0], alike=True) == (set(), 0)
