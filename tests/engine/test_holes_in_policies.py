"""A policy of which a piece is not told: it may match whatever some filling matches, and nothing for sure."""

from __future__ import annotations

import itertools

import pytest

from iamsim import documents
from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError
from iamsim.jsontext import Holed
from iamsim.model.account import Account, Organization, Resource, Role, VpcEndpoint
from iamsim.model.origin import NOWHERE, Origin
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.principal import HOLE, Principal, PrincipalKind, Session, principal, role_session
from iamsim.model.verdict import Decision

ONE, TWO = "111122223333", "444455556666"
ROLE, OTHER = f"arn:aws:iam::{ONE}:role/app", f"arn:aws:iam::{TWO}:role/other"
BUCKET = "arn:aws:s3:::data"
SEEN = frozenset(PolicyType) - {PolicyType.SESSION}


def holed(text: str) -> Holed:
    return Holed(text.replace("…", HOLE))


def policy(*statements: dict[str, object]) -> Policy:
    return documents.policy_at({"Version": "2012-10-17", "Statement": list(statements)}, lambda _: NOWHERE, name="p")


def allow(**parts: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "*", "Resource": "*", **parts}


def decided(
    identity: Policy,
    action: str = "s3:GetObject",
    resource: str = f"{BUCKET}/key",
    bucket: Policy | None = None,
    **keys,
) -> Decision:
    account = Account(
        ONE, roles={ROLE: Role(ROLE, None, (identity,))}, resources={BUCKET: Resource(BUCKET, bucket)}, seen=SEEN
    )
    simulator = Simulator(Organization({ONE: account}), stated={name.replace("_", ":"): v for name, v in keys.items()})
    request = simulator.request(principal(ROLE), action, resource)
    explained = simulator.explain(request)
    assert simulator.decide(request) is explained.decision
    return explained.decision


NONE = policy(allow(Action="iam:GetUser"))


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("…", Decision.UNKNOWN),
        ("s3:…", Decision.UNKNOWN),
        ("S3:get…", Decision.UNKNOWN),
        ("s3:Put…", Decision.IMPLICIT_DENY),
        ("sqs:…", Decision.IMPLICIT_DENY),
    ],
)
def test_an_action(action, expected):
    assert decided(policy(allow(Action=holed(action)))) is expected
    assert decided(policy(allow(Action=["s3:GetObject", holed(action)]))) is Decision.ALLOWED


def test_a_deny_of_an_action_is_not_taken_as_absent():
    assert decided(policy(allow(), allow(Effect="Deny", Action=holed("…")))) is Decision.UNKNOWN
    assert decided(policy(allow(), allow(Effect="Deny", Action=holed("sqs:…")))) is Decision.ALLOWED


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("…", Decision.UNKNOWN),
        ("arn:aws:s3:::…/*", Decision.UNKNOWN),
        ("arn:…", Decision.UNKNOWN),
        ("…/*", Decision.UNKNOWN),
        ("arn:aws:s3:::d…", Decision.UNKNOWN),
        ("arn:aws:s3:::logs-…/*", Decision.IMPLICIT_DENY),
    ],
)
def test_a_resource(resource, expected):
    assert decided(policy(allow(Resource=holed(resource)))) is expected
    deny = policy(allow(), allow(Effect="Deny", Resource=holed(resource)))
    assert decided(deny) is (Decision.ALLOWED if expected is Decision.IMPLICIT_DENY else Decision.UNKNOWN)
    others = policy({"Effect": "Allow", "Action": "*", "NotResource": holed(resource)})
    assert decided(others) is (Decision.ALLOWED if expected is Decision.IMPLICIT_DENY else Decision.UNKNOWN)


def test_a_request_without_a_resource_may_be_meant_by_a_piece_that_is_not_told():
    assert decided(policy(allow(Resource=holed("…"))), "s3:ListAllMyBuckets", "*") is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("StringEquals", "…", Decision.UNKNOWN),
        ("StringEquals", "re…", Decision.UNKNOWN),
        ("StringEquals", "ops…", Decision.IMPLICIT_DENY),
        ("StringNotEquals", "…", Decision.UNKNOWN),
        ("StringNotEquals", "ops…", Decision.ALLOWED),
        ("StringLike", "…*", Decision.UNKNOWN),
        ("StringEqualsIgnoreCase", "RE…", Decision.UNKNOWN),
        ("ArnLike", "…", Decision.UNKNOWN),
        ("ArnEquals", "…", Decision.UNKNOWN),
        ("ArnNotLike", "…", Decision.UNKNOWN),
        ("Bool", "…", Decision.UNKNOWN),
        ("NumericLessThan", "…", Decision.UNKNOWN),
        ("DateGreaterThan", "20…", Decision.UNKNOWN),
        ("IpAddress", "…/8", Decision.UNKNOWN),
        ("NotIpAddress", "…", Decision.UNKNOWN),
        ("BinaryEquals", "…", Decision.UNKNOWN),
        ("ForAnyValue:StringEquals", "…", Decision.UNKNOWN),
        ("ForAllValues:StringEquals", "…", Decision.UNKNOWN),
        ("Null", "…", Decision.UNKNOWN),
        ("…Equals", "research", Decision.UNKNOWN),
    ],
)
def test_a_condition(operator, value, expected):
    condition = {holed(operator): {"aws:PrincipalTag/team": holed(value)}}
    answer = decided(policy(allow(Condition=condition)), **{"aws_principaltag/team": ("research",)})
    assert answer is expected


