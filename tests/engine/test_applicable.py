from __future__ import annotations

from dataclasses import replace

import pytest

from iamsim.engine.applicable import applicable, carrier_of, resolved
from iamsim.model.account import Group, Organization, Resource, User, VpcEndpoint
from iamsim.model.policy import PolicyType
from iamsim.model.principal import ANONYMOUS, HOLE, principal
from iamsim.model.verdict import Decision
from tests.accounts import (
    SERVER,
    TENANT,
    A,
    B,
    account,
    allow,
    bucket,
    deny,
    organization,
    policy,
    role,
    simulator,
    trust,
)

READ = policy(allow("s3:GetObject"), name="read")
OBJECT = "arn:aws:s3:::b/x"


def found(world, caller=SERVER, action="s3:GetObject", resource=OBJECT, **more):
    return applicable(world, principal(caller) if isinstance(caller, str) else caller, action, resource, **more)


def unseen(world, **more):
    return {str(kind) for kind in found(world, **more).layers.unseen}


def test_a_role_brings_its_policies_and_everything_seen_is_seen():
    answer = found(organization(account(role(SERVER, READ))))
    assert answer.layers.identity == (READ,)
    assert answer.layers.unseen == frozenset()
    assert answer.owner == A
    assert "taken to belong to the caller's account" in answer.assumed


def test_what_the_source_did_not_see_is_named():
    assert unseen(organization(account(role(SERVER, READ), seen=()))) == {
        "boundary",
        "resource",
        "scp",
        "rcp",
        "vpcEndpoint",
    }
    assert unseen(Organization()) == {"identity", "boundary", "resource", "scp", "rcp", "vpcEndpoint"}


def test_what_the_user_states_to_be_unattached_is_not_missing():
    world = organization(account(role(SERVER, READ), seen=()))
    none = frozenset({PolicyType.SCP, PolicyType.RCP, PolicyType.VPC_ENDPOINT})
    assert unseen(world, none_of=none) == {"boundary", "resource"}


@pytest.mark.parametrize(
    ("action", "resource", "open_"),
    [
        ("s3:GetObject", OBJECT, True),
        ("s3:ListAllMyBuckets", "*", False),
        ("iam:GetRole", TENANT, False),
        ("athena:GetQueryExecution", f"arn:aws:athena:us-east-1:{A}:workgroup/w", False),
        ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{A}:q", True),
        ("newservice:Do", f"arn:aws:newservice:us-east-1:{A}:thing/x", True),
    ],
)
def test_a_resource_policy_is_missing_only_where_the_service_has_them(action, resource, open_):
    seen = set(PolicyType) - {PolicyType.RESOURCE}
    assert (
        "resource" in unseen(organization(account(role(SERVER, READ), seen=seen)), action=action, resource=resource)
    ) is open_


@pytest.mark.parametrize(
    ("action", "resource"),
    [("sts:AssumeRole", f"arn:aws:iam::{A}:role/none"), ("kms:Decrypt", f"arn:aws:kms:us-east-1:{A}:key/k")],
)
def test_a_trust_policy_and_a_key_policy_are_always_there_and_cannot_be_stated_away(action, resource):
    world = organization(account(role(SERVER, READ)))
    assert unseen(world, action=action, resource=resource) == {"resource"}
    assert unseen(world, action=action, resource=resource, none_of=frozenset(PolicyType)) == {"resource"}


def test_a_loaded_resource_brings_its_policy_and_its_owner():
    mine = policy(deny("s3:*", Principal="*"), name="bucket")
    world = organization(account(role(SERVER, READ)), account(id=B, resources=[bucket("b", mine)]))
    answer = found(world)
    assert (answer.layers.resource, answer.owner, answer.assumed) == (mine, B, "")


def test_the_longest_resource_covers_and_a_name_that_only_begins_alike_does_not():
    mine = policy(deny("s3:*", Principal="*"), name="bucket")
    world = organization(account(role(SERVER, READ), resources=[bucket("b", mine)]))
    assert found(world, resource="arn:aws:s3:::b-other/x").layers.resource is None
    assert found(world, resource="arn:aws:s3:::b").layers.resource is mine


