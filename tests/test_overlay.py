from __future__ import annotations

from iamsim.model.account import Account, Organization, Resource, Role, User
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Policy, PolicyType
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
