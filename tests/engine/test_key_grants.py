"""Grants of a KMS key, and who manages it: what they allow beside the key policy, and what not knowing them leaves open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamsim.model.account import KeyGrant, Resource
from iamsim.model.policy import PolicyType
from iamsim.model.principal import principal
from iamsim.rules._evidence import settles
from tests.accounts import A, B, account, allow, deny, policy, role, simulator

APP, PARTNER = f"arn:aws:iam::{A}:role/app", f"arn:aws:iam::{B}:role/partner"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/11112222-3333-4444-5555-666677778888"
ADMIN = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{A}:role/admin"})


def answer(
    action="kms:Decrypt", *, caller=APP, grants=(), own=(), statements=(ADMIN,), settings=None, rcps=(), **context
):
    """The answer to a role that asks something of the key."""
    key = Resource(KEY, policy(*statements), settings=settings or {"key_manager": "CUSTOMER"}, grants=grants)
    roles = {A: [], B: []}
    roles[caller.split(":")[4]] = [role(caller, policy(*own)) if own else role(caller)]
    world = simulator(account(*roles[A], resources=[key], rcps=rcps), account(*roles[B], id=B))
    values = {name.replace("__", ":"): (value,) for name, value in context.items()}
    return world.explain(world.request(principal(caller), action, KEY, values=values))


def grant(*operations, to=APP, **more):
    return KeyGrant("g1", to, operations or ("Decrypt",), **more)


def test_grants_that_nobody_listed_come_with_the_way_to_list_them():
    found = answer(grants=None)
    assert str(found.decision) == "unknown"
    assert settles(found) == (
        f"the grants of {KEY} (save what `aws kms list-grants` prints as grants.json beside its policy.json)",
    )


def test_a_grant_allows_its_holder_what_it_names():
    """AWS KMS Developer Guide, "Grants in AWS KMS" (KMS-008)."""
    found = answer(grants=(grant(),))
    assert str(found.decision) == "allowed"
    assert [verdict.statement.label for verdict in found.decisive] == ["grant g1"]
    assert str(answer("kms:Encrypt", grants=(grant(),)).decision) == "implicitDeny"
    assert str(answer(grants=(grant(to=f"arn:aws:iam::{A}:role/other"),)).decision) == "implicitDeny"


def test_a_grant_does_not_outweigh_a_deny():
    assert str(answer(grants=(grant(),), own=(deny("kms:*"),)).decision) == "explicitDeny"
    assert (
        str(answer(grants=(grant(),), statements=(ADMIN, deny("kms:Decrypt", Principal="*"))).decision)
        == "explicitDeny"
    )


def test_a_grant_to_an_account_leaves_it_to_the_policies_of_that_account():
    given = (grant(to=f"arn:aws:iam::{A}:root"),)
    assert str(answer(grants=given).decision) == "implicitDeny"
    assert str(answer(grants=given, own=(allow("kms:Decrypt"),)).decision) == "allowed"


@pytest.mark.parametrize(
    ("constraint", "context", "decision"),
    [
        ({"context_subset": (("Dept", "hr"),)}, {"kms__encryptioncontext__dept": "hr"}, "allowed"),
        ({"context_subset": (("Dept", "hr"),)}, {"kms__encryptioncontext__dept": "it"}, "implicitDeny"),
        ({"context_subset": (("dept", "hr"),)}, {}, "unknown"),
        (
            {"context_equals": (("dept", "hr"),)},
            {"kms__encryptioncontext__dept": "hr", "kms__encryptioncontextkeys": "Dept"},
            "allowed",
        ),
        (
            {"context_equals": (("dept", "hr"),)},
            {"kms__encryptioncontext__dept": "hr", "kms__encryptioncontextkeys": "more"},
            "implicitDeny",
        ),
        ({"context_subset": (("dept", "${x}*"),)}, {"kms__encryptioncontext__dept": "${x}*"}, "allowed"),
        ({"context_subset": (("dept", "${x}*"),)}, {"kms__encryptioncontext__dept": "y"}, "implicitDeny"),
        ({"source_arn": "arn:aws:s3:::b"}, {}, "implicitDeny"),
    ],
)
def test_the_constraints_of_a_grant_are_held_against_the_encryption_context(constraint, context, decision):
    """AWS KMS API Reference, GrantConstraints: names compare without case, values with it."""
    assert str(answer(grants=(grant(**constraint),), **context).decision) == decision


def test_constraints_do_not_apply_to_operations_without_an_encryption_context():
    held = (grant("DescribeKey", "CreateGrant", context_subset=(("dept", "hr"),)),)
    assert str(answer("kms:DescribeKey", grants=held).decision) == "allowed"
    # A grant that is created under it has to be as constrained, and what it holds is not part of the request.
    assert str(answer("kms:CreateGrant", grants=held).decision) == "unknown"
    assert str(answer("kms:CreateGrant", grants=(grant("CreateGrant"),)).decision) == "allowed"


def test_grants_that_nobody_listed_may_allow():
    found = answer(grants=None)
    assert str(found.decision) == "unknown"
    assert found.missing_context == ("the grants of the key",)
    assert found.reason == "it depends on the grants of the key, which were not all loaded"
    assert any("aws kms list-grants" in note for note in found.notes)
    assert str(answer("kms:PutKeyPolicy", grants=None).decision) == "implicitDeny"
    assert str(answer(grants=None, own=(deny("kms:Decrypt"),)).decision) == "explicitDeny"
    assert str(answer(grants=None, statements=(allow("kms:*", Principal={"AWS": APP}),)).decision) == "allowed"


def test_whether_a_grant_of_another_account_is_enough_aws_does_not_say():
    """AWS KMS Developer Guide, "Troubleshooting AWS KMS permissions" (KMS-009)."""
    held = (grant(to=PARTNER),)
    assert str(answer(caller=PARTNER, grants=held).decision) == "unknown"
    assert str(answer(caller=PARTNER, grants=held, own=(allow("kms:Decrypt"),)).decision) == "allowed"
    assert str(answer("kms:Encrypt", caller=PARTNER, grants=held).decision) == "implicitDeny"
    assert str(answer(caller=PARTNER, grants=(), own=(allow("kms:Decrypt"),)).decision) == "implicitDeny"


@pytest.mark.parametrize(
    ("settings", "decision"),
    [({"key_manager": "AWS"}, "allowed"), ({"key_manager": "CUSTOMER"}, "explicitDeny"), ({"x": "y"}, "unknown")],
)
def test_rcps_reach_the_keys_that_customers_manage(settings, decision):
    """AWS KMS Developer Guide, "Resource control policies in AWS KMS" (KMS-012)."""
    rcps = ((policy(deny("kms:*", Principal="*")),),)
    statements = (allow("kms:*", Principal={"AWS": APP}),)
    assert str(answer(statements=statements, settings=settings, rcps=rcps).decision) == decision


def test_a_key_that_another_account_may_use_is_none_that_aws_manages():
    rcps = ((policy(deny("kms:*", Principal="*")),),)
    statements = (allow("kms:*", Principal={"AWS": PARTNER}),)
    found = answer(caller=PARTNER, statements=statements, own=(allow("kms:*"),), settings={"x": "y"}, rcps=rcps)
    assert str(found.decision) == "explicitDeny"


def test_rcps_that_were_not_seen_may_stop_the_use_of_a_key_that_may_be_the_customer_s():
    key = Resource(KEY, policy(allow("kms:*", Principal={"AWS": APP})), grants=())
    seen = set(PolicyType) - {PolicyType.RCP}
    world = simulator(account(role(APP), resources=[key], seen=seen))
    found = world.explain(world.request(principal(APP), "kms:Decrypt", KEY))
    assert (str(found.decision), found.unseen) == ("unknown", (PolicyType.RCP,))
    assert world.decide(found.request) == found.decision
    managed = replace(key, settings={"key_manager": "AWS"})
    world = simulator(account(role(APP), resources=[managed], seen=seen))
    assert str(world.decide(world.request(principal(APP), "kms:Decrypt", KEY))) == "allowed"


def test_a_sign_that_only_looks_like_a_k_names_no_action():
    """Action names are ASCII: the Kelvin sign becomes a `k` only when letters are made small."""
    sign = "\N{KELVIN SIGN}"
    key = (allow("kms:*", Principal={"AWS": A}),)
    own = allow("kms:*")
    assert str(answer(statements=key, own=(allow(f"{sign}ms:*"),)).decision) == "implicitDeny"
    assert str(answer(statements=key, own=(own, deny(f"{sign}ms:*"))).decision) == "unknown"