def test_a_condition_key_that_is_not_told():
    assert decided(policy(allow(Condition={"StringEquals": {holed("…:sub"): "x"}}))) is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("…", Decision.UNKNOWN),
        ("arn:aws:iam::…:role/app", Decision.UNKNOWN),
        ("arn:aws:iam::…:root", Decision.UNKNOWN),
        (f"arn:aws:iam::{ONE}:role/…", Decision.UNKNOWN),
        (f"arn:aws:sts::{ONE}:assumed-role/app/…", Decision.UNKNOWN),
        (f"arn:aws:iam::{TWO}:role/…", Decision.IMPLICIT_DENY),
        (f"arn:aws:iam::{ONE}:user/…", Decision.IMPLICIT_DENY),
    ],
)
def test_a_principal(value, expected):
    bucket = policy(allow(Principal={"AWS": holed(value)}))
    assert decided(NONE, bucket=bucket) is expected
    # A Deny is not trusted to speak of somebody else.
    deny = policy(allow(), allow(Effect="Deny", Principal={"AWS": holed(value)}))
    assert decided(policy(allow()), bucket=deny) is not Decision.ALLOWED


def test_a_service_and_a_provider():
    account = Account(ONE, roles={}, seen=SEEN)
    for kind, name, caller in (
        ("Service", "ecs-tasks.amazonaws.com", principal("ecs-tasks.amazonaws.com")),
        (
            "Federated",
            f"arn:aws:iam::{ONE}:oidc-provider/a.example",
            Principal(PrincipalKind.WEB_IDENTITY, f"arn:aws:iam::{ONE}:oidc-provider/a.example", ONE),
        ),
    ):
        for value, expected in ((holed(name[:5] + "…"), Decision.UNKNOWN), (holed("x…"), Decision.IMPLICIT_DENY)):
            trust = policy({"Effect": "Allow", "Action": "sts:*", "Principal": {kind: value}})
            made = Organization({ONE: Account(ONE, roles={ROLE: Role(ROLE, trust)}, seen=account.seen)})
            simulator = Simulator(made)
            action = "sts:AssumeRole" if kind == "Service" else "sts:AssumeRoleWithWebIdentity"
            request = simulator.request(caller, action, ROLE)
            assert simulator.decide(request) is expected, (kind, value)


def test_every_filling_gives_an_answer_that_the_piece_leaves_possible():
    """The law behind all of these: what is decided with a piece that is not told is decided so whatever it is."""
    fillings = ("", "data", "data/*", "*", "logs", "?ata/key", "data/key")
    for effect, element, head in itertools.product(
        ("Allow", "Deny"), ("Resource", "NotResource"), ("arn:aws:s3:::", "arn:aws:")
    ):

        def made(value: str, effect: str = effect, element: str = element) -> Policy:
            extra = {"Effect": effect, "Action": "s3:*", element: value}
            return policy(allow() if effect == "Deny" else allow(Action="iam:GetUser"), extra)

        unknown = decided(made(holed(f"{head}…")))
        told = {decided(made(head + filling)) for filling in fillings if head + filling != "arn:aws:"}
        assert unknown is Decision.UNKNOWN or told == {unknown}


@pytest.mark.parametrize(
    "parts",
    [
        {"Effect": holed("…")},
        {"Condition": holed("…")},
        {"Condition": {"StringEquals": holed("…")}},
        {"Principal": holed("…")},
    ],
)
def test_what_is_no_text_makes_the_whole_policy_untold(parts):
    with pytest.raises(documents.UntoldError):
        policy(allow(**parts))


@pytest.mark.parametrize(
    "value", [holed("…"), {"Statement": holed("…")}, {"Statement": [holed("…")]}, {"Version": holed("…")}]
)
def test_so_does_a_policy_without_structure(value):
    with pytest.raises(documents.UntoldError):
        documents.policy_at(value, lambda _: NOWHERE, name="p")


def test_a_text_that_was_read_cannot_hold_the_piece():
    with pytest.raises(InputError, match="private-use character"):
        policy(allow(Action=f"s3:{HOLE}"))


