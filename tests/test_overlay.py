from __future__ import annotations

from iamsim.model.account import (
    POLICY,
    Account,
    Change,
    Group,
    Organization,
    Resource,
    Role,
    User,
    VpcEndpoint,
    Workload,
)
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Effect, Element, Policy, PolicyType, Statement
from iamsim.overlay import overlay

ONE, TWO = "111122223333", "444455556666"
APP = f"arn:aws:iam::{ONE}:role/app"
BUCKET = "arn:aws:s3:::data"
SCP, RCP, BOUNDARY, RESOURCE = PolicyType.SCP, PolicyType.RCP, PolicyType.BOUNDARY, PolicyType.RESOURCE


def policy(name: str) -> Policy:
    return Policy(name, (), None, None, NOWHERE)


def organization(**parts) -> Organization:
    return Organization({ONE: Account(ONE, **parts)})


def merged(base: Organization, over: Organization) -> Account:
    return overlay(base, over).accounts[ONE]


def test_accounts_of_both_sides_are_there():
    found = overlay(organization(), Organization({TWO: Account(TWO)}))
    assert set(found.accounts) == {ONE, TWO}


def test_a_role_of_both_is_the_later_one_whole():
    base = organization(roles={APP: Role(APP, policy("old"), policies=(policy("kept?"),))})
    over = organization(roles={APP: Role(APP, policy("new"))})
    assert merged(base, over).roles[APP] == Role(APP, policy("new"))


def test_what_the_later_side_does_not_mention_stays():
    base = organization(resources={BUCKET: Resource(BUCKET)}, users={"u": User("u")})
    over = organization(roles={APP: Role(APP, None)})
    found = merged(base, over)
    assert (set(found.resources), set(found.users), set(found.roles)) == ({BUCKET}, {"u"}, {APP})


def test_resource_policies_are_seen_when_either_side_saw_them_all():
    assert RESOURCE in merged(organization(seen=frozenset({RESOURCE})), organization()).seen
    assert RESOURCE in merged(organization(), organization(seen=frozenset({RESOURCE}))).seen


def test_boundaries_are_seen_only_when_everybody_who_brought_principals_saw_them():
    roles = {APP: Role(APP, None)}
    seeing, blind = organization(roles=roles, seen=frozenset({BOUNDARY})), organization(roles=roles)
    assert BOUNDARY not in merged(seeing, blind).seen
    assert BOUNDARY not in merged(blind, seeing).seen
    assert BOUNDARY in merged(seeing, organization(resources={BUCKET: Resource(BUCKET)})).seen


def test_organization_policies_of_a_side_that_saw_them_replace_the_others():
    base = organization(scps=((policy("old"),),), seen=frozenset({SCP}))
    none = organization(seen=frozenset({SCP}))
    assert merged(base, none).scps == ()
    assert merged(base, organization()).scps == ((policy("old"),),)
    assert SCP in merged(base, organization()).seen


def test_some_new_organization_policies_open_the_question_again():
    base = organization(rcps=((policy("old"),),), seen=frozenset({RCP}))
    found = merged(base, organization(rcps=((policy("new"),),)))
    assert found.rcps == ((policy("new"),),)
    assert RCP not in found.seen


def test_the_list_of_oidc_providers_that_came_last_holds_whole():
    base = organization(oidc_providers={"https://old.example.com": ("a",)})
    over = organization(oidc_providers={"https://new.example.com": ("b",)})
    assert merged(base, over).oidc_providers == {"https://new.example.com": ("b",)}
    assert merged(base, organization(oidc_providers={})).oidc_providers == {}
    assert merged(base, organization()).oidc_providers == {"https://old.example.com": ("a",)}
    assert merged(organization(), organization()).oidc_providers is None


def test_the_organization_of_the_side_that_knows_it_holds():
    base = organization(organization="o-exampleorg1", management=True)
    assert (merged(base, organization()).organization, merged(base, organization()).management) == (
        "o-exampleorg1",
        True,
    )
    found = merged(base, organization(organization=""))
    assert (found.organization, found.management) == ("", False)


