"""The lengths that AWS allows: IAM User Guide, IAM and AWS STS quotas; the S3 and KMS guides for their resources."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamsim import documents, quotas
from iamsim.model.account import Account, Organization, Role, User
from iamsim.model.remedy import Disposition, Edit, RemedyKind, Slot
from tests import setups

ACCOUNT = "111122223333"
ROLE, USER = f"arn:aws:iam::{ACCOUNT}:role/reader", f"arn:aws:iam::{ACCOUNT}:user/worker"
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/shared"


def of_size(size, *, arn=None):
    """A policy of exactly `size` counted characters."""
    text = '{"Statement":[{"Sid":"%s","Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}'
    policy = documents.policy(text % "x", document="p.json", name="p", arn=arn)
    filled = "x" * (size - quotas.size(policy) + 1)
    found = documents.policy(text % filled, document="p.json", name="p", arn=arn)
    assert quotas.size(found) == size
    return found


def organization(*, inline=(), owner=ROLE):
    role = Role(ROLE, trust=of_size(100), policies=inline if owner == ROLE else ())
    user = User(USER, policies=inline if owner == USER else ())
    return Organization({ACCOUNT: Account(ACCOUNT, roles={ROLE: role}, users={USER: user})})


def test_white_space_between_elements_is_not_counted():
    plain = of_size(200)
    spread = documents.policy(documents.text(plain), document="p.json", name="p")
    assert len(documents.text(plain)) > quotas.size(spread) == 200


@pytest.mark.parametrize(
    ("owner", "slot", "quota", "what"),
    [
        (ROLE, Slot.TRUST, 2_048, "the trust policy"),
        (ROLE, Slot.INLINE, 10_240, "the inline policies"),
        (USER, Slot.INLINE, 2_048, "the inline policies"),
        (ROLE, Slot.MANAGED, 6_144, "the managed policy"),
        (ROLE, Slot.BOUNDARY, 6_144, "the permissions boundary"),
        ("arn:aws:s3:::notes", Slot.RESOURCE, 20_480, "the policy"),
        (f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k", Slot.RESOURCE, 32_768, "the policy"),
    ],
)
def test_a_policy_may_be_as_long_as_its_quota_and_no_longer(owner, slot, quota, what):
    assert quotas.exceeded(organization(), [Edit(owner, slot, None, of_size(quota))]) == ()
    (line,) = quotas.exceeded(organization(), [Edit(owner, slot, None, of_size(quota + 1))])
    assert line.startswith(f"makes {what} of {owner} {quota + 1:,} characters long, 1 more than AWS takes ({quota:,})")


def test_inline_policies_of_one_role_count_together_and_so_do_the_edits():
    old = of_size(6_000)
    loaded = organization(inline=(old, of_size(6_144, arn=MANAGED)))
    assert quotas.exceeded(loaded, [Edit(ROLE, Slot.INLINE, None, of_size(4_240))]) == ()
    assert quotas.exceeded(loaded, [Edit(ROLE, Slot.INLINE, old, of_size(10_240))]) == ()
    two = [Edit(ROLE, Slot.INLINE, None, of_size(2_121)), Edit(ROLE, Slot.INLINE, old, of_size(8_120))]
    (line,) = quotas.exceeded(loaded, two)
    assert "10,241 characters" in line


def test_a_managed_policy_edited_in_place_has_its_own_quota():
    old = of_size(6_100, arn=MANAGED)
    (line,) = quotas.exceeded(organization(inline=(old,)), [Edit(ROLE, Slot.INLINE, old, of_size(6_145, arn=MANAGED))])
    assert "the managed policy" in line


def test_of_a_policy_that_stands_under_a_raised_quota_nothing_is_said():
    """Service Quotas raises the one of trust policies."""
    assert quotas.exceeded(organization(), [Edit(ROLE, Slot.TRUST, of_size(3_000), of_size(3_100))]) == ()


def test_a_fix_that_aws_would_not_take_is_told_by_its_proof_and_comes_after_those_that_fit(monkeypatch):
    (folder,) = (path for path in setups.setups("remedies") if setups.named(path) == "remedies/permission/identity")
    setups.enter(folder, monkeypatch)
    given = setups.read(folder, monkeypatch)
    fits = setups.judged(given).report.remedies
    owner = next(edit.owner for remedy in fits for edit in remedy.edits if edit.slot is Slot.INLINE)
    number = owner.split(":")[4]
    account = given.organization.accounts[number]
    role = account.roles[owner]
    full = of_size(quotas.INLINE["role"] - sum(quotas.size(policy) for policy in role.policies if policy.arn is None))
    filled = replace(account, roles={**account.roles, owner: replace(role, policies=(*role.policies, full))})
    organization = Organization({**given.organization.accounts, number: filled})
    found = setups.judged(replace(given, organization=organization)).report.remedies
    assert not any(remedy.proof.too_long for remedy in fits if remedy.proof)
    assert any(
        f"the inline policies of {owner}" in line for remedy in found if remedy.proof for line in remedy.proof.too_long
    )
    (long,) = (at for at, remedy in enumerate(found) if remedy.proof and remedy.proof.too_long)
    assert all(r.disposition is Disposition.WIDENS or r.kind is RemedyKind.INSTRUCTION for r in found[long + 1 :])
