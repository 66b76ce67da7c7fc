from __future__ import annotations

from iamsim.bypass import bypassed
from iamsim.model.principal import principal
from iamsim.model.remedy import Edit, Slot
from tests.accounts import TENANT, account, allow, organization, policy, role

BY_TAG = {"StringLike": {"s3:prefix": "${aws:PrincipalTag/tenant}/*"}}
NEW = policy(allow("s3:ListBucket", on="arn:aws:s3:::b"), name="new")


def found(*old, new=NEW):
    world = organization(account(role(TENANT, policy(*old, name="data"))))
    edit = Edit(TENANT, Slot.INLINE, None, new)
    return [(w.action, w.principal) for w in bypassed(world, edit, new.statements, (principal(TENANT),))]


def test_an_allow_beside_one_with_a_condition_goes_past_it():
    ((action, who),) = found(allow("s3:List*", on="arn:aws:s3:::b", Condition=BY_TAG))
    assert action == "s3:ListBucket"
    assert who == f"every session of {TENANT}, past what data, statement 1 (data.json:1:41) asks for"


def test_an_allow_beside_one_with_a_variable_in_its_resource_goes_past_it():
    new = policy(allow("s3:GetObject", on="arn:aws:s3:::b/globex/a"), name="new")
    old = allow("s3:GetObject", on="arn:aws:s3:::b/${aws:PrincipalTag/tenant}/*")
    assert [action for action, _ in found(old, new=new)] == ["s3:GetObject"]


def test_what_asks_for_nothing_and_what_speaks_of_something_else_is_gone_past_by_nobody():
    assert found(allow("s3:ListBucket", on="arn:aws:s3:::other", Condition=BY_TAG)) == []
    assert found(allow("s3:GetObject", on="arn:aws:s3:::b", Condition=BY_TAG)) == []
    assert found(allow("s3:ListBucket", on="arn:aws:s3:::b")) == []


def test_a_condition_that_is_kept_is_not_gone_past():
    new = policy(allow("s3:ListBucket", on="arn:aws:s3:::b", Condition=BY_TAG), name="new")
    assert found(allow("s3:ListBucket", on="arn:aws:s3:::b", Condition=BY_TAG), new=new) == []