def test_a_hole_in_the_bucket_leaves_its_policy_open_and_one_in_the_key_does_not():
    world = organization(account(role(SERVER, READ), resources=[bucket("b")]))
    assert unseen(world, resource=f"arn:aws:s3:::{HOLE}/x") == {"resource"}
    assert unseen(world, resource=f"arn:aws:s3:::b/{HOLE}") == set()
    domain = f"arn:aws:es:us-east-1:{A}:domain/{HOLE}/_search"
    assert unseen(world, action="es:ESHttpGet", resource=domain) == {"resource"}
    owner = f"arn:aws:sqs:us-east-1:{HOLE}:q"
    assert unseen(world, action="sqs:SendMessage", resource=owner) == {"resource"}


def test_a_boundary_and_an_endpoint_that_are_attached_cannot_be_stated_away():
    bound = role(SERVER, READ, boundary_arn=f"arn:aws:iam::{A}:policy/edge")
    everything = frozenset(PolicyType)
    assert unseen(organization(account(bound)), none_of=everything) == {"boundary"}
    guarded = replace(account(role(SERVER, READ)), endpoints={"vpce-1": VpcEndpoint("vpce-1", READ)})
    assert unseen(organization(guarded), none_of=everything) == {"vpcEndpoint"}
    unread = replace(account(role(SERVER, READ)), endpoints={"vpce-1": VpcEndpoint("vpce-1", unread="denied")})
    assert unseen(organization(unread), none_of=everything) == {"vpcEndpoint"}


def test_endpoints_with_the_default_policy_let_everything_pass():
    by_default = replace(account(role(SERVER, READ)), endpoints={"vpce-1": VpcEndpoint("vpce-1")})
    assert "vpcEndpoint" not in unseen(organization(replace(by_default, seen=frozenset(PolicyType))))
    # Another one may be there as long as they were not all seen.
    assert "vpcEndpoint" in unseen(organization(replace(by_default, seen=frozenset())))


TOPICS_ONLY = policy(allow("sns:*", Principal="*"), name="endpoint")
EVERYTHING = policy(allow("*", Principal="*"), name="endpoint")
NEW = f"arn:aws:newservice:us-east-1:{A}:thing/x"


def through(guard, action, resource, **more):
    """The answer to a role that may do everything, through an endpoint with this policy."""
    ours = account(role(SERVER, policy(allow("*"))), endpoints={"vpce-1": VpcEndpoint("vpce-1", guard)})
    world = simulator(ours, stated={"aws:sourcevpce": ("vpce-1",)}, **more)
    return world.explain(world.request(principal(SERVER), action, resource))