def test_a_policy_inside_another_document_keeps_that_place():
    text = '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
    found = documents.embedded(text, Origin("plan.json", "/a/policy", 7, 3, "aws_iam_role.app"), name="p")
    assert str(found.statements[0].origin) == "plan.json:7:3 (aws_iam_role.app)"
    assert found.statements[0].origin.pointer == "/a/policy/Statement"
    with pytest.raises(InputError, match=r"^plan\.json:7:3 \(aws_iam_role\.app\): a policy in it is not JSON"):
        documents.embedded("{", Origin("plan.json", "/a/policy", 7, 3, "aws_iam_role.app"), name="p")


# ---------------------------------------------------------------- policies that were not read


def bucket_decision(resource: Resource, identity: Policy, none_of: frozenset[PolicyType] = frozenset()) -> Decision:
    account = Account(ONE, roles={ROLE: Role(ROLE, None, (identity,))}, resources={BUCKET: resource}, seen=SEEN)
    simulator = Simulator(Organization({ONE: account}), none_of=none_of)
    return simulator.decide(simulator.request(principal(ROLE), "s3:GetObject", f"{BUCKET}/key"))


def test_a_resource_policy_that_could_not_be_read_counts_as_there():
    unread = Resource(BUCKET, unread="known after apply")
    assert bucket_decision(unread, policy(allow())) is Decision.UNKNOWN
    assert bucket_decision(unread, policy(allow()), frozenset({PolicyType.RESOURCE})) is Decision.UNKNOWN


def test_a_policy_that_could_not_be_read_may_allow_too():
    unread = Resource(BUCKET, unread="known after apply")
    assert bucket_decision(unread, NONE) is Decision.UNKNOWN
    account = Account(ONE, roles={ROLE: Role(ROLE, None, (NONE,))}, resources={BUCKET: unread}, seen=SEEN)
    simulator = Simulator(Organization({ONE: account}))
    explained = simulator.explain(simulator.request(principal(ROLE), "s3:GetObject", f"{BUCKET}/key"))
    assert explained.reason == "not seen: the resource-based policy"
    piece = policy(allow(Resource=holed("arn:aws:s3:::…")))
    account = Account(ONE, roles={ROLE: Role(ROLE, None, (piece,))}, seen=SEEN)
    simulator = Simulator(Organization({ONE: account}))
    explained = simulator.explain(simulator.request(principal(ROLE), "s3:GetObject", f"{BUCKET}/key"))
    assert explained.reason == "it depends on what is not told in p"


def test_statements_that_are_only_some_of_them_do_not_show_the_whole_policy():
    some = Resource(BUCKET, policy(allow(Principal="*")), partial=True, adds=True)
    assert bucket_decision(some, NONE) is Decision.UNKNOWN
    assert bucket_decision(some, NONE, frozenset({PolicyType.RESOURCE})) is Decision.ALLOWED


@pytest.mark.parametrize(("tags", "expected"), [({}, Decision.IMPLICIT_DENY), ({HOLE: HOLE}, Decision.UNKNOWN)])
def test_tags_that_are_not_told_may_be_any(tags, expected):
    identity = policy(allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "research"}}))
    trust = policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ONE}})
    account = Account(ONE, roles={ROLE: Role(ROLE, trust, (identity,), tags=tags)}, seen=SEEN)
    simulator = Simulator(Organization({ONE: account}))
    session = role_session(ROLE, Session("s"), tags=tags)
    assert simulator.decide(simulator.request(session, "s3:ListAllMyBuckets", "*")) is expected


def test_a_part_of_a_resource_has_not_shown_its_policy():
    part = Resource(BUCKET, partial=True)
    assert bucket_decision(part, policy(allow())) is Decision.UNKNOWN
    assert bucket_decision(part, policy(allow()), frozenset({PolicyType.RESOURCE})) is Decision.ALLOWED
    whole = Resource(BUCKET, policy(allow(Principal="*")), partial=True)
    assert bucket_decision(whole, NONE) is Decision.ALLOWED


def test_an_endpoint_whose_policy_could_not_be_read_leaves_it_open():
    def decision(endpoint: VpcEndpoint) -> Decision:
        account = Account(
            ONE,
            roles={ROLE: Role(ROLE, None, (policy(allow()),))},
            resources={BUCKET: Resource(BUCKET)},
            endpoints={endpoint.id: endpoint},
            seen=SEEN,
        )
        simulator = Simulator(Organization({ONE: account}), stated={"aws:sourcevpce": (endpoint.id,)})
        return simulator.decide(simulator.request(principal(ROLE), "s3:GetObject", f"{BUCKET}/key"))

    assert decision(VpcEndpoint("vpce-1")) is Decision.ALLOWED
    assert decision(VpcEndpoint("vpce-1", unread="known after apply")) is Decision.UNKNOWN