# ---------------------------------------------------------------- a plan over what is


SHARED = f"arn:aws:iam::{ONE}:policy/shared"
OPS = f"arn:aws:iam::{ONE}:group/ops"
DEPLOY = f"arn:aws:iam::{ONE}:user/deploy"


def managed(arn: str, name: str) -> Policy:
    return Policy(name, (), None, arn, NOWHERE)


def test_what_the_later_side_removes_is_gone():
    base = organization(
        roles={APP: Role(APP, None)},
        users={DEPLOY: User(DEPLOY, groups=(OPS,))},
        groups={OPS: Group(OPS)},
        resources={BUCKET: Resource(BUCKET)},
        endpoints={"vpce-1": VpcEndpoint("vpce-1")},
        oidc_providers={"https://a.example": (), "https://b.example": ()},
        saml_providers=frozenset({"arn:saml"}),
    )
    gone = frozenset({APP, OPS, BUCKET, "vpce-1", "https://a.example", "arn:saml"})
    found = merged(base, organization(removed=gone))
    assert not any((found.roles, found.groups, found.resources, found.endpoints, found.saml_providers))
    assert found.users == {DEPLOY: User(DEPLOY)}
    assert found.oidc_providers == {"https://b.example": ()}
    assert found.removed == frozenset()


def test_a_role_that_is_replaced_is_there():
    over = organization(roles={APP: Role(APP, policy("new"))}, removed=frozenset({APP}))
    assert merged(organization(roles={APP: Role(APP, policy("old"))}), over).roles == {APP: Role(APP, policy("new"))}


def test_a_managed_policy_has_one_text_wherever_it_is_attached():
    old, new = managed(SHARED, "old"), managed(SHARED, "new")
    base = organization(
        roles={APP: Role(APP, None, (policy("own"), old), boundary=old, boundary_arn=SHARED)},
        groups={OPS: Group(OPS, (old,))},
        policies={SHARED: old},
    )
    found = merged(base, organization(policies={SHARED: new}))
    assert found.roles[APP] == Role(APP, None, (policy("own"), new), boundary=new, boundary_arn=SHARED)
    assert found.groups[OPS].policies == (new,)


def test_a_text_that_one_side_lacks_is_found_on_the_other():
    base = organization(policies={SHARED: managed(SHARED, "shared")})
    over = organization(roles={APP: Role(APP, None, unread=("inline policies of app", SHARED), boundary_arn=SHARED)})
    found = merged(base, over).roles[APP]
    assert (found.policies, found.unread) == ((managed(SHARED, "shared"),), ("inline policies of app",))
    assert found.boundary == managed(SHARED, "shared")


def test_a_change_adds_replaces_and_takes_away():
    base = organization(
        roles={APP: Role(APP, None, (policy("kept"), policy("edited"), managed(SHARED, "shared")), unread=("arn:x",))}
    )
    edited = Policy("edited", (), "2012-10-17", None, NOWHERE)
    change = Change(APP, (edited, policy("new")), unread=("arn:y",), lost=(SHARED, "arn:x"))
    found = merged(base, organization(changes=(change,)))
    assert found.roles[APP] == Role(APP, None, (policy("kept"), edited, policy("new")), unread=("arn:y",))
    assert found.changes == ()


def test_a_user_joins_and_leaves_groups():
    base = organization(users={DEPLOY: User(DEPLOY, groups=(OPS,))})
    found = merged(base, organization(changes=(Change(DEPLOY, groups=("arn:new",), lost=(OPS,)),)))
    assert found.users[DEPLOY].groups == ("arn:new",)


def test_a_change_of_nobody_stays_to_be_told_and_does_not_touch_what_a_later_source_describes():
    change = Change(APP, (policy("new"),))
    alone = merged(organization(), organization(changes=(change,)))
    assert alone.changes == (change,)
    later = merged(Organization({ONE: alone}), organization(roles={APP: Role(APP, None, (policy("own"),))}))
    assert later.roles[APP].policies == (policy("own"),)
    assert later.changes == ()