@pytest.mark.parametrize(
    ("guard", "action", "resource", "decision"),
    [
        (TOPICS_ONLY, "s3:GetObject", OBJECT, "implicitDeny"),
        (TOPICS_ONLY, "sns:Publish", f"arn:aws:sns:us-east-1:{A}:t", "allowed"),
        (TOPICS_ONLY, "newservice:Do", NEW, "unknown"),
        (EVERYTHING, "newservice:Do", NEW, "allowed"),
        (None, "newservice:Do", NEW, "allowed"),
        (policy(allow("*", Principal="*"), deny("*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})), "newservice:Do", NEW, "unknown"),
        (policy(allow("*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}})), "newservice:Do", NEW, "unknown"),
    ],
)  # fmt: skip
def test_an_endpoint_policy_counts_for_sure_where_the_service_is_known_to_heed_it(guard, action, resource, decision):
    """AWS PrivateLink Guide: "Not all AWS services support endpoint policies … we allow full access" (VPCE-005)."""
    assert str(through(guard, action, resource).decision) == decision


def test_whether_a_service_heeds_endpoint_policies_is_said_to_be_open_and_cannot_be_stated_away():
    answer = through(TOPICS_ONLY, "newservice:Do", NEW, none_of=frozenset(PolicyType))
    assert answer.unseen == (PolicyType.VPC_ENDPOINT,)
    assert (
        "whether newservice heeds the policy of a VPC endpoint is not known here, and the one of this endpoint may forbid it"
        in answer.notes
    )


def test_what_is_denied_without_the_endpoint_stays_denied_for_sure():
    ours = account(role(SERVER, READ), endpoints={"vpce-1": VpcEndpoint("vpce-1", TOPICS_ONLY)})
    world = simulator(ours, stated={"aws:sourcevpce": ("vpce-1",)})
    answer = world.explain(world.request(principal(SERVER), "newservice:Do", NEW))
    assert (str(answer.decision), [str(layer) for layer in answer.failing]) == ("implicitDeny", ["identity"])


def test_some_levels_of_organization_policies_are_not_all_of_them():
    some = account(role(SERVER, READ), scps=((policy(allow("*")),),), seen=set(PolicyType) - {PolicyType.SCP})
    assert unseen(organization(some)) == {"scp"}


def test_a_table_is_spoken_of_by_its_catalog():
    assert carrier_of(f"arn:aws:glue:us-east-1:{A}:table/d/t") == f"arn:aws:glue:us-east-1:{A}:catalog"
    assert carrier_of(OBJECT) == "arn:aws:s3:::b"


def test_the_trust_policy_is_the_resource_policy_of_a_role():
    trusting = trust("sts:AssumeRole", to=A)
    world = organization(account(role(SERVER, READ), role(TENANT, trust=trusting)))
    assert found(world, action="sts:AssumeRole", resource=TENANT).layers.resource is trusting
    assert unseen(world, action="sts:AssumeRole", resource=f"arn:aws:iam::{A}:role/none") == {"resource"}


def test_a_user_has_the_policies_of_its_groups_and_an_unread_one_is_missing():
    user = User(f"arn:aws:iam::{A}:user/alice", (READ,), groups=("g",))
    shared = policy(deny("s3:*"), name="group")
    whole = replace(account(), users={user.arn: user}, groups={"g": Group("g", (shared,))})
    assert found(organization(whole), user.arn).layers.identity == (READ, shared)
    torn = replace(whole, groups={})
    assert "identity" in unseen(organization(torn), caller=user.arn)


def test_a_policy_that_was_not_read_and_a_boundary_without_its_document_are_missing():
    bound = role(SERVER, READ, boundary_arn=f"arn:aws:iam::{A}:policy/edge", unread=("arn:aws:iam::aws:policy/X",))
    assert unseen(organization(account(bound))) == {"identity", "boundary"}


def test_a_session_arn_finds_the_role_whose_path_it_does_not_tell():
    caller = resolved(
        organization(account(role(TENANT, READ, tags={"team": "red"}, unique_id="AROAEXAMPLE"))),
        principal(f"arn:aws:sts::{A}:assumed-role/tenant/s"),
    )
    assert (caller.entity, caller.tags, caller.unique_id) == (TENANT, {"team": "red"}, "AROAEXAMPLE")


def test_organization_policies_are_those_of_the_caller_and_of_the_owner():
    caller_scp, owner_rcp = policy(allow("*"), name="scp"), policy(deny("s3:*", Principal="*"), name="rcp")
    world = organization(
        account(role(SERVER, READ), scps=((caller_scp,),), rcps=((policy(deny("s3:*", Principal="*")),),)),
        account(id=B, resources=[bucket("b")], rcps=((owner_rcp,),), scps=((policy(deny("*")),),)),
    )
    layers = found(world).layers
    assert layers.scps == ((caller_scp,),)
    assert layers.rcps == ((owner_rcp,),)


def test_the_management_account_is_exempt():
    world = organization(
        account(
            role(SERVER, READ),
            scps=((policy(deny("*")),),),
            rcps=((policy(deny("*", Principal="*")),),),
            management=True,
        )
    )
    assert found(world).layers.scps == ()
    assert found(world).layers.rcps == ()


def test_an_unsigned_request_has_no_policies_of_its_own():
    layers = found(organization(account(role(SERVER, READ), resources=[bucket("b")])), ANONYMOUS).layers
    assert layers.identity == ()
    assert layers.scps == ()
    assert not layers.unseen & {PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SCP}


def test_a_stated_endpoint_brings_its_policy_and_a_public_address_none():
    gate = policy(allow("s3:ListBucket", Principal="*"), name="gate")
    home = replace(
        account(role(SERVER, READ), resources=[bucket("b")]), endpoints={"vpce-1": VpcEndpoint("vpce-1", gate)}
    )
    assert found(organization(home), endpoint="vpce-1").layers.vpc_endpoint is gate
    assert unseen(organization(home)) == {"vpcEndpoint"}
    assert unseen(organization(home), endpoint="") == set()
    for stated, decision in (("aws:sourcevpce", Decision.IMPLICIT_DENY), ("aws:sourceip", Decision.ALLOWED)):
        world = simulator(home, stated={stated: ("vpce-1" if stated.endswith("vpce") else "203.0.113.7",)})
        assert world.decide(world.request(principal(SERVER), "s3:GetObject", OBJECT)) is decision


def test_a_type_that_was_not_seen_makes_an_allowed_request_unknown_and_leaves_a_denied_one_denied():
    world = simulator(account(role(SERVER, READ), seen=set(PolicyType) - {PolicyType.SCP}, resources=[bucket("b")]))
    allowed = world.explain(world.request(principal(SERVER), "s3:GetObject", OBJECT))
    assert (allowed.decision, allowed.unseen) == (Decision.UNKNOWN, (PolicyType.SCP,))
    assert "not seen: the service control policy" in allowed.reason
    denied = world.explain(world.request(principal(SERVER), "s3:PutObject", OBJECT))
    assert (denied.decision, denied.unseen) == (Decision.IMPLICIT_DENY, ())
    assert [world.decide(explanation.request) for explanation in (allowed, denied)] == [
        Decision.UNKNOWN,
        Decision.IMPLICIT_DENY,
    ]


def test_a_resource_is_found_by_what_its_arn_begins_with_up_to_a_whole_name():
    domain = Resource(f"arn:aws:es:us-east-1:{A}:domain/d")
    inner = Resource(f"arn:aws:es:us-east-1:{A}:domain/d/inner")
    world = organization(account(resources=[domain, inner]))
    for asked, expected in (
        (f"{domain.arn}/_search", domain),
        (f"{inner.arn}/x", inner),
        (f"{domain.arn}:x", domain),
        (f"{domain.arn}x", None),
    ):
        found = world.owner(asked)
        assert (found[1] if found is not None else None) is expected
    # No ARN is that long: nobody searches through it.
    assert world.owner(f"{domain.arn}" + "/" * 1_000_000) == (world.accounts[A], domain)


def test_the_bucket_of_an_access_point_is_not_taken_from_its_arn():
    assert carrier_of(f"arn:aws:s3::{A}:accesspoint/m.mrap/object/x") == f"arn:aws:s3::{A}:accesspoint/m.mrap/object/x"


def test_whether_an_scp_reaches_a_federation_call_is_not_certain():
    """Inferred from what AWS says SCPs apply to; AWS offers RCPs for these calls (ORG-016)."""
    idp = f"arn:aws:iam::{A}:oidc-provider/idp.example.com"
    call = "sts:AssumeRoleWithWebIdentity"
    trusting = policy(allow(call, on=None, Principal={"Federated": idp}), name="trust")
    for scps, decision in (((), Decision.ALLOWED), (((policy(allow("*"), deny(call)),),), Decision.UNKNOWN)):
        world = simulator(account(role(TENANT, trust=trusting), scps=scps))
        assert world.decide(world.request(principal(idp), call, TENANT)) is decision