def test_a_part_of_a_resource_adds_to_it():
    base = organization(resources={BUCKET: Resource(BUCKET, policy("old"), {"a": "b"}, {"x": "1", "y": "1"})})
    part = Resource(BUCKET, settings={"y": "2"}, partial=True)
    assert merged(base, organization(resources={BUCKET: part})).resources[BUCKET] == Resource(
        BUCKET, policy("old"), {"a": "b"}, {"x": "1", "y": "2"}
    )
    changed = Resource(BUCKET, policy("new"), partial=True)
    assert merged(base, organization(resources={BUCKET: changed})).resources[BUCKET].policy == policy("new")


def test_a_policy_that_becomes_something_unknown_is_no_longer_the_old_one():
    base = organization(resources={BUCKET: Resource(BUCKET, policy("old"))})
    part = Resource(BUCKET, unread="known after apply", partial=True)
    found = merged(base, organization(resources={BUCKET: part})).resources[BUCKET]
    assert (found.policy, found.unread, found.partial) == (None, "known after apply", False)


def test_a_resource_loses_its_policy():
    base = organization(resources={BUCKET: Resource(BUCKET, policy("old"), settings={"x": "1"})})
    found = merged(base, organization(changes=(Change(BUCKET, lost=(POLICY,)),)))
    assert found.resources[BUCKET] == Resource(BUCKET, settings={"x": "1"})


def test_whoever_tells_last_what_runs_tells_it_all():
    base = organization(workloads=(Workload("family", "ecs-task", APP),))
    assert merged(base, organization()).workloads == base.accounts[ONE].workloads
    over = (Workload("aws_ecs_task_definition.server", "ecs-task", APP),)
    assert merged(base, organization(workloads=over)).workloads == over


def test_a_change_finds_its_principal_whatever_its_path():
    on_path = f"arn:aws:iam::{ONE}:role/team/app"
    base = organization(roles={on_path: Role(on_path, None)})
    found = merged(base, organization(changes=(Change(APP, (policy("new"),)),)))
    assert found.roles[on_path].policies == (policy("new"),)
    assert found.changes == ()
    elsewhere = f"arn:aws:iam::{ONE}:role/other/app"
    assert merged(base, organization(changes=(Change(elsewhere, (policy("new"),)),))).changes != ()


def test_providers_of_one_configuration_are_added_to_the_list():
    base = organization(oidc_providers={"https://a.example": ("x",)}, saml_providers=frozenset({"arn:one"}))
    more = organization(
        oidc_providers={"https://b.example": ("y",)}, saml_providers=frozenset({"arn:two"}), more_providers=True
    )
    found = merged(base, more)
    assert found.oidc_providers == {"https://a.example": ("x",), "https://b.example": ("y",)}
    assert found.saml_providers == {"arn:one", "arn:two"}
    assert not found.more_providers
    # Nobody listed the rest.
    assert merged(organization(), more).more_providers
    assert merged(more, organization(oidc_providers={})).oidc_providers == {}
    assert not merged(more, organization(oidc_providers={})).more_providers


def statement(sid: str | None, effect: Effect = Effect.ALLOW) -> Statement:
    return Statement(effect, Element(("lambda:InvokeFunction",)), None, None, (), sid, NOWHERE)


def test_statements_that_are_added_leave_the_others():
    function = f"arn:aws:lambda:us-east-1:{ONE}:function:f"
    old = Policy("old", (statement("One"), statement("Two")), None, None, NOWHERE)
    new = Policy("new", (statement("Two", Effect.DENY), statement("Three")), None, None, NOWHERE)
    base = organization(resources={function: Resource(function, old)})
    part = Resource(function, new, partial=True, adds=True)
    found = merged(base, organization(resources={function: part})).resources[function]
    assert found.policy is not None
    assert [(each.sid, each.effect, each.index) for each in found.policy.statements] == [
        ("One", Effect.ALLOW, 0),
        ("Two", Effect.DENY, 1),
        ("Three", Effect.ALLOW, 2),
    ]
    assert not found.partial
